"""What slows a sender down: no repeats, a pause between two comments, and a brake over all addresses together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from moderation.extensions import limiter
from moderation.models import Comment, Page
from moderation.problems import Duplicate, TooMany
from moderation.settings import Settings, current

# A post that is refused leaves no comment to count by; this counts refusals, so that nobody keeps the service busy with them.
refused_posts = limiter.shared_limit(
    lambda: f"{current().refused_limit} per minute",
    scope="refused-posts",
    exempt_when=lambda: current().refused_limit == 0,
    deduct_when=lambda response: response.status_code >= HTTPStatus.BAD_REQUEST,
)
# To show a text as it would be served costs as much as to take it, and leaves no comment either.
renderings = limiter.shared_limit(
    lambda: f"{current().refused_limit} per minute",
    scope="renderings",
    exempt_when=lambda: current().refused_limit == 0,
)
_MINUTE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Sender:
    """By what a post is compared with others. Missing keys are None, and None never equals None."""

    site_id: int
    nonce: str
    idempotency_key: str | None
    email_key: str | None
    network_key: str | None
    fingerprint: str
    at: datetime


def pause(session: Session, sender: Sender, settings: Settings) -> None:
    """Raise `TooMany` when the sender, or everybody together, is too quick; `Duplicate` when it is the same again.

    A repeat of this very post (same nonce or Idempotency-Key) is not a second comment and does not count.
    """
    if settings.flood_seconds:
        for last in _latest(session, sender):
            age = (sender.at - last.created_at).total_seconds()
            # Of two posts side by side either may be stored first. But a clock that was set back locks nobody out.
            if abs(age) < settings.flood_seconds:
                if last.fingerprint == sender.fingerprint:
                    raise duplicate()
                wait = int(settings.flood_seconds - max(age, 0)) + 1
                raise TooMany(
                    _("You are posting comments too quickly. Please wait %(wait)s seconds.", wait=wait),
                    retry_after=wait,
                )
    if settings.flood_limit:
        recent = select(Comment.id).where(Comment.created_at > sender.at - _MINUTE, Comment.created_at <= sender.at)
        count = session.scalar(select(func.count()).select_from(recent.limit(settings.flood_limit).subquery()))
        if count is not None and count >= settings.flood_limit:
            raise TooMany(
                _("Many comments are coming in just now. Your text is kept: please send it again in a minute."),
                retry_after=60,
            )


def _latest(session: Session, sender: Sender) -> list[Comment]:
    keys: list[ColumnElement[bool]] = []
    if sender.email_key:
        keys.append(Comment.email_key == sender.email_key)
    if sender.network_key:
        keys.append(Comment.network_key == sender.network_key)
    found = []
    for key in keys:
        query = select(Comment).where(Comment.site_id == sender.site_id, key).order_by(Comment.id.desc()).limit(2)
        found += [row for row in session.scalars(query) if not _same_post(row, sender)]
    return found


def _same_post(row: Comment, sender: Sender) -> bool:
    return row.nonce == sender.nonce or (
        row.idempotency_key is not None and row.idempotency_key == sender.idempotency_key
    )


def refuse_repeat(session: Session, sender: Sender, *, page_key: str, parent_id: int | None, text_key: str) -> None:
    """Raise `Duplicate` when the author said the same on the same page before, unless that went to the trash."""
    query = (
        select(Comment)
        .join(Page, Page.id == Comment.page_id)
        .where(
            Comment.site_id == sender.site_id,
            Comment.text_key == text_key,
            Page.key == page_key,
            Comment.parent_id.is_(None) if parent_id is None else Comment.parent_id == parent_id,
            Comment.email_key == sender.email_key,
            Comment.status != "trash",
        )
        .limit(2)
    )
    if any(not _same_post(row, sender) for row in session.scalars(query)):
        raise duplicate()


def duplicate() -> Duplicate:
    """The answer to saying the same twice, in the words that WordPress's readers know."""
    return Duplicate(_("Duplicate comment detected; it looks as though you’ve already said that!"))
