"""The log of a site: decisions and what else was done, as one list, the newest first.

Each kind of entry is walked along its own index by time, a bounded part at once, and the walks are merged. A page is cut
by keyset: its cursor names the last entry looked at. What a filter leaves out is read and left out here, at most `SCAN`
entries for one page; its cursor goes on from there. So no request reads more rows than it may, whatever is asked.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from moderation.extensions import db
from moderation.models import LARGEST_ID, Actor, Decision, Event, Moderator, UtcDateTime
from moderation.review.log_kinds import DECISIONS, KNOWN_AREAS, OTHER

PAGE = 50
SCAN = 5_000
FOLDED = 4
"""So many entries of one batch in a row are one line."""
_FIRST, _MOST = 120, 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{1,16})~([de])(\d{1,10})\Z", re.ASCII)
_RANK = {"e": 0, "d": 1}


class BadCursor(ValueError):
    """The cursor is none that this list gave out."""


class Place(NamedTuple):
    """Where an entry stands: later is greater."""

    at: datetime
    rank: int
    id: int


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are wanted.

    `who`: "" for anybody, a moderator's number, "author" for comments' authors, "command" for what no moderator did.
    `what`: "" or one of `log_kinds.choices`. `policy`: also what the policy decided by itself. `batch`: only the
    decisions of this one. Entries are of the time from `since` until before `until`.
    """

    site_id: int
    who: str = ""
    what: str = ""
    policy: bool = False
    since: datetime | None = None
    until: datetime | None = None
    batch: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `kind` is a dotted name, see `log_kinds`; `actor` is "event" for what is no decision."""

    place: Place
    actor: Actor | Literal["event"]
    kind: str
    moderator_id: int | None
    comment_id: int | None
    from_status: str | None = None
    to_status: str | None = None
    note: str = ""
    batch: str = ""
    undoes: bool = False
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When."""
        return self.place.at


@dataclass(slots=True)
class Page:
    """One page of the log: lines, each of one entry or of many of one batch. `next` is None at the end.

    `looked`: the page ended because so much was looked through, not because it is full.
    """

    lines: list[list[Entry]]
    next: str | None
    looked: bool


def page(question: Question) -> Page:
    """One page of what is asked. Raises `BadCursor`."""
    lines: list[list[Entry]] = []
    run: list[Entry] = []
    last: Entry | None = None
    for looked, entry in enumerate(walk(question)):
        if looked == SCAN and last is not None:
            return Page(lines + _lines(run), cursor_of(last), looked=True)
        if matches(question, entry):
            if run and not (_together(run[-1], entry) and not question.batch):
                lines += _lines(run)
                run = []
            if len(lines) >= PAGE and last is not None:
                return Page(lines, cursor_of(last), looked=False)
            run.append(entry)
        last = entry
    return Page(lines + _lines(run), None, looked=False)


def walk(question: Question) -> Iterator[Entry]:
    """Every entry that may be wanted, newest first; which of them is wanted, `matches` says. Raises `BadCursor`."""
    start = _place(question.cursor)
    bounded = _in_time_of_batch(question)
    if bounded is None:
        return iter(())
    arms = [
        _arm(Decision, [Decision.site_id == bounded.site_id, Decision.actor == actor], bounded, start)
        for actor in _actors(bounded)
    ]
    if _events_wanted(bounded):
        # What concerns no single site concerns this one too.
        arms += [
            _arm(Event, [where], bounded, start)
            for where in (Event.site_id == bounded.site_id, Event.site_id.is_(None))
        ]
    return heapq.merge(*arms, key=lambda entry: entry.place, reverse=True)


def matches(question: Question, entry: Entry) -> bool:
    """Whether an entry of `walk` is wanted."""
    if question.batch and entry.batch != question.batch:
        return False
    if question.who.isdigit() and entry.moderator_id != int(question.who):
        return False
    if question.who == "command" and (entry.actor != "event" or entry.moderator_id is not None):
        return False
    if question.what == OTHER:
        return entry.kind.partition(".")[0] not in KNOWN_AREAS
    if question.what in DECISIONS:
        return any(entry.kind.startswith(start) for start in DECISIONS[question.what])
    return entry.kind.startswith(question.what)


def cursor_of(entry: Entry) -> str:
    """The cursor that goes on after an entry."""
    micros = (entry.at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}~{'d' if entry.place.rank else 'e'}{entry.place.id}"


def until(question: Question, at: datetime) -> Question:
    """The same question of what was done before a moment."""
    return replace(question, until=min(at, question.until or at))


