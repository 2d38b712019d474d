"""From rows to what readers get: pure, shared by JSON, fragment and feeds, so that none can show more than another."""

from collections.abc import Iterable
from typing import Protocol, TypedDict

from moderation.publish.lookup import PageRow, SiteRow
from moderation.text import pages


class AuthorDict(TypedDict):
    """Who wrote a comment: what they chose to show, and whether they moderate this site."""

    name: str
    url: str | None
    staff: bool


class CommentDict(TypedDict):
    """One approved comment, as in the contract. `html` is sanitised; times are RFC 3339 in UTC."""

    id: int
    parent_id: int | None
    author: AuthorDict
    html: str
    created_at: str
    edited_at: str | None
    permalink: str


class PageDict(TypedDict):
    """The page's part of the contract's answer."""

    key: str
    url: str | None
    title: str | None
    open: bool
    count: int
    depth: int


class Row(Protocol):
    """The columns that are read of a comment, times as the API writes them; nothing else of it is ever fetched for the public."""

    id: int
    page_id: int
    thread_id: int
    parent_id: int | None
    parent_seen: bool
    root_seen: bool
    author: str
    url: str | None
    moderator_id: int | None
    html: str
    created_at: str
    edited_at: str | None


def page_dict(page: PageRow, site: SiteRow) -> PageDict:
    """The contract's `page`. `depth` is how deep replies may nest on its site, 1 for none."""
    return {
        "key": page.key,
        "url": page.url,
        "title": page.title,
        "open": page.open,
        "count": page.count,
        "depth": site.policy.max_depth,
    }


def comment_dicts(rows: Iterable[Row], address: str) -> list[CommentDict]:
    """The contract's `comments`, in the order of the rows. `address` is where the page's comments can be read."""
    return [
        {
            "id": row.id,
            "parent_id": visible_parent(row),
            "author": {"name": row.author, "url": row.url, "staff": row.moderator_id is not None},
            "html": row.html,
            "created_at": row.created_at,
            "edited_at": row.edited_at,
            "permalink": f"{address}#comment-{row.id}",
        }
        for row in rows
    ]


def visible_parent(row: Row) -> int | None:
    """What a comment is shown under: its parent, else the thread's first comment, as far as they are public.

    An approved comment never vanishes because what it replied to did.
    """
    if row.parent_id is None or row.parent_seen:
        return row.parent_id
    return row.thread_id if row.root_seen else None


def with_depth(comments: Iterable[CommentDict]) -> list[dict[str, object]]:
    """The comments in the order in which they are read, each right below what it answers, with its `depth`, 1 at the left.

    A piece of a long thread may begin below a comment that stood in the piece before; there it has the depth 2.
    """
    answers: dict[int | None, list[CommentDict]] = {}
    known: set[int] = set()
    waiting: list[tuple[CommentDict, int]] = []
    for comment in comments:
        parent = comment["parent_id"]
        if parent in known:
            answers.setdefault(parent, []).append(comment)
        else:
            waiting.append((comment, 1 if parent is None else 2))
        known.add(comment["id"])
    waiting.reverse()
    read: list[dict[str, object]] = []
    while waiting:
        comment, depth = waiting.pop()
        read.append({**comment, "depth": depth})
        waiting += [(answer, depth + 1) for answer in reversed(answers.get(comment["id"], []))]
    return read


def reading_address(site: SiteRow, page: PageRow, public_url: str) -> str:
    """Where a page's comments can be read: on the article if its address is known, else on the hosted thread."""
    return pages.reading_address(page.key, page.url, site_key=site.key, origins=site.origins, public_url=public_url)
