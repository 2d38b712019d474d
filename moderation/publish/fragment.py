"""The comments of a page as an HTML fragment, for hosts that build pages on their server and readers without scripts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import render_template, stream_template
from flask_babel import force_locale

from moderation.publish import linked_data
from moderation.publish.comments import Answer, Query
from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.rows import CommentDict, page_dict, with_depth
from moderation.publish.thread import DEFAULT_LIMIT

_TEMPLATE = "pages/thread.html"
_FRAMED = "pages/framed.html"


def render(
    answer: Answer,
    *,
    site: SiteRow,
    page: PageRow,
    query: Query,
    lang: str,
    framed: bool,
    public_url: str,
    article: str | None,
) -> bytes:
    """The fragment's bytes, `framed` as a document with its style. Links are absolute: it may stand on another origin.

    `article` is the address that the form shall lead back to, where it is known.
    """
    following = _following(answer, page, query, lang, framed) if answer["next"] else None
    with force_locale(lang):
        text = render_template(
            _FRAMED if framed else _TEMPLATE,
            comments=with_depth(answer["comments"]),
            next_url=following and f"{public_url}/sites/{site.key}/thread?{following}",
            framed=framed,
            data=linked_data.block(answer["page"], answer["comments"]),
            **_around(site, page, lang, public_url, article),
        )
    return text.encode()


def stream(
    site: SiteRow, page: PageRow, windows: Iterable[Sequence[CommentDict]], *, lang: str, public_url: str
) -> Iterator[str]:
    """The same with all of a page's comments, in pieces of text, one window of them in memory at a time.

    To be read while `lang` is the locale.
    """
    return stream_template(
        _TEMPLATE,
        comments=(comment for window in windows for comment in with_depth(window)),
        next_url=None,
        framed=False,
        **_around(site, page, lang, public_url, page.url),
    )


def _around(site: SiteRow, page: PageRow, lang: str, public_url: str, article: str | None) -> dict[str, Any]:
    asked = {"page": page.key, "lang": lang, **({"page_url": article} if article else {})}
    reply_url = f"{public_url}/sites/{site.key}/reply?{urlencode(asked)}"
    return {"page": page_dict(page, site), "reply_url": reply_url, "lang": lang}


def _following(answer: Answer, page: PageRow, query: Query, lang: str, framed: bool) -> str:
    asked: dict[str, object] = {"page": page.key, "lang": lang, "cursor": answer["next"]}
    if query.sort != "oldest":
        asked["sort"] = query.sort
    if query.limit != DEFAULT_LIMIT:
        asked["limit"] = query.limit
    if framed:
        asked["framed"] = 1
    return urlencode(asked)
