"""Which of the taught comments are learned.

Two rules bound what is learned, and both are "the newest so many": of the comments of one author that were called the
same, the newest `AUTHOR_MOST` stand, so that no author outweighs all others; of those that stand, the newest
`REMEMBERED` of the site are learned, which is how the filter forgets. Newest goes by the comment's number. When a newer
one goes, an older one comes back: so taking a word back restores what was before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, bindparam, func, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderation.models import Comment, Label, asking
from moderation.models.asking import Asked, dialect_of
from moderation.models.many import among, listed

AUTHOR_MOST = 20
"""Comments of one author that count on each side. A regular's or a spammer's twenty-first says nothing new; a hundred
from one hand would be heard over everybody else. Comments without an address count as one author's."""
REMEMBERED = 2000
"""Comments learned of a site on each side. What is spam changes with the season; and with at most 160 tokens each, this
bounds the state."""
SIDES: tuple[Label, Label] = ("spam", "ham")

# Below what both databases take as parameters of one statement.
_CHUNK = 500

Moves = Mapping[tuple[int, Label], int]
"""For a comment's id and a side: 1 where it comes to be learned there, -1 where it no longer is."""
Condition = ColumnElement[bool] | InstrumentedAttribute[bool]
T = TypeVar("T")


def chunks(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """A sequence in pieces that one statement can take."""
    for start in range(0, len(whole), _CHUNK):
        yield whole[start : start + _CHUNK]


def move(session: Session, site_id: int, changes: Iterable[tuple[Comment, Label | None]]) -> Moves:
    """Set what moderators say of comments, and bring the marks of all comments that this touches to the two rules."""
    moves: Counter[tuple[int, Label]] = Counter()
    authors: Counter[tuple[Label, str | None]] = Counter()
    sides: Counter[Label] = Counter()
    for comment, label in changes:
        if comment.taught:
            authors[comment.taught, comment.email_key] += 1
            sides[comment.taught] += comment.standing
            moves[comment.id, comment.taught] -= comment.learned
        if label:
            authors[label, comment.email_key] += 1
        asking.put(session, comment, taught=label, standing=False, learned=False)
    stand: list[int] = []
    fall: list[int] = []
    for (label, author), number in authors.items():
        looks = _looks("nobody" if author is None else "author")
        border = _newest(session, looks, AUTHOR_MOST, number, {"site": site_id, "label": label, "author": author})
        stand += [row.id for row in border.get]
        fall += [row.id for row in border.lose]
        sides[label] += len(border.get) + len(border.lose)
        moves.update({(row.id, label): -1 for row in border.lose if row.learned})
    put(session, stand, standing=True)
    put(session, fall, standing=False, learned=False)
    for label, number in sides.items():
        if number:
            border = _newest(session, _looks("site"), REMEMBERED, number, {"site": site_id, "label": label})
            moves.update({(row.id, label): 1 for row in border.get})
            moves.update({(row.id, label): -1 for row in border.lose})
            put(session, [row.id for row in border.get], learned=True)
            put(session, [row.id for row in border.lose], learned=False)
    return {key: step for key, step in moves.items() if step}


def move_all(session: Session, site_id: int) -> int:
    """Bring the marks of all of a site's comments to the two rules, whatever they were; how many were wrong."""
    by_author = [Comment.taught, Comment.email_key]
    wrong = _rank(session, site_id, Comment.standing, AUTHOR_MOST, true(), by_author)
    by_side: list[InstrumentedAttribute[Any]] = [Comment.taught, Comment.standing]
    return wrong + _rank(session, site_id, Comment.learned, REMEMBERED, Comment.standing, by_side)


def learned(session: Session, site_id: int) -> list[tuple[int, Label]]:
    """The learned comments of a site with their sides, by side, oldest first."""
    return [
        (comment_id, label)
        for label in SIDES
        for comment_id in session.scalars(
            select(Comment.id)
            .where(Comment.site_id == site_id, Comment.taught == label, Comment.standing, Comment.learned)
            .order_by(Comment.id)
        )
    ]


def put(session: Session, ids: Sequence[int], **columns: Label | bool | None) -> None:
    """Give these comments the same word or marks. Past the session: what it holds of them is not to be believed after."""
    if ids:
        given = {"ids": listed(dialect_of(session), ids), **{f"new_{name}": columns[name] for name in columns}}
        _update(*columns).run(session, given)


@cache
def _update(*columns: str) -> Asked:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return Asked(lambda dialect: update(Comment).where(among(Comment.id, "ids", dialect)).values(values))


class _Looks(NamedTuple):
    """Questions about one group of comments: who has no mark, newest first, each with how many have it; who has it, oldest
    first.
    """

    unmarked: Asked
    marked: Asked


@cache
def _looks(whose: Literal["author", "nobody", "site"]) -> _Looks:
    group: list[Condition] = [Comment.site_id == bindparam("site"), Comment.taught == bindparam("label")]
    order: list[InstrumentedAttribute[Any]] = [Comment.id]
    if whose == "site":
        mark = Comment.learned
        group.append(Comment.standing)
    else:
        mark = Comment.standing
        # What is missing is asked for in other words than a value, and PostgreSQL takes it for no single value: only by
        # this order does it see that the index has the rows in order.
        group.append(Comment.email_key == bindparam("author") if whose == "author" else Comment.email_key.is_(None))
        order.insert(0, Comment.email_key)
    rows = select(Comment.id, Comment.learned).where(*group).limit(bindparam("changes"))
    held = select(func.count()).select_from(Comment).where(*group, mark).correlate(None).scalar_subquery()
    unmarked = rows.add_columns(held).where(~mark).order_by(*(column.desc() for column in order))
    marked = rows.where(mark).order_by(*order)
    return _Looks(Asked(lambda _dialect: unmarked), Asked(lambda _dialect: marked))


class _Row(NamedTuple):
    id: int
    learned: bool


class _Border(NamedTuple):
    """Comments that must get a mark, and comments that lose it."""

    get: list[_Row]
    lose: list[_Row]


def _newest(session: Session, looks: _Looks, most: int, changes: int, group: Mapping[str, object]) -> _Border:
    """What it takes for the newest `most` of a group to have the mark, and no others.

    At most `changes` comments came into the group, without the mark, or went out of it since that was so: no more can be
    wrong on either side of the border, so no more are looked at.
    """
    bounded = {"changes": changes, **group}
    border = _Border([], [])
    found = looks.unmarked.rows(session, bounded)
    if not found:
        return border
    unmarked, held = [_Row(*row[:2]) for row in found], found[0][2]
    marked = [_Row(*row) for row in looks.marked.rows(session, bounded)] if held + len(unmarked) > most else []
    for row in unmarked:
        if held + len(border.get) >= most:
            if not marked or marked[0].id > row.id:
                break
            border.lose.append(marked.pop(0))
        border.get.append(row)
    return border


def _rank(
    session: Session,
    site_id: int,
    mark: InstrumentedAttribute[bool],
    most: int,
    may: Condition,
    groups: Sequence[InstrumentedAttribute[Any]],
) -> int:
    """Give the mark to the newest `most` in each of the groups, of those that may have it, and take it from all others."""
    place = func.row_number().over(partition_by=groups, order_by=Comment.id.desc())
    ranked = select(Comment.id, mark.label("mark"), and_(may, place <= most).label("due")).where(
        Comment.site_id == site_id, Comment.taught.in_(SIDES)
    )
    rows = ranked.subquery()
    wrong = session.execute(select(rows.c.id, rows.c.due).where(rows.c.mark != rows.c.due)).all()
    for due in (True, False):
        put(session, [row.id for row in wrong if row.due == due], **{mark.key: due})
    return len(wrong)
