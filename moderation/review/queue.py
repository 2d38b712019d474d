"""What stands in a site's queue: comments by status, a page at a time, searched or not.

Pages are cut by keyset: the cursor names the last comment shown, so that nothing is skipped or shown twice while
comments arrive and go. A search looks through the next `SCAN` comments of the tab and no more; its cursor goes on from
there. So no request reads more rows than it may, whatever is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, or_, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from moderation.extensions import db
from moderation.models import LARGEST_ID, STATUSES, Comment, Decision, Status
from moderation.text.names import clean_line

Sort = Literal["newest", "oldest", "score"]
SORTS: tuple[Sort, ...] = get_args(Sort)
Tab = Literal["pending", "approved", "spam", "trash", "all"]
TABS: tuple[Tab, ...] = get_args(Tab)

PAGE = 50
SCAN = 5_000
LONGEST_SEARCH = 200
_THREAD = 60
_HISTORY = 100

_CURSOR = re.compile(r"(?:(?P<score>[01]\.\d{1,20}|[01]|\d(?:\.\d{1,20})?e-\d{1,3})~)?(?P<id>\d{1,10})\Z", re.ASCII)


class BadCursor(ValueError):
    """The cursor is none that this list gave out."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which comments are wanted. `site_ids` are those the asker may see; `cursor` is what the page before gave."""

    site_ids: Collection[int]
    tab: Tab = "pending"
    sort: Sort = "newest"
    cursor: str = ""
    search: str = ""
    limit: int = PAGE


@dataclass(slots=True)
class Listing:
    """One page of a queue. `parents` holds the comments replied to; `next` is None at the end."""

    comments: list[Comment]
    next: str | None
    parents: dict[int, Comment] = field(default_factory=dict)


def listing(question: Question) -> Listing:
    """Answer a question. Raises `BadCursor`."""
    words = clean_line(question.search)[:LONGEST_SEARCH]
    order = _ORDERS[question.sort]
    window = _window(question, SCAN if words else question.limit + 1)
    found = select(Comment).where(Comment.id.in_(window.with_only_columns(Comment.id)))
    if words:
        found = found.where(
            or_(
                *(
                    column.icontains(words, autoescape=True)
                    for column in (Comment.author, Comment.email, Comment.source)
                )
            )
        )
    found = (
        found.order_by(*order)
        .limit(question.limit + 1)
        .options(joinedload(Comment.page), joinedload(Comment.moderator))
    )
    comments = list(db.session.scalars(found))
    following: str | None = None
    if len(comments) > question.limit:
        comments = comments[: question.limit]
        following = _cursor(question.sort, comments[-1].id, comments[-1].probability)
    elif words:
        last = db.session.execute(window.offset(SCAN - 1).limit(1)).one_or_none()
        following = _cursor(question.sort, last.id, last.probability) if last else None
    return Listing(comments, following, _by_id(comment.parent_id for comment in comments))


def comment_for(comment_id: int, site_ids: Collection[int]) -> Comment | None:
    """One comment with its page, if it is on one of these sites; elsewhere it looks like one that does not exist."""
    if not 0 < comment_id <= LARGEST_ID:
        return None
    return db.session.scalars(
        select(Comment)
        .where(Comment.id == comment_id, Comment.site_id.in_(site_ids))
        .options(joinedload(Comment.page), joinedload(Comment.moderator))
    ).one_or_none()


def history(comment: Comment) -> list[Decision]:
    """The latest decisions on a comment, the newest first."""
    return list(
        db.session.scalars(
            select(Decision)
            .where(Decision.comment_id == comment.id)
            .order_by(Decision.id.desc())
            .limit(_HISTORY)
            .options(joinedload(Decision.moderator))
        )
    )


def thread(comment: Comment) -> list[Comment]:
    """The thread around a comment, in the order of arrival; of a long one the part nearest to the comment."""
    if comment.thread_id is None:
        return [comment]
    same = select(Comment).where(
        Comment.page_id == comment.page_id, Comment.status.in_(STATUSES), Comment.thread_id == comment.thread_id
    )
    before = db.session.scalars(same.where(Comment.id <= comment.id).order_by(Comment.id.desc()).limit(_THREAD // 2))
    after = db.session.scalars(same.where(Comment.id > comment.id).order_by(Comment.id).limit(_THREAD // 2))
    return [*reversed(before.all()), *after]


def states(ids: Sequence[int]) -> dict[int, tuple[Status, int]]:
    """The present status and version of comments, read anew."""
    rows = db.session.execute(select(Comment.id, Comment.status, Comment.version).where(Comment.id.in_(ids)))
    return {row.id: (row.status, row.version) for row in rows}


_ORDERS: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    "newest": (Comment.id.desc(),),
    "oldest": (Comment.id.asc(),),
    "score": (Comment.probability.desc(), Comment.id.desc()),
}


def _window(question: Question, limit: int) -> Select[int, float]:
    """The first `limit` comments of the tab after the cursor: a bounded walk of one index for each site and status."""
    order = _ORDERS[question.sort]
    after = _after(question.sort, question.cursor)
    arms = [
        select(Comment.id)
        .where(Comment.site_id == site_id, Comment.status == status, *after)
        .order_by(*order)
        .limit(limit)
        .subquery()
        for site_id in question.site_ids
        for status in (STATUSES if question.tab == "all" else (question.tab,))
    ]
    rows = select(Comment.id, Comment.probability)
    if not arms:
        return rows.where(Comment.id.is_(None))
    ids = union_all(*(select(arm.c.id) for arm in arms)) if len(arms) > 1 else select(arms[0].c.id)
    return rows.where(Comment.id.in_(ids)).order_by(*order).limit(limit)


def _after(sort: Sort, cursor: str) -> list[ColumnElement[bool]]:
    if not cursor:
        return []
    parts = _CURSOR.match(cursor)
    if parts is None or (parts["score"] is None) == (sort == "score") or int(parts["id"]) > LARGEST_ID:
        raise BadCursor("this cursor belongs to another list")
    last = int(parts["id"])
    if sort == "newest":
        return [Comment.id < last]
    if sort == "oldest":
        return [Comment.id > last]
    return [tuple_(Comment.probability, Comment.id) < tuple_(float(parts["score"]), last)]


def _cursor(sort: Sort, comment_id: int, score: float) -> str:
    return f"{score!r}~{comment_id}" if sort == "score" else str(comment_id)


def _by_id(ids: Any) -> dict[int, Comment]:
    wanted = {comment_id for comment_id in ids if comment_id is not None}
    if not wanted:
        return {}
    return {comment.id: comment for comment in db.session.scalars(select(Comment).where(Comment.id.in_(wanted)))}
