"""Whom a moderator trusts: kept in the transaction that approves the comment, and taken back with the approval."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.models import Comment, Decision, Moderator, TrustedAuthor, record


def trust(session: Session, comments: Iterable[Comment], moderator: Moderator, at: datetime) -> None:
    """Trust the browsers that sent these comments. One that is trusted already stays so by the older word."""
    for comment in comments:
        if comment.author_key is None:
            continue
        if session.get(TrustedAuthor, (comment.site_id, comment.author_key)) is not None:
            continue
        session.add(
            TrustedAuthor(
                site_id=comment.site_id,
                author_key=comment.author_key,
                moderator_id=moderator.id,
                comment_id=comment.id,
                created_at=at,
            )
        )
        # The next one may be of the same browser.
        session.flush()
        record(session, "author.trusted", moderator=moderator, site_id=comment.site_id, comment_id=comment.id, at=at)


def take_back(session: Session, undone: Iterable[Decision], moderator: Moderator, at: datetime) -> None:
    """End the trust that was given with these decisions, and no other."""
    moments = {entry.comment_id: entry.created_at for entry in undone}
    if not moments:
        return
    given = select(TrustedAuthor).where(TrustedAuthor.comment_id.in_(moments)).with_for_update()
    for row in session.scalars(given).all():
        if row.comment_id is not None and row.created_at == moments[row.comment_id]:
            distrust(session, row, moderator, at)


def distrust(session: Session, row: TrustedAuthor, moderator: Moderator, at: datetime) -> None:
    """End a trust, and write it down."""
    session.delete(row)
    record(session, "author.untrusted", moderator=moderator, site_id=row.site_id, comment_id=row.comment_id, at=at)
