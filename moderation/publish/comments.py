"""One answer with comments: what was asked, the entity tag that names it, and its content."""

from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import Connection

from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.respond import etag
from moderation.publish.rows import CommentDict, PageDict, comment_dicts, page_dict, reading_address
from moderation.publish.thread import Cursor, Sort, Window, before, read

# Part of every entity tag: to be raised when the same rows become other bytes.
_FORMAT = 3


@dataclass(frozen=True, slots=True)
class Query:
    """Which threads of a page are asked for."""

    sort: Sort
    limit: int
    cursor: Cursor | None
    around: int | None = None
    """A comment whose thread comes first, if it is public on the page; else the page begins as always."""


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
        site.policy.max_depth,
        reading_address(site, page, public_url),
        page.key,
        query.sort,
        query.limit,
        str(query.cursor or ""),
        query.around,
    )


def build(connection: Connection, site: SiteRow, page: PageRow, query: Query, public_url: str) -> Answer:
    """The answer's content. At most three queries; none for a page on which nothing was ever visible."""
    window = Window([]) if page.id is None else _window(connection, page.id, query)
    return {
        "page": page_dict(page, site),
        "comments": comment_dicts(window.rows, reading_address(site, page, public_url)),
        "next": str(window.next) if window.next else None,
    }


def _window(connection: Connection, page_id: int, query: Query) -> Window:
    cursor = query.cursor
    if query.around is not None:
        cursor = before(connection, page_id, query.sort, query.around)
    return read(connection, page_id, query.sort, query.limit, cursor)
