"""Comments whose truth is known, scored one after the other by the filter and by what it is compared with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from moderation.spam.learner import PRIOR
from moderation.spam.measure.stream import Results, delayed
from moderation.spam.measure.worst import Worst, card
from moderation.spam.memory import Memory
from moderation.spam.policy import Policy
from moderation.spam.scoring import case_of, observe, score, weigh
from moderation.spam.signals.learned import from_prior
from moderation.spam.types import History, Submission
from moderation.spam.view import View, view_of
from moderation.spam.weights import Weights

SHIPPED, LEARNING = "as shipped", "learning"
"""The filter with no decision taken, and with what was decided of the comments before."""
FIRST = 5
"""Comments named of those that change side alike."""


class Labelled(NamedTuple):
    """One comment of a stream.

    :param place: file and line, for people.
    :param name: the record's id, or its place.
    """

    place: str
    name: str
    source: str
    lang: str
    spam: bool
    submission: Submission


@dataclass(frozen=True, slots=True)
class Setting:
    """A filter as it is set up: how strongly signals count, what it knows from elsewhere, and what a site does with the
    probability."""

    name: str
    weights: Weights
    policy: Policy
    prior: Mapping[str, float] = field(default_factory=lambda: PRIOR)


class Rival(Protocol):
    """Another filter, to be compared with."""

    name: str

    def score(self, submission: Submission) -> float:
        """The probability of spam, from 0 to 1."""

    def learn(self, submission: Submission, *, spam: bool) -> None:
        """Learn one decision."""


@dataclass(slots=True)
class Move:
    """Comments that one setting puts here and another there.

    :param first: some of their names.
    """

    here: str
    there: str
    spam: int = 0
    legitimate: int = 0
    first: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a run: every filter's probabilities, the worst errors, and which comments change side."""

    results: Results
    worst: Worst
    moves: dict[tuple[str, str], Move]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    :param other: another setting for the same comments and the same past.
    :param lag: how many comments late a decision comes; ``None`` where nothing is to be learned.
    :param taught: comments decided on before the stream begins. The rival learns them, and the filter if it learns.
    :param errors: how many of the worst errors to keep of either label.
    """

    now: Setting
    other: Setting | None = None
    rival: Rival | None = None
    lag: int | None = None
    taught: Iterable[Labelled] = ()
    errors: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The filters that take part, the one measured first."""
        names = [LEARNING, SHIPPED] if self.lag is not None else [SHIPPED]
        if self.other and (self.other.weights, self.other.prior) != (self.now.weights, self.now.prior):
            names.append(self.other.name)
        return (*names, self.rival.name) if self.rival else tuple(names)


def run(comments: Iterable[Labelled], plan: Plan) -> Measured:
    """Score every comment, in order, before anything is learned of it."""
    measured = Measured(Results(plan.names), Worst(plan.errors), {})
    memory = Memory()
    for known in plan.taught:
        _learn(memory, known, view_of(known.submission), plan)
    for (comment, view), due in delayed(_seen(comments), plan.lag or 0):
        history = History() if plan.lag is None else memory.history_of(comment.submission, view)
        measured.results.add(
            comment.source, comment.lang, comment.spam, _scores(comment, view, history, plan, measured)
        )
        if due and plan.lag is not None:
            _learn(memory, *due, plan)
    return measured


def side(probability: float, policy: Policy) -> str:
    """What thresholds make of a comment that no other rule holds."""
    if probability >= policy.spam_above:
        return "spam"
    if probability >= policy.hold_above:
        return "held"
    return "held for strangers" if probability >= policy.approve_below else "published"


def _seen(comments: Iterable[Labelled]) -> Iterator[tuple[Labelled, View]]:
    for comment in comments:
        yield comment, view_of(comment.submission)


def _scores(comment: Labelled, view: View, history: History, plan: Plan, measured: Measured) -> dict[str, float]:
    findings = observe(comment.submission, history, view)
    found = weigh(findings, plan.now.weights)
    scores = {plan.names[0]: found.probability}
    measured.worst.add(
        comment.spam,
        found.probability,
        lambda: card(comment.place, comment.spam, found, comment.submission.text),
    )
    if plan.lag is not None:
        scores[SHIPPED] = score(comment.submission, view=view).probability
    if plan.other:
        if plan.other.prior is not plan.now.prior:
            findings["learned.prior"] = from_prior(case_of(comment.submission, history, view), plan.other.prior)
        scores[plan.other.name] = other = weigh(findings, plan.other.weights).probability
        _note(measured.moves, comment, side(found.probability, plan.now.policy), side(other, plan.other.policy))
    if plan.rival:
        scores[plan.rival.name] = plan.rival.score(comment.submission)
    return scores


def _note(moves: dict[tuple[str, str], Move], comment: Labelled, here: str, there: str) -> None:
    if here == there:
        return
    move = moves.setdefault((here, there), Move(here, there))
    if comment.spam:
        move.spam += 1
    else:
        move.legitimate += 1
    if len(move.first) < FIRST:
        move.first.append(comment.name)


def _learn(memory: Memory, known: Labelled, view: View, plan: Plan) -> None:
    if plan.lag is not None:
        memory.decide(known.submission, view, spam=known.spam)
    if plan.rival:
        plan.rival.learn(known.submission, spam=known.spam)
