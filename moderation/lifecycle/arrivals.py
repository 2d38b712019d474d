"""A comment comes in: it is stored with its page, its links and prints, and the log's first entry."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    String,
    bindparam,
    column,
    func,
    insert,
    select,
    table,
)
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.lifecycle.acts import Act, Shifts
from moderation.lifecycle.bundles import Traits, join
from moderation.models import SHOWN, Comment, CommentLink, CommentPrint, Moderator, Page, Site, Status, door_of
from moderation.models.asking import Asked, dialect_of, seen
from moderation.models.many import listed, values_in
from moderation.spam.urgency import rank_of


class ClosedPage(Exception):
    """The page was closed before the comment could be stored."""


class HiddenParent(Exception):
    """The comment replied to is not public, is on another page, or does not exist."""


class TooDeep(Exception):
    """The reply would lie deeper than the site's policy allows."""


class AlreadyReceived(Exception):
    """A comment with this nonce or Idempotency-Key was stored already, perhaps by a request that ran beside this one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A judged comment on its way into the database.

    `fields` are columns of `Comment` as the reader's text gave them; `hosts` and `prints` are what its links and its text
    are recognised by. In a flood (`flooded`) those that share one are bundled; else only equal texts are. `guard` is asked
    inside the write, when no other comment of the site can arrive between its look and the insert; whatever it raises
    refuses the comment.
    """

    site: Site
    page_key: str
    status: Status
    because: str
    at: datetime
    fields: Mapping[str, object]
    parent_id: int | None = None
    hosts: frozenset[str] = frozenset()
    prints: frozenset[int] = frozenset()
    flooded: bool = False
    author: Moderator | None = None
    guard: Callable[[Session], None] | None = None


def receive(draft: Draft) -> Comment:
    """Store a judged comment, its page if it is the first there, and the log's first entry.

    What it gives is to look at (`models.asking.seen`): to change it is for those who load it with a lock.

    Raises `ClosedPage`, `HiddenParent`, `TooDeep` or `AlreadyReceived`; then nothing was stored.
    """
    try:
        with writing() as session:
            if draft.guard is not None:
                _arrive_alone(session, draft.site)
                draft.guard(session)
            page_id = _page_for(session, draft)
            comment = _stored(session, draft, page_id, *_place(session, draft, page_id))
            _mark(session, comment, _LINKS, sorted(draft.hosts))
            _mark(session, comment, _PRINTS, sorted(draft.prints))
            act = Act(
                "moderator" if draft.author else "policy", draft.author, draft.because, uuid.uuid4().hex, draft.at
            )
            act.log(session, comment, None)
            shifts = Shifts()
            if draft.author is None and draft.status != "approved":
                for earlier in join(session, comment, _traits(draft), draft.at):
                    shifts.bundle(earlier, None)
            shifts.add(comment, None)
            act.settle(session, shifts)
    except IntegrityError as fault:
        # The unique keys of nonce and Idempotency-Key are the only ones that a client's repeat can meet.
        raise AlreadyReceived from fault
    return comment


def _next_number(dialect: str) -> Select[Any]:
    """The number of the next comment, asked for before it is stored, since the first of a thread also names itself there.

    Nobody else gets it: PostgreSQL's sequence gives each once, and on SQLite this is asked inside the write.
    """
    if dialect == "postgresql":
        return select(func.nextval(func.pg_get_serial_sequence(Comment.__tablename__, Comment.id.name)))
    # Its row comes into being with the first comment.
    names = table("sqlite_sequence", column("name", String), column("seq", Integer))
    last = select(names.c.seq).where(names.c.name == Comment.__tablename__)
    return select(func.coalesce(last.scalar_subquery(), 0) + 1)


_NUMBER = Asked(_next_number)
_COMMENT_COLUMNS = [column.name for column in Comment.__table__.columns]
_COMMENT = Asked(lambda _dialect: insert(Comment), _COMMENT_COLUMNS)
_ALONE = Asked(lambda _dialect: select(func.pg_advisory_xact_lock(bindparam("site", type_=BigInteger))))
_DEFAULTS: dict[str, object] = {
    "probability": 0.0,
    "standing": False,
    "learned": False,
    "place": SHOWN,
    "version": 1,
}


