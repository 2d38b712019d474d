"""The worst errors of a filter, with their score cards: the first thing to read before a figure is believed."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappush, heappushpop

from moderation.spam.types import Score, Signal

LONGEST_TEXT = 200
"""Characters shown of a comment."""


@dataclass(frozen=True, slots=True)
class Card:
    """A comment with its score.

    :param place: where the comment stands, for people: file and line.
    :param text: its beginning, in one line, printable.
    :param signals: those with points, the strongest first.
    """

    place: str
    spam: bool
    probability: float
    text: str
    signals: tuple[Signal, ...]


def card(place: str, spam: bool, score: Score, text: str) -> Card:
    """The card of a comment."""
    seen = sorted((one for one in score.signals if one.points), key=lambda one: -abs(one.points))
    start = "".join(letter if letter.isprintable() else " " for letter in text[: LONGEST_TEXT + 1])
    # Half a pair of surrogates is not printable, so that what remains can be written anywhere.
    shown = " ".join(start[:LONGEST_TEXT].split()) + ("…" if len(start) > LONGEST_TEXT else "")
    return Card(place, spam, score.probability, shown, tuple(seen))


class Worst:
    """Keeps the legitimate comments with the highest scores and the spam with the lowest, so many of each."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._seen = 0
        self._kept: dict[bool, list[tuple[float, int, Card]]] = {True: [], False: []}

    def add(self, spam: bool, probability: float, make: Callable[[], Card]) -> None:
        """One more comment; its card is made only where it is among the worst so far."""
        kept = self._kept[spam]
        self._seen += 1
        # The first of equals is kept, so that the same file always shows the same errors.
        entry = (-probability if spam else probability, -self._seen)
        if len(kept) < self._count:
            heappush(kept, (*entry, make()))
        elif kept and entry > kept[0][:2]:
            heappushpop(kept, (*entry, make()))

    def cards(self, *, spam: bool) -> list[Card]:
        """The worst of one label, the worst one first."""
        return [kept[2] for kept in sorted(self._kept[spam], reverse=True)]
