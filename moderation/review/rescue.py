"""Where the filter may have been wrong: the spam that it was least sure of, and the approved comments that it doubted most.

Pages are cut by keyset, as in the queue: no request reads more than `SCAN` comments, whatever is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import defer, joinedload

from moderation.extensions import db
from moderation.models import LARGEST_ID, SHOWN, Comment
from moderation.review.queue import PAGE, SCAN, BadCursor, Listing, named

Doubt = Literal["spam", "approved"]
DOUBTS: tuple[Doubt, ...] = get_args(Doubt)

_ORDERS: dict[Doubt, tuple[ColumnElement[Any], ...]] = {
    "spam": (Comment.probability.asc(), Comment.id.asc()),
    "approved": (Comment.probability.desc(), Comment.id.desc()),
}
_CURSOR = re.compile(r"([01]\.\d{1,20}|\d(?:\.\d{1,20})?e-\d{1,3})~(\d{1,10})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Search:
    """Which list of a site is wanted: of what has this status, everything or only what no moderator's word stands for."""

    site_id: int
    status: Doubt = "spam"
    confirmed: bool = False
    cursor: str = ""
    limit: int = PAGE


def doubtful(search: Search) -> Listing:
    """One page: the lowest-scored spam first, or the highest-scored approved. What staff wrote is not there.

    Verdicts are not fetched with it, see `queue.verdicts_of`. A page may hold fewer comments than its limit, or none, and
    still have a next one. Raises `BadCursor`.
    """
    window = _window(search)
    found = select(Comment).where(Comment.id.in_(window.with_only_columns(Comment.id)), Comment.moderator_id.is_(None))
    if not search.confirmed:
        found = found.where(Comment.taught.is_(None))
    comments = list(
        db.session.scalars(
            found.order_by(*_ORDERS[search.status])
            .limit(search.limit + 1)
            .options(joinedload(Comment.page), joinedload(Comment.moderator), defer(Comment.verdict))
        )
    )
    following: str | None = None
    if len(comments) > search.limit:
        comments = comments[: search.limit]
        following = _cursor(comments[-1].probability, comments[-1].id)
    else:
        last = db.session.execute(window.offset(SCAN - 1).limit(1)).one_or_none()
        following = _cursor(last.probability, last.id) if last else None
    return Listing(comments, following, named(comment.parent_id for comment in comments))


def _window(search: Search) -> Select[int, float]:
    """The next comments of the list, at most `SCAN`: a walk of one index."""
    window = (
        select(Comment.id, Comment.probability)
        .where(Comment.site_id == search.site_id, Comment.status == search.status, Comment.place == SHOWN)
        .order_by(*_ORDERS[search.status])
        .limit(SCAN)
    )
    if not search.cursor:
        return window
    parts = _CURSOR.match(search.cursor)
    if parts is None or int(parts[2]) > LARGEST_ID:
        raise BadCursor("this cursor belongs to another list")
    last = tuple_(float(parts[1]), int(parts[2]))
    place = tuple_(Comment.probability, Comment.id)
    return window.where(place > last if search.status == "spam" else place < last)


def _cursor(score: float, comment_id: int) -> str:
    return f"{float(score)!r}~{comment_id}"
