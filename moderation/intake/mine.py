"""A reader's private link to their own comment: what became of it, and a way to take it back while it waits."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from moderation import lifecycle
from moderation.extensions import db
from moderation.keys import signing_keys
from moderation.models import Comment, Site
from moderation.problems import Conflict, NotFound
from moderation.settings import Settings

_VALID = timedelta(days=90)


def _serializer(settings: Settings, site: Site) -> URLSafeSerializer:
    return URLSafeSerializer(
        signing_keys(settings, "manage-link"), salt=site.key, signer_kwargs={"digest_method": hashlib.sha256}
    )


def link(settings: Settings, site: Site, comment: Comment) -> str:
    """The address of the private page of one comment; the same each time, so that a repeated post answers the same."""
    signed = _serializer(settings, site).dumps(comment.id)
    return f"{settings.public_url}/sites/{site.key}/mine/{signed}"


def find(settings: Settings, site: Site, signed: str, at: datetime) -> Comment:
    """The comment behind a private link. Raises `NotFound` for a link that is altered, of another site or too old."""
    gone = NotFound(_("This link does not lead to a comment, or it is older than %(days)s days.", days=_VALID.days))
    try:
        comment_id = _serializer(settings, site).loads(signed)
    except BadSignature:
        raise gone from None
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.site_id != site.id or at > comment.created_at + _VALID:
        raise gone
    return comment


def can_withdraw(comment: Comment) -> bool:
    """Whether its author may still take it back: while nobody has read it on the page."""
    return comment.status in ("pending", "spam")


def withdraw(comment: Comment, at: datetime) -> None:
    """Move a waiting comment to the trash for its author. Raises `Conflict` when a moderator was quicker."""
    if can_withdraw(comment):
        outcome = lifecycle.decide(
            [comment.id],
            "trash",
            at=at,
            within=[comment.site_id],
            seen={comment.id: comment.version},
            note="withdrawn by its author",
        )
        if outcome.decided:
            return
    raise Conflict(_("This comment was decided on in the meantime and cannot be taken back here any more."))
