"""What other rules would have done to comments on which people have decided: each is judged again, and what differs is
grouped by whether it is better or worse.

A comment is judged by its stored score and by the facts of when it came in. No rule of a policy stands here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from moderation.spam.judging import BORROWED, judge
from moderation.spam.policy import Policy
from moderation.spam.types import Facts, Score, Signal, Status

Change = Literal[
    "ham_to_spam", "spam_published", "ham_held", "spam_missed", "spam_caught", "ham_published", "ham_freed", "spam_held"
]
"""What becomes of a comment that goes another way: legitimate put among the spam, spam published, legitimate held that was
published, spam held that was caught; and what is better: spam caught, legitimate published, legitimate held that was
among the spam, spam held that was published. The worst first."""
CHANGES: tuple[Change, ...] = get_args(Change)
WORSE = frozenset(CHANGES[:4])
_CHANGE: Mapping[tuple[bool, Status, Status], Change] = {
    (False, "approved", "spam"): "ham_to_spam",
    (False, "pending", "spam"): "ham_to_spam",
    (False, "approved", "pending"): "ham_held",
    (False, "pending", "approved"): "ham_published",
    (False, "spam", "approved"): "ham_published",
    (False, "spam", "pending"): "ham_freed",
    (True, "pending", "approved"): "spam_published",
    (True, "spam", "approved"): "spam_published",
    (True, "spam", "pending"): "spam_missed",
    (True, "approved", "spam"): "spam_caught",
    (True, "pending", "spam"): "spam_caught",
    (True, "approved", "pending"): "spam_held",
}


class Decided(NamedTuple):
    """A comment on which a moderator decided.

    :param spam: what he said of it; else it is legitimate.
    :param now: the facts as the site's present lists make them.
    :param then: as the proposed lists would.
    """

    id: int
    spam: bool
    score: Score
    now: Facts
    then: Facts


class Changed(NamedTuple):
    """One comment that would go another way."""

    id: int
    probability: float
    before: Status
    after: Status


@dataclass(frozen=True, slots=True)
class Replay:
    """What present and proposed rules make of the same comments.

    :param before: how many of the spam (``True``) and of the legitimate ones (``False``) the present rules give each status.
    :param after: as the proposed rules would.
    :param changes: those that go another way, worst first; in each group those in which the filter errs most first.
    """

    before: Mapping[bool, Mapping[Status, int]]
    after: Mapping[bool, Mapping[Status, int]]
    changes: Mapping[Change, Sequence[Changed]]

    @property
    def changed(self) -> int:
        """How many comments would go another way."""
        return sum(map(len, self.changes.values()))


def stored_score(verdict: Mapping[str, Any], probability: float) -> Score:
    """The score of a stored verdict, as far as policies look at it.

    :param probability: with all its digits, where the verdict has four.
    """
    looked_at = (
        Signal(
            one["name"],
            one["group"],
            one["points"],
            one["reason"],
            evaluated=one.get("evaluated", True),
            without=one.get("without"),
        )
        for one in verdict.get("signals", ())
        if one["name"] in BORROWED or not one.get("evaluated", True)
    )
    return Score(probability, tuple(looked_at))


def replay(decided: Iterable[Decided], present: Policy, proposed: Policy) -> Replay:
    """Judge every comment by both policies."""
    before: dict[bool, Counter[Status]] = {True: Counter(), False: Counter()}
    after: dict[bool, Counter[Status]] = {True: Counter(), False: Counter()}
    changes: dict[Change, list[Changed]] = {change: [] for change in CHANGES}
    for one in decided:
        was = judge(one.score, present, one.now).status
        becomes = judge(one.score, proposed, one.then).status
        before[one.spam][was] += 1
        after[one.spam][becomes] += 1
        if was != becomes:
            changes[_CHANGE[one.spam, was, becomes]].append(Changed(one.id, one.score.probability, was, becomes))
    for change, found in changes.items():
        # Spam that looks least like it, legitimate comments that look most like spam.
        sign = 1 if change.startswith("spam") else -1
        found.sort(key=lambda each: (sign * each.probability, -each.id))
    return Replay(before, after, {change: found for change, found in changes.items() if found})


class Point(NamedTuple):
    """What a threshold would come to: how many of the spam and of the legitimate comments reach it."""

    threshold: float
    spam: int
    ham: int


def points(decided: Sequence[Decided], thresholds: Iterable[float]) -> list[Point]:
    """For each threshold how many comments reach it, whatever else the rules say."""
    spam = [one.score.probability for one in decided if one.spam]
    ham = [one.score.probability for one in decided if not one.spam]
    return [
        Point(each, sum(chance >= each for chance in spam), sum(chance >= each for chance in ham))
        for each in thresholds
    ]
