"""One answer with comments: what was asked, and its content."""

from dataclasses import dataclass
from typing import TypedDict, cast

from flask_babel import gettext as _
from sqlalchemy import Connection

from moderation.models import LARGEST_ID
from moderation.parameters import Parameters, bad_parameter, choice, parameter, whole_number
from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.rows import CommentDict, PageDict, comment_dicts, page_dict, reading_address
from moderation.publish.thread import (
    DEFAULT_LIMIT,
    LARGEST_LIMIT,
    SORTS,
    BadCursor,
    Cursor,
    Sort,
    Window,
    before,
    read,
)


@dataclass(frozen=True, slots=True)
class Query:
    """Which threads of a page are asked for."""

    sort: Sort
    limit: int
    cursor: Cursor | None
    around: int | None = None
    """A comment whose thread comes first, if it is public on the page; else the page begins as always."""


def asked_by(given: Parameters) -> Query:
    """What these query parameters ask for. Raises `Malformed` naming the one that cannot be used."""
    sort = cast("Sort", choice("sort", SORTS, given))
    limit = whole_number("limit", DEFAULT_LIMIT, LARGEST_LIMIT, given)
    typed = parameter("cursor", given)
    try:
        cursor = Cursor.parse(typed, sort) if typed is not None else None
    except BadCursor:
        sentence = _("This cursor was not given out for this order. Start again without the parameter cursor.")
        raise bad_parameter("cursor", sentence) from None
    around = whole_number("around", 0, LARGEST_ID, given) or None
    if cursor is not None and around is not None:
        raise bad_parameter("around", _("Give the parameter cursor or the parameter around, not both."))
    return Query(sort, limit, cursor, around)


class Answer(TypedDict):
    """The contract's answer; `next` is the cursor of the following threads."""

    page: PageDict
    comments: list[CommentDict]
    next: str | None


def build(
    connection: Connection, site: SiteRow, page: PageRow, query: Query, public_url: str, most: int | None = None
) -> Answer:
    """The answer's content. At most three queries; none for a page on which nothing was ever visible.

    Raises `thread.TooMany` where these may be more than `most` comments.
    """
    window = Window([]) if page.id is None else _window(connection, page.id, query, most)
    return {
        "page": page_dict(page, site),
        "comments": comment_dicts(window.rows, reading_address(site, page, public_url)),
        "next": str(window.next) if window.next else None,
    }


def _window(connection: Connection, page_id: int, query: Query, most: int | None) -> Window:
    cursor = query.cursor
    if query.around is not None:
        cursor = before(connection, page_id, query.sort, query.around)
    return read(connection, page_id, query.sort, query.limit, cursor, most)
