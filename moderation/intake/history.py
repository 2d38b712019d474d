"""What the database knows of a submission's author, network, links, text and tokens. Every look is bounded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select, union
from sqlalchemy.orm import Session

from moderation.learning.counts import evidence
from moderation.models import Comment, CommentLink, CommentPrint
from moderation.spam import History, Tally

# The newest of a party's comments tell what it is; a spammer's ten-thousandth adds nothing.
_DEPTH = 200
_MOST_HOSTS = 10
# For each fingerprint. A text has up to 24, and near texts share many.
_NEAR_DEPTH = 50

_SAID = case(
    (Comment.status == "trash", "trash"),
    (Comment.taught == "ham", "approved"),
    (Comment.taught == "spam", "spam"),
    else_="pending",
).label("said")
"""What became of a comment, as a field of `Tally`: only a moderator's word approves or condemns."""


def look_up(
    session: Session,
    *,
    site_id: int,
    email_key: str | None,
    network_key: str | None,
    text_key: str,
    author_key: str | None = None,
    hosts: Iterable[str],
    prints: Collection[int],
    tokens: Collection[str],
    at: datetime,
) -> History:
    """The past of one submission on its site. A missing key has no past; it never matches other missing ones."""
    near_text, recent_near = _near(session, site_id, prints, at - timedelta(hours=1))
    return History(
        known=True,
        author=_tally(session, site_id, Comment.email_key == email_key) if email_key else Tally(),
        network=_tally(session, site_id, Comment.network_key == network_key) if network_key else Tally(),
        same_text=_tally(session, site_id, Comment.text_key == text_key),
        near_text=near_text,
        verified=_tally(session, site_id, Comment.author_key == author_key) if author_key else Tally(),
        links={host: _link_tally(session, site_id, host) for host in sorted(hosts)[:_MOST_HOSTS]},
        recent_network=_recent_from(session, site_id, network_key, at - timedelta(hours=1)) if network_key else 0,
        recent_site=_recent(session, site_id, at - timedelta(minutes=1)),
        recent_near=recent_near,
        evidence=evidence(session, site_id, tokens),
    )


def _tally(session: Session, site_id: int, party: ColumnElement[bool]) -> Tally:
    newest = select(_SAID).where(Comment.site_id == site_id, party).order_by(Comment.id.desc()).limit(_DEPTH)
    return _counted(session, newest)


def _link_tally(session: Session, site_id: int, host: str) -> Tally:
    newest = (
        select(_SAID)
        .join(CommentLink, CommentLink.comment_id == Comment.id)
        .where(CommentLink.site_id == site_id, CommentLink.host == host)
        .order_by(CommentLink.comment_id.desc())
        .limit(_DEPTH)
    )
    return _counted(session, newest)


def _counted(session: Session, newest: Select[Any]) -> Tally:
    rows = newest.subquery()
    counts = session.execute(select(rows.c.said, func.count().label("number")).group_by(rows.c.said))
    return Tally(**{row.said: row.number for row in counts})


def _near(session: Session, site_id: int, prints: Collection[int], since: datetime) -> tuple[Tally, int]:
    """Comments that share a fingerprint, and how many of them are newer than `since`; each counts once."""
    if not prints:
        return Tally(), 0
    asked = {f"print_{place}": number for place, number in enumerate(sorted(prints))}
    counts = session.execute(_sharing(len(asked)), {"site_id": site_id, "since": since, **asked}).all()
    return Tally(**{row.said: row.number for row in counts}), sum(row.recent for row in counts)


@cache
def _sharing(prints: int) -> Select[Any]:
    """The question for so many fingerprints. To put it into words takes longer than to answer it, so it is kept."""
    newest = [
        select(CommentPrint.comment_id)
        .where(CommentPrint.site_id == bindparam("site_id"), CommentPrint.print == bindparam(f"print_{place}"))
        .order_by(CommentPrint.comment_id.desc())
        .limit(_NEAR_DEPTH)
        .subquery()
        for place in range(prints)
    ]
    sharing = union(*(select(each.c.comment_id) for each in newest)).subquery()
    recent = func.sum(case((Comment.created_at > bindparam("since"), 1), else_=0))
    return (
        select(_SAID, func.count().label("number"), recent.label("recent"))
        .join(sharing, sharing.c.comment_id == Comment.id)
        .group_by(_SAID)
    )


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
