"""The small pages that links in letters lead to: what the link is for, and the button that does it.

The link is the authority, and the address of the page is the link. So nobody keeps the page, no other page learns its
address, and none frames its button.
"""

from __future__ import annotations

from flask import Response, make_response, render_template


def link_page(title: str, sentence: str, *, button: str = "", action: str = "", stop_url: str = "") -> Response:
    """A page with a sentence. A `button` posts to `action`, by default to where the page stands; `stop_url` ends mail."""
    body = render_template(
        "pages/link.html", title=title, sentence=sentence, button=button, action=action, stop_url=stop_url
    )
    return guarded(make_response(body))


def guarded(response: Response) -> Response:
    """The headers of an answer whose address is a key."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
