"""A site: one tenant with its key, origins and policy."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import JSON, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from moderation.models.asking import Asked, known, seen
from moderation.models.base import Base, Counted, Json, now
from moderation.spam import Policy
from moderation.spam.flood import Flood


class Site(Counted, Base):
    """One tenant. `origins` are the addresses from whose pages comments may be posted.

    `version` moves with the version of any of its pages.

    `last_flood` is the flood that was seen last, as `Flood.to_dict` gives it; it may be over.
    """

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    rules: Mapped[Json] = mapped_column(JSON, default=dict)
    last_flood: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def policy(self) -> Policy:
        """The site's rules; what was never set has its default."""
        return _policy(orjson.dumps(self.rules))

    def flood(self, at: datetime) -> Flood | None:
        """Flood mode as it is at a moment; None when it is off."""
        mode = self.policy.flood_mode
        if mode != "auto":
            return Flood() if mode == "on" else None
        last = Flood.from_dict(self.last_flood) if self.last_flood else None
        return last if last is not None and last.lasts(at) else None


@lru_cache(maxsize=256)
def _policy(rules: bytes) -> Policy:
    # Asked for many times in one request; it cannot be changed, so all may have the same one.
    return Policy.from_dict(orjson.loads(rules))


def site_by_key(session: Session, key: str, *, kept: bool = False) -> Site | None:
    """The site with this key, whatever was given for one; to look at (`asking.seen`), or `kept` by the session, which then
    gives it what others make of it whenever it loads it anew.
    """
    # A key that cannot have been stored is not asked for: PostgreSQL takes no NUL.
    row = _BY_KEY.row(session, {"key": key}) if key.isprintable() else None
    if row is None:
        return None
    columns = dict(zip(_COLUMNS, row, strict=True))
    return known(session, Site, columns) if kept else seen(Site, columns)


_COLUMNS = Site.__table__.columns.keys()
_BY_KEY = Asked(lambda _dialect: select(Site.__table__).where(Site.__table__.c.key == bindparam("key")))
