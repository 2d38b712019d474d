"""A moderator changes a comment's text, and what the desk shows of the texts that it had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from moderation import lifecycle
from moderation.extensions import db
from moderation.lifecycle import Overtaken, TooManyVersions
from moderation.models import LARGEST_ID, Comment, CommentVersion, Moderator
from moderation.problems import said
from moderation.settings import current
from moderation.text.chars import is_blank
from moderation.text.diff import Change, changes, shortened
from moderation.text.sanitize import MarkupError, Sanitised, sanitize

VERSIONS_SHOWN = 8


class EditRefused(Exception):
    """A text cannot be saved; the message says why and what would do. What was typed stays with the moderator."""


@dataclass(frozen=True, slots=True)
class Version:
    """One text that a comment had, from `at` on: by whom (None: its author), what was changed, what it restored."""

    number: int
    by: str | None
    at: datetime
    changes: Sequence[Change]
    restores: int | None


def edit(moderator: Moderator, comment: Comment, text: str, *, seen: int, at: datetime) -> int | None:
    """Save a comment's text. The number of the version that this made; None where nothing was changed.

    `seen` is the comment's version that was on the screen. Raises `EditRefused`.
    """
    if is_blank(text):
        raise EditRefused(_("The text is empty. To take the comment off its page, put it into the trash."))
    try:
        return lifecycle.edit(comment.id, _safe(text), seen=seen, at=at, moderator=moderator, within=[comment.site_id])
    except Overtaken as fault:
        raise EditRefused(
            _(
                "Somebody else changed comment %(id)s meanwhile, so nothing was saved. Look at it as it is now, then save again.",
                id=comment.id,
            )
        ) from fault
    except TooManyVersions as fault:
        raise EditRefused(_("This comment was edited too often to be edited again.")) from fault


def undo(moderator: Moderator, comment: Comment, number: int, *, at: datetime) -> int | None:
    """Take back the edit that made a version, while it is the newest; None where that was done already.

    Raises `EditRefused`.
    """
    try:
        return lifecycle.undo_edit(
            comment.id, min(number, LARGEST_ID), at=at, moderator=moderator, within=[comment.site_id]
        )
    except Overtaken as fault:
        raise EditRefused(_("This edit cannot be undone: the text was changed since.")) from fault
    except TooManyVersions as fault:
        raise EditRefused(_("This comment was edited too often to be edited again.")) from fault


def versions(comment: Comment) -> list[Version]:
    """The newest texts of a comment, newest first; none of one that was never edited."""
    rows = list(
        db.session.scalars(
            select(CommentVersion)
            .where(CommentVersion.comment_id == comment.id)
            .order_by(CommentVersion.number.desc())
            .limit(VERSIONS_SHOWN + 2)
            .options(joinedload(CommentVersion.moderator))
        )
    )
    known = {row.number: row for row in rows}
    return [_version(row, known) for row in rows[:VERSIONS_SHOWN]]


def _version(row: CommentVersion, known: dict[int, CommentVersion]) -> Version:
    before, two_before = known.get(row.number - 1), known.get(row.number - 2)
    return Version(
        number=row.number,
        by=row.moderator.name if row.moderator else None,
        at=row.created_at,
        changes=shortened(changes(before.source, row.source)) if before else (),
        restores=two_before.number if two_before and two_before.source == row.source else None,
    )


def _safe(text: str) -> Sanitised:
    settings = current()
    try:
        return sanitize(text, max_characters=settings.max_comment, max_tags=settings.max_tags)
    except MarkupError as fault:
        raise EditRefused(said(fault)) from fault
