"""One answer with comments: what was asked, the entity tag that names it, and its content."""

from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import Connection

from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.respond import etag
from moderation.publish.rows import CommentDict, PageDict, comment_dicts, page_dict, reading_address
from moderation.publish.thread import Cursor, Sort, Window, read

# Part of every entity tag: to be raised when the same rows become other bytes.
_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Query:
    """Which threads of a page are asked for."""

    sort: Sort
    limit: int
    cursor: Cursor | None


class Answer(TypedDict):
    """The contract's answer; `next` is the cursor of the following threads."""

    page: PageDict
    comments: list[CommentDict]
    next: str | None


def tag(site: SiteRow, page: PageRow, query: Query, public_url: str, kind: str) -> str:
    """The entity tag of an answer, known before a single comment is read.

    Everything in the body is a function of these parts: what is visible on the page moves its version, and the
    addresses of the comments hang on the site's. `kind` tells representations of the same threads apart.
    """
    return etag(
        _FORMAT,
        kind,
        site.id,
        page.id,
        page.version,
        page.open,
        reading_address(site, page, public_url),
        page.key,
        query.sort,
        query.limit,
        str(query.cursor or ""),
    )


def build(connection: Connection, site: SiteRow, page: PageRow, query: Query, public_url: str) -> Answer:
    """The answer's content. At most two queries; none for a page on which nothing was ever visible."""
    window = Window([]) if page.id is None else read(connection, page.id, query.sort, query.limit, query.cursor)
    return {
        "page": page_dict(page),
        "comments": comment_dicts(window.rows, reading_address(site, page, public_url)),
        "next": str(window.next) if window.next else None,
    }
