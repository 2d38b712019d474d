"""The decision log: who moved which comment from where to where, when and why. Rows are added, never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.models.base import Base, Status, now, status_check
from moderation.models.moderator import Moderator

UNDO_TIME = timedelta(seconds=10)
"""How long the desk offers to take an act back (`.passing` in `desk-many.css`); what cannot be taken back waits as long."""
Actor = Literal["policy", "moderator", "author"]
BY_MODERATOR = text("actor = 'moderator' AND from_status IS NOT NULL")
"""What moderators decided; what they wrote is an arrival. In these very words, else the index for it is not used."""


class Decision(Base):
    """One entry. `from_status` is None for an arrival, and the same as `to_status` where a moderator confirmed what policy
    or the author had decided. What was done in one act shares a `batch`, to be undone as one.

    An undo is an entry of its own, pointing at what it takes back (`undoes_id`); each entry can be taken back once.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("actor IN ('policy', 'moderator', 'author')", name="actor_known"),
        status_check("from_status"),
        status_check("to_status"),
        Index("ix_decision_comment", "comment_id", "id"),
        Index("ix_decision_of_site", "site_id", "id"),
        Index("ix_decision_batch", "batch", "comment_id"),
        Index("ix_decision_log", "site_id", "actor", "created_at", "id"),
        Index(
            "ix_decision_by_moderator",
            *("site_id", "created_at"),
            sqlite_where=BY_MODERATOR,
            postgresql_where=BY_MODERATOR,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    actor: Mapped[Actor] = mapped_column(String(10))
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id"), index=True)
    from_status: Mapped[Status | None] = mapped_column(String(10))
    to_status: Mapped[Status] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(500), default="")
    batch: Mapped[str] = mapped_column(String(32))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    moderator: Mapped[Moderator | None] = relationship(lazy="raise")
