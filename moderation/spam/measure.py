"""How good a filter is, from labels and scores. Ties are counted fairly: half a win, and never a free choice of
threshold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """One comment whose truth is known: where it comes from, whether it is spam, what the filter said."""

    source: str
    lang: str
    spam: bool
    probability: float


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
