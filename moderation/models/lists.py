"""The allow, hold and block lists of a site, as their owner wrote them and as they are asked."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from moderation.models.asking import Asked
from moderation.models.base import Base, now
from moderation.spam.entries import LIST_NAMES, ListName
from moderation.spam.lists import Line, read
from moderation.spam.matching import Matcher

logger = logging.getLogger(__name__)

_MOST_KEPT = 50_000
"""Entries of all lists together that a process keeps ready: some 25 MB."""


class SiteList(Base):
    """One list of a site: the lines of its owner. `digest` tells whether what was made of them still holds."""

    __tablename__ = "site_list"
    __table_args__ = (CheckConstraint(f"name IN {LIST_NAMES!r}", name="name_known"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    name: Mapped[ListName] = mapped_column(String(10), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[datetime] = mapped_column(default=now)


def lists_of(session: Session, site_id: int) -> dict[ListName, Matcher]:
    """The lists of a site, ready to be asked. A list that has not changed costs one row of an index, not its text."""
    rows = _DIGESTS.rows(session, {"site_id": site_id})
    return {name: _ready(session, site_id, name, digest) for name, digest in rows}


_DIGESTS = Asked(lambda _d: select(SiteList.name, SiteList.digest).where(SiteList.site_id == bindparam("site_id")))


def text_of(session: Session, site_id: int, name: ListName) -> str:
    """A list as its owner wrote it; empty where there is none."""
    found = select(SiteList.text).where(SiteList.site_id == site_id, SiteList.name == name)
    return session.scalar(found) or ""


def store(session: Session, site_id: int, name: ListName, lines: Sequence[Line]) -> None:
    """Make these lines the list. The caller holds the site's row, so that two owners cannot undo each other's work."""
    text = "\n".join(line.text for line in lines)
    session.merge(SiteList(site_id=site_id, name=name, text=text, digest=_digest(text), changed_at=now()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_kept: dict[tuple[ListName, str], Matcher] = {}
_lock = Lock()


def _ready(session: Session, site_id: int, name: ListName, digest: str) -> Matcher:
    found = _kept_as(name, digest)
    if found is not None:
        return found
    text = text_of(session, site_id, name)
    # The list may have changed since its digest was read. What is kept is kept under the digest of what was read here.
    digest = _digest(text)
    return _kept_as(name, digest) or _made(site_id, name, digest, text)


def _kept_as(name: ListName, digest: str) -> Matcher | None:
    with _lock:
        return _kept.get((name, digest))


def _made(site_id: int, name: ListName, digest: str, text: str) -> Matcher:
    lines, refused = read(text, name)
    if refused:
        # It was taken once; a later version may know better. The owner sees it in `moderation site lists`.
        logger.error("the %s list of site %s has %s lines that cannot be read", name, site_id, len(refused))
    made = Matcher([line.entry for line in lines if line.entry])
    with _lock:
        _kept[name, digest] = made
        while len(_kept) > 1 and sum(each.size for each in _kept.values()) > _MOST_KEPT:
            del _kept[next(iter(_kept))]
    return made
