"""A verdict as it is kept: of the hundred signals that looked, most saw nothing, and those need no more than their names.

What a silent signal says is always the same, so its name stands for it: a verdict of fifteen thousand letters becomes one of
three thousand, which is most of what a comment costs to store. It is read back with the words of the code that reads it.
"""

from collections.abc import Mapping
from typing import Any

from moderation.spam.scoring import score
from moderation.spam.types import SignalDict, Submission, Verdict

_SILENT = [signal for signal in score(Submission("", "", "", "")).signals if not signal.points and signal.evaluated]
_NOTHING_SAID: dict[str, SignalDict] = {signal.name: signal.to_dict() for signal in _SILENT}
_NAMES = {id(said): name for name, said in _NOTHING_SAID.items()}
_SILENT_NAMES = {id(signal): signal.name for signal in _SILENT}


class Packed(dict[str, Any]):
    """A verdict that is packed already."""


def pack(verdict: Verdict) -> Packed:
    """What `packed` makes of the verdict's `to_dict`, where that is not made first."""
    # Scores share the signals that saw nothing. One that was made anew meanwhile is told by what it says.
    signals = [_SILENT_NAMES.get(id(one)) or _short(one.to_dict()) for one in verdict.signals]
    return Packed(**verdict.around(), signals=signals)


def _short(said: SignalDict) -> str | SignalDict:
    return _NAMES.get(id(said), said)


def packed(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """A verdict with the names of silent signals in their places, where they are as `Signal.to_dict` gives them."""
    if isinstance(verdict, Packed):
        return verdict
    if "signals" not in verdict:
        return dict(verdict)
    # Those objects are the same in all verdicts, which is told sooner than that two are alike.
    return {**verdict, "signals": [_NAMES.get(id(one), one) for one in verdict["signals"]]}


def unpacked(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict that was packed; one that never was is as it is. What no code knows any more says nothing.

    Silent signals are the same objects in all verdicts, and not to be changed.
    """
    if "signals" not in stored:
        return dict(stored)
    signals = [(_NOTHING_SAID.get(one) or _unknown(one)) if isinstance(one, str) else one for one in stored["signals"]]
    return {**stored, "signals": signals}


def _unknown(name: str) -> SignalDict:
    return {
        "name": name,
        "group": name.partition(".")[0],
        "points": 0.0,
        "reason": "",
        "evaluated": True,
        "without": None,
    }
