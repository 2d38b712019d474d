"""Moderators, the sites they may act on, and what they are signed in with."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.models.base import Base, now
from moderation.models.site import Site

Role = Literal["owner", "moderator"]


class ModeratorSite(Base):
    """That a moderator may act on a site."""

    __tablename__ = "moderator_site"

    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)


class Moderator(Base):
    """Somebody who decides. `email` is lower-cased and is what one signs in with.

    `all_sites` says that every site, also a later one, is theirs; else `sites` lists them.
    """

    __tablename__ = "moderator"
    __table_args__ = (CheckConstraint("role IN ('owner', 'moderator')", name="role_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(245))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(String(10))
    all_sites: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    sites: Mapped[list[Site]] = relationship(secondary="moderator_site", order_by=Site.key)


class DeskSession(Base):
    """One signed-in browser. The cookie carries a random token; here lies its hash, so that it can be ended."""

    __tablename__ = "desk_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class ApiToken(Base):
    """A bearer token for programs, shown once when it was made."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
