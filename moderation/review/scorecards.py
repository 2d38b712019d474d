"""A verdict as the desk shows it: the signals that spoke, by group, and what would give another status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from flask_babel import gettext as _
from markupsafe import Markup, escape

from moderation.spam import Policy
from moderation.spam.scoring import START
from moderation.spam.types import Group
from moderation.spam.whatif import Flip, flip_of

LONGEST_BAR = 6.0
"""Points that fill a bar: few signals have as many."""
_LEADING = 3
_GROUPS: Sequence[str] = get_args(Group)


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal: points as people read them (`+1.80`), its sentence, and how it speaks: `spam`, `fine` or `start`.

    `without` is the probability if it had seen nothing, as people read it; `becomes` the status that there would then
    be, where that is another.
    """

    name: str
    group: str
    points: str
    reason: str
    leaning: str
    amount: float
    without: str | None = None
    becomes: str | None = None

    @property
    def breakable(self) -> Markup:
        """Its name, which a narrow column may break between words."""
        return breakable(self.name)

    @property
    def bar(self) -> float:
        """How long its bar is, from 0 to 1."""
        return round(min(abs(self.amount) / LONGEST_BAR, 1.0), 2)

    @property
    def bar_start(self) -> float:
        """Where its bar begins: what speaks for the author reaches from its length below 0 up to 0."""
        return -self.bar if self.amount < 0 else 0.0


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """The signals of one group that spoke, strongest first, and their sum. `full` is what it was before the cap."""

    name: str
    lines: list[SignalLine]
    points: str
    full: str | None


@dataclass(frozen=True, slots=True)
class Flips:
    """What would give the comment another status, as lists by that status.

    `alone` are signals each of which decides, `together` sets that do, `points` how many it would take: `fewer` is said
    of those that no set of signals amounts to. `now` is the sentence of the present rules where they give another status
    than the verdict has; `status` is what they give.
    """

    status: str
    now: str | None
    alone: list[tuple[str, list[str]]]
    together: list[tuple[str, list[str]]]
    more: list[tuple[str, str]]
    fewer: list[tuple[str, str]]
    fixed: bool
    unpublishable: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict: `groups` of the signals that spoke; `unknown` those that failed; `silent` how many found nothing."""

    probability: float
    percent: str
    because: str
    start: SignalLine | None
    groups: list[SignalGroup]
    points: str
    unknown: list[str]
    silent: int
    flips: Flips | None

    @property
    def leading(self) -> list[SignalLine]:
        """The few signals that decided most; where every comment starts tells nothing about this one."""
        return _strongest(line for group in self.groups for line in group.lines)[:_LEADING]


def card(verdict: Mapping[str, Any] | None, policy: Policy) -> Card | None:
    """The score card of a stored verdict; None where no filter judged, as with a moderator's own words."""
    if not verdict:
        return None
    stored = list(verdict.get("signals", ()))
    flip = flip_of(verdict, policy) if stored else None
    becomes = {one.signals[0]: one.status for one in flip.without if len(one.signals) == 1} if flip else {}
    lines = [_line(signal, becomes) for signal in stored if signal.get("points")]
    unknown = [str(signal.get("name", "")) for signal in stored if not signal.get("evaluated", True)]
    probability = min(max(float(verdict.get("probability", 0.0)), 0.0), 1.0)
    return Card(
        probability=probability,
        percent=percent(probability),
        because=str(verdict.get("because", "")),
        start=next((line for line in lines if line.name == START), None),
        groups=_groups([line for line in lines if line.name != START], stored),
        points=_signed(sum(line.amount for line in lines)),
        unknown=unknown,
        silent=len(stored) - len(lines) - len(unknown),
        flips=_flips(flip, verdict.get("status")) if flip else None,
    )


def silent(verdict: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """The signals that found nothing, with what they looked for: too many to stand on every row."""
    stored = verdict.get("signals", ()) if verdict else ()
    return [
        (str(signal.get("name", "")), str(signal.get("reason", "")))
        for signal in sorted(stored, key=lambda signal: _place(signal.get("group")))
        if signal.get("evaluated", True) and not signal.get("points")
    ]


def card_words() -> dict[str, str]:
    """The words of every card, looked up once for all rows of a page; groups by the name that code uses."""
    return {
        "spam": _("spam"),
        "points": _("Points"),
        "seen": _("What was seen"),
        "without": _("Without it"),
        "sum": _("Sum:"),
        "legend": _("Points above zero speak for spam, below zero for the author."),
        "content": _("Content"),
        "links": _("Links"),
        "author": _("Author"),
        "behaviour": _("Behaviour"),
        "history": _("History"),
        "learned": _("Learned"),
    }


def breakable(name: str) -> Markup:
    """A signal's name, which a narrow column may break between words."""
    return escape(name).replace(".", Markup(".<wbr>")).replace("_", Markup("_<wbr>"))


def percent(probability: float) -> str:
    """A probability for people. Never 0 % or 100 %: the filter is never certain."""
    if probability < 0.01:
        return "< 1 %"
    if probability > 0.99:
        return "> 99 %"
    return f"{probability:.0%}".replace("%", " %")


def _line(signal: Mapping[str, Any], becomes: Mapping[str, str]) -> SignalLine:
    points, without, name = float(signal.get("points", 0.0)), signal.get("without"), str(signal.get("name", ""))
    return SignalLine(
        name=name,
        group=str(signal.get("group", "")),
        points=_signed(points),
        reason=str(signal.get("reason", "")),
        leaning="start" if name == START else "spam" if points > 0 else "fine",
        amount=points,
        without=percent(without) if without is not None else None,
        becomes=becomes.get(name),
    )


def _groups(lines: Sequence[SignalLine], stored: Sequence[Mapping[str, Any]]) -> list[SignalGroup]:
    uncapped = {signal.get("name"): signal["full"] for signal in stored if "full" in signal}
    groups = []
    for name in sorted({line.group for line in lines}, key=_place):
        members = _strongest(line for line in lines if line.group == name)
        capped = any(line.name in uncapped for line in members)
        groups.append(
            SignalGroup(
                name=name,
                lines=members,
                points=_signed(sum(line.amount for line in members)),
                full=_signed(sum(uncapped.get(line.name, line.amount) for line in members)) if capped else None,
            )
        )
    return groups


def _flips(flip: Flip, given: str | None) -> Flips:
    alone: dict[str, list[str]] = {}
    for one in flip.without:
        if len(one.signals) == 1:
            alone.setdefault(one.status, []).append(one.signals[0])
    reached = {one.status for one in flip.points}
    return Flips(
        status=flip.status,
        now=flip.because if flip.status != given else None,
        alone=list(alone.items()),
        together=[(one.status, list(one.signals)) for one in flip.without if len(one.signals) > 1],
        more=[(one.status, f"{one.points:.1f}") for one in flip.points if one.points > 0],
        fewer=[
            (one.status, f"{-one.points:.1f}")
            for one in flip.points
            if one.points < 0 and one.status not in {removal.status for removal in flip.without}
        ],
        fixed=not flip.points,
        unpublishable=flip.status == "pending" and bool(flip.points) and "approved" not in reached,
    )


def _strongest(lines: Iterable[SignalLine]) -> list[SignalLine]:
    return sorted(lines, key=lambda line: -abs(line.amount))


def _place(group: object) -> int:
    """Groups in their usual order, those of another version last."""
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)


def _signed(points: float) -> str:
    return f"{points:+.2f}".replace("-", "\u2212") if points else "0"
