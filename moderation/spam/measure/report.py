"""All figures of one measurement together, as tables that a program can read too."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from moderation.spam.measure.calibration import Calibration, calibration
from moderation.spam.measure.figures import Figures, Judged, Share, figures, share, share_at
from moderation.spam.measure.run import Measured, Move, Plan, Setting
from moderation.spam.measure.stream import AFTER, Results
from moderation.spam.measure.worst import Card
from moderation.spam.policy import Policy


@dataclass(frozen=True, slots=True)
class Sides:
    """Where comments lie with a policy's thresholds. Held or worse is what reaches ``hold_above``.

    :param kept: legitimate comments held or worse.
    :param lost: legitimate comments taken for spam.
    :param met: spam held or worse.
    :param caught: spam taken for spam.
    """

    kept: Share
    lost: Share
    met: Share
    caught: Share


@dataclass(frozen=True, slots=True)
class Part:
    """The comments of one source or one language."""

    name: str
    figures: Figures
    sides: Sides


@dataclass(frozen=True, slots=True)
class Stage:
    """One filter over a stream from the comment on that is scored with so many decisions known."""

    after: int
    filter: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Column:
    """One setting beside another."""

    name: str
    figures: Figures
    sides: Sides
    calibration_error: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two settings on the same comments.

    :param moves: what changes side, the most frequent change first.
    """

    now: Column
    other: Column
    moves: list[Move]


@dataclass(frozen=True, slots=True)
class Report:
    """A measurement of one filter, and beside it of others on the same comments.

    :param hold_above: the thresholds of the policy that the sides are for.
    :param lag: how many comments late decisions came; ``None`` where nothing was learned.
    :param sides: of all comments.
    :param stages: every filter over the whole stream and, where there was learning, over the rest after so many
        decisions (``AFTER``).
    :param ham_errors: the legitimate comments with the highest scores.
    :param spam_errors: the spam with the lowest.
    """

    hold_above: float
    spam_above: float
    lag: int | None
    sides: Sides
    stages: list[Stage]
    sources: list[Part]
    languages: list[Part]
    calibration: Calibration
    compared: Compared | None
    ham_errors: list[Card]
    spam_errors: list[Card]


def report(measured: Measured, plan: Plan) -> Report:
    """All figures of a run."""
    results, policy = measured.results, plan.now.policy
    judged = results.judged()
    return Report(
        policy.hold_above,
        policy.spam_above,
        plan.lag,
        sides(judged, policy),
        list(stages(results, plan.lag)),
        _parts(judged, policy, lambda one: one.source),
        _parts(judged, policy, lambda one: one.lang),
        calibration(judged),
        _compared(measured, plan.now, plan.other) if plan.other else None,
        measured.worst.cards(spam=False),
        measured.worst.cards(spam=True),
    )


def _compared(measured: Measured, now: Setting, other: Setting) -> Compared:
    names = measured.results.names
    moves = sorted(measured.moves.values(), key=lambda move: -(move.spam + move.legitimate))
    return Compared(
        _column("now", measured.results.judged(), now.policy),
        # Thresholds alone change no score, so that the other setting has no column of its own then.
        _column(other.name, measured.results.judged(other.name if other.name in names else ""), other.policy),
        moves,
    )


def _column(name: str, judged: Sequence[Judged], policy: Policy) -> Column:
    return Column(name, figures(judged), sides(judged, policy), calibration(judged).error)


def sides(judged: Sequence[Judged], policy: Policy) -> Sides:
    """Where comments lie with a policy's thresholds."""
    return Sides(
        *(
            share(*share_at(judged, threshold, spam=spam))
            for spam in (False, True)
            for threshold in (policy.hold_above, policy.spam_above)
        )
    )


def stages(results: Results, lag: int | None) -> Iterator[Stage]:
    """Every filter over the whole stream and, where decisions came so many comments late, after the first of them."""
    for after in AFTER if lag is not None else (0,):
        start = after + lag if after and lag is not None else 0
        if start < len(results) or not start:
            for name in results.names:
                yield Stage(after, name, figures(results.judged(name, start)))


def _parts(judged: Iterable[Judged], policy: Policy, name: Callable[[Judged], str]) -> list[Part]:
    parts: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        parts[name(one)].append(one)
    return [Part(each, figures(inside), sides(inside, policy)) for each, inside in sorted(parts.items())]