def names(entries: list[Entry]) -> dict[int, str]:
    """The names of those who did these things, by number."""
    wanted = {entry.moderator_id for entry in entries if entry.moderator_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Moderator.id, Moderator.name).where(Moderator.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def taken_back(entries: list[Entry]) -> set[int]:
    """The numbers of those decisions that were undone since."""
    wanted = [entry.place.id for entry in entries if entry.actor != "event"]
    found: set[int] = set()
    for start in range(0, len(wanted), _MOST):
        undone = select(Decision.undoes_id).where(Decision.undoes_id.in_(wanted[start : start + _MOST]))
        found |= {each for each in db.session.scalars(undone) if each is not None}
    return found


def _actors(question: Question) -> list[Actor]:
    """Whose decisions can be wanted."""
    if question.batch:
        return ["moderator", "author", "policy"]
    if question.what == "arrived":
        wanted: list[Actor] = ["policy"]
    elif question.what in {"withdrawn", "revised"}:
        wanted = ["author"]
    elif question.what in DECISIONS:
        wanted = ["moderator"]
    else:
        wanted = [] if question.what else ["moderator", "author"]
        wanted += ["policy"] if question.policy and not question.what else []
    if not question.who:
        return wanted
    return [each for each in wanted if each == ("moderator" if question.who.isdigit() else question.who)]


def _events_wanted(question: Question) -> bool:
    return not question.batch and question.who != "author" and question.what not in DECISIONS


def _arm(
    model: type[Decision | Event], where: list[ColumnElement[bool]], question: Question, start: Place | None
) -> Iterator[Entry]:
    """One kind of entry, newest first, read in parts that grow."""
    columns, entry_of, rank = (_DECISION, _decision, 1) if model is Decision else (_EVENT, _event, 0)
    if question.since is not None:
        where = [*where, model.created_at >= question.since]
    if question.until is not None:
        where = [*where, model.created_at < question.until]
    part, place = _FIRST, start
    while True:
        query: Select[Any] = select(*columns).where(*where, *_before(model, rank, place))
        rows = db.session.execute(query.order_by(model.created_at.desc(), model.id.desc()).limit(part)).all()
        for row in rows:
            yield entry_of(row)
        if len(rows) < part:
            return
        place = Place(rows[-1].created_at, rank, rows[-1].id)
        part = min(part * 4, _MOST)


def _before(model: type[Decision | Event], rank: int, place: Place | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    if rank != place.rank:
        return [model.created_at <= place.at if rank < place.rank else model.created_at < place.at]
    return [tuple_(model.created_at, model.id) < tuple_(literal(place.at, UtcDateTime()), place.id)]


def _in_time_of_batch(question: Question) -> Question | None:
    """The question with the times between which the batch lies, if it asks for one; None when there is no such batch."""
    if not question.batch:
        return question
    same = (Decision.batch == question.batch, Decision.site_id == question.site_id)
    first, last = (
        db.session.scalar(select(Decision.created_at).where(*same).order_by(order).limit(1))
        for order in (Decision.id, Decision.id.desc())
    )
    if first is None or last is None:
        return None
    return replace(question, since=first, until=last + timedelta(microseconds=1))


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    parts = _CURSOR.match(cursor)
    if parts is None or int(parts[3]) > LARGEST_ID:
        raise BadCursor("this cursor belongs to another list")
    return Place(_EPOCH + timedelta(microseconds=int(parts[1])), _RANK[parts[2]], int(parts[3]))


def _together(one: Entry, other: Entry) -> bool:
    """Whether two entries that stand one after the other are of one batch and the same act."""
    return bool(one.batch) and (one.batch, one.kind, one.moderator_id) == (other.batch, other.kind, other.moderator_id)


def _lines(run: list[Entry]) -> list[list[Entry]]:
    return [run] if len(run) >= FOLDED else [[entry] for entry in run]


_DECISION: tuple[InstrumentedAttribute[Any], ...] = (
    Decision.id,
    Decision.created_at,
    Decision.actor,
    Decision.moderator_id,
    Decision.comment_id,
    Decision.from_status,
    Decision.to_status,
    Decision.note,
    Decision.batch,
    Decision.undoes_id,
)
_EVENT: tuple[InstrumentedAttribute[Any], ...] = (
    Event.id,
    Event.created_at,
    Event.kind,
    Event.moderator_id,
    Event.comment_id,
    Event.detail,
)


def _decision(row: Any) -> Entry:
    if row.undoes_id is not None:
        word = "undone"
    elif row.from_status is None:
        word = "replied" if row.actor == "moderator" else "arrived"
    elif row.actor == "author":
        word = "withdrawn" if row.to_status == "trash" else "revised"
    else:
        word = "confirmed" if row.from_status == row.to_status else "decided"
    return Entry(
        Place(row.created_at, 1, row.id),
        row.actor,
        f"{word}.{row.to_status}",
        row.moderator_id,
        row.comment_id,
        row.from_status,
        row.to_status,
        row.note,
        row.batch,
        row.undoes_id is not None,
    )


def _event(row: Any) -> Entry:
    detail = row.detail if isinstance(row.detail, dict) else {"detail": row.detail}
    return Entry(Place(row.created_at, 0, row.id), "event", row.kind, row.moderator_id, row.comment_id, detail=detail)
