"""Everything that is stored under an e-mail address: found, exported, erased.

A person is an address; there are no accounts. Comments are found by the keyed hash of the address, under the secret key and
the former ones that are still set, so that another spelling of one mailbox is found too. Every look and every step is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation import lifecycle
from moderation.database import write_back
from moderation.extensions import db
from moderation.keys import keyed_hash
from moderation.models import Comment, Site
from moderation.settings import Settings
from moderation.text.emails import email_identity

STEP = 100
"""Comments that one transaction erases, and that are read at once for an export."""


def keys_of(settings: Settings, email: str) -> list[str]:
    """By what the comments of an address are found; nothing for an address that is empty."""
    identity = email_identity(email)
    hashed = (
        keyed_hash(replace(settings, secret_key=secret), "email", identity)
        for secret in (settings.secret_key, *settings.secret_key_fallbacks)
    )
    return [key for key in hashed if key]


def pieces(session: Session, site: Site, keys: Sequence[str]) -> Iterator[list[int]]:
    """The numbers of a person's comments on a site, `STEP` at once, oldest first under each key."""
    for key in keys:
        last = 0
        while found := _next(session, site.id, key, last):
            yield found
            last = found[-1]


def count(session: Session, site: Site, keys: Sequence[str], most: int) -> int:
    """How many comments a person has on a site, up to so many."""
    there = select(Comment.id).where(Comment.site_id == site.id, Comment.email_key.in_(keys)).limit(most)
    return session.scalar(select(func.count()).select_from(there.subquery())) or 0


def erase(site: Site, keys: Sequence[str], *, at: datetime, steps: int | None = None) -> int:
    """Erase a person's comments on a site, in transactions of `STEP`; how many those were.

    After so many `steps` it ends; to call it again goes on, and once all is erased changes nothing.
    """
    erased = 0
    for key in keys:
        while steps is None or steps > 0:
            found = _next(db.session(), site.id, key, 0)
            if not found:
                break
            erased += lifecycle.erase(site.id, found, at=at)
            steps = None if steps is None else steps - 1
    if erased:
        write_back()
    return erased


def _next(session: Session, site_id: int, key: str, after: int) -> list[int]:
    there = (Comment.site_id == site_id, Comment.email_key == key, Comment.id > after)
    return list(session.scalars(select(Comment.id).where(*there).order_by(Comment.id).limit(STEP)))
