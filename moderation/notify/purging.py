"""Caches in front are told what changed: the worker posts the tags of changed pages to the operator's webhook.

Several pages go in one post. What fails is tried again after growing pauses and given up after the last: by then caches
have forgotten the old answers by themselves.
"""

from __future__ import annotations

import http.client
import logging
import socket
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson
from sqlalchemy import delete, or_, select, update

from moderation.database import writing
from moderation.extensions import db
from moderation.models import Page, Purge
from moderation.purges import LONGEST, page_tag, pages_tag, quiet
from moderation.settings import Settings, current

MOST_TAGS = 30
"""Tags in one post: as many as Cloudflare takes."""
_MOST_PAGES = MOST_TAGS // 2
TIMEOUT = 5.0
"""How long each step of a post may take, in seconds."""
TOTAL = 15.0
"""How long all of it may take once there is a connection."""
CLAIM = timedelta(seconds=60)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 900, 1800))
"""How long to wait after each failure; after the last of these tries a purge is given up, within an hour."""
_log = logging.getLogger("moderation.notify")


class Changed(NamedTuple):
    """A page to tell of, with how often it had changed by then."""

    page_id: int
    changes: int
    site_id: int
    key: str


class NotTold(Exception):
    """The webhook could not be reached or did not say yes; the message says what failed, and no address."""


def work(at: datetime) -> bool | None:
    """Tell of the pages whose turn it is. None where there were none; False where the webhook could not be told now."""
    settings = current()
    if not settings.purge_url:
        return None
    pages = _claim(at, max(LONGEST, quiet(settings)))
    if not pages:
        return None
    tags = list(
        dict.fromkeys([tag for page in pages for tag in (page_tag(page.site_id, page.key), pages_tag(page.site_id))])
    )
    try:
        tell(settings, tags)
    except NotTold as fault:
        _failed(pages, str(fault), at)
        return False
    _told(pages, at)
    _log.info("caches are told of pages %s", ", ".join(str(page.page_id) for page in pages))
    return True


def tell(settings: Settings, tags: Sequence[str]) -> None:
    """Post tags to the webhook; follows no redirect and reads no answer but its status. Raises `NotTold`."""
    parts = urlsplit(settings.purge_url)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "leave-a-reply",
        # For caches that take them as they give them.
        "Surrogate-Key": " ".join(tags),
        "Cache-Tag": ",".join(tags),
    }
    if settings.purge_token:
        headers["Authorization"] = f"Bearer {settings.purge_token}"
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(kind(str(parts.hostname), parts.port, timeout=TIMEOUT)) as connection:
            connection.connect()
            # A server that says a letter now and then is never late by the other limit.
            limit = threading.Timer(TOTAL, connection.sock.shutdown, [socket.SHUT_RDWR])
            limit.start()
            try:
                connection.request("POST", path, orjson.dumps({"tags": list(tags)}), headers)
                status = connection.getresponse().status
            finally:
                limit.cancel()
    except (OSError, http.client.HTTPException, socket.gaierror) as fault:
        raise NotTold(type(fault).__name__) from None
    if not 200 <= status < 300:
        raise NotTold(f"status {status}")


def _claim(at: datetime, longest: timedelta) -> Sequence[Changed]:
    free = or_(Purge.claimed_until.is_(None), Purge.claimed_until <= at)
    ready = or_(Purge.not_before <= at, Purge.created_at <= at - longest)
    due = select(Purge.page_id).where(ready, free).order_by(Purge.not_before).limit(_MOST_PAGES)
    # Looked for first without the place of the database's one writer.
    if db.session.scalar(due.limit(1)) is None:
        return []
    with writing() as session:
        ids = session.scalars(due.with_for_update(skip_locked=True)).all()
        session.execute(update(Purge).where(Purge.page_id.in_(ids)).values(claimed_until=at + CLAIM))
        found = select(Purge.page_id, Purge.changes, Page.site_id, Page.key).join(Page, Page.id == Purge.page_id)
        rows = session.execute(found.where(Purge.page_id.in_(ids)).order_by(Purge.page_id))
        return [Changed(*row) for row in rows]


def _told(pages: Sequence[Changed], at: datetime) -> None:
    """Forget what caches were told of; what changed since, or so shortly before that they may have fetched what was true
    before, stays and is told of in its time.
    """
    for page in pages:
        # One transaction each: an act on several of these pages locks them in another order.
        with writing() as session:
            mine = Purge.page_id == page.page_id
            done = delete(Purge).where(mine, Purge.changes == page.changes, Purge.not_before <= at)
            session.execute(done)
            session.execute(update(Purge).where(mine).values(created_at=at, claimed_until=None, tries=0))


def _failed(pages: Sequence[Changed], error: str, at: datetime) -> None:
    """Put a purge off, or give it up."""
    for page in pages:
        with writing() as session:
            purge = session.get(Purge, page.page_id, populate_existing=True, with_for_update=True)
            if purge is None:
                continue
            purge.tries += 1
            if purge.tries > len(PAUSES):
                session.delete(purge)
                _log.warning("the purge of page %s is given up at try %s: %s", page.page_id, purge.tries, error)
            else:
                purge.claimed_until = at + PAUSES[purge.tries - 1]
                _log.warning("the purge of page %s is put off after try %s: %s", page.page_id, purge.tries, error)
