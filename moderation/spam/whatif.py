"""What would give a comment another status: without which signals, or how many points away.

A stored verdict is added up again without some of its signals and judged again, by the policy itself: no rule of it
stands here.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log
from typing import Any, Literal, NamedTuple, TypedDict, get_args

from moderation.spam.judging import BORROWED, judge
from moderation.spam.policy import Policy
from moderation.spam.scoring import START, logistic
from moderation.spam.types import Facts, Group, Score, Signal, Status, Verdict

FARTHEST = 400
"""Tenths of a point that are looked at on either side: more than all groups together may say."""
_STRICTNESS: tuple[Status, ...] = ("approved", "pending", "spam")
_CERTAIN = 0.0005
"""Nearer to 0 or 1 than this a stored probability, which has four digits, tells less than the points do."""
_SUREST = 30.0
_GROUPS = get_args(Group)
_Way = Literal[-1, 1]
"""Towards what is published, or towards the spam."""


class RemovalDict(TypedDict):
    signals: list[str]
    probability: float
    status: Status


class DistanceDict(TypedDict):
    points: float
    status: Status


class FlipDict(TypedDict):
    status: Status
    because: str
    without: list[RemovalDict]
    points: list[DistanceDict]


class Removal(NamedTuple):
    """Had these signals seen nothing, the probability and the status would be these."""

    signals: tuple[str, ...]
    probability: float
    status: Status


class Distance(NamedTuple):
    """So many points more (above 0) or fewer (below 0) would give this status."""

    points: float
    status: Status


@dataclass(frozen=True, slots=True)
class Flip:
    """What would give a comment another status than the policy gives it.

    :param status: what the policy that was asked about gives it; a verdict may have been given by an older one.
    :param because: the policy's sentence for that.
    :param without: each single signal that decides, the strongest first. Towards a side where none does, the smallest
        set that does, if there is one.
    :param points: the way to every other status, in tenths rounded up. With none, no score would change the status:
        another rule decides.
    """

    status: Status
    because: str
    without: tuple[Removal, ...]
    points: tuple[Distance, ...]

    def to_dict(self) -> FlipDict:
        """The flip as JSON can carry it."""
        return {
            "status": self.status,
            "because": self.because,
            "without": [
                {"signals": list(one.signals), "probability": round(one.probability, 4), "status": one.status}
                for one in self.without
            ],
            "points": [{"points": one.points, "status": one.status} for one in self.points],
        }


def flip_of(verdict: Mapping[str, Any], policy: Policy) -> Flip:
    """What would flip a verdict under a policy, with the facts that it was given on.

    :param verdict: as it is stored. What is missing, as in old ones, counts as nothing seen.
    """
    sums = _Sums(verdict)
    facts = Facts.from_dict(verdict.get("facts", {}))

    def judged(gone: Collection[str] = (), points: float = 0.0) -> Verdict:
        return judge(sums.score(gone, points), policy, facts)

    own = judged()
    removals: list[Removal] = []
    distances: list[Distance] = []
    ways: tuple[_Way, ...] = (-1, 1)
    for way in ways:
        nearer = _distances(judged, own.status, way)
        distances += nearer
        # Where no score would do, no signal does.
        removals += _removals(sums, judged, own.status, way) if nearer else []
    return Flip(own.status, own.because, tuple(removals), tuple(distances))


@dataclass(frozen=True, slots=True)
class _Side:
    """The signals of one group that speak for one side: their points before the cap, and what may count of them."""

    way: _Way
    full: Mapping[str, float]
    total: float
    counted: float

    def lost(self, full: float) -> float:
        """What is lost with so many points: in a capped group the others make up for them as long as they can."""
        return max(0.0, self.counted - self.total + full)

    def strongest(self, gone: Collection[str]) -> list[tuple[float, tuple[str, ...]]]:
        """For each number of signals the strongest so many, and the points that are lost with them where `gone` are lost
        anyway.
        """
        names = sorted(self.full.keys() - set(gone), key=lambda name: (-self.full[name], name))
        first = sum(self.full.get(name, 0.0) for name in gone)
        taken = accumulate((self.full[name] for name in names), initial=first)
        return [(self.lost(full), (*names[:many],)) for many, full in enumerate(taken)]


class _Sums:
    """A stored verdict taken apart, to be added up again."""

    def __init__(self, verdict: Mapping[str, Any]) -> None:
        stored = [one for one in verdict.get("signals", ()) if one.get("group") in _GROUPS]
        self._failed = [
            Signal(one["name"], one["group"], 0.0, "", evaluated=False)
            for one in stored
            if not one.get("evaluated", True)
        ]
        spoken = [one for one in stored if one["points"] and one["name"] != START]
        sides: dict[tuple[Group, _Way], list[Mapping[str, Any]]] = {}
        for one in spoken:
            sides.setdefault((one["group"], 1 if one["points"] > 0 else -1), []).append(one)
        self.sides = [_side(way, members) for (_group, way), members in sides.items()]
        self._log_odds = sum(one["points"] for one in stored)
        probability = verdict.get("probability", 0.0)
        if _CERTAIN < probability < 1 - _CERTAIN:
            self._log_odds = log(probability / (1 - probability))
        self.without = {one["name"]: one["without"] for one in spoken if one.get("without") is not None}
        self._borrowed = [one["name"] for one in spoken if one["name"] in BORROWED]

    def score(self, gone: Collection[str], points: float) -> Score:
        """The score if the signals `gone` had seen nothing, and so many points more: as far as policies look at it."""
        log_odds = self._log_odds + points
        borrowed = [
            Signal(name, "history", 0.0, "", without=_chance(log_odds - self._lost({*gone, name})))
            for name in self._borrowed
            if name not in gone
        ]
        return Score(_chance(log_odds - self._lost(gone)), (*self._failed, *borrowed))

    def _lost(self, gone: Collection[str]) -> float:
        if not gone:
            return 0.0
        return sum(side.way * side.lost(sum(side.full.get(name, 0.0) for name in gone)) for side in self.sides)


def _side(way: _Way, members: Sequence[Mapping[str, Any]]) -> _Side:
    full = {one["name"]: abs(one.get("full", one["points"])) for one in members}
    return _Side(way, full, sum(full.values()), abs(sum(one["points"] for one in members)))


def _chance(log_odds: float) -> float:
    # Beyond this, what a computer can write is certainty, and no score is certain.
    return logistic(min(max(log_odds, -_SUREST), _SUREST))


def _beyond(status: Status, own: Status, way: _Way) -> bool:
    return (_STRICTNESS.index(status) - _STRICTNESS.index(own)) * way > 0


def _distances(judged: Callable[..., Verdict], own: Status, way: _Way) -> list[Distance]:
    """The way to every status on one side that some score would reach, the nearest first."""

    def place(tenths: int) -> int:
        return _STRICTNESS.index(judged(points=way * tenths / 10).status) * way

    found: list[Distance] = []
    last = _STRICTNESS.index(own) * way
    while place(FARTHEST) > last:
        tenths = bisect_right(range(FARTHEST), last, key=place)
        last = place(tenths)
        found.append(Distance(way * tenths / 10, _STRICTNESS[last * way]))
    return found


def _removals(sums: _Sums, judged: Callable[..., Verdict], own: Status, way: _Way) -> list[Removal]:
    """The single signals without which the status lies on one side of what it is; else the smallest set."""
    against = [side for side in sums.sides if side.way != way]
    names = sorted(
        ((points, name) for side in against for name, points in side.full.items()), key=lambda one: (-one[0], one[1])
    )

    def without(gone: tuple[str, ...]) -> list[Removal]:
        verdict = judged(gone)
        reached = _beyond(verdict.status, own, way)
        # What is stored of one signal alone is more exact than what is added up again.
        probability = sums.without.get(gone[0], verdict.probability) if len(gone) == 1 else verdict.probability
        return [Removal(gone, probability, verdict.status)] if reached else []

    if not without(tuple(name for _points, name in names)):
        return []
    alone = [found for _points, name in names for found in without((name,))]
    # Some rules look at the probability, others at what it would be without what is borrowed: for these that is gone anyway.
    sets = [*_strongest(against), *_strongest(against, BORROWED)]
    return alone or next(filter(None, map(without, sorted(sets, key=len))), [])


def _strongest(sides: Sequence[_Side], gone: Collection[str] = ()) -> list[tuple[str, ...]]:
    """For each number of signals those whose loss is greatest where `gone` are lost anyway."""
    best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for side in sides:
        # Groups do not touch each other: the best of all groups so far, with the strongest of the next.
        piles = side.strongest(gone)
        longer: list[tuple[float, tuple[str, ...]]] = [(-1.0, ())] * (len(best) + len(piles) - 1)
        for many, (points, names) in enumerate(best):
            for more, (further, added) in enumerate(piles):
                longer[many + more] = max(longer[many + more], (points + further, names + added))
        best = longer
    return [names for _points, names in best]
