"""What stands in a site's queue: comments by status, a page at a time, searched or not.

Near-duplicates are folded behind one of them (`lifecycle.bundles`), unless the list is searched or is that of a bundle.
Pages are cut by keyset: the cursor names the last comment shown, so that nothing is skipped or shown twice while
comments arrive and go. A search looks through the next `SCAN` comments of the tab and no more; its cursor goes on from
there. So no request reads more rows than it may, whatever is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select, tuple_, union_all
from sqlalchemy.orm import defer, joinedload, load_only

from moderation.extensions import db
from moderation.models import EMPTIED, FOLDED, LARGEST_ID, SHOWN, STATUSES, Bundle, Comment, Decision, Status
from moderation.text.names import clean_line

Sort = Literal["need", "newest", "oldest", "score"]
SORTS: tuple[Sort, ...] = get_args(Sort)
Tab = Literal["pending", "approved", "spam", "trash", "all"]
TABS: tuple[Tab, ...] = get_args(Tab)

PAGE = 50
SCAN = 5_000
LONGEST_SEARCH = 200
_THREAD = 60
_HISTORY = 100

_CURSOR = re.compile(
    r"(?:(?P<score>[01]\.\d{1,20}|[01]|\d(?:\.\d{1,20})?e-\d{1,3})~|(?P<rank>\d{1,12})n)?(?P<id>\d{1,10})\Z", re.ASCII
)


# Kept, see `past`: each is asked for every page.
_THESE = Comment.id.in_(bindparam("ids", expanding=True))
_NAMED = select(Comment).where(_THESE).options(load_only(Comment.author))
_VERDICTS = select(Comment.id, Comment.verdict).where(_THESE)
_BUNDLES = select(Bundle).where(Bundle.id.in_(bindparam("ids", expanding=True)))
_NEWEST = select(func.max(Comment.id))


class BadCursor(ValueError):
    """The cursor is none that this list gave out."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which comments are wanted. `site_ids` are those the asker may see; `cursor` is what the page before gave.

    With `folded` near-duplicates stand behind one of them; with `bundles` those of these bundles are wanted.
    """

    site_ids: Collection[int]
    tab: Tab = "pending"
    sort: Sort = "newest"
    cursor: str = ""
    search: str = ""
    limit: int = PAGE
    folded: bool = False
    bundles: Sequence[int] = ()

    @property
    def words(self) -> str:
        """What is searched for, as it is looked for."""
        return clean_line(self.search)[:LONGEST_SEARCH]

    @property
    def places(self) -> tuple[int, ...]:
        """Where in the desk's lists the wanted comments stand."""
        return (SHOWN,) if self.folded and not self.words and not self.bundles else (SHOWN, FOLDED)


@dataclass(slots=True)
class Listing:
    """One page of a queue. `parents` holds the comments replied to, with their authors; `next` is None at the end."""

    comments: list[Comment]
    next: str | None
    parents: dict[int, Comment] = field(default_factory=dict)


def listing(question: Question, *, verdicts: bool = True) -> Listing:
    """Answer a question. Raises `BadCursor`. Without `verdicts` those of the comments are not fetched, see `verdicts_of`."""
    words = question.words
    window = _window(question, SCAN if words else question.limit + 1)
    found = select(Comment).where(Comment.id.in_(_ids(window)))
    if words:
        found = found.where(_has(words))
    found = (
        found.order_by(*_order(question.sort, Comment))
        .limit(question.limit + 1)
        .options(
            joinedload(Comment.page), joinedload(Comment.moderator), *([] if verdicts else [defer(Comment.verdict)])
        )
    )
    comments = list(db.session.scalars(found))
    following: str | None = None
    if len(comments) > question.limit:
        comments = comments[: question.limit]
        following = _cursor(question.sort, comments[-1])
    elif words:
        last = db.session.execute(window.offset(SCAN - 1).limit(1)).one_or_none()
        following = _cursor(question.sort, last) if last else None
    return Listing(comments, following, named(comment.parent_id for comment in comments))


def named(ids: Iterable[int | None]) -> dict[int, Comment]:
    """Comments by number, as far as a list names them: with their authors and little else. None is nobody."""
    wanted = {comment_id for comment_id in ids if comment_id is not None}
    return {comment.id: comment for comment in db.session.scalars(_NAMED, {"ids": wanted})} if wanted else {}


def verdicts_of(ids: Collection[int]) -> dict[int, dict[str, Any] | None]:
    """The verdicts of these comments, by number."""
    if not ids:
        return {}
    return {row.id: row.verdict for row in db.session.execute(_VERDICTS, {"ids": ids})}


class Matching(NamedTuple):
    """A stretch of the comments that match a question: their ids, and the last one looked at; None at the end."""

    ids: list[int]
    last: int | None


def matching(question: Question, after: int, upto: int, limit: int) -> Matching:
    """The next comments of a question by number, folded or not: above `after` and up to `upto`. Looks at `SCAN` rows."""
    words = question.words
    window = _window(replace(question, sort="oldest", cursor=str(after)), SCAN if words else limit, upto)
    ids = [row.id for row in db.session.execute(window)]
    if not ids:
        return Matching([], None)
    if words:
        found = select(Comment.id).where(Comment.id.in_(_ids(window)))
        matches = list(db.session.scalars(found.where(_has(words)).order_by(Comment.id).limit(limit)))
        return Matching(matches, matches[-1] if len(matches) == limit else ids[-1])
    return Matching(ids, ids[-1])


