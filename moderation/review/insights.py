"""What a site's decision log says of a span of days: what came in, who decided, what was caught, missed and rescued.

Entries in, figures out; where they come from is `insights_log`. A day is a day of UTC. An entry that was undone counts
nowhere, and neither does the undo. What staff wrote did not come in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import ceil
from statistics import median
from typing import Any, Literal, NamedTuple, get_args

from moderation.models import STATUSES, Actor, Status
from moderation.spam.scoring import START
from moderation.text.names import clean_line

Decider = Literal["policy", "confirmed", "changed", "moderator", "waiting", "withdrawn"]
"""Whose word stands for a comment: policy's alone, or confirmed or changed by a moderator; a moderator's, where policy
held it; nobody's as yet; its author's, who took it back."""
Find = Literal["caught", "held", "public", "rescued"]
"""What became of spam, and of what was taken for it: policy put it there and it stayed; policy held it, or published
it, and a moderator called it spam; policy put it there and a moderator approved it."""
DECIDERS: tuple[Decider, ...] = get_args(Decider)
FINDS: tuple[Find, ...] = get_args(Find)
SPAM: frozenset[Find] = frozenset({"caught", "held", "public"})
"""What turned out to be spam."""
LONGEST_NAME = 80


class Entry(NamedTuple):
    """One entry of the decision log, with the page of its comment."""

    id: int
    comment_id: int
    page_id: int
    actor: Actor
    came_from: Status | None
    to: Status
    undoes: int | None
    at: datetime


class Wait(NamedTuple):
    """How long comments had waited when they were decided: half of them, and nine of ten, at most so many seconds."""

    half: float
    most: float
    comments: int


class SignalTally(NamedTuple):
    """How often a signal spoke for spam (`leaning` "spam") or for the author ("fine") in what moderators called spam and
    in what they approved.
    """

    name: str
    leaning: str
    spam: int
    approved: int

    @property
    def said(self) -> int:
        """In how many comments it spoke."""
        return self.spam + self.approved

    @property
    def right(self) -> int:
        """In how many of them moderators said the same."""
        return self.spam if self.leaning == "spam" else self.approved


@dataclass(slots=True)
class Fate:
    """What became of one comment of a reader: what policy did, when, and the last word of a moderator that stands."""

    page_id: int
    first: Status
    at: datetime
    word: Status | None = None
    withdrawn: bool = False

    @property
    def decider(self) -> Decider:
        """Whose word stands."""
        if self.first != "pending":
            return "policy" if self.word is None else "confirmed" if self.word == self.first else "changed"
        if self.word is None or self.word == "pending":
            return "withdrawn" if self.withdrawn else "waiting"
        return "moderator"

    @property
    def find(self) -> Find | None:
        """What it says of the filter; None where no spam was seen, or nobody knows yet."""
        if self.first == "spam":
            return "rescued" if self.word == "approved" else None if self.word == "pending" else "caught"
        if self.word == "spam":
            return "public" if self.first == "approved" else "held"
        return None


@dataclass(slots=True)
class Insights:
    """The figures of some days. Lists have one number for each of `days`.

    `arrivals` are by what policy did, `decisions` by where moderators moved a comment or confirmed it; `deciders`, `finds`,
    `pages` and `spam_pages` (by page) tell of what came in on these days; `waits` of what was decided on them. `words`
    are the moderators' last words of these days, spam or approved, by comment, the newest last.
    """

    days: list[date]
    arrivals: dict[Status, list[int]]
    decisions: dict[Status, list[int]]
    finds: dict[Find, list[int]]
    deciders: Counter[Decider] = field(default_factory=Counter)
    pages: Counter[int] = field(default_factory=Counter)
    spam_pages: Counter[int] = field(default_factory=Counter)
    waits: list[Wait | None] = field(default_factory=list)
    wait: Wait | None = None
    words: dict[int, Status] = field(default_factory=dict)

    @property
    def arrived(self) -> int:
        """How many comments of readers came in."""
        return sum(self.deciders.values())

    @property
    def decided(self) -> int:
        """How often moderators decided."""
        return sum(map(sum, self.decisions.values()))

    def found(self, *kinds: Find) -> int:
        """How many comments of these kinds there are."""
        return sum(sum(self.finds[kind]) for kind in kinds)


def figures(
    entries: Sequence[Entry], first: date, last: date, arrived_before: Mapping[int, datetime] | None = None
) -> Insights:
    """The figures of the days from `first` to `last`, both of them whole, from a site's log by id.

    `arrived_before` says when comments came in that policy held, whose arrival is not among the entries.
    """
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    place = {day: at for at, day in enumerate(days)}
    made = Insights(days, _rows(STATUSES, days), _rows(STATUSES, days), _rows(FINDS, days))
    standing = _standing(entries)
    for fate in _fates(standing).values():
        if (at := place.get(fate.at.date())) is None:
            continue
        made.arrivals[fate.first][at] += 1
        made.deciders[fate.decider] += 1
        made.pages[fate.page_id] += 1
        if (find := fate.find) is not None:
            made.finds[find][at] += 1
            if find in SPAM:
                made.spam_pages[fate.page_id] += 1
    _decisions(made, standing, place)
    _waits(made, standing, place, arrived_before or {})
    return made


def waited_before(entries: Sequence[Entry]) -> set[int]:
    """The comments whose waiting ended among these entries, and whose arrival is not among them."""
    arrived = {entry.comment_id for entry in entries if entry.came_from is None}
    return {entry.comment_id for entry in _standing(entries) if _ends_waiting(entry)} - arrived


def signals(judged: Iterable[tuple[Status, Mapping[str, Any]]]) -> list[SignalTally]:
    """How often each signal spoke, and for whom, by the moderators' words and the verdicts of the same comments."""
    said: Counter[tuple[str, str, Status]] = Counter()
    for word, verdict in judged:
        said.update({(name, leaning, word) for name, leaning in map(_spoke, verdict.get("signals", ())) if leaning})
    return [
        SignalTally(name, leaning, said[name, leaning, "spam"], said[name, leaning, "approved"])
        for name, leaning in sorted({key[:2] for key in said})
    ]


