"""A moderator edits a comment's text, or takes such an edit back. Every text that the comment had is kept as a version.

To go back to the text before the present one, by undo or by typing it, makes a version as well, and restores what the
comment was with that text: its HTML, when it was edited, and whether it was at all. So a version with the text of the one
two before it stands for that one. Status, counts and what the filter has learned do not move: judged and learned is what
the author sent (`Comment.original`). The author's own edits are `revisions`; their versions are kept here too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from moderation.database import writing
from moderation.lifecycle.acts import Shifts
from moderation.models import EMPTIED, Comment, CommentVersion, Moderator, record
from moderation.text.sanitize import Sanitised

MOST_VERSIONS = 200
MOST_BY_AUTHOR = 100
"""Versions of a comment after which its author cannot add another: those to the whole number are the moderators'."""


class Overtaken(Exception):
    """Somebody else changed the comment or its text first, or it is gone; nothing was written."""


class TooManyVersions(Exception):
    """The comment has `MOST_VERSIONS` texts already; nothing was written."""


def edit(
    comment_id: int, text: Sanitised, *, seen: int, at: datetime, moderator: Moderator, within: Collection[int]
) -> int | None:
    """Give a comment another text. The number of its new version, or None where the text is what it was.

    `within` are the ids of the sites the moderator may act on; `seen` is the comment's version that was on the screen.
    Raises `Overtaken` or `TooManyVersions`.
    """
    with writing() as session:
        comment = _locked(session, comment_id, within)
        if comment is None or comment.version != seen:
            raise Overtaken
        if text.source == comment.source:
            return None
        top = begin(session, comment)
        former = session.get(CommentVersion, (comment.id, top - 1))
        if former is not None and former.source == text.source:
            return _restore(session, comment, former, moderator, at)
        _remember_sent(comment, text.source)
        comment.source, comment.html, comment.sanitiser = text.source, text.html, text.sanitiser
        comment.edited_at = at
        return _keep(session, comment, top + 1, moderator, at)


def undo_edit(
    comment_id: int, number: int, *, at: datetime, moderator: Moderator, within: Collection[int]
) -> int | None:
    """Take back the edit that made version `number`, while it is the newest: all is as it was before it.

    The number of the version that says so; None where this was undone already. Raises `Overtaken` or `TooManyVersions`.
    """
    with writing() as session:
        comment = _locked(session, comment_id, within)
        top = _newest(session, comment) if comment is not None else 0
        if comment is None or number < 2 or top not in {number, number + 1}:
            raise Overtaken
        former = session.get_one(CommentVersion, (comment.id, number - 1))
        if top == number:
            return _restore(session, comment, former, moderator, at)
        if former.source != comment.source:
            raise Overtaken
        return None


def _locked(session: Session, comment_id: int, within: Collection[int]) -> Comment | None:
    """The comment, locked as `decisions.locked` does; pages come after comments there too."""
    return session.scalars(
        select(Comment)
        .where(Comment.id == comment_id, Comment.site_id.in_(within), Comment.place != EMPTIED)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def begin(session: Session, comment: Comment) -> int:
    """The number of a locked comment's newest version; what its author sent is kept as the first, before it changes."""
    top = _newest(session, comment)
    if not top:
        top = 1
        _add(session, comment, top, comment.moderator_id, comment.created_at)
    return top


def keep(session: Session, comment: Comment, number: int, moderator: Moderator | None, at: datetime) -> None:
    """Keep the text that a locked comment has now; it is its author's without a moderator. Raises `TooManyVersions`."""
    if number > (MOST_VERSIONS if moderator else MOST_BY_AUTHOR):
        raise TooManyVersions
    _add(session, comment, number, moderator.id if moderator else None, at)


def _newest(session: Session, comment: Comment) -> int:
    return session.scalar(select(func.max(CommentVersion.number)).where(CommentVersion.comment_id == comment.id)) or 0


def _add(session: Session, comment: Comment, number: int, moderator_id: int | None, at: datetime) -> None:
    session.add(
        CommentVersion(
            comment_id=comment.id,
            number=number,
            source=comment.source,
            html=comment.html,
            sanitiser=comment.sanitiser,
            moderator_id=moderator_id,
            created_at=at,
        )
    )


def _restore(session: Session, comment: Comment, former: CommentVersion, moderator: Moderator, at: datetime) -> int:
    """Let the version before the newest be the text again."""
    stands_for = _stands_for(session, former)
    _remember_sent(comment, former.source)
    if stands_for == 1:
        comment.edited_at = None
    else:
        comment.edited_at = session.get_one(CommentVersion, (comment.id, stands_for)).created_at
    comment.source, comment.html, comment.sanitiser = former.source, former.html, former.sanitiser
    return _keep(session, comment, former.number + 2, moderator, at, restores=stands_for)


def _remember_sent(comment: Comment, becomes: str) -> None:
    """Keep what its author sent last, which is what was judged, beside the text that the comment is about to have."""
    sent = comment.source if comment.original is None else comment.original
    comment.original = None if sent == becomes else sent


def _stands_for(session: Session, version: CommentVersion) -> int:
    """The number of the version that first had this text, by way of those that restored it."""
    two_before = aliased(CommentVersion)
    restoring = set(
        session.scalars(
            select(CommentVersion.number)
            .join(
                two_before,
                and_(
                    two_before.comment_id == CommentVersion.comment_id,
                    two_before.number == CommentVersion.number - 2,
                    two_before.source == CommentVersion.source,
                ),
            )
            .where(CommentVersion.comment_id == version.comment_id)
        )
    )
    number = version.number
    while number in restoring:
        number -= 2
    return number


def _keep(session: Session, comment: Comment, number: int, moderator: Moderator, at: datetime, **restores: int) -> int:
    """Write down the comment's new text, and let readers' caches know where they see it."""
    keep(session, comment, number, moderator, at)
    comment.version += 1
    record(
        session,
        "comment.edited",
        moderator=moderator,
        site_id=comment.site_id,
        comment_id=comment.id,
        at=at,
        number=number,
        **restores,
    )
    if comment.status == "approved":
        shifts = Shifts()
        shifts.show(comment)
        shifts.settle(session)
    return number
