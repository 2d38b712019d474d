"""Pages that caches in front of the service shall be told of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moderation.models.base import Base, now


class Purge(Base):
    """That something visible changed on a page, until caches were told.

    `changes` moves with every change, so that one that comes while caches are being told of another is not lost.
    From `not_before` on whoever is told finds the newest of them. `created_at` is since when caches have not been told of what
    they could have been. `claimed_until` is when another worker may take it over from one that died, or the next try is due.
    """

    __tablename__ = "purge"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    changes: Mapped[int] = mapped_column(default=1)
    not_before: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
