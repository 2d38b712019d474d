"""A site: one tenant with its key, origins and policy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.models.base import Base, Counted, Json, now
from moderation.spam import Policy


class Site(Counted, Base):
    """One tenant. `origins` are the addresses from whose pages comments may be posted."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    rules: Mapped[Json] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def policy(self) -> Policy:
        """The site's rules; what was never set has its default."""
        return Policy.from_dict(self.rules)
