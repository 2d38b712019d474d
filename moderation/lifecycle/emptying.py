"""Spam and trash are emptied: the comments are gone from the desk, and a person's data with them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.lifecycle.acts import Shifts
from moderation.lifecycle.decisions import locked
from moderation.models import (
    EMPTIED,
    Comment,
    CommentNote,
    CommentVersion,
    Decision,
    Mail,
    ReplyNotice,
    Status,
    Subscription,
)


def empty(site_id: int, ids: Sequence[int], status: Status, *, upto: int | None = None) -> int:
    """Empty those of these comments that still have the status; how many those were. It cannot be undone.

    `upto` is the newest entry of the site's log when it was decided to empty: a comment of which the log tells more since
    is left alone, since it came there later or is another than it was.

    A comment that nothing needs any more is deleted with its log. One that the filter has learned from stays as long as
    the filter remembers it, since what is learned is a function of it; one that was replied to as long as the replies
    stand. Of such a husk nothing is left but what is needed: no name in the desk's lists, no address, no e-mail address but
    its domain, no text unless it was learned.
    """
    if status not in ("spam", "trash"):
        raise ValueError("only spam and trash are emptied")
    shifts = Shifts()
    with writing() as session:
        comments = [comment for comment in locked(session, ids, [site_id]) if comment.status == status]
        since = _moved_since(session, comments, upto)
        comments = [comment for comment in comments if comment.id not in since]
        for comment in comments:
            shifts.take(comment)
        discard(session, comments)
        shifts.settle(session)
        return len(comments)


def _moved_since(session: Session, comments: Sequence[Comment], upto: int | None) -> set[int]:
    if upto is None:
        return set()
    later = (Decision.comment_id.in_([comment.id for comment in comments]), Decision.id > upto)
    return set(session.scalars(select(Decision.comment_id).where(*later)))


def discard(session: Session, comments: Sequence[Comment]) -> list[Comment]:
    """Delete locked comments that nothing needs any more, and leave a husk of each other one; gives the husks."""
    needed = _needed(session, comments)
    husks = [comment for comment in comments if comment.id in needed]
    for comment in husks:
        _husk(session, comment)
    session.flush()
    _delete(session, [comment.id for comment in comments if comment.id not in needed])
    return husks


def sweep(site_id: int, ids: Sequence[int]) -> int:
    """Delete those husks among these comments that nothing needs any more; how many those were."""
    with writing() as session:
        husks = list(
            session.scalars(
                select(Comment)
                .where(Comment.id.in_(ids))
                .order_by(Comment.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        )
        husks = [husk for husk in husks if husk.site_id == site_id and husk.place == EMPTIED]
        needed = _needed(session, husks)
        gone = [husk.id for husk in husks if husk.id not in needed]
        _delete(session, gone)
        return len(gone)


def _needed(session: Session, comments: Sequence[Comment]) -> set[int]:
    ids = [comment.id for comment in comments]
    parents = set(session.scalars(select(Comment.parent_id).where(Comment.parent_id.in_(ids))))
    return {comment.id for comment in comments if comment.learned or comment.id in parents}


def _husk(session: Session, comment: Comment) -> None:
    comment.place = EMPTIED
    comment.version += 1
    comment.email = comment.email[comment.email.rfind("@") :] if "@" in comment.email else ""
    comment.html = ""
    comment.source = (comment.original or comment.source) if comment.learned else ""
    comment.original = comment.verdict = comment.ip = comment.user_agent = comment.network_key = None
    comment.author_key = comment.nonce = comment.idempotency_key = comment.fingerprint = None
    if not comment.learned:
        comment.author, comment.url = "", None
    for table in (CommentNote, CommentVersion, Subscription, Mail, ReplyNotice):
        session.execute(delete(table).where(table.comment_id == comment.id))


def _delete(session: Session, ids: Sequence[int]) -> None:
    # The thread's first comment is its own thread: the rows go in one statement, with all that hangs on them.
    session.execute(delete(Comment).where(Comment.id.in_(ids)).execution_options(synchronize_session=False))
