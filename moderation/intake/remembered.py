"""Name, email, website and author token (see `returning`) kept in the reader's own browser, with consent only.

The embed keeps them in the browser's storage. The hosted form works without scripts, so there it is a cookie, sent to
this form and nowhere else.
"""

from __future__ import annotations

import orjson
from flask import Request
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData
from werkzeug.wrappers import Response

from moderation.models import Comment, Site
from moderation.settings import Settings

FIELDS = ("author", "email", "url")
_PROOF = "author_token"
_YEAR = 365 * 86_400


def _name(site: Site) -> str:
    return f"reply-{site.key}"


def read(request: Request, site: Site) -> dict[str, str]:
    """What this browser remembers for the form; empty when it does not, or when the cookie cannot be read."""
    kept = _kept(request, site)
    return {name: kept[name] for name in FIELDS if name in kept}


def author_token(request: Request, site: Site) -> str:
    """The author token that this browser was given, if it was."""
    return _kept(request, site).get(_PROOF, "")


def write(
    response: Response, site: Site, settings: Settings, path: str, comment: Comment, *, token: str | None, consent: bool
) -> None:
    """After a comment was sent: remember its author with consent, forget without."""
    if not consent:
        response.delete_cookie(_name(site), path=path)
        return
    kept = {name: getattr(comment, name) or "" for name in FIELDS} | {_PROOF: token or ""}
    response.set_cookie(
        _name(site),
        base64_encode(orjson.dumps(kept)).decode(),
        max_age=_YEAR,
        path=path,
        secure=settings.public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )


def _kept(request: Request, site: Site) -> dict[str, str]:
    try:
        kept = orjson.loads(base64_decode(request.cookies.get(_name(site), "")))
    except (BadData, orjson.JSONDecodeError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: value for name, value in kept.items() if isinstance(value, str)}
