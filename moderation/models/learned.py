"""What a site's moderators have taught the filter, token by token, and what an owner told it to forget."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.models.base import Base, now

TOTAL = ""
"""The token of the row that counts the comments themselves. No comment has an empty token."""


class LearnedToken(Base):
    """In how many learned spam and in how many learned legitimate comments of a site a token stands.

    The row whose token is `TOTAL` counts the comments; it alone has `made_with`, the version of the tokeniser by which
    all of the site's rows were made. A row that would say 0 and 0 is not there.
    """

    __tablename__ = "learned_token"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(60), primary_key=True)
    spam: Mapped[int]
    ham: Mapped[int]
    made_with: Mapped[str | None] = mapped_column(String(40))


class DroppedToken(Base):
    """A token that an owner told the filter to forget for good. Its counts are kept, so that it can be taken back."""

    __tablename__ = "dropped_token"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(60), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
