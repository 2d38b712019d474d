"""A page: an article of a site, as far as comments are concerned."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderation.models.base import Base, Counted, now
from moderation.spam import Policy


class Page(Counted, Base):
    """An article. It comes into being with its first stored comment.

    `version` moves only when something visible changes, so that caches live as long as they may. `url` and `title` are
    what readers' browsers said; they become public only with an approved comment.
    """

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(String(500))
    url: Mapped[str | None] = mapped_column(String(2000))
    title: Mapped[str | None] = mapped_column(String(300))
    closed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)

    def is_open(self, policy: Policy, at: datetime) -> bool:
        """Whether the page takes comments: neither closed by hand nor older than the policy allows."""
        if self.closed:
            return False
        closes = closing(self.created_at, policy)
        return closes is None or at < closes


def closing(created_at: datetime, policy: Policy) -> datetime | None:
    """When the policy closes a page that came into being then; None for never."""
    return created_at + timedelta(days=policy.close_after_days) if policy.close_after_days else None