def _spoke(signal: Mapping[str, Any]) -> tuple[str, str]:
    """A stored signal's name, and for whom it spoke; "" where it did not, as of where every comment starts."""
    name, points = str(signal.get("name", "")), signal.get("points")
    if not isinstance(points, int | float) or not points or name == START:
        return "", ""
    return _readable(name[:LONGEST_NAME]), "spam" if points > 0 else "fine"


# The same few names stand in every verdict.
@lru_cache(maxsize=1024)
def _readable(name: str) -> str:
    return clean_line(name)


def _rows(kinds: Iterable[Any], days: Sequence[date]) -> dict[Any, list[int]]:
    return {kind: [0] * len(days) for kind in kinds}


def _standing(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that were not undone, without the undos; an undo may have been undone itself."""
    undone: set[int] = set()
    for entry in reversed(entries):
        if entry.undoes is not None and entry.id not in undone:
            undone.add(entry.undoes)
    return [entry for entry in entries if entry.undoes is None and entry.id not in undone]


def _fates(standing: Iterable[Entry]) -> dict[int, Fate]:
    fates: dict[int, Fate] = {}
    for entry in standing:
        fate = fates.get(entry.comment_id)
        if entry.came_from is None:
            if entry.actor != "moderator":
                fates[entry.comment_id] = Fate(entry.page_id, entry.to, entry.at)
        elif fate is not None and entry.actor == "moderator":
            fate.word = entry.to
        elif fate is not None and entry.actor == "author" and entry.to == "trash":
            fate.withdrawn = True
    return fates


def _decisions(made: Insights, standing: Iterable[Entry], place: Mapping[date, int]) -> None:
    for entry in standing:
        at = place.get(entry.at.date())
        if at is None or entry.actor != "moderator" or entry.came_from is None:
            continue
        made.decisions[entry.to][at] += 1
        made.words.pop(entry.comment_id, None)
        if entry.to in {"spam", "approved"}:
            made.words[entry.comment_id] = entry.to


def _waits(
    made: Insights, standing: Iterable[Entry], place: Mapping[date, int], arrived_before: Mapping[int, datetime]
) -> None:
    """Each comment that policy held counts once: at the first decision of a moderator that stands."""
    held = dict(arrived_before)
    seconds: list[list[float]] = [[] for _day in place]
    for entry in standing:
        if entry.came_from is None and entry.actor != "moderator" and entry.to == "pending":
            held[entry.comment_id] = entry.at
        elif _ends_waiting(entry) and (since := held.pop(entry.comment_id, None)) is not None:
            at = place.get(entry.at.date())
            if at is not None:
                seconds[at].append(max((entry.at - since).total_seconds(), 0.0))
    made.waits = [_wait(each) for each in seconds]
    made.wait = _wait([each for day in seconds for each in day])


def _ends_waiting(entry: Entry) -> bool:
    return entry.actor == "moderator" and entry.came_from == "pending" and entry.to != "pending"


def _wait(seconds: Sequence[float]) -> Wait | None:
    if not seconds:
        return None
    ordered = sorted(seconds)
    return Wait(median(ordered), ordered[ceil(0.9 * len(ordered)) - 1], len(ordered))
