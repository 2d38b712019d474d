"""The signed links in letters: to confirm that somebody wants mail on replies, and to end it.

The link is the authority, since it was sent to the mailbox it is about. One for the one purpose is worthless for the other.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from flask_babel import gettext as _
from itsdangerous import BadSignature

from moderation.extensions import db
from moderation.keys import signer
from moderation.models import Comment, Site, site_by_key
from moderation.problems import NotFound
from moderation.settings import Settings
from moderation.strings import LANGUAGES, served

Purpose = Literal["confirm", "stop"]


def link(settings: Settings, site: Site, comment_id: int, purpose: Purpose, lang: str) -> str:
    """The address to confirm or to stop the mail on replies to one comment, in a language; the same each time."""
    signed = signer(settings, f"mail-{purpose}", site.key).dumps(comment_id)
    # Without a language asked for, the browser's own counts.
    query = "" if served(lang) == LANGUAGES[0] else f"?lang={served(lang)}"
    return f"{settings.public_url}/sites/{quote(site.key, safe='')}/mail/{purpose}/{signed}{query}"


def find(settings: Settings, site_key: str, signed: str, purpose: Purpose) -> tuple[Site, Comment]:
    """The site and the comment behind a link. Raises `NotFound` for one that is altered, or of another site or purpose."""
    gone = NotFound(_("This link is not valid any more. Nothing was changed."))
    site = site_by_key(db.session(), site_key)
    if site is None:
        raise gone
    try:
        comment = db.session.get(Comment, signer(settings, f"mail-{purpose}", site.key).loads(signed))
    except BadSignature:
        raise gone from None
    if comment is None or comment.site_id != site.id:
        raise gone
    return site, comment
