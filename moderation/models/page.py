"""A page: an article of a site, as far as comments are concerned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from moderation.models.asking import Asked
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
        return Door(self.id, self.closed, self.created_at, self.version).is_open(policy, at)


class Door(NamedTuple):
    """As much of a page as tells whether it takes comments."""

    page_id: int
    closed: bool
    created_at: datetime
    version: int

    def is_open(self, policy: Policy, at: datetime) -> bool:
        """As `Page.is_open`."""
        if self.closed:
            return False
        closes = closing(self.created_at, self.version, policy)
        return closes is None or at < closes


_DOOR = Asked(
    lambda _dialect: select(Page.id, Page.closed, Page.created_at, Page.version).where(
        Page.site_id == bindparam("site_id"), Page.key == bindparam("key")
    )
)


def door_of(session: Session, site_id: int, key: str) -> Door | None:
    """The door of a page, as it is in the database now; None where no comment was stored yet."""
    row = _DOOR.row(session, {"site_id": site_id, "key": key})
    return None if row is None else Door(*row)


def closing(created_at: datetime, version: int, policy: Policy) -> datetime | None:
    """When the policy closes a page that came into being then; None for never.

    Not one on which nothing was ever visible: by its age everybody would learn that somebody's comment was held there.
    """
    if not version or not policy.close_after_days:
        return None
    return created_at + timedelta(days=policy.close_after_days)
