"""Mail: letters that wait to be sent, who asked for mail on replies, and what of it was sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.models.base import Base, Json, now


class Mail(Base):
    """A letter that waits to be sent, until it was sent or given up: then the row is deleted.

    `kind` names its template, `data` is what that says; texts are made when it is sent. `comment_id` is the comment whose
    author the letter is for: it goes with that comment. It is not sent before `not_before`; `claimed_until` is when another
    worker may take it over from one that died. `last_error` says what failed, never to whom.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_due", "not_before", "id"),
        # The number stands in the letter's Message-ID.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    recipient: Mapped[str] = mapped_column(String(254))
    lang: Mapped[str] = mapped_column(String(35))
    data: Mapped[Json] = mapped_column(JSON, default=dict)
    not_before: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Subscription(Base):
    """That the author of a comment asked for mail on replies to it, and, once they confirmed it by mail, gets it.

    The letters go to the comment's own address, which is kept there and nowhere else.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_asked", "confirmed_at", "asked_at"),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    lang: Mapped[str] = mapped_column(String(35))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]


class ReplyNotice(Base):
    """That the author of a comment was sent a letter about a reply, or has one waiting: no reply is told of twice."""

    __tablename__ = "reply_notice"

    reply_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True, index=True)


class ConfirmationRequest(Base):
    """That an address (by its keyed hash) was asked to confirm; kept for a day, so that nobody is flooded with such mail.

    `purpose` is what for; None where no letter was sent.
    """

    __tablename__ = "confirmation_request"
    __table_args__ = (
        Index("ix_confirmation_request_by_email", "site_id", "email_key", "asked_at"),
        Index("ix_confirmation_request_of_site", "site_id", "purpose", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    purpose: Mapped[str | None] = mapped_column(String(20))
    email_key: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Digest(Base):
    """When the moderators of a site were last told what waits, and the newest comment that waited then."""

    __tablename__ = "digest"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    newest_id: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(default=now)
