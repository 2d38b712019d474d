"""The browsers that a site's moderators trust."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from moderation.database import writing
from moderation.extensions import db
from moderation.lifecycle.trust import distrust
from moderation.models import Comment, Moderator, Site, TrustedAuthor

LISTED = 200


class Trust(NamedTuple):
    """A trusted browser: who trusts it, and the name above the comment that was the reason."""

    row: TrustedAuthor
    moderator: str
    author: str | None


def trusted_of(site: Site) -> tuple[Sequence[Trust], bool]:
    """The browsers that a site trusts, those of the newest comments first, and whether there are more than are listed."""
    rows = db.session.execute(
        select(TrustedAuthor, Moderator.name, Comment.author)
        .join(Moderator, Moderator.id == TrustedAuthor.moderator_id)
        .outerjoin(Comment, Comment.id == TrustedAuthor.comment_id)
        .where(TrustedAuthor.site_id == site.id)
        .order_by(TrustedAuthor.comment_id.desc(), TrustedAuthor.author_key)
        .limit(LISTED + 1)
    )
    found = [Trust(*row) for row in rows]
    return found[:LISTED], len(found) > LISTED


def end_trust(site: Site, author_key: str, moderator: Moderator, *, at: datetime) -> bool:
    """Trust a browser no longer; False where nobody did."""
    if "\0" in author_key:
        return False
    with writing() as session:
        row = session.get(TrustedAuthor, (site.id, author_key), with_for_update=True, populate_existing=True)
        if row is None:
            return False
        distrust(session, row, moderator, at)
        return True
