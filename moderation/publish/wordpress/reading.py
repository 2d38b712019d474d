"""The comments that a WordPress client asks for, in a bounded number of bounded queries.

Comments have their numbers in the order in which they came, and every list is walked in that order along an index.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, or_, select, union_all
from sqlalchemy.orm import aliased

from moderation.models import LARGEST_ID, Comment, Page, Site
from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.rows import Row, visible_parent
from moderation.publish.thread import columns
from moderation.publish.wordpress.errors import InvalidParameters
from moderation.publish.wordpress.parameters import LOOKED, MOST, Query
from moderation.text.pages import BadPage, page_key


@dataclass(frozen=True, slots=True)
class Found:
    """One answer's comments. `next` is the cursor of the comments that follow, `total` how many there are in all."""

    rows: Sequence[Row]
    pages: dict[int, PageRow]
    total: int
    next: int | None
    answered: frozenset[int]
    """Those of the comments that have public replies."""
    parents: Sequence[Row] = ()
    """What they are shown under, where that was asked for."""

    @property
    def reachable(self) -> int:
        """How many of them pages and offsets reach."""
        return min(self.total, MOST)


def read(connection: Connection, site: SiteRow, query: Query) -> Found:
    """What a query finds. Raises `InvalidParameters` for pages that cannot be named so."""
    scope, total = _scope(connection, site, query)
    if scope is None:
        return Found([], {}, 0, None, frozenset())
    if query.filtered:
        ids, total, cursor = _filtered(connection, scope, query)
    else:
        found = _walk(select(Comment.id).where(scope), query).offset(query.start).limit(query.per_page + 1)
        ids, cursor = _cut(list(connection.scalars(found)), query.per_page)
    rows = _rows(connection, ids)
    return _complete(connection, rows, total, cursor, embed="in-reply-to" in query.view.embed)


def read_one(connection: Connection, site: SiteRow, comment_id: int, *, embed: bool) -> Found:
    """One comment of a site; nothing if it is not public."""
    rows: Sequence[Row] = []
    if 1 <= comment_id <= LARGEST_ID:
        found = columns().where(Comment.id == comment_id, Comment.site_id == site.id)
        rows = cast("Sequence[Row]", connection.execute(found).all())
    return _complete(connection, rows, len(rows), None, embed=embed)


def _scope(connection: Connection, site: SiteRow, query: Query) -> tuple[ColumnElement[bool] | None, int]:
    """Where to look, and how many comments are public there. None for nowhere."""
    if query.posts is None:
        approved = connection.scalars(select(Site.approved).where(Site.id == site.id)).one()
        return and_(Comment.site_id == site.id, Comment.status == "approved"), approved
    pages = _named(connection, site, query.posts)
    total = sum(page.count for page in pages.values())
    if not pages:
        return None, 0
    if len(pages) > 1 and total > MOST:
        sentence = f"These posts have more than {MOST} comments together. Ask for one at a time."
        raise InvalidParameters({"post": ("rest_invalid_param", sentence)})
    return and_(Comment.page_id.in_(list(pages)), Comment.status == "approved"), total


def _named(connection: Connection, site: SiteRow, posts: Iterable[int | str]) -> dict[int, PageRow]:
    """The site's pages of these numbers, keys or addresses."""
    numbers, keys = set(), set()
    for post in posts:
        if isinstance(post, int):
            numbers.add(post if 1 <= post <= LARGEST_ID else 0)
            continue
        try:
            keys.add(page_key(post, site.origins))
        except BadPage as fault:
            raise InvalidParameters({"post": ("rest_invalid_param", str(fault))}) from None
    return _pages(connection, and_(Page.site_id == site.id, or_(Page.id.in_(numbers), Page.key.in_(keys))))


def _pages(connection: Connection, which: ColumnElement[bool]) -> dict[int, PageRow]:
    """Pages by their number, as far as their comments are public: what else is known of one is so with an approved comment."""
    rows = connection.execute(
        select(Page.id, Page.key, Page.approved, Page.url, Page.title).where(which, Page.approved > 0)
    )
    return {row.id: PageRow(row.key, row.id, count=row.approved, url=row.url, title=row.title) for row in rows}


def _walk(statement: "Select[*tuple[Any, ...]]", query: Query) -> "Select[*tuple[Any, ...]]":
    """The statement in the order that is asked for, from the cursor on."""
    if query.cursor is not None:
        statement = statement.where(Comment.id < query.cursor if query.order == "desc" else Comment.id > query.cursor)
    return statement.order_by(Comment.id.desc() if query.order == "desc" else Comment.id)


def _filtered(connection: Connection, scope: ColumnElement[bool], query: Query) -> tuple[list[int], int, int | None]:
    """The numbers of the comments that pass the filters, how many do among the first `LOOKED`, and the cursor behind them."""
    window = _looked(connection, scope, query)
    seen, total, end = _counted(connection, window, query)
    if query.cursor is not None:
        from_start = replace(query, cursor=None)
        _, total, _ = _counted(connection, _looked(connection, scope, from_start), from_start)
    passing, order = _passing(window.c, query), window.c.id.desc() if query.order == "desc" else window.c.id
    found = select(window.c.id).where(passing).order_by(order)
    if query.by_include:
        asked = {number: place for place, number in reversed(list(enumerate(query.include or ())))}
        ids = sorted(connection.scalars(found).all(), key=asked.__getitem__)
        return ids[query.start : query.start + query.per_page], total, None
    ids, cursor = _cut(list(connection.scalars(found.offset(query.start).limit(query.per_page + 1))), query.per_page)
    # Behind a full window there may be more that passes: whoever follows the links gets it.
    return ids, total, cursor or (end if seen == LOOKED else None)


