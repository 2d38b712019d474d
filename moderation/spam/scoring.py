"""From a submission to a score: every signal looks, none is skipped, their points are added up."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from math import exp

from moderation.spam.learner import NO_LESSON, lesson
from moderation.spam.signals import (
    NEEDS,
    REGISTRY,
    Case,
    Finding,
    author,
    behaviour,
    content,
    history,
    learned,
    links,
    shape,
    topics,
)
from moderation.spam.tokens import tokens_of
from moderation.spam.types import Group, History, Score, Signal, Submission
from moderation.spam.view import View, view_of
from moderation.spam.weights import Weights, load

logger = logging.getLogger(__name__)

SIGNAL_FILES = (content, links, author, behaviour, history, learned, shape, topics)
"""The files whose signals take part; importing them registers those."""
START = "content.start"
NOT_EVALUATED = "not evaluated"
_SHIPPED = load()
_NOTHING_KNOWN = History()


def score(submission: Submission, history: History = _NOTHING_KNOWN, view: View | None = None) -> Score:
    """The probability that a submission is spam, with every signal and its reason.

    :param view: the submission's view, where the caller has made it already.

    The points of the signals, the start among them, add up to the log-odds of the probability. It never raises: a
    signal that fails is in the score with ``evaluated=False`` and no points.
    """
    return weigh(observe(submission, history, view), _SHIPPED)


def observe(
    submission: Submission, history: History = _NOTHING_KNOWN, view: View | None = None
) -> dict[str, Finding | None]:
    """What each signal finds; ``None`` for one that failed. Which one is logged, what it was looking at is not."""
    try:
        case = case_of(submission, history, view)
        absent = {need for need, is_there in NEEDS.items() if not is_there(case)}
    except Exception:
        logger.error("the view of a submission could not be made: nothing evaluated")
        return dict.fromkeys(REGISTRY)
    findings: dict[str, Finding | None] = dict.fromkeys(REGISTRY)
    for need in absent:
        findings.update(_WITHOUT[need])
    for name, source in REGISTRY.items():
        if source.needs not in absent:
            try:
                findings[name] = source.look(case)
            except Exception:
                logger.error("signal %s not evaluated", name)
                findings[name] = None
    return findings


def case_of(submission: Submission, history: History, view: View | None = None) -> Case:
    """All that signals look at, computed once."""
    view = view or view_of(submission)
    tokens, past = tokens_of(view), history.evidence
    return Case(
        submission, view, history, tokens, lesson(tokens, past) if past.total.spam and past.total.ham else NO_LESSON
    )


_NOTHING_SENT = case_of(Submission("", "", "", ""), _NOTHING_KNOWN)
_WITHOUT = {
    need: {name: source.look(_NOTHING_SENT) for name, source in REGISTRY.items() if source.needs == need}
    for need in NEEDS
}
"""What signals find where what they need is not there."""


def weigh(findings: Mapping[str, Finding | None], weights: Weights) -> Score:
    """Turn strengths into points, cap what one group may say for each side, and add up."""
    spoke = {name: finding for name, finding in findings.items() if finding and finding[0]}
    points = {name: finding[0] * weights.points[name] for name, finding in spoke.items()}
    sums: dict[tuple[Group, bool], float] = {}
    for name, value in points.items():
        side = (REGISTRY[name].group, value > 0)
        sums[side] = sums.get(side, 0.0) + value
    # All signals of a group on one side shrink alike, so that the points shown are the points that count.
    capped = {side: _capped(total, weights.caps[side[0]][side[1]]) for side, total in sums.items()}
    log_odds = weights.start + sum(capped.values())
    signals: dict[str, Signal] = {}
    for name, value in points.items():
        group = REGISTRY[name].group
        side = (group, value > 0)
        # What the others of a capped group would then say stands in for it.
        rest = _capped(sums[side] - value, weights.caps[group][value > 0])
        without = logistic(log_odds - capped[side] + rest)
        share = capped[side] / sums[side] if sums[side] else 0.0
        full = None if capped[side] == sums[side] else value
        signals[name] = Signal(name, group, value * share, spoke[name][1], without=without, full=full)
    start = Signal(START, "content", weights.start, "Where every comment starts, before anything is seen.")
    others = [
        signals[name] if name in signals else _silent(name, finding[1] if finding else None)
        for name, finding in findings.items()
    ]
    return Score(logistic(log_odds), (start, *others))


@lru_cache(maxsize=2048)
def _silent(name: str, reason: str | None) -> Signal:
    """A signal that saw nothing, or failed: most of every score, and mostly in the same words."""
    group = REGISTRY[name].group
    if reason is None:
        return Signal(name, group, 0.0, NOT_EVALUATED, evaluated=False)
    return Signal(name, group, 0.0, reason)


def _capped(total: float, cap: float) -> float:
    """A side's sum, never beyond its cap; nor, where nothing is left of it, on the other side of 0."""
    return max(0.0, min(total, cap)) if cap > 0 else min(0.0, max(total, cap))


def logistic(log_odds: float) -> float:
    """The probability of log-odds."""
    # Written for both signs, so that no exponent overflows.
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    return exp(log_odds) / (1 + exp(log_odds))
