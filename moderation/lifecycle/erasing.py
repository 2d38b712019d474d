"""A person's comments are erased: nothing that they wrote or that is known of them is left, wherever the comments stand.

It is as if they had taken every comment back and it had been emptied at once (`emptying`), and more: what the filter learned
from them it unlearns, so that no text has to stay for its sake. A comment that others replied to leaves an empty row, which
holds their thread together; readers see the replies one step further up, as they do where a comment was withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation import learning
from moderation.database import writing
from moderation.lifecycle.acts import Shifts
from moderation.lifecycle.decisions import BULK_LIMIT
from moderation.lifecycle.emptying import discard
from moderation.models import (
    EMPTIED,
    Comment,
    CommentLink,
    CommentPrint,
    Decision,
    Presence,
    TrustedAuthor,
    record,
)


def erase(site_id: int, ids: Sequence[int], *, at: datetime) -> int:
    """Erase comments of a site, also what is left of emptied ones; how many those were. It cannot be undone.

    The log tells how many were erased and of nobody. At most `BULK_LIMIT` ids.
    """
    if len(ids) > BULK_LIMIT:
        raise ValueError(f"at most {BULK_LIMIT} comments at once")
    shifts = Shifts()
    with writing() as session:
        learning.alone(session, [site_id])
        comments = _locked(session, site_id, ids)
        learning.teach(session, dict.fromkeys(comments))
        for comment in comments:
            if comment.place != EMPTIED:
                came_from, comment.status = comment.status, "trash"
                shifts.add(comment, came_from)
                shifts.take(comment)
        _distrust(session, site_id, comments)
        for comment in discard(session, comments):
            _blank(session, comment)
        shifts.settle(session)
        if comments:
            record(session, "person.erased", moderator=None, site_id=site_id, at=at, number=len(comments))
        return len(comments)


def _locked(session: Session, site_id: int, ids: Sequence[int]) -> list[Comment]:
    """Like `decisions.locked`, and what was emptied with it."""
    found = select(Comment).where(Comment.id.in_(ids), Comment.site_id == site_id).order_by(Comment.id)
    locking = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(locking))


def _distrust(session: Session, site_id: int, comments: Sequence[Comment]) -> None:
    keys = {comment.author_key for comment in comments if comment.author_key}
    trusted = (TrustedAuthor.site_id == site_id, TrustedAuthor.author_key.in_(keys))
    session.execute(delete(TrustedAuthor).where(*trusted))


def _blank(session: Session, comment: Comment) -> None:
    """Take from a husk what it keeps for the filter's sake, with what moderators wrote of it."""
    comment.email, comment.email_key, comment.text_key = "", None, ""
    comment.author, comment.url, comment.source, comment.probability = "", None, "", 0.0
    comment.page_url = comment.page_title = comment.bundle_id = comment.edited_at = None
    for table in (CommentLink, CommentPrint, Decision, Presence):
        session.execute(delete(table).where(table.comment_id == comment.id))