class _Marks:
    """What comments are recognised by, a row for each: for SQLite one after the other, for PostgreSQL all in one go, which is
    what takes each of them the least.
    """

    def __init__(self, model: type[CommentLink | CommentPrint], name: str) -> None:
        columns = ["comment_id", name, "site_id"]
        self.name = name
        self.singly = Asked(lambda _dialect: insert(model), columns)
        self.together = Asked(lambda dialect: insert(model).from_select(columns, self._rows(model, dialect)))

    def _rows(self, model: type[CommentLink | CommentPrint], dialect: str) -> Select[Any]:
        values = values_in("values", model.__table__.c[self.name].type, dialect)
        return select(bindparam("comment_id", type_=Integer), values.c.value, bindparam("site_id", type_=Integer))


_LINKS, _PRINTS = _Marks(CommentLink, "host"), _Marks(CommentPrint, "print")


def _mark(session: Session, comment: Comment, marks: _Marks, values: Sequence[str] | Sequence[int]) -> None:
    marked, dialect = {"comment_id": comment.id, "site_id": comment.site_id}, dialect_of(session)
    if not values:
        return
    if dialect.name == "postgresql":
        marks.together.run(session, marked | {"values": listed(dialect, values)})
    else:
        marks.singly.run_each(session, [marked | {marks.name: value} for value in values])


def _stored(session: Session, draft: Draft, page_id: int, thread_id: int | None, depth: int) -> Comment:
    """The comment, inserted; no session knows it."""
    columns: dict[str, Any] = dict.fromkeys(_COMMENT_COLUMNS) | _DEFAULTS | dict(draft.fields)
    number: int = _NUMBER.scalar(session, {})
    columns |= {
        "id": number,
        "site_id": draft.site.id,
        "page_id": page_id,
        "parent_id": draft.parent_id,
        "thread_id": thread_id or number,
        "depth": depth,
        "status": draft.status,
        "first_status": draft.status,
        "rank": rank_of(columns["probability"], draft.site.policy, draft.at),
        "created_at": draft.at,
        "moderator_id": draft.author.id if draft.author else None,
    }
    _COMMENT.run(session, columns)
    return seen(Comment, columns)


def _traits(draft: Draft) -> Traits:
    text_key = cast(str, draft.fields["text_key"])
    if not draft.flooded:
        return Traits(text_key)
    own = {(urlsplit(origin).hostname or "").removeprefix("www.") for origin in draft.site.origins}
    return Traits(text_key, draft.prints, {host for host in draft.hosts if host not in own})


def _arrive_alone(session: Session, site: Site) -> None:
    """Let arrivals of one site pass one by one. On SQLite the write transaction itself sees to that."""
    if dialect_of(session).name == "postgresql":
        _ALONE.run(session, {"site": site.id})


def _page_for(session: Session, draft: Draft) -> int:
    door = door_of(session, draft.site.id, draft.page_key)
    if door is None:
        with suppress(IntegrityError), session.begin_nested():
            session.add(Page(site_id=draft.site.id, key=draft.page_key, created_at=draft.at))
        # Another first comment may have made the page between the look and the insert.
        door = door_of(session, draft.site.id, draft.page_key)
    if door is None:
        raise NoResultFound
    if not door.is_open(draft.site.policy, draft.at) and draft.author is None:
        raise ClosedPage
    return door.page_id


def _place(session: Session, draft: Draft, page_id: int) -> tuple[int | None, int]:
    """The thread and depth of a new comment; the parent is locked so that it cannot vanish meanwhile."""
    if draft.parent_id is None:
        return None, 1
    parent = session.scalars(
        select(Comment)
        .where(Comment.id == draft.parent_id, Comment.page_id == page_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if parent is None or (parent.status != "approved" and draft.author is None):
        raise HiddenParent
    if parent.depth >= draft.site.policy.max_depth:
        raise TooDeep
    return parent.thread_id, parent.depth + 1
