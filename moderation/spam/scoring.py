"""From a submission to a score: every signal looks, none is skipped, their points are added up."""

import logging
from collections.abc import Mapping
from math import exp

from moderation.spam.signals import REGISTRY, Case, Finding, author, behaviour, content, history, links
from moderation.spam.types import Group, History, Score, Signal, Submission
from moderation.spam.view import view_of
from moderation.spam.weights import Weights, load

logger = logging.getLogger(__name__)

SIGNAL_FILES = (content, links, author, behaviour, history)
"""The files whose signals take part; importing them registers those."""
START = "content.start"
NOT_EVALUATED = "not evaluated"
_SHIPPED = load()
_NOTHING_KNOWN = History()


def score(submission: Submission, history: History = _NOTHING_KNOWN) -> Score:
    """The probability that a submission is spam, with every signal and its reason.

    The points of the signals, the start among them, add up to the log-odds of the probability. It never raises: a
    signal that fails is in the score with ``evaluated=False`` and no points.
    """
    return weigh(observe(submission, history), _SHIPPED)


def observe(submission: Submission, history: History = _NOTHING_KNOWN) -> dict[str, Finding | None]:
    """What each signal finds; ``None`` for one that failed. Which one is logged, what it was looking at is not."""
    try:
        case = Case(submission, view_of(submission), history)
    except Exception:
        logger.error("the view of a submission could not be made: nothing evaluated")
        return dict.fromkeys(REGISTRY)
    findings: dict[str, Finding | None] = {}
    for name, source in REGISTRY.items():
        try:
            findings[name] = source.look(case)
        except Exception:
            logger.error("signal %s not evaluated", name)
            findings[name] = None
    return findings


def weigh(findings: Mapping[str, Finding | None], weights: Weights) -> Score:
    """Turn strengths into points, cap what one group may say for each side, and add up."""
    points = {name: finding[0] * weights.points[name] for name, finding in findings.items() if finding and finding[0]}
    sums: dict[tuple[Group, bool], float] = {}
    for name, value in points.items():
        side = (REGISTRY[name].group, value > 0)
        sums[side] = sums.get(side, 0.0) + value
    # All signals of a group on one side shrink alike, so that the points shown are the points that count.
    shrink: dict[tuple[Group, bool], float] = {}
    for (group, for_spam), total in sums.items():
        cap = weights.caps[group][for_spam]
        shrink[group, for_spam] = min(1.0, cap / total) if total else 1.0
    signals = [Signal(START, "content", weights.start, "Where every comment starts, before anything is seen.")]
    for name, finding in findings.items():
        group = REGISTRY[name].group
        if finding is None:
            signals.append(Signal(name, group, 0.0, NOT_EVALUATED, evaluated=False))
            continue
        value = points.get(name, 0.0)
        signals.append(Signal(name, group, value * shrink[group, value > 0] if value else 0.0, finding[1]))
    return Score(_logistic(sum(signal.points for signal in signals)), tuple(signals))


def _logistic(log_odds: float) -> float:
    # Written for both signs, so that no exponent overflows.
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    return exp(log_odds) / (1 + exp(log_odds))
