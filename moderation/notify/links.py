"""The signed links in letters: to confirm that somebody wants mail on replies, and to end it.

The link is the authority, since it was sent to the mailbox it is about. One for the one purpose is worthless for the other.
"""

from __future__ import annotations

import hashlib
from typing import Literal
from urllib.parse import quote

from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from moderation.extensions import db
from moderation.keys import signing_keys
from moderation.models import Comment, Site
from moderation.problems import NotFound
from moderation.settings import Settings

Purpose = Literal["confirm", "stop"]


def link(settings: Settings, site: Site, comment_id: int, purpose: Purpose) -> str:
    """The address to confirm or to stop the mail on replies to one comment; the same each time."""
    signed = _serializer(settings, site, purpose).dumps(comment_id)
    return f"{settings.public_url}/sites/{quote(site.key, safe='')}/mail/{purpose}/{signed}"


def find(settings: Settings, site_key: str, signed: str, purpose: Purpose) -> tuple[Site, Comment]:
    """The site and the comment behind a link. Raises `NotFound` for one that is altered, or of another site or purpose."""
    gone = NotFound(_("This link is not valid any more. Nothing was changed."))
    # A key that cannot have been stored is not asked for: PostgreSQL takes no NUL.
    known = select(Site).where(Site.key == site_key)
    site = db.session.scalars(known).one_or_none() if site_key.isprintable() else None
    if site is None:
        raise gone
    try:
        comment = db.session.get(Comment, _serializer(settings, site, purpose).loads(signed))
    except BadSignature:
        raise gone from None
    if comment is None or comment.site_id != site.id:
        raise gone
    return site, comment


def _serializer(settings: Settings, site: Site, purpose: Purpose) -> URLSafeSerializer:
    keys = signing_keys(settings, f"mail-{purpose}")
    return URLSafeSerializer(keys, salt=site.key, signer_kwargs={"digest_method": hashlib.sha256})
