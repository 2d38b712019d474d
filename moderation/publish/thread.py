"""One page of threads, found by keyset: what a deep page costs is what the first one costs.

`limit` counts threads, and an answer holds whole threads, replies with them. Only a thread that is too large for one
answer is served in pieces, each piece an answer of its own. The cursor names the last thread served, and inside a
thread also the last comment; comments that arrive meanwhile stand in neither order before a cursor that was handed out.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal, Self, get_args

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from moderation.models import LARGEST_ID, Comment
from moderation.publish.rows import Row
from moderation.publish.statements import Statement, stamped

Sort = Literal["oldest", "newest"]
SORTS: tuple[Sort, ...] = get_args(Sort)
DEFAULT_LIMIT = 50
LARGEST_LIMIT = 100
MOST_COMMENTS = 2000
"""Most comments in one answer."""
MOST_CHARACTERS = 2_000_000
"""The html in one answer ends with the comment that goes over this."""

_CURSOR = re.compile(r"([on])([1-9][0-9]{0,9})(?:\.([1-9][0-9]{0,9}))?\Z")
# The databases' integers end here; a number beyond would be an error of the driver.


class BadCursor(ValueError):
    """Not a cursor that this service handed out for this order."""


class TooMany(Exception):
    """The answer would hold more comments than whoever asked would take."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next answer begins: after this thread, or inside it after the comment `last`."""

    sort: Sort
    thread: int
    last: int | None = None

    def __str__(self) -> str:
        inside = "" if self.last is None else f".{self.last}"
        return base64.urlsafe_b64encode(f"{self.sort[0]}{self.thread}{inside}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, sort: Sort) -> Self:
        """Read a cursor back; raises `BadCursor`."""
        try:
            plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise BadCursor from None
        match = _CURSOR.match(plain)
        if match is None or match[1] != sort[0]:
            raise BadCursor
        cursor = cls(sort, int(match[2]), int(match[3]) if match[3] else None)
        # One place has one cursor, so that caches hold each answer once.
        if max(cursor.thread, cursor.last or 0) > LARGEST_ID or str(cursor) != text:
            raise BadCursor
        return cursor


@dataclass(frozen=True, slots=True)
class Window:
    """One answer's comments, parents before children, and where the next answer begins, if there is more."""

    rows: Sequence[Row]
    next: Cursor | None = None


def read(
    connection: Connection,
    page_id: int,
    sort: Sort,
    limit: int,
    cursor: Cursor | None,
    most: int | None = None,
) -> Window:
    """The threads after the cursor: at most `limit`, at most `MOST_COMMENTS` comments. Two queries.

    Raises `TooMany`, before it reads them, where that may be more than `most` comments: inside of a thread, too, since
    there it is not known how many follow.
    """
    inside = cursor is not None and cursor.last is not None
    after = cursor.thread if cursor else None
    found = _THREADS[sort, after is None].run(
        connection,
        page=page_id,
        after=after,
        most=1 if inside else limit + 1,
        full=MOST_COMMENTS,
        enough=MOST_COMMENTS + 1,
    )
    if most is not None and (inside or found[-1].before > most):
        raise TooMany
    if cursor is not None and cursor.last is not None:
        return _piece(connection, page_id, cursor, more=found[0].thread_id is not None)
    threads = [row.thread_id for row in found if row.thread_id is not None]
    if not threads:
        return Window([])
    # `before` counts the comments in front of a thread, so a thread fits whole when the one behind it could begin.
    whole = [row.thread_id for row, behind in pairwise(found) if behind.before <= MOST_COMMENTS]
    if not whole:
        return _piece(connection, page_id, Cursor(sort, threads[0], 0), more=len(threads) > 1)
    rows = _WHOLE[sort].run(connection, page=page_id, low=min(whole), high=max(whole), most=MOST_COMMENTS)
    return _window(rows, Cursor(sort, whole[-1]), more=len(threads) > len(whole))


def before(connection: Connection, page_id: int, sort: Sort, comment_id: int) -> Cursor | None:
    """Where an answer begins whose first thread is the one that holds a comment; None if it is not public on the page."""
    query = select(Comment.thread_id).where(
        Comment.id == comment_id, Comment.page_id == page_id, Comment.status == "approved"
    )
    thread_id = connection.execute(query).scalar()
    if thread_id is None:
        return None
    return Cursor(sort, thread_id - 1 if sort == "oldest" else thread_id + 1)


def _piece(connection: Connection, page_id: int, after: Cursor, *, more: bool) -> Window:
    """The next comments inside one thread."""
    rows = _PIECE.run(connection, page=page_id, thread=after.thread, last=after.last, most=MOST_COMMENTS + 1)
    return _window(rows, Cursor(after.sort, after.thread), more=more)


def _window(rows: Sequence[Row], end: Cursor, *, more: bool) -> Window:
    """What of the rows fits into one answer. `end` is behind the last of them, `more` whether threads follow there."""
    fits = min(_fitting(rows), MOST_COMMENTS)
    if fits == len(rows):
        return Window(rows, end if more else None)
    last = rows[fits - 1]
    if rows[fits].thread_id == last.thread_id:
        fits_whole = sum(row.thread_id != last.thread_id for row in rows[:fits])
        if fits_whole == 0:
            return Window(rows[:fits], Cursor(end.sort, last.thread_id, last.id))
        fits = fits_whole
    return Window(rows[:fits], Cursor(end.sort, rows[fits - 1].thread_id))


def _fitting(rows: Sequence[Row]) -> int:
    size = 0
    for number, row in enumerate(rows, 1):
        size += len(row.html)
        if size > MOST_CHARACTERS:
            return number
    return len(rows)


def _whole_number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer)