def _counted(connection: Connection, window: Subquery, query: Query) -> tuple[int, int, int]:
    """How many comments a window has, how many of them pass, and the number of the last one."""
    end = func.min(window.c.id) if query.order == "desc" else func.max(window.c.id)
    counts = select(func.count(), func.count().filter(_passing(window.c, query)), end).select_from(window)
    seen, passing, last = connection.execute(counts).one()
    return seen, passing, last


def _looked(connection: Connection, scope: ColumnElement[bool], query: Query) -> Subquery:
    """The comments among which a filter looks: the first `LOOKED` of those that can pass at all."""
    looked = _shown_under().where(scope)
    if query.include is not None:
        looked = looked.where(Comment.id.in_(_possible(query.include)))
    if query.parent and 0 not in query.parent:
        looked = looked.where(Comment.id.in_(_in_threads_of(connection, scope, query)))
    return _walk(looked, query).limit(LOOKED).subquery()


def _in_threads_of(connection: Connection, scope: ColumnElement[bool], query: Query) -> Sequence[int]:
    """The first comments in the threads in which replies to some stand, so that nobody looks for them among all others.

    Each thread is walked by itself: of several at once SQLite rather walks the whole site in the order that is asked for.
    """
    places = select(Comment.page_id, Comment.thread_id).where(Comment.id.in_(_possible(query.parent))).distinct()
    threads = [
        _walk(select(Comment.id).where(scope, Comment.page_id == page_id, Comment.thread_id == thread_id), query)
        .limit(LOOKED)
        .subquery()
        for page_id, thread_id in connection.execute(places).all()
    ]
    if not threads:
        return []
    found = union_all(*(select(thread.c.id) for thread in threads)).subquery()
    order = found.c.id.desc() if query.order == "desc" else found.c.id
    return connection.scalars(select(found.c.id).order_by(order).limit(LOOKED)).all()


def _possible(numbers: Iterable[int]) -> list[int]:
    """The numbers that a comment can have: beyond them the databases' integers end."""
    return [number for number in numbers if 1 <= number <= LARGEST_ID]


def _shown_under() -> "Select[*tuple[Any, ...]]":
    """Numbers, moments, and what each comment is shown under, as `rows.visible_parent` says it; 0 at the top."""
    parent, root = aliased(Comment), aliased(Comment)
    under = case((parent.id.is_not(None), parent.id), (root.id != Comment.id, root.id), else_=0)
    return (
        select(Comment.id, Comment.created_at, under.label("under"))
        .outerjoin(parent, and_(parent.id == Comment.parent_id, parent.status == "approved"))
        .outerjoin(root, and_(root.id == Comment.thread_id, root.status == "approved"))
    )


def _passing(column: Any, query: Query) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [column.id.is_not(None)]
    if query.exclude:
        conditions.append(column.id.not_in(_possible(query.exclude)))
    if query.parent:
        conditions.append(column.under.in_(_or_top(query.parent)))
    if query.parent_exclude:
        conditions.append(column.under.not_in(_or_top(query.parent_exclude)))
    if query.after is not None:
        conditions.append(column.created_at >= query.after)
    if query.before is not None:
        conditions.append(column.created_at < query.before)
    return and_(*conditions)


def _or_top(parents: Sequence[int]) -> list[int]:
    return [*_possible(parents), *([0] if 0 in parents else [])]


def _cut(ids: list[int], most: int) -> tuple[list[int], int | None]:
    return ids[:most], ids[most - 1] if len(ids) > most else None


def _rows(connection: Connection, ids: Sequence[int]) -> list[Row]:
    """The comments with these numbers, in their order."""
    if not ids:
        return []
    rows = cast("Sequence[Row]", connection.execute(columns().where(Comment.id.in_(ids))).all())
    places = {number: place for place, number in enumerate(ids)}
    return sorted(rows, key=lambda row: places[row.id])


def _complete(connection: Connection, rows: Sequence[Row], total: int, cursor: int | None, *, embed: bool) -> Found:
    """The comments with what an answer says around them."""
    parents: list[Row] = []
    if embed:
        parents = _rows(connection, sorted({parent for row in rows if (parent := visible_parent(row)) is not None}))
    ids = {row.page_id for row in rows}
    pages = _pages(connection, Page.id.in_(ids)) if ids else {}
    return Found(rows, pages, total, cursor, _answered(connection, rows), parents)


def _answered(connection: Connection, rows: Sequence[Row]) -> frozenset[int]:
    """Which of the comments have public replies shown under them; of very long threads it is taken for granted."""
    if not rows:
        return frozenset()
    found = select(Comment.id, Comment.parent_id, Comment.thread_id).where(
        Comment.page_id.in_({row.page_id for row in rows}),
        Comment.status == "approved",
        Comment.thread_id.in_({row.thread_id for row in rows}),
    )
    members = connection.execute(found.limit(MOST + 1)).all()
    if len(members) > MOST:
        return frozenset(row.id for row in rows)
    public = {member.id for member in members}
    under = (
        member.parent_id if member.parent_id in public else member.thread_id
        for member in members
        if member.parent_id is not None
    )
    return frozenset(public.intersection(under))
