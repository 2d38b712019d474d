"""Near-duplicates are one row of the queue: who belongs together, and who stands for the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Select, String, bindparam, select, union, update
from sqlalchemy.orm import Session

from moderation.models import EMPTIED, FOLDED, SHOWN, Bundle, Comment, CommentLink, CommentPrint, Status
from moderation.models.asking import Asked, attached, dialect_of
from moderation.models.many import keys_of, of_each

SPAN = timedelta(hours=1)
"""Comments that came further apart are no bundle, however alike they are."""
_NEWEST = 20
_STATUSES: tuple[Status, ...] = ("pending", "spam")


@dataclass(frozen=True, slots=True)
class Traits:
    """By what a new comment may belong to those just before it: the same text always; a run of words (`prints`) or a host
    that both link to only in a flood, since readers who quote the same passage are no bundle.
    """

    text_key: str
    prints: Collection[int] = ()
    hosts: Collection[str] = ()


def join(session: Session, comment: Comment, traits: Traits, at: datetime) -> list[Comment]:
    """Put a new comment into the bundle of those that it is alike to, or make one of it and them.

    Gives the earlier comments that came into the bundle by this, and lets the session keep the new one then. What another
    transaction holds right now is passed over.
    """
    candidates = _candidates(session, comment, traits)
    if not candidates:
        return []
    found = (
        select(Comment).where(Comment.id.in_(candidates)).order_by(Comment.id).execution_options(populate_existing=True)
    )
    free = found.where(Comment.bundle_id.is_(None)).with_for_update(key_share=True, skip_locked=True)
    # Those in a bundle stay as they are, and are not held: an act on their bundle that holds its page may have to show one.
    bundled = found.where(Comment.bundle_id.is_not(None))
    alike = [
        each
        for each in (*session.scalars(free), *session.scalars(bundled))
        if each.created_at >= at - SPAN and each.status in _STATUSES and each.place != EMPTIED and not each.staff
    ]
    if not alike:
        return []
    bundle_id = max((each.bundle_id for each in alike if each.bundle_id is not None), default=None)
    if bundle_id is None:
        bundle = Bundle(site_id=comment.site_id, created_at=at)
        session.add(bundle)
        session.flush()
        bundle_id = bundle.id
    joining = [each for each in alike if each.bundle_id is None]
    for each in (*joining, attached(session, comment)):
        each.bundle_id = bundle_id
    return joining


def _candidates(session: Session, comment: Comment, traits: Traits) -> list[int]:
    """The numbers of the newest comments that share a trait with a new one."""
    prints, hosts, dialect = sorted(traits.prints), sorted(traits.hosts), dialect_of(session)
    marks = {**keys_of(dialect, "print", prints, len(prints)), **keys_of(dialect, "host", hosts, len(hosts))}
    given = {"site_id": comment.site_id, "text_key": traits.text_key, **marks}
    alike = _alike(len(prints), len(hosts)).rows(session, given)
    return [number for (number,) in alike if number != comment.id]


@cache
def _alike(prints: int, hosts: int) -> Asked:
    def found(dialect: str) -> CompoundSelect[Any]:
        looks: list[Select[Any] | CompoundSelect[Any]] = [_with_text()]
        if prints:
            looks.append(of_each("print", BigInteger(), prints, _with_print, dialect))
        if hosts:
            looks.append(of_each("host", String(), hosts, _with_host, dialect))
        return union(*(select(*look.subquery().c) for look in looks))

    return Asked(found)


def _with_text() -> Select[Any]:
    there = (Comment.site_id == bindparam("site_id"), Comment.text_key == bindparam("text_key"))
    return select(Comment.id).where(*there).order_by(Comment.id.desc()).limit(_NEWEST)


def _with_print(number: ColumnElement[int]) -> Select[Any]:
    there = (CommentPrint.site_id == bindparam("site_id"), CommentPrint.print == number)
    return select(CommentPrint.comment_id).where(*there).order_by(CommentPrint.comment_id.desc()).limit(_NEWEST)


def _with_host(host: ColumnElement[str]) -> Select[Any]:
    there = (CommentLink.site_id == bindparam("site_id"), CommentLink.host == host)
    return select(CommentLink.comment_id).where(*there).order_by(CommentLink.comment_id.desc()).limit(_NEWEST)


def show_one(session: Session, touched: Iterable[tuple[int, Status]]) -> None:
    """Let one comment of each of these bundles be shown in each of these statuses; those that came there are folded.

    The bundles' rows are held by the caller, so that two acts on one bundle see each other.
    """
    for bundle_id, status in sorted(touched):
        members = (Comment.bundle_id == bundle_id, Comment.status == status)
        first = select(Comment.id).where(*members, Comment.place == SHOWN).limit(1)
        if session.scalar(first) is None:
            next_one = select(Comment.id).where(*members, Comment.place == FOLDED).order_by(Comment.id).limit(1)
            shown = update(Comment).where(Comment.id == next_one.scalar_subquery()).values(place=SHOWN)
            session.execute(shown.execution_options(synchronize_session=False))
