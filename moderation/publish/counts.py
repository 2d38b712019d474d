"""How many approved comments stand on each of several pages."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from moderation.models import Page
from moderation.models.asking import Asked
from moderation.models.many import among, listed
from moderation.publish.lookup import SiteRow, key_of

MOST_PAGES = 100
"""Most pages in one call."""
_KEPT = Asked(
    lambda dialect: select(Page.key, Page.approved).where(
        Page.site_id == bindparam("site"), among(Page.key, "keys", dialect)
    )
)


def read(connection: Connection, site: SiteRow, asked: Iterable[str]) -> dict[str, int]:
    """The kept counts, keyed by what was asked, key or address. One query; raises `Malformed` for an impossible page."""
    keys = {value: key_of(site, value) for value in asked}
    named = listed(connection.dialect, sorted(set(keys.values())))
    kept: dict[str, int] = dict(_KEPT.rows_on(connection, {"site": site.id, "keys": named}))
    return {value: kept.get(key, 0) for value, key in keys.items()}
