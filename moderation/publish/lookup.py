"""Finding the site and the page of a read, in one snapshot of the database."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from moderation.extensions import db
from moderation.models import Page, Site
from moderation.problems import Malformed, NotFound
from moderation.spam import Policy
from moderation.text.pages import BadPage, page_key


@dataclass(frozen=True, slots=True)
class SiteRow:
    """What a read needs of a site."""

    id: int
    key: str
    name: str
    origins: tuple[str, ...]
    policy: Policy
    created_at: datetime


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


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A read transaction in which every query sees the same moment, so that an ETag never names another moment's bytes.

    SQLite's read transactions are that already; PostgreSQL has to be asked.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


def find_site(connection: Connection, key: str) -> SiteRow:
    """The site of this key; raises `NotFound`."""
    row = None
    # A key that cannot have been stored is not asked for: PostgreSQL takes no NUL, no driver takes lone surrogates.
    if key.isprintable():
        found = select(Site.id, Site.key, Site.name, Site.origins, Site.rules, Site.created_at).where(Site.key == key)
        row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(_("There is no site with this key. The key stands in data-site of the tag."))
    return SiteRow(row.id, row.key, row.name, tuple(row.origins), Policy.from_dict(row.rules), row.created_at)


def key_of(site: SiteRow, asked: str) -> str:
    """The page key for what a client gave, a key or an address; raises `Malformed` naming `page`."""
    try:
        return page_key(asked, site.origins)
    except BadPage as fault:
        raise bad_parameter("page", str(fault)) from None


def bad_parameter(name: str, sentence: str) -> Malformed:
    """The problem for a query parameter that cannot be used."""
    return Malformed(sentence, errors={name: [sentence]})


def find_page(connection: Connection, site: SiteRow, key: str, at: datetime) -> PageRow:
    """The page as readers see it at a moment; one that is not stored looks like one without comments."""
    row = connection.execute(_PAGES.where(Page.site_id == site.id, Page.key == key)).one_or_none()
    return PageRow(key) if row is None else _as_seen(row, site.policy, at)


def pages_by_id(connection: Connection, site: SiteRow, ids: Collection[int], at: datetime) -> dict[int, PageRow]:
    """Several pages as readers see them, by id."""
    rows = connection.execute(_PAGES.where(Page.id.in_(ids)))
    return {row.id: _as_seen(row, site.policy, at) for row in rows}


_PAGES = select(Page.id, Page.key, Page.version, Page.approved, Page.url, Page.title, Page.closed, Page.created_at)


def _as_seen(row: Any, policy: Policy, at: datetime) -> PageRow:
    takes_comments = Page(closed=row.closed, created_at=row.created_at).is_open(policy, at)
    if row.version == 0:
        return PageRow(row.key, open=takes_comments)
    shown = row.approved > 0
    url, title = (row.url, row.title) if shown else (None, None)
    return PageRow(row.key, row.id, row.version, row.approved, url, title, takes_comments)
