"""Single figures and how far they are to be believed. Ties are counted fairly: half a win, and never a free choice of
threshold."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

RATES = (0.001, 0.005, 0.01)
"""Shares of false positives at which recall is given."""
Z = 1.959964
"""Standard deviations of the normal distribution on either side that hold 95 %."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One comment whose truth is known: where it comes from, whether it is spam, what the filter said."""

    source: str
    lang: str
    spam: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from 0 to 1 with the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, as a figure with its interval; no figure for a part of nothing."""

    part: int
    whole: int
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What tells filters apart, whatever their thresholds.

    :param recall: for each of ``RATES``, the share of spam found when at most so many legitimate comments are. The
        interval takes the threshold as given: it tells of the number of spam, not of the number of legitimate comments.
    """

    spam: int
    legitimate: int
    auc: Estimate | None
    recall: dict[float, Estimate | None]


def figures(judged: Sequence[Judged]) -> Figures:
    """The figures of a filter on comments whose truth is known."""
    spam = sum(one.spam for one in judged)
    area = roc_auc(judged)
    recalls = {rate: recall_at(judged, rate) for rate in RATES}
    return Figures(
        spam,
        len(judged) - spam,
        None if area is None else Estimate(area, *area_interval(area, spam, len(judged) - spam)),
        {rate: None if one is None else estimate(round(one * spam), spam) for rate, one in recalls.items()},
    )


def share(part: int, whole: int) -> Share:
    """A share with its interval."""
    return Share(part, whole, estimate(part, whole) if whole else None)


def estimate(part: int, whole: int) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927), which holds for shares of 0 and 1 and for few comments too."""
    value, square = part / whole, Z * Z / whole
    middle = value + square / 2
    reach = Z * sqrt(value * (1 - value) / whole + square / (4 * whole))
    low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
    return Estimate(value, 0.0 if part == 0 else low, 1.0 if part == whole else high)


def area_interval(area: float, spam: int, legitimate: int) -> tuple[float, float]:
    """The 95 % interval of a ROC-AUC: a score interval on Hanley and McNeil's variance (Newcombe 2006, method 5).

    Unlike the usual intervals it holds close to 1, and at 1.
    """
    equal = (spam + legitimate) / 2 - 1

    def off(true: float) -> float:
        variance = true * (1 - true) * (1 + equal * (1 - true) / (2 - true) + equal * true / (1 + true))
        return abs(area - true) - Z * sqrt(variance / (spam * legitimate))

    # On either side of the area the distance grows against the reach, so halving finds the place where they are equal.
    return _crossing(off, 0.0, area), _crossing(off, 1.0, area)


def _crossing(off: Callable[[float], float], outside: float, inside: float) -> float:
    if off(outside) <= 0:
        return outside
    for _ in range(60):
        middle = (outside + inside) / 2
        if off(middle) > 0:
            outside = middle
        else:
            inside = middle
    return inside


def roc_auc(judged: Iterable[Judged]) -> float | None:
    """The chance that a spam scores higher than a legitimate comment; ``None`` unless there are both."""
    ordered = sorted(judged, key=lambda one: one.probability)
    wins, legitimate, at = 0.0, 0, 0
    while at < len(ordered):
        tie = list(_same(ordered, at))
        spam = sum(one.spam for one in tie)
        wins += spam * (legitimate + (len(tie) - spam) / 2)
        legitimate += len(tie) - spam
        at += len(tie)
    spam = len(ordered) - legitimate
    return wins / (spam * legitimate) if spam and legitimate else None


def threshold_at(judged: Iterable[Judged], false_positives: float) -> float:
    """The lowest score above which at most this share of the legitimate comments lies (``score > threshold``)."""
    legitimate = sorted((one.probability for one in judged if not one.spam), reverse=True)
    allowed = int(false_positives * len(legitimate))
    return legitimate[allowed] if allowed < len(legitimate) else 0.0


def recall_at(judged: Sequence[Judged], false_positives: float) -> float | None:
    """The share of spam caught when at most this share of legitimate comments is; ``None`` unless there are both."""
    spam = [one.probability for one in judged if one.spam]
    if not spam or len(spam) == len(judged):
        return None
    threshold = threshold_at(judged, false_positives)
    return sum(probability > threshold for probability in spam) / len(spam)


def share_at(judged: Iterable[Judged], threshold: float, *, spam: bool) -> tuple[int, int]:
    """How many of one label reach a threshold (``score >= threshold``), and how many there are."""
    scores = [one.probability for one in judged if one.spam == spam]
    return sum(probability >= threshold for probability in scores), len(scores)


def _same(ordered: Sequence[Judged], at: int) -> Iterable[Judged]:
    first = ordered[at].probability
    while at < len(ordered) and ordered[at].probability == first:
        yield ordered[at]
        at += 1
