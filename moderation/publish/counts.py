"""How many approved comments stand on each of several pages."""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, Integer, bindparam, select

from moderation.models import Page
from moderation.publish.lookup import SiteRow, key_of
from moderation.publish.statements import Statement, one_of

MOST_PAGES = 100
"""Most pages in one call."""
_KEPT = Statement(
    select(Page.key, Page.approved).where(
        Page.site_id == bindparam("site", type_=Integer), one_of(Page.key, bindparam("keys"))
    )
)


def read(connection: Connection, site: SiteRow, asked: Iterable[str]) -> dict[str, int]:
    """The kept counts, keyed by what was asked, key or address. One query; raises `Malformed` for an impossible page."""
    keys = {value: key_of(site, value) for value in asked}
    named = orjson.dumps(sorted(set(keys.values()))).decode()
    kept = {row.key: row.approved for row in _KEPT.run(connection, site=site.id, keys=named)}
    return {value: kept.get(key, 0) for value, key in keys.items()}
