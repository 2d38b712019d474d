"""Moderators are told by mail that comments wait: not of each, but now and then, and only if there are new ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from moderation import outbox
from moderation.database import writing
from moderation.extensions import db
from moderation.models import SHOWN, Comment, Decision, Digest, Moderator, Site
from moderation.outbox import Letter
from moderation.settings import current
from moderation.strings import LANGUAGES

_MOST = 1000


def begin(at: datetime) -> None:
    """Put a digest for each moderator of each site into the outbox where its rules say that it is time."""
    if not current().sends_mail:
        return
    for site in db.session.scalars(select(Site).where(Site.pending > 0).order_by(Site.id)).all():
        if _is_due(db.session(), site, at) is None:
            continue
        with writing() as session:
            # Two workers ask at the same time; the second then sees what the first has put.
            session.get_one(Site, site.id, with_for_update={"key_share": True})
            newest = _is_due(session, site, at)
            if newest is not None:
                session.merge(Digest(site_id=site.id, newest_id=newest, sent_at=at))
                for address in _moderators(session, site):
                    outbox.put(session, Letter("digest", address, LANGUAGES[0], site.id), at=at)


def _is_due(session: Session, site: Site, at: datetime) -> int | None:
    """The newest comment that was told of with this, where something waits, it is time to say so, and it was not said yet."""
    hours = site.policy.digest_hours
    last = session.get(Digest, site.id, populate_existing=True)
    if not hours or (last is not None and last.sent_at > at - timedelta(hours=hours)):
        return None
    # Not what is folded behind the row of its bundle: that is no row of the queue of its own.
    waiting = select(Comment.id).where(Comment.site_id == site.id, Comment.status == "pending", Comment.place == SHOWN)
    newest = session.scalar(waiting.order_by(Comment.id.desc()).limit(1))
    if newest is None or last is None or newest > last.newest_id:
        return newest
    # What its author's edit put back among what waits has an old number, and is news all the same.
    back = exists().where(
        Decision.comment_id == Comment.id,
        Decision.actor == "author",
        Decision.from_status == "approved",
        Decision.to_status == "pending",
        Decision.created_at > last.sent_at,
    )
    return last.newest_id if session.scalar(waiting.where(back).limit(1)) is not None else None


def _moderators(session: Session, site: Site) -> list[str]:
    """The addresses of those who may act on a site."""
    theirs = or_(Moderator.all_sites, Moderator.sites.any(Site.id == site.id))
    found = select(Moderator.email).where(Moderator.active, theirs).order_by(Moderator.id).limit(_MOST)
    return list(session.scalars(found))
