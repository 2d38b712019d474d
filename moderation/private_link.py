"""A reader's private link to their own comment. It is the only authority that a reader has: there are no accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from itsdangerous import BadSignature

from moderation.extensions import db
from moderation.keys import signer
from moderation.models import EMPTIED, Comment, Site
from moderation.problems import NotFound
from moderation.settings import Settings

_VALID = timedelta(days=90)


def signed(settings: Settings, site: Site, comment: Comment) -> str:
    """What stands for a comment in its private link; the same each time."""
    return str(signer(settings, "manage-link", site.key).dumps(comment.id))


def link(settings: Settings, site: Site, comment: Comment, lang: str | None = None) -> str:
    """The address of the private page of one comment; the same each time, so that a repeated post answers the same.

    With `lang` the page speaks that language, else its reader's browser says which.
    """
    address = f"{settings.public_url}/sites/{site.key}/mine/{signed(settings, site, comment)}"
    return f"{address}?lang={lang}" if lang else address


def find(settings: Settings, site: Site, signed: str, at: datetime, *, locked: bool = False) -> Comment:
    """The comment behind a private link. Raises `NotFound` for a link that is altered, of another site or too old, and
    for a comment that is gone. `locked` reads it anew and keeps it so until the write transaction ends.
    """
    gone = NotFound(_("This link does not lead to a comment, or it is older than %(days)s days.", days=_VALID.days))
    try:
        comment_id = signer(settings, "manage-link", site.key).loads(signed)
    except BadSignature:
        raise gone from None
    lock = {"key_share": True} if locked else None
    comment = db.session.get(Comment, comment_id, populate_existing=locked, with_for_update=lock)
    if comment is None or comment.site_id != site.id or comment.place == EMPTIED or at > comment.created_at + _VALID:
        raise gone
    return comment
