"""Comments as search engines read them: schema.org's `Comment` in JSON-LD, as a block of data for an HTML page. Pure."""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from markupsafe import Markup

from moderation.publish.rows import CommentDict, PageDict
from moderation.text.urls import to_uri

# Ends of what stands on lines of its own, where words of two lines would else run together.
_LINE_END = re.compile(r"<br ?/?>|</(?:p|li|pre|blockquote)>")
# In a script element nothing is decoded, and a tag or a comment would end or hide it.
_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def block(page: PageDict, comments: Sequence[CommentDict]) -> Markup:
    """The comments of one answer as the text of a `<script type="application/ld+json">`; empty where there are none.

    No reader's word can end the element: what HTML would take for markup is written as JSON's escapes.
    """
    if not comments:
        return Markup("")
    address = to_uri(comments[0]["permalink"].partition("#")[0])
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": address,
        "url": address,
        **({"name": page["title"]} if page["title"] else {}),
        "commentCount": page["count"],
        "comment": [_comment(comment, address) for comment in comments],
    }
    return Markup(orjson.dumps(document).decode().translate(_ESCAPES))  # noqa: S704 - escaped in the line above


def _comment(comment: CommentDict, address: str) -> dict[str, Any]:
    author, parent, own = comment["author"], comment["parent_id"], f"{address}#comment-{comment['id']}"
    return {
        "@type": "Comment",
        "@id": own,
        "url": own,
        "author": {
            "@type": "Person",
            "name": author["name"],
            **({"url": to_uri(author["url"])} if author["url"] else {}),
        },
        "datePublished": comment["created_at"],
        **({"dateModified": comment["edited_at"]} if comment["edited_at"] else {}),
        **({"parentItem": {"@id": f"{address}#comment-{parent}"}} if parent else {}),
        "text": Markup(_LINE_END.sub(" ", comment["html"])).striptags(),  # noqa: S704 - its tags are taken off
    }
