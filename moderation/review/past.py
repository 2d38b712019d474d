"""What else came from where a comment came from, and what else waits beside it. Every look is bounded.

What was emptied is passed over, but only among the newest that are looked at: however much there is of it, no look gets longer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, String, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from moderation.extensions import db
from moderation.models import EMPTIED, SHOWN, Comment, Status
from moderation.models.asking import Asked, dialect_of
from moderation.models.many import keys_of, of_each

DEPTH = 200
"""Comments of one party that are counted: its newest."""
ROW_DEPTH = 50
"""The same for a row of the queue."""
LISTED = 20
WAITING_LISTED = 10
_EXCERPT = 200
_ORDER: Sequence[Status] = ("approved", "spam", "trash", "pending")

Party = Literal["email", "browser", "network"]
_PARTIES: Mapping[Party, InstrumentedAttribute[str | None]] = {
    "email": Comment.email_key,
    "browser": Comment.author_key,
    "network": Comment.network_key,
}


class Line(NamedTuple):
    """One other comment in short."""

    id: int
    status: Status
    author: str
    excerpt: str
    created_at: datetime


class Tally(NamedTuple):
    """How many other comments stand in each status; `full` where there may be more than were counted."""

    counts: Mapping[Status, int]
    full: bool

    def shown(self) -> list[tuple[Status, str]]:
        """Each status that there is with its number: "3", or "200+" where there may be more."""
        return [(status, f"{n}{'+' if self.full else ''}") for status in _ORDER if (n := self.counts.get(status, 0))]


@dataclass(frozen=True, slots=True)
class Past:
    """What else came from one party, and the newest of it."""

    party: Party
    tally: Tally
    newest: Sequence[Line]


def of(comment: Comment) -> list[Past]:
    """What else is known of a comment's address, browser and network, as far as it has them."""
    keys: dict[Party, str | None] = {
        "email": comment.email_key,
        "browser": comment.author_key,
        "network": comment.network_key,
    }
    return [_past(comment, party, key) for party, key in keys.items() if key]


def waiting_beside(comment: Comment) -> list[Line]:
    """The newest other comments that wait on the same page; of a bundle the one that is shown, if it is among them."""
    there = (Comment.page_id == comment.page_id, Comment.status == "pending", Comment.id != comment.id)
    return _lines(there, WAITING_LISTED, Comment.place == SHOWN)


def tallies(comments: Collection[Comment], site_id: int) -> dict[int, Tally]:
    """For each of a site's comments, what else came from its address. One query for all of them."""
    keys = sorted({comment.email_key for comment in comments if comment.email_key})
    if not keys:
        return {}
    asked = {"site_id": site_id, **keys_of(dialect_of(db.session()), "key", keys, len(keys))}
    found: dict[str, Counter[Status]] = defaultdict(Counter)
    oldest: dict[str, int] = {}
    looked_at: Counter[str] = Counter()
    for key, status, place, number, first in _by_email(len(keys)).rows(db.session(), asked):
        looked_at[key] += number
        if place != EMPTIED:
            found[key][status] += number
        oldest[key] = min(first, oldest.get(key, first))
    tallied: dict[int, Tally] = {}
    for comment in comments:
        if comment.email_key:
            counts = found[comment.email_key].copy()
            full = looked_at[comment.email_key] > ROW_DEPTH
            if comment.id >= oldest.get(comment.email_key, comment.id + 1):
                counts[comment.status] -= 1
            tallied[comment.id] = Tally(counts, full)
    return tallied


def _past(comment: Comment, party: Party, key: str) -> Past:
    there = (Comment.site_id == comment.site_id, _PARTIES[party] == key, Comment.id != comment.id)
    newest = select(Comment.status, Comment.place).where(*there).order_by(Comment.id.desc()).limit(DEPTH).subquery()
    kinds = (newest.c.status, newest.c.place)
    counts: Counter[Status] = Counter()
    looked_at = 0
    for row in db.session.execute(select(*kinds, func.count().label("number")).group_by(*kinds)):
        looked_at += row.number
        if row.place != EMPTIED:
            counts[row.status] += row.number
    return Past(party, Tally(counts, looked_at >= DEPTH), _lines(there, LISTED) if counts else ())


def _lines(
    there: Sequence[ColumnElement[bool]], most: int, seen: ColumnElement[bool] = Comment.place != EMPTIED
) -> list[Line]:
    # Looked up by number in a second question: in one PostgreSQL may go through all comments backwards.
    newest = db.session.scalars(select(Comment.id).where(*there).order_by(Comment.id.desc()).limit(DEPTH)).all()
    start = func.substr(Comment.source, 1, _EXCERPT + 1)
    rows = db.session.execute(
        select(Comment.id, Comment.status, Comment.author, start.label("start"), Comment.created_at)
        .where(Comment.id.in_(newest), seen)
        .order_by(Comment.id.desc())
        .limit(most)
    )
    return [Line(row.id, row.status, row.author, _excerpt(row.start), row.created_at) for row in rows]


def _excerpt(start: str) -> str:
    return " ".join(start[:_EXCERPT].split()) + ("…" if len(start) > _EXCERPT else "")


# Kept for each number of addresses: to put a question into words takes longer than to answer it.
@cache
def _by_email(keys: int) -> Asked:
    def counted(dialect: str) -> Select[Any]:
        rows = of_each("key", String(), keys, _newest_of, dialect).subquery()
        kinds = (rows.c.email_key, rows.c.status, rows.c.place)
        return select(*kinds, func.count().label("number"), func.min(rows.c.id).label("oldest")).group_by(*kinds)

    return Asked(counted)


def _newest_of(key: ColumnElement[str]) -> Select[Any]:
    there = (Comment.site_id == bindparam("site_id"), Comment.email_key == key)
    columns: tuple[Any, ...] = (Comment.email_key, Comment.status, Comment.place, Comment.id)
    return select(*columns).where(*there).order_by(Comment.id.desc()).limit(ROW_DEPTH + 1)
