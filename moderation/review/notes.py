"""What moderators tell each other about a comment. No reader, feed or program of the public ever gets it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload

from moderation.database import writing
from moderation.extensions import db
from moderation.models import LARGEST_ID, Comment, CommentNote, Moderator, record
from moderation.text.chars import is_blank
from moderation.text.plain import clean_source

LONGEST = 2000
MOST = 100
"""Notes on one comment. All of them are shown, so they must be few."""


# Kept, see `past`.
_LAST = (
    select(func.max(CommentNote.id).label("id"), func.count().label("number"))
    .where(CommentNote.comment_id.in_(bindparam("ids", expanding=True)))
    .group_by(CommentNote.comment_id)
    .subquery()
)
_NEWEST = (
    select(CommentNote, _LAST.c.number)
    .join(_LAST, _LAST.c.id == CommentNote.id)
    .options(joinedload(CommentNote.moderator))
)


class NoteRefused(Exception):
    """A note cannot be kept; the message says why and what would do. What was typed stays with the moderator."""


class Gone(Exception):
    """There is no such comment any more, or no such note of this moderator's."""


class Newest(NamedTuple):
    """How many notes a comment has, and the newest."""

    number: int
    note: CommentNote


def add(moderator: Moderator, comment: Comment, text: str, *, at: datetime) -> None:
    """Keep a note: plain text of 1 to `LONGEST` characters. Raises `NoteRefused` or `Gone`."""
    clean = clean_source(text)
    if is_blank(clean):
        raise NoteRefused(_("The note is empty. Please write something."))
    if len(clean) > LONGEST:
        sentence = _("The note has %(n)s characters; at most %(most)s are kept.", n=len(clean), most=LONGEST)
        raise NoteRefused(sentence)
    with writing() as session:
        # Locked, so that two who write at once cannot both write the last one.
        there = select(Comment.id).where(Comment.id == comment.id).with_for_update(key_share=True)
        if session.scalar(there) is None:
            raise Gone
        number = session.scalar(select(func.count()).where(CommentNote.comment_id == comment.id)) or 0
        if number >= MOST:
            raise NoteRefused(
                _("This comment has %(n)s notes, and no more are kept. Remove one of yours first.", n=number)
            )
        note = CommentNote(comment_id=comment.id, moderator_id=moderator.id, text=clean, created_at=at)
        session.add(note)
        session.flush()
        record(
            session,
            "note.added",
            moderator=moderator,
            site_id=comment.site_id,
            comment_id=comment.id,
            at=at,
            note=note.id,
        )


def remove(moderator: Moderator, comment: Comment, note_id: int, *, at: datetime) -> None:
    """Remove a note of one's own. Raises `Gone` for all others and for what is not there alike."""
    if note_id > LARGEST_ID:
        raise Gone
    with writing() as session:
        note = session.scalars(
            select(CommentNote)
            .where(
                CommentNote.id == note_id,
                CommentNote.comment_id == comment.id,
                CommentNote.moderator_id == moderator.id,
            )
            .with_for_update()
        ).one_or_none()
        if note is None:
            raise Gone
        session.delete(note)
        record(
            session,
            "note.removed",
            moderator=moderator,
            site_id=comment.site_id,
            comment_id=comment.id,
            at=at,
            note=note_id,
        )


def of(comment: Comment) -> list[CommentNote]:
    """All notes on a comment, the newest last."""
    return list(
        db.session.scalars(
            select(CommentNote)
            .where(CommentNote.comment_id == comment.id)
            .order_by(CommentNote.id)
            .limit(MOST)
            .options(joinedload(CommentNote.moderator))
        )
    )


def newest(comment_ids: Collection[int]) -> dict[int, Newest]:
    """The newest note of each of these comments that has one. One query."""
    rows = db.session.execute(_NEWEST, {"ids": comment_ids}) if comment_ids else ()
    return {row.CommentNote.comment_id: Newest(row.number, row.CommentNote) for row in rows}
