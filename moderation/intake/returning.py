"""A reader who comes back, recognised by what only their browser was given.

A name and an e-mail address can be typed by anybody, so they prove nothing. Instead every stored comment has an
`author_key`, a random number, and the answer to the post carries it signed, as the author token. A browser that sends
the token back with its next comment goes on under the same key, and what moderators said of the comments under it is a
past that nobody can type. The token is bound to its site, holds for a year from the last comment, and is kept by the
browser only with the reader's consent.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.intake.limits import Sender
from moderation.keys import signer
from moderation.models import Comment, Site
from moderation.settings import Settings

_VALID = timedelta(days=365)
_LONGEST = 300


def issue(settings: Settings, site: Site, comment: Comment) -> str | None:
    """The author token of a stored comment; None for one that was stored before there were tokens.

    It is the same each time, so that a repeated post answers the same.
    """
    if comment.author_key is None:
        return None
    return signer(settings, "author-token", site.key).dumps([comment.author_key, int(comment.created_at.timestamp())])


def known_key(session: Session, settings: Settings, site: Site, token: str, sender: Sender) -> str | None:
    """The key of a valid token, under which a new comment is stored; without one it gets a new key, which has no past.

    A token is valid on the site that gave it, for a year, and only beside the e-mail address of the comments before:
    somebody else at a borrowed computer starts anew.
    """
    known = _key_in(settings, site, token, sender.at)
    if known is not None:
        newest = select(Comment.email_key).where(Comment.site_id == site.id, Comment.author_key == known)
        before = session.scalar(newest.order_by(Comment.id.desc()).limit(1))
        if sender.email_key is not None and before == sender.email_key:
            return known
    return None


def new_key() -> str:
    """A key under which no comment is stored yet."""
    return secrets.token_hex(16)


def _key_in(settings: Settings, site: Site, token: str, at: datetime) -> str | None:
    if not token or len(token) > _LONGEST:
        return None
    try:
        key, issued = signer(settings, "author-token", site.key).loads(token)
    except BadSignature:
        return None
    return str(key) if datetime.fromtimestamp(issued, UTC) + _VALID > at else None