def newest_id() -> int:
    """The number of the newest comment of all sites: what comes in later belongs to no list that was looked at before."""
    return db.session.scalar(_NEWEST) or 0


def alike(comments: Sequence[Comment]) -> dict[int, int]:
    """How many comments stand in the status of each of these comments in its bundle, by comment; only where more than one."""
    ids = {comment.bundle_id for comment in comments if comment.bundle_id is not None}
    if not ids:
        return {}
    found = {each.id: each.counts() for each in db.session.scalars(_BUNDLES, {"ids": ids})}
    sizes = {each.id: found[each.bundle_id][each.status] for each in comments if each.bundle_id is not None}
    return {comment_id: size for comment_id, size in sizes.items() if size > 1}


def comment_for(comment_id: int, site_ids: Collection[int]) -> Comment | None:
    """One comment with its page, if it is on one of these sites; elsewhere it looks like one that does not exist."""
    if not 0 < comment_id <= LARGEST_ID:
        return None
    return db.session.scalars(
        select(Comment)
        .where(Comment.id == comment_id, Comment.site_id.in_(site_ids), Comment.place != EMPTIED)
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
        Comment.page_id == comment.page_id,
        Comment.status.in_(STATUSES),
        Comment.thread_id == comment.thread_id,
        Comment.place != EMPTIED,
    )
    before = db.session.scalars(same.where(Comment.id <= comment.id).order_by(Comment.id.desc()).limit(_THREAD // 2))
    after = db.session.scalars(same.where(Comment.id > comment.id).order_by(Comment.id).limit(_THREAD // 2))
    return [*reversed(before.all()), *after]


def states(ids: Sequence[int]) -> dict[int, tuple[Status, int]]:
    """The present status and version of comments, read anew."""
    rows = db.session.execute(select(Comment.id, Comment.status, Comment.version).where(Comment.id.in_(ids)))
    return {row.id: (row.status, row.version) for row in rows}


# By which columns each order goes; `True`: the largest first.
_ORDERS: dict[Sort, tuple[tuple[str, bool], ...]] = {
    "need": (("rank", False), ("id", False)),
    "newest": (("id", True),),
    "oldest": (("id", False),),
    "score": (("probability", True), ("id", True)),
}


def _order(sort: Sort, of: Any) -> list[ColumnElement[Any]]:
    columns = [(getattr(of, name), falling) for name, falling in _ORDERS[sort]]
    return [column.desc() if falling else column.asc() for column, falling in columns]


def _ids(window: Select[Any]) -> Select[int]:
    return select(window.subquery().c.id)


def _has(words: str) -> ColumnElement[bool]:
    columns = (Comment.author, Comment.email, Comment.source)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def _window(question: Question, limit: int, upto: int = LARGEST_ID) -> Select[Any]:
    """The first `limit` comments of the tab after the cursor, each with what the order goes by.

    A bounded walk of one index for each site, status and place; of what all of these find, only the first are kept.
    """
    sort = question.sort
    named = [getattr(Comment, name) for name, _falling in _ORDERS[sort]]
    after = [*_after(sort, question.cursor), *([Comment.id <= upto] if upto < LARGEST_ID else [])]
    within = [[Comment.bundle_id == bundle] for bundle in question.bundles] or [[]]
    arms = [
        select(*named)
        .where(Comment.site_id == site_id, Comment.status == status, Comment.place == place, *bundle, *after)
        .order_by(*_order(sort, Comment))
        .limit(limit)
        .subquery()
        for site_id in question.site_ids
        for status in (STATUSES if question.tab == "all" else (question.tab,))
        for place in question.places
        for bundle in within
    ]
    if not arms:
        return select(*named).where(Comment.id.is_(None))
    found = union_all(*(select(arm) for arm in arms)).subquery() if len(arms) > 1 else arms[0]
    return select(found).order_by(*_order(sort, found.c)).limit(limit)


def _after(sort: Sort, cursor: str) -> list[ColumnElement[bool]]:
    if not cursor:
        return []
    parts = _CURSOR.match(cursor)
    if parts is None or _sort_of(parts, sort) != sort or int(parts["id"]) > LARGEST_ID:
        raise BadCursor("this cursor belongs to another list")
    last = int(parts["id"])
    if sort == "newest":
        return [Comment.id < last]
    if sort == "oldest":
        return [Comment.id > last]
    if sort == "need":
        return [tuple_(Comment.rank, Comment.id) > tuple_(int(parts["rank"]), last)]
    return [tuple_(Comment.probability, Comment.id) < tuple_(float(parts["score"]), last)]


def _sort_of(parts: re.Match[str], sort: Sort) -> Sort:
    """The order whose cursors look like this one; those by number look alike in both directions."""
    if parts["score"] is not None:
        return "score"
    if parts["rank"] is not None:
        return "need"
    return sort if sort in ("newest", "oldest") else "newest"


def _cursor(sort: Sort, last: Comment | Row[int, float, int]) -> str:
    if sort == "need":
        return f"{last.rank}n{last.id}"
    return f"{last.probability!r}~{last.id}" if sort == "score" else str(last.id)
