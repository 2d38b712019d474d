"""What changed from one text to another, word by word, for people to read."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_COMPARED = 400
"""Words and gaps of each text that are compared one by one; where more differ, the old ones go and the new ones come as a
whole. Comparing costs time with the square of this and more."""
_AROUND = 40
"""Characters of what stayed that are shown at either side of a change."""

# A word goes to the next space or ASCII punctuation: vowel signs and joiners, which Python takes for no letters, stay in.
_PIECES = re.compile(r"""\s+|[^\s!-/:-@\[-`{-~]+|.""", re.DOTALL)


Kind = Literal["same", "added", "removed", "cut"]


class Change(NamedTuple):
    """A stretch of text that stayed, came or went. `cut` is a stretch that stayed and is left out."""

    kind: Kind
    text: str


def changes(before: str, after: str) -> list[Change]:
    """The way from one text to the other. What was removed and what stayed make the first, what was added and stayed the
    second.
    """
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    head = _alike(old, new)
    old, start, new = old[head:], old[:head], new[head:]
    tail = _alike(old[::-1], new[::-1])
    end = old[len(old) - tail :]
    old, new = old[: len(old) - tail], new[: len(new) - tail]
    found: list[tuple[Kind, Sequence[str]]] = [("same", start), *_between(old, new), ("same", end)]
    return [Change(kind, "".join(pieces)) for kind, pieces in found if pieces]


def shortened(found: Sequence[Change]) -> list[Change]:
    """The same with long stretches that stayed cut down to what stands around the changes."""
    short: list[Change] = []
    for place, change in enumerate(found):
        if change.kind != "same" or len(change.text) <= 4 * _AROUND:
            short.append(change)
            continue
        # Up to a space where there is one, so that no word is cut.
        ahead = re.sub(r"\S*\Z", "", change.text[:_AROUND]) if place else ""
        behind = re.sub(r"\A\S*", "", change.text[-_AROUND:]) if place < len(found) - 1 else ""
        short += [Change("same", ahead), Change("cut", change.text[len(ahead) : len(change.text) - len(behind)])]
        short.append(Change("same", behind))
    return [change for change in short if change.text]


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pieces both begin with."""
    return next(
        (place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Kind, Sequence[str]]]:
    if max(len(old), len(new)) > MOST_COMPARED:
        yield from (("removed", old), ("added", new))
        return
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield "same", old[old_from:old_to]
        else:
            yield "removed", old[old_from:old_to]
            yield "added", new[new_from:new_to]
