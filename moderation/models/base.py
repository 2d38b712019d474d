"""What all models share: the declarative base, names of constraints, and times in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, get_args

from sqlalchemy import CheckConstraint, DateTime, Dialect, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

Status = Literal["pending", "approved", "spam", "trash"]
LARGEST_ID = 2**31 - 1
"""The largest number that a comment can have on both databases."""
STATUSES: tuple[Status, ...] = get_args(Status)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every model; constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime}


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def rfc3339(at: datetime) -> str:
    """A moment as all of the API writes it, in UTC and whole seconds: `2019-01-18T10:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def status_check(column: str) -> CheckConstraint:
    """A constraint by which the database itself refuses a status that does not exist."""
    allowed = ", ".join(f"'{status}'" for status in STATUSES)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


class Counted:
    """How many comments stand in each status. Kept, not counted: changed only by `lifecycle`, in its transaction."""

    pending: Mapped[int] = mapped_column(Integer, default=0)
    approved: Mapped[int] = mapped_column(Integer, default=0)
    spam: Mapped[int] = mapped_column(Integer, default=0)
    trash: Mapped[int] = mapped_column(Integer, default=0)

    def counts(self) -> dict[Status, int]:
        """The four counts by status."""
        return {status: getattr(self, status) for status in STATUSES}


Json = dict[str, Any]
