"""Whether probabilities are true: of the comments scored 0.9, nine in ten should be spam."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from moderation.spam.measure.figures import Judged, Share, share

WIDE, FULL = 10, 15
"""Bins of equal width, and bins of equal size."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Comments with scores near each other.

    :param said: the mean of their probabilities.
    :param spam: how many are spam indeed.
    """

    low: float
    high: float
    said: float
    spam: Share

    @property
    def off(self) -> float:
        """How far what was said is from what is."""
        return abs(self.said - self.spam.part / self.spam.whole)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The reliability table, in ``WIDE`` bins of equal width (empty ones are missing), and what it comes down to.

    :param error: the expected calibration error (Naeini, Cooper and Hauskrecht 2015): the mean distance between said
        and true over these bins, each counting by its comments. ``None`` without comments.
    :param error_full: the same over ``FULL`` bins of equal size, where crowded scores do not hide each other.
    """

    bins: list[Bin]
    error: float | None
    error_full: float | None


def calibration(judged: Sequence[Judged]) -> Calibration:
    """How far the probabilities are true of these comments. It is no property of the filter alone: it depends on how
    much of what comes in is spam."""
    wide = list(_wide(judged))
    return Calibration(wide, _error(wide), _error(list(_full(judged))))


def _wide(judged: Iterable[Judged]) -> Iterator[Bin]:
    bins: list[list[Judged]] = [[] for _ in range(WIDE)]
    for one in judged:
        bins[min(int(one.probability * WIDE), WIDE - 1)].append(one)
    for at, inside in enumerate(bins):
        if inside:
            yield _bin(inside, at / WIDE, (at + 1) / WIDE)


def _full(judged: Iterable[Judged]) -> Iterator[Bin]:
    ordered = sorted(judged, key=lambda one: one.probability)
    start = 0
    for at in range(1, FULL + 1):
        end = max(start, len(ordered) * at // FULL)
        # Equal scores stay together: which of them comes first is chance.
        while start < end < len(ordered) and ordered[end].probability == ordered[end - 1].probability:
            end += 1
        if inside := ordered[start:end]:
            yield _bin(inside, inside[0].probability, inside[-1].probability)
        start = end


def _bin(inside: Sequence[Judged], low: float, high: float) -> Bin:
    said = sum(one.probability for one in inside) / len(inside)
    return Bin(low, high, said, share(sum(one.spam for one in inside), len(inside)))


def _error(bins: Sequence[Bin]) -> float | None:
    count = sum(one.spam.whole for one in bins)
    return sum(one.off * one.spam.whole for one in bins) / count if count else None
