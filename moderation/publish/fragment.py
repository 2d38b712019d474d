"""The comments of a page as an HTML fragment, for hosts that build pages on their server and readers without scripts."""

from urllib.parse import urlencode

from flask import render_template
from flask_babel import force_locale

from moderation.publish.comments import Answer, Query
from moderation.publish.lookup import PageRow, SiteRow
from moderation.publish.rows import with_depth
from moderation.publish.thread import DEFAULT_LIMIT


def render(
    answer: Answer, *, site: SiteRow, page: PageRow, query: Query, lang: str, framed: bool, public_url: str
) -> bytes:
    """The fragment's bytes; a framed one brings its style along. Links are absolute: it may stand on another origin."""
    hosted = f"{public_url}/sites/{site.key}"
    with force_locale(lang):
        text = render_template(
            "pages/thread.html",
            page=answer["page"],
            comments=with_depth(answer["comments"]),
            reply_url=f"{hosted}/reply?{urlencode({'page': page.key, 'lang': lang})}",
            next_url=f"{hosted}/thread?{_following(answer, page, query, lang, framed)}" if answer["next"] else None,
            lang=lang,
            framed=framed,
        )
    return text.encode()


def _following(answer: Answer, page: PageRow, query: Query, lang: str, framed: bool) -> str:
    asked: dict[str, object] = {"page": page.key, "lang": lang, "cursor": answer["next"]}
    if query.sort != "oldest":
        asked["sort"] = query.sort
    if query.limit != DEFAULT_LIMIT:
        asked["limit"] = query.limit
    if framed:
        asked["framed"] = 1
    return urlencode(asked)
