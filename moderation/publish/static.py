"""Approved comments as files, for sites whose pages are built before anybody reads them.

Page by page and window by window: a run holds one answer's comments in memory, however many there are. A page is read
only when something about its files has changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import orjson
from flask_babel import force_locale
from sqlalchemy import Connection, select

from moderation.models import Page, now
from moderation.publish import fragment
from moderation.publish.comments import Query
from moderation.publish.folder import Folder
from moderation.publish.lookup import PageRow, SiteRow, find_page, find_site, snapshot
from moderation.publish.paths import stem_of
from moderation.publish.respond import etag
from moderation.publish.rows import CommentDict, comment_dicts, page_dict, reading_address
from moderation.publish.thread import LARGEST_LIMIT, Cursor, read
from moderation.settings import current
from moderation.spam import Policy

Kind = Literal["html", "json"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_AT_ONCE = 200
# Part of every tag: to be raised when the same rows become other JSON. What becomes of them in HTML, `_look` finds out.
_FORMAT = 3
_ALL = Query("oldest", LARGEST_LIMIT, None)
# What the templates make of these shows whether they, or their words, have changed.
_SAMPLE: CommentDict = {
    "id": 1,
    "parent_id": None,
    "author": {"name": "A", "url": "https://a.example/", "staff": True},
    "html": "",
    "created_at": "2019-01-18T10:00:00Z",
    "edited_at": None,
    "permalink": "#comment-1",
}


@dataclass(slots=True)
class Outcome:
    """What a run did: how many pages have comments, and what became of files."""

    pages: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0


def publish(site_key: str, root: Path, *, kinds: Sequence[Kind], lang: str) -> Outcome:
    """Bring a folder to what is approved now. Works beside a running service, and reads only.

    Raises `NotFound` for a site that is not there, `FolderError` for a folder that cannot be used, `OSError` when writing
    fails; what was written until then is whole, and the next run goes on from there.
    """
    outcome = Outcome()
    entries: dict[str, dict[str, Any]] = {}
    with Folder.claimed(root, site_key) as folder:
        look = _look(lang)
        for key in _keys(site_key):
            entry = _publish_page(folder, site_key, key, kinds, look, lang, outcome)
            if entry is not None:
                entries[key] = entry
        for key in folder.known:
            for kind in KINDS:
                if key not in entries or kind not in kinds:
                    outcome.removed += folder.drop(key, kind)
        outcome.pages = len(entries)
        folder.finish(site_key, entries)
    return outcome


def _keys(site_key: str) -> Iterator[str]:
    """The keys of the pages with approved comments, read some at a time, so that no connection is held over the writing."""
    last: str | None = None
    while True:
        with snapshot() as connection:
            found = select(Page.key).where(Page.site_id == find_site(connection, site_key).id, Page.approved > 0)
            if last is not None:
                found = found.where(Page.key > last)
            keys = connection.scalars(found.order_by(Page.key).limit(_AT_ONCE)).all()
        yield from keys
        if len(keys) < _AT_ONCE:
            return
        last = keys[-1]


def _publish_page(
    folder: Folder, site_key: str, key: str, kinds: Sequence[Kind], look: str, lang: str, outcome: Outcome
) -> dict[str, Any] | None:
    """Bring a page's files to what is approved now, all of one moment; None when that is nothing any more."""
    public_url = current().public_url
    with snapshot() as connection:
        site, page, _stamp = find_page(connection, site_key, key, now())
        if page.id is None or page.count == 0:
            return None
        entry: dict[str, Any] = {
            "url": page.url,
            "title": page.title,
            "count": page.count,
            "version": page.version,
            **{kind: f"{stem_of(key)}.{kind}" for kind in kinds},
            "tag": _tag(site, page, public_url, look),
        }
        same = folder.listed.get(key, {}).get("tag") == entry["tag"]
        for kind in kinds:
            if (same and folder.has(key, kind)) or not folder.put(
                key, kind, _pieces(kind, connection, site, page, lang, public_url)
            ):
                outcome.unchanged += 1
            else:
                outcome.written += 1
    return entry


def _pieces(
    kind: Kind, connection: Connection, site: SiteRow, page: PageRow, lang: str, public_url: str
) -> Iterator[bytes]:
    windows = _windows(connection, site, page, public_url)
    if kind == "json":
        yield from _json(site, page, windows)
    else:
        yield from _html(site, page, windows, lang, public_url)


def _windows(connection: Connection, site: SiteRow, page: PageRow, public_url: str) -> Iterator[Sequence[CommentDict]]:
    address = reading_address(site, page, public_url)
    cursor: Cursor | None = None
    while page.id is not None:
        window = read(connection, page.id, _ALL.sort, _ALL.limit, cursor)
        yield comment_dicts(window.rows, address)
        cursor = window.next
        if cursor is None:
            return


def _json(site: SiteRow, page: PageRow, windows: Iterable[Sequence[CommentDict]]) -> Iterator[bytes]:
    """The contract's answer with every comment in it, a line for each, so that a repository shows what changed."""
    yield b'{"page":' + orjson.dumps(page_dict(page, site)) + b',"comments":['
    comma = b"\n"
    for window in windows:
        for comment in window:
            yield comma + orjson.dumps(comment)
            comma = b",\n"
    yield b'],"next":null}\n'


def _html(
    site: SiteRow, page: PageRow, windows: Iterable[Sequence[CommentDict]], lang: str, public_url: str
) -> Iterator[bytes]:
    """The fragment with every comment in it.

    Generators take what they include for a template of their own: a reader who wrote `{{` or `{%` would have the site's
    build carry it out. As character references the braces read the same and say nothing to any of them.
    """
    with force_locale(lang):
        for piece in fragment.stream(site, page, windows, lang=lang, public_url=public_url):
            yield piece.encode().replace(b"{", b"&#123;").replace(b"}", b"&#125;")


def _tag(site: SiteRow, page: PageRow, public_url: str, look: str) -> str:
    """What the content of a page's files is a function of: what is visible there moves its version, and the addresses of the
    comments hang on the site's.
    """
    depth, address = site.policy.max_depth, reading_address(site, page, public_url)
    return etag(_FORMAT, look, site.id, page.id, page.version, page.open, depth, address, page.key)


def _look(lang: str) -> str:
    """What the files' markup hangs on besides the comments: templates and words, as they are in this version."""
    site = SiteRow(0, "", "", (), Policy(), "")
    pages = [PageRow("/", 1, 1, 1), PageRow("/", 1, 1, 2, open=False)]
    return etag(*(piece.decode() for page in pages for piece in _html(site, page, [[_SAMPLE]], lang, "")))
