"""Finding the site and the page of a read, in one snapshot of the database, and what shall be looked at again later."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, Engine, String, and_, bindparam, select

from moderation.extensions import db
from moderation.models import Page, Site
from moderation.models.page import closing
from moderation.parameters import bad_parameter
from moderation.problems import NotFound, said
from moderation.publish.statements import Statement, plain, stamped
from moderation.spam import Policy
from moderation.text.pages import BadPage, page_key


@dataclass(frozen=True, slots=True)
class SiteRow:
    """What a read needs of a site; `created_at` is RFC 3339."""

    id: int
    key: str
    name: str
    origins: tuple[str, ...]
    policy: Policy
    created_at: str


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as readers see it.

    `id` is None and `version` 0 for a page on which nothing has ever been visible, whether or not it is stored: whoever
    reads must not learn that somebody's comment waits there. `url` and `title` are None while `count` is 0.
    """

    key: str
    id: int | None = None
    version: int = 0
    count: int = 0
    url: str | None = None
    title: str | None = None
    open: bool = True


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an answer hangs on: while this query gives these rows, and it is not yet `until`, the answer is the same.

    `until` is in seconds since 1970. Without a query the answer never changes while the process runs.
    """

    statement: Statement | None = None
    values: Mapping[str, object] | None = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    until: float = float("inf")


@contextmanager
def snapshot(engine: Engine | None = None) -> Iterator[Connection]:
    """A read transaction in which every query sees the same moment, so that an ETag never names another moment's bytes.

    SQLite's read transactions are that already; PostgreSQL has to be asked.
    """
    with (engine or db.engine).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def find_site(connection: Connection, key: str) -> SiteRow:
    """The site of this key; raises `NotFound`."""
    return site_with_stamp(connection, key)[0]


def site_with_stamp(connection: Connection, key: str) -> tuple[SiteRow, Stamp]:
    """The site of this key, and a stamp for what is made of all that is visible on it; raises `NotFound`."""
    asked = {"site_key": key}
    rows = _SITES.run(connection, **asked) if _can_be(key) else []
    if not rows:
        raise _no_site()
    return _site(rows[0]), Stamp(_SITES, asked, [tuple(rows[0])])


def find_page(connection: Connection, site_key: str, asked: str, at: datetime) -> tuple[SiteRow, PageRow, Stamp]:
    """A site, a page of it as readers see it at a moment, and a stamp for what is made of both.

    `asked` is what a client gave, a key or an address. A page that is not stored looks like one without comments.
    Raises `NotFound` or `Malformed`.
    """
    key = None
    if not asked.lstrip().lower().startswith("http"):
        # No address, so it is a key whatever the site's origins are: one query finds both.
        key = _key(asked, ())
    if key is None:
        key = key_of(find_site(connection, site_key), asked)
    values = {"site_key": site_key, "page_key": key}
    rows = _PAGES.run(connection, **values) if _can_be(site_key) else []
    if not rows:
        raise _no_site()
    site = _site(rows[0])
    page, until = (PageRow(key), float("inf")) if rows[0].page_id is None else _as_seen(rows[0], site.policy, at)
    return site, page, Stamp(_PAGES, values, [tuple(rows[0])], until)


def key_of(site: SiteRow, asked: str) -> str:
    """The page key for what a client gave, a key or an address; raises `Malformed` naming `page`."""
    return _key(asked, site.origins)


_OF_SITE = (
    Site.id,
    Site.key,
    Site.name,
    plain(Site.origins).label("origins"),
    plain(Site.rules).label("rules"),
    stamped(Site.created_at).label("created_at"),
)
_OF_PAGE = (
    Page.id.label("page_id"),
    Page.key.label("page_key"),
    Page.version,
    Page.approved,
    Page.url,
    Page.title,
    Page.closed,
    stamped(Page.created_at).label("page_created_at"),
)
_SITE_KEY = bindparam("site_key", type_=String)
_SITES = Statement(lambda: select(*_OF_SITE, Site.version).where(Site.key == _SITE_KEY))
_PAGES = Statement(
    lambda: (
        select(*_OF_SITE, *_OF_PAGE)
        .outerjoin(Page, and_(Page.site_id == Site.id, Page.key == bindparam("page_key", type_=String)))
        .where(Site.key == _SITE_KEY)
    )
)


def _can_be(site_key: str) -> bool:
    """A key that cannot have been stored is not asked for: PostgreSQL takes no NUL, no driver takes lone surrogates."""
    return site_key.isprintable()


def _no_site() -> NotFound:
    return NotFound(_("There is no site with this key. The key stands in data-site of the tag."))


def _key(asked: str, origins: Sequence[str]) -> str:
    try:
        return page_key(asked, origins)
    except BadPage as fault:
        raise bad_parameter("page", said(fault)) from None


def _site(row: Any) -> SiteRow:
    return SiteRow(row.id, row.key, row.name, _origins(row.origins), _policy(row.rules), row.created_at)


@lru_cache(maxsize=1024)
def _policy(rules: str) -> Policy:
    return Policy.from_dict(orjson.loads(rules))


@lru_cache(maxsize=1024)
def _origins(origins: str) -> tuple[str, ...]:
    return tuple(orjson.loads(origins))


def _as_seen(row: Any, policy: Policy, at: datetime) -> tuple[PageRow, float]:
    """The page as readers see it, and when it will look different though nothing is written."""
    takes_comments, until = not row.closed, float("inf")
    if takes_comments and policy.close_after_days:
        closes = closing(datetime.fromisoformat(row.page_created_at).astimezone(UTC), row.version, policy)
        takes_comments = closes is None or at < closes
        until = closes.timestamp() if closes is not None and takes_comments else until
    if row.version == 0:
        return PageRow(row.page_key, open=takes_comments), until
    shown = row.approved > 0
    url, title = (row.url, row.title) if shown else (None, None)
    page = PageRow(row.page_key, row.page_id, row.version, row.approved, url, title, takes_comments)
    return page, until
