"""A comment, the hosts that it links to, and the fingerprints of its text."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from moderation.models.base import Base, Json, Status, now, status_check
from moderation.models.moderator import Moderator
from moderation.models.page import Page
from moderation.spam.packing import packed, unpacked

Label = Literal["spam", "ham"]
_TAUGHT = text("taught IS NOT NULL")
_BUNDLED = text("bundle_id IS NOT NULL")
SHOWN, FOLDED, EMPTIED = 0, 1, 2
"""Places of a comment in the desk's lists: a row, behind the row of its bundle, or gone from them for good."""


class PackedVerdict(TypeDecorator[Json]):
    """A verdict, as `Verdict.to_dict` gives it; in the database as `spam.packing` makes it small."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> Json | None:
        return None if value is None else packed(value)

    def process_result_value(self, value: Json | None, dialect: Dialect) -> Json | None:
        return None if value is None else unpacked(value)


class Comment(Base):
    """What a reader sent, as typed and as served, with what the filter said of it.

    `thread_id` is the top-level comment of its thread (its own id at the top). `version` counts decisions and edits:
    a moderator acts on the version that was on the screen. `email_key`, `network_key` and `text_key` are keyed hashes
    for looking up the past without reading people's data; `author_key` is a random number that the comments of one
    browser share (see `intake.returning`). What no filter judged (staff) has no `verdict`.

    `taught` is what a moderator last said of it, for the filter to learn; None when no moderator's word stands.
    `standing` says that it is among the newest taught comments of its author, `learned` that the filter's state counts
    it. All three are set by `learning` alone.

    `rank` orders the queue by who most needs a person: the lower, the sooner (`spam.urgency`). `place` says whether it is a
    row of the desk's lists. In each status one comment of a bundle is shown, the others are folded behind it; what was
    emptied stands nowhere and has no address left, and is kept only as long as the filter knows it. `original` is
    what its author sent last, once a moderator has edited it: what was judged, and so what is learned.
    """

    __tablename__ = "comment"
    __table_args__ = (
        status_check("status"),
        status_check("first_status"),
        UniqueConstraint("site_id", "nonce"),
        UniqueConstraint("site_id", "idempotency_key"),
        Index("ix_comment_public", "page_id", "status", "thread_id", "id"),
        Index("ix_comment_page_feed", "page_id", "status", "id"),
        Index("ix_comment_site_feed", "site_id", "status", "id"),
        Index("ix_comment_desk", "site_id", "status", "place", "id"),
        Index("ix_comment_by_score", "site_id", "status", "place", "probability", "id"),
        Index("ix_comment_by_rank", "site_id", "status", "place", "rank", "id"),
        Index(
            "ix_comment_bundled",
            *("bundle_id", "status", "place", "id"),
            sqlite_where=_BUNDLED,
            postgresql_where=_BUNDLED,
        ),
        Index("ix_comment_by_email", "site_id", "email_key", "id"),
        Index("ix_comment_by_network", "site_id", "network_key", "id"),
        Index("ix_comment_by_text", "site_id", "text_key", "id"),
        Index("ix_comment_by_author", "site_id", "author_key", "id"),
        Index("ix_comment_by_arrival", "site_id", "created_at"),
        CheckConstraint("taught IN ('spam', 'ham')", name="taught_known"),
        Index(
            "ix_comment_standing",
            *("site_id", "taught", "email_key", "standing", "id"),
            sqlite_where=_TAUGHT,
            postgresql_where=_TAUGHT,
        ),
        Index(
            "ix_comment_learned",
            *("site_id", "taught", "standing", "learned", "id"),
            sqlite_where=_TAUGHT,
            postgresql_where=_TAUGHT,
        ),
        # A number that was given away is never given again: links to it stay true.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    depth: Mapped[int] = mapped_column(default=1)
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id"), index=True)

    author: Mapped[str] = mapped_column(String(1000))
    email: Mapped[str] = mapped_column(String(254))
    url: Mapped[str | None] = mapped_column(String(2000))
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    sanitiser: Mapped[str] = mapped_column(String(80))

    status: Mapped[Status] = mapped_column(String(10))
    first_status: Mapped[Status] = mapped_column(String(10))
    probability: Mapped[float] = mapped_column(default=0.0)
    verdict: Mapped[Json | None] = mapped_column(PackedVerdict)
    taught: Mapped[Label | None] = mapped_column(String(4))
    standing: Mapped[bool] = mapped_column(default=False, server_default=false())
    learned: Mapped[bool] = mapped_column(default=False, server_default=false())
    rank: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    place: Mapped[int] = mapped_column(SmallInteger, default=SHOWN, server_default="0")
    bundle_id: Mapped[int | None] = mapped_column(ForeignKey("bundle.id"))
    original: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    edited_at: Mapped[datetime | None]

    page_url: Mapped[str | None] = mapped_column(String(2000))
    page_title: Mapped[str | None] = mapped_column(String(300))
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    email_key: Mapped[str | None] = mapped_column(String(32))
    network_key: Mapped[str | None] = mapped_column(String(32))
    text_key: Mapped[str] = mapped_column(String(32))
    author_key: Mapped[str | None] = mapped_column(String(32))
    nonce: Mapped[str | None] = mapped_column(String(64))
    idempotency_key: Mapped[str | None] = mapped_column(String(64))
    fingerprint: Mapped[str | None] = mapped_column(String(32))

    page: Mapped[Page] = relationship(lazy="raise")
    moderator: Mapped[Moderator | None] = relationship(lazy="raise")

    @property
    def staff(self) -> bool:
        """Whether a moderator wrote it, signed in at the desk. A typed name never makes staff."""
        return self.moderator_id is not None


class CommentLink(Base):
    """One host that a comment's text or website points to, for asking what became of such links before."""

    __tablename__ = "comment_link"
    __table_args__ = (Index("ix_comment_link_by_host", "site_id", "host", "comment_id"),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    host: Mapped[str] = mapped_column(String(253), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))


class CommentPrint(Base):
    """One fingerprint of a comment's text (`spam.prints`), by which near-duplicates are found."""

    __tablename__ = "comment_print"
    __table_args__ = (Index("ix_comment_print_by_print", "site_id", "print", "comment_id"),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    print: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
