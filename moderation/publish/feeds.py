"""The newest approved comments as feeds: Atom (RFC 4287, with the threads of RFC 4685) and JSON Feed 1.1; from rows to bytes."""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import Connection, Integer, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from moderation.models import Comment, Page
from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.rows import CommentDict, comment_dicts, reading_address
from moderation.publish.statements import Statement
from moderation.publish.thread import columns
from moderation.text.urls import to_uri

ENTRIES = 50
"""Newest comments in a feed."""

_ATOM, _THREADS = "http://www.w3.org/2005/Atom", "http://purl.org/syndication/thread/1.0"
# XML 1.0 has no way to write these, not even escaped (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What both formats say. `about` is the page that people read, `updated` RFC 3339.

    `entries` are newest first, each with its title. No words of our own stand in a feed, so it needs no language.
    """

    title: str
    about: str
    updated: str
    entries: Sequence[tuple[str, CommentDict]]


def read(connection: Connection, site: SiteRow, page: PageRow | None, public_url: str) -> Feed:
    """The feed of a page, or without one of the whole site. One query at most."""
    rows: Sequence[Any] = ()
    if page is None:
        rows = _NEWEST_ON_SITE.run(connection, of=site.id)
    elif page.id is not None:
        rows = _NEWEST_ON_PAGE.run(connection, of=page.id)
    entries = []
    for row in rows:
        # What stands on a page with something approved is public.
        on = PageRow(row.page_key, row.page_id, url=row.page_address, title=row.page_title)
        [comment] = comment_dicts([row], reading_address(site, on, public_url))
        entries.append((f"{row.author} · {on.title or on.key}", comment))
    changed = max((row.edited_at or row.created_at for row in rows), default=site.created_at)
    title = site.name if page is None else f"{site.name} · {page.title or page.key}"
    home = f"{site.origins[0]}/" if site.origins else f"{public_url}/"
    about = home if page is None else reading_address(site, page, public_url)
    return Feed(title, about, changed, entries)


def _newest(of: InstrumentedAttribute[int]) -> Select[Any]:
    """The newest approved comments of a page or a site. Their ids are found in an index alone: no long text is sorted."""
    within = of == bindparam("of", type_=Integer)
    newest = select(Comment.id).where(within, Comment.status == "approved").order_by(Comment.id.desc()).limit(ENTRIES)
    return (
        columns()
        .add_columns(Page.key.label("page_key"), Page.url.label("page_address"), Page.title.label("page_title"))
        .join(Page, Page.id == Comment.page_id)
        .where(Comment.id.in_(newest.scalar_subquery()))
        .order_by(Comment.id.desc())
    )


_NEWEST_ON_PAGE = Statement(lambda: _newest(Comment.page_id))
_NEWEST_ON_SITE = Statement(lambda: _newest(Comment.site_id))


def own_address(address: str, page: PageRow | None) -> str:
    """Where a feed is, written in one way whatever way it was asked for."""
    return address if page is None else f"{address}?page={quote(page.key, safe='')}"


def identity(address: str) -> str:
    """A name that stays and that no other service gives: the UUID of an address of ours (RFC 9562 section 5.5)."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, address)}"


def atom(feed: Feed, address: str, site_address: str) -> bytes:
    """The feed as Atom. `address` is the feed's own, `site_address` that of the site in the API."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xmlns:thr": _THREADS})
    _add(root, "id", identity(address))
    _add(root, "title", feed.title)
    _add(root, "updated", feed.updated)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": to_uri(feed.about)})
    for title, comment in feed.entries:
        entry = ET.SubElement(root, "entry")
        _add(entry, "id", identity(f"{site_address}/comments/{comment['id']}"))
        _add(entry, "title", title)
        author = ET.SubElement(entry, "author")
        _add(author, "name", comment["author"]["name"])
        if comment["author"]["url"]:
            _add(author, "uri", to_uri(comment["author"]["url"]))
        _add(entry, "published", comment["created_at"])
        _add(entry, "updated", comment["edited_at"] or comment["created_at"])
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": to_uri(comment["permalink"])})
        if comment["parent_id"] is not None:
            ET.SubElement(entry, "thr:in-reply-to", _parent(comment, comment["parent_id"], site_address))
        _add(entry, "content", comment["html"], type="html")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode()


def _parent(comment: CommentDict, parent_id: int, site_address: str) -> dict[str, str]:
    """What a comment replies to: by the id of its entry, whether or not that is among the newest, and where it is read."""
    page, _mark, _own = comment["permalink"].partition("#")
    return {
        "ref": identity(f"{site_address}/comments/{parent_id}"),
        "type": "text/html",
        "href": to_uri(f"{page}#comment-{parent_id}"),
    }


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = _NOT_XML.sub("\ufffd", text)


def json_feed(feed: Feed, address: str, site_address: str) -> bytes:
    """The feed as JSON Feed; the addresses as for `atom`."""
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": to_uri(feed.about),
            "feed_url": address,
            "items": [_item(title, comment, site_address) for title, comment in feed.entries],
        }
    )


def _item(title: str, comment: CommentDict, site_address: str) -> dict[str, object]:
    author = {"name": comment["author"]["name"]}
    if comment["author"]["url"]:
        author["url"] = to_uri(comment["author"]["url"])
    return {
        "id": identity(f"{site_address}/comments/{comment['id']}"),
        "url": to_uri(comment["permalink"]),
        "title": title,
        "content_html": comment["html"],
        "date_published": comment["created_at"],
        "date_modified": comment["edited_at"] or comment["created_at"],
        "authors": [author],
    }
