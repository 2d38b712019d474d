"""What the desk keeps beside comments and decisions: bundles, versions, notes, jobs, who looks, whom a site trusts, and
what was done that is no decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from moderation.models.base import Base, Counted, Json, now
from moderation.models.moderator import Moderator

_NO_SITE = text("site_id IS NULL")
JobState = Literal["waiting", "running", "done", "stopped", "failed"]
JobKind = Literal["decide", "undo", "empty", "rank"]


def _one_of(column: str, literal: Any) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in get_args(literal))
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


class Bundle(Counted, Base):
    """Near-duplicates that came in one after the other: one row of the queue, decided on as one.

    `Counted` says how many of its comments stand in each status; kept by `lifecycle`.
    """

    __tablename__ = "bundle"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class CommentVersion(Base):
    """A comment's text as it was from `created_at` on. Number 1 is what its author sent; there are none until it is edited.

    `moderator_id` is who wrote it; None for the author.
    """

    __tablename__ = "comment_version"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    sanitiser: Mapped[str] = mapped_column(String(80))
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    moderator: Mapped[Moderator | None] = relationship(lazy="raise")


class CommentNote(Base):
    """What one moderator tells the others about a comment. No reader ever sees it."""

    __tablename__ = "comment_note"
    __table_args__ = (Index("ix_comment_note_of", "comment_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(default=now)

    moderator: Mapped[Moderator] = relationship(lazy="raise")


class Presence(Base):
    """That a moderator has a comment open, as of `seen_at`."""

    __tablename__ = "presence"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)

    moderator: Mapped[Moderator] = relationship(lazy="raise")


class TrustedAuthor(Base):
    """A browser (`Comment.author_key`) whose comments a moderator trusts, as if it had the past that a site asks for."""

    __tablename__ = "trusted_author"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    author_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Job(Base):
    """Work on more comments than one request may touch, done step by step by the worker.

    `spec` says what to do. `after` is the last comment done, `batch` what all its decisions share, so that it is undone as
    one. `claimed_until` is when another worker may take it over from one that died. `total` is what there was to do when
    it began.
    """

    __tablename__ = "job"
    __table_args__ = (
        _one_of("kind", JobKind),
        _one_of("state", JobState),
        Index("ix_job_of_site", "site_id", "id"),
        Index("ix_job_waiting", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id"), index=True)
    kind: Mapped[JobKind] = mapped_column(String(10))
    state: Mapped[JobState] = mapped_column(String(10), default="waiting")
    spec: Mapped[Json] = mapped_column(JSON, default=dict)
    batch: Mapped[str] = mapped_column(String(32), index=True)
    after: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    conflicts: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    moderator: Mapped[Moderator | None] = relationship(lazy="raise")


class Event(Base):
    """What somebody did at the desk or by command that is no decision on a comment. Rows are added, never changed.

    `kind` is a dotted name such as `policy.changed`; `detail` carries numbers and names, never a reader's data.
    `site_id` is None for what concerns no single site.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_of_site", "site_id", "created_at", "id"),
        # Of its own: PostgreSQL reads no order out of an index where a column is only known to be null.
        Index("ix_event_of_no_site", "created_at", "id", sqlite_where=_NO_SITE, postgresql_where=_NO_SITE),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    detail: Mapped[Json] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)

    moderator: Mapped[Moderator | None] = relationship(lazy="raise")


def record(
    session: Session,
    kind: str,
    *,
    moderator: Moderator | None,
    site_id: int | None,
    comment_id: int | None = None,
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Write down what was done, in the transaction that does it."""
    session.add(
        Event(
            kind=kind,
            moderator_id=moderator.id if moderator else None,
            site_id=site_id,
            comment_id=comment_id,
            detail=detail,
            created_at=at or now(),
        )
    )