def _public(table: type[Comment]) -> ColumnElement[bool]:
    return and_(table.page_id == _whole_number("page"), table.status == "approved")


def _threads(sort: Sort, *, from_start: bool) -> Select[Any]:
    """The next threads with something public in them, and how many comments are in front of each (`before`).

    Jumps from thread to thread in the index `ix_comment_public`, counts in it no further than an answer holds, and
    stops when the answer is full: neither long pages nor long threads make it slow. Where the threads end, one more
    row has no `thread_id`.
    """

    def following(after: ColumnElement[int] | None) -> ColumnElement[Any]:
        table = aliased(Comment)
        statement = select(func.min(table.thread_id) if sort == "oldest" else func.max(table.thread_id)).where(
            _public(table)
        )
        if after is not None:
            statement = statement.where(table.thread_id > after if sort == "oldest" else table.thread_id < after)
        return statement.scalar_subquery()

    first = following(None if from_start else _whole_number("after"))
    found = select(first.label("thread_id"), literal(1).label("place"), literal(0, BigInteger).label("before")).cte(
        "threads", recursive=True
    )
    table = aliased(Comment)
    members = select(table.id).where(_public(table), table.thread_id == found.c.thread_id).correlate(found)
    counted = members.limit(_whole_number("enough")).subquery()
    size = select(func.count()).select_from(counted).scalar_subquery()
    found = found.union_all(
        select(following(found.c.thread_id), found.c.place + 1, found.c.before + size).where(
            found.c.thread_id.is_not(None),
            found.c.place < _whole_number("most"),
            found.c.before <= _whole_number("full"),
        )
    )
    return select(found.c.thread_id, found.c.before).order_by(found.c.place)


def columns() -> "Select[*tuple[Any, ...]]":
    """A select of what the public may see of comments: the columns of `rows.Row`, no others."""
    parent, root = aliased(Comment), aliased(Comment)
    return (
        select(
            Comment.id,
            Comment.page_id,
            Comment.thread_id,
            Comment.parent_id,
            parent.id.is_not(None).label("parent_seen"),
            root.id.is_not(None).label("root_seen"),
            Comment.author,
            Comment.url,
            Comment.moderator_id,
            Comment.html,
            stamped(Comment.created_at).label("created_at"),
            stamped(Comment.edited_at).label("edited_at"),
        )
        .outerjoin(parent, and_(parent.id == Comment.parent_id, parent.status == "approved"))
        .outerjoin(root, and_(root.id == Comment.thread_id, root.status == "approved"))
        .where(Comment.status == "approved")
    )


def _whole(sort: Sort) -> Select[Any]:
    """All that is public of the threads from one to another."""
    return (
        columns()
        .where(
            Comment.page_id == _whole_number("page"),
            Comment.thread_id >= _whole_number("low"),
            Comment.thread_id <= _whole_number("high"),
        )
        .order_by(Comment.thread_id if sort == "oldest" else Comment.thread_id.desc(), Comment.id)
        .limit(_whole_number("most"))
    )


def _inside() -> Select[Any]:
    """The next comments of one thread."""
    return (
        columns()
        .where(
            Comment.page_id == _whole_number("page"),
            Comment.thread_id == _whole_number("thread"),
            Comment.id > _whole_number("last"),
        )
        .order_by(Comment.id)
        .limit(_whole_number("most"))
    )


_THREADS = {
    (sort, start): Statement(partial(_threads, sort, from_start=start)) for sort in SORTS for start in (True, False)
}
_WHOLE = {sort: Statement(partial(_whole, sort)) for sort in SORTS}
_PIECE = Statement(_inside)
