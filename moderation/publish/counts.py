"""How many approved comments stand on each of several pages."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from moderation.models import Page
from moderation.publish.lookup import SiteRow, key_of

MOST_PAGES = 100
"""Most pages in one call."""


def read(connection: Connection, site: SiteRow, asked: Iterable[str]) -> dict[str, int]:
    """The kept counts, keyed by what was asked, key or address. One query; raises `Malformed` for an impossible page."""
    keys = {value: key_of(site, value) for value in asked}
    found = select(Page.key, Page.approved).where(Page.site_id == site.id, Page.key.in_(set(keys.values())))
    kept = {row.key: row.approved for row in connection.execute(found)}
    return {value: kept.get(key, 0) for value, key in keys.items()}
