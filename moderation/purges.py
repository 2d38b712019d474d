"""What caches in front of the service hold is named by tags, and they are told which of them changed.

Each public answer carries its tags; who wants a cache to keep answers for longer than a second lets it be told by the
webhook of `MODERATION_PURGE_URL`. What to tell is written down in the transaction that changes a page, and told by the
worker (`notify.purging`): a crash delays it and never loses it, and what is rolled back tells nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Insert, case
from sqlalchemy.orm import Session

from moderation.models import Purge, now
from moderation.models.asking import arriving, dialect_of
from moderation.settings import Settings, current

FILES = "files"
"""The tag of what is made once: the embed's scripts and the API's description."""
MOST_PAGES = 10
"""Pages that an answer names one by one. Web servers refuse an answer whose headers are too long."""
LONGEST = timedelta(seconds=5)
"""After how long caches are told of a page on which something always happens; of the newest of it they are told once more."""
_COMMIT, _FRONT = timedelta(seconds=1), timedelta(seconds=2)
"""How long a change may take to be stored, and for how long a cache right in front of the service may go on (`s-maxage=1`, and
nginx counts whole seconds). Whoever is told sooner may fetch from there what was true before, and keep that for hours."""


def site_tag(site_id: int) -> str:
    """The tag of everything that a site shows."""
    return f"site-{site_id}"


def pages_tag(site_id: int) -> str:
    """The tag of what is made of many pages of a site: its feeds, and long lists of numbers of comments."""
    return f"pages-{site_id}"


def page_tag(site_id: int, key: str) -> str:
    """The tag of everything about one page.

    By its key and not its number: so the answer about a page that nobody has heard of has one too, which is told of when
    its first comment is published, and nothing in it says whether a comment waits there.
    """
    return f"page-{site_id}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def tags_of(site_id: int, *keys: str) -> list[str]:
    """What names an answer about pages of a site, whether or not these are stored."""
    pages = [page_tag(site_id, key) for key in keys] if len(keys) <= MOST_PAGES else [pages_tag(site_id)]
    return [site_tag(site_id), *pages]


def quiet(settings: Settings) -> timedelta:
    """How long nothing more may happen on a page before caches are told: until all that they may ask know of the change, so
    that many acts on one page are one purge, too.
    """
    return _COMMIT + _FRONT + timedelta(seconds=0 if settings.embedded else settings.edge_seconds)


def want(session: Session, page_ids: Collection[int]) -> None:
    """Write down, in the caller's transaction, that something visible changed on pages. Nothing where nobody is told."""
    settings = current()
    if not page_ids or not settings.purge_url:
        return
    at = now()
    known = at + quiet(settings)
    # In the order in which the pages themselves are locked.
    rows = [
        {"page_id": page_id, "changes": 1, "not_before": known, "tries": 0, "created_at": at}
        for page_id in sorted(page_ids)
    ]
    session.execute(_insert(dialect_of(session).name), rows)


def _insert(dialect: str) -> Insert:
    new = arriving(Purge, dialect)
    return new.on_conflict_do_update(
        index_elements=[Purge.page_id],
        set_={
            "changes": Purge.changes + 1,
            "not_before": new.excluded.not_before,
            # Whoever tells of the change before this one tells too little. After a failure the next try has its time.
            "claimed_until": case((Purge.tries > 0, Purge.claimed_until), else_=None),
        },
    )
