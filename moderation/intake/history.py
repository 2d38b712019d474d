"""What the database knows of a submission's author, network, links and text. Every look is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from moderation.models import Comment, CommentLink
from moderation.spam import History, Tally

# The newest of a party's comments tell what it is; a spammer's ten-thousandth adds nothing.
_DEPTH = 200
_MOST_HOSTS = 10


def look_up(
    session: Session,
    *,
    site_id: int,
    email_key: str | None,
    network_key: str | None,
    text_key: str,
    hosts: Iterable[str],
    at: datetime,
) -> History:
    """The past of one submission on its site. A missing key has no past; it never matches other missing ones."""
    return History(
        known=True,
        author=_tally(session, site_id, Comment.email_key == email_key) if email_key else Tally(),
        network=_tally(session, site_id, Comment.network_key == network_key) if network_key else Tally(),
        same_text=_tally(session, site_id, Comment.text_key == text_key),
        links={host: _link_tally(session, site_id, host) for host in sorted(hosts)[:_MOST_HOSTS]},
        recent_network=_recent_from(session, site_id, network_key, at - timedelta(hours=1)) if network_key else 0,
        recent_site=_recent(session, site_id, at - timedelta(minutes=1)),
    )


def _tally(session: Session, site_id: int, party: ColumnElement[bool]) -> Tally:
    newest = select(Comment.status).where(Comment.site_id == site_id, party).order_by(Comment.id.desc()).limit(_DEPTH)
    return _counted(session, newest)


def _link_tally(session: Session, site_id: int, host: str) -> Tally:
    newest = (
        select(Comment.status)
        .join(CommentLink, CommentLink.comment_id == Comment.id)
        .where(CommentLink.site_id == site_id, CommentLink.host == host)
        .order_by(CommentLink.comment_id.desc())
        .limit(_DEPTH)
    )
    return _counted(session, newest)


def _counted(session: Session, newest: Select[Any]) -> Tally:
    rows = newest.subquery()
    counts = session.execute(select(rows.c.status, func.count().label("number")).group_by(rows.c.status))
    return Tally(**{row.status: row.number for row in counts})


def _recent_from(session: Session, site_id: int, network_key: str, since: datetime) -> int:
    newest = (
        select(Comment.created_at)
        .where(Comment.site_id == site_id, Comment.network_key == network_key)
        .order_by(Comment.id.desc())
        .limit(_DEPTH)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(newest).where(newest.c.created_at > since)) or 0


def _recent(session: Session, site_id: int, since: datetime) -> int:
    rows = select(Comment.id).where(Comment.created_at > since, Comment.site_id == site_id).limit(_DEPTH)
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0
