"""Signed-in browsers. Each is a row, so that the server can end it; the cookie carries only its random token."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.extensions import db
from moderation.keys import new_token, token_hash
from moderation.models import DeskSession, Moderator
from moderation.models.asking import Asked, known

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
# A session's last use is written down this rarely, so that reading the queue is not a write each time.
_MARK_EVERY = timedelta(minutes=10)
_MODERATOR = Moderator.__table__.columns
# Every request to the desk asks it.
_OF_TOKEN = Asked(
    lambda _dialect: (
        select(DeskSession.id, DeskSession.seen_at, DeskSession.created_at, *_MODERATOR)
        .join(Moderator, Moderator.id == DeskSession.moderator_id)
        .where(DeskSession.token_hash == bindparam("token_hash"))
    )
)


class SignedIn:
    """The moderator at the other end of this request, in the shape that Flask-Login asks for."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, moderator: Moderator, token: str) -> None:
        self.moderator = moderator
        self._token = token

    def get_id(self) -> str:
        """The session's token: Flask-Login keeps it in the signed cookie."""
        return self._token


def begin(moderator: Moderator, at: datetime) -> SignedIn:
    """A new session. Those of this moderator that have run out are cleared away with it."""
    token = new_token()
    with writing() as session:
        session.execute(
            delete(DeskSession).where(
                DeskSession.moderator_id == moderator.id,
                or_(DeskSession.seen_at < at - IDLE, DeskSession.created_at < at - LONGEST),
            )
        )
        session.add(DeskSession(token_hash=token_hash(token), moderator_id=moderator.id, created_at=at, seen_at=at))
    return SignedIn(moderator, token)


def find(token: str, at: datetime) -> SignedIn | None:
    """Who is signed in with this token; None when it is unknown, ended or run out, or the moderator is not active."""
    session: Session = db.session()
    row = _OF_TOKEN.row(session, {"token_hash": token_hash(token)})
    if row is None:
        return None
    number, seen_at, created_at, *columns = row
    moderator = known(session, Moderator, dict(zip(_MODERATOR.keys(), columns, strict=True)))
    if not moderator.active or at - seen_at > IDLE or at - created_at > LONGEST:
        return None
    if at - seen_at > _MARK_EVERY:
        with writing() as session:
            session.execute(update(DeskSession).where(DeskSession.id == number).values(seen_at=at))
    return SignedIn(moderator, token)


def end(token: str) -> None:
    """End one session."""
    with writing() as session:
        session.execute(delete(DeskSession).where(DeskSession.token_hash == token_hash(token)))
