"""The HTTP around public answers: strong ETags, cache headers, one set for every status."""

import hashlib
from collections.abc import Iterable

import orjson
from flask import Response, request

from moderation.answers import unreachable
from moderation.publish.lookup import Stamp
from moderation.settings import Settings, current

# Browsers ask every time, and mostly hear 304; shared caches hold an answer for a second, which tames any spike, go on
# serving it while they fetch the next one, and for a day when the service is away.
CACHE = "public, max-age=0, s-maxage=1, stale-while-revalidate=30, stale-if-error=86400"
TOLD = "public, max-age=0, s-maxage=1, stale-if-error=86400"
"""The same where caches are told what changed (`purges`): who then asks anew must not get from a cache between what was
true before, and would keep it for hours."""
STAMP = "moderation.publish.stamp"
"""Where the environment of a request takes the stamp of its answer, for whoever wants to keep that (`edge`)."""
AWAY = "moderation.publish.away"
"""What says in the environment of a request that the database was waited for already, and is away."""
UNREADABLE = "\ufffd"
"""What stands in a query for bytes that are no text, which Flask reads in its own way."""
NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"
_READABLE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def etag(*parts: object) -> str:
    """A strong entity tag for everything that determines a body. Equal parts, equal tag; nothing runs together."""
    return hashlib.sha256(orjson.dumps([*parts])).hexdigest()[:32]


def body_etag(body: bytes) -> str:
    """A strong entity tag, made of the bytes themselves: what is made of versions and counts, a database that was restored from
    a backup would give a second time, and for other bytes.
    """
    return hashlib.sha256(body).hexdigest()[:32]


def cacheable(
    body: bytes,
    tag: str,
    mimetype: str,
    *,
    cache: str | None = None,
    stamp: Stamp | None = None,
    tags: Iterable[str] = (),
) -> Response:
    """A public answer; 304 where the client has it already.

    `cache` says how long it may be kept, where that is not as for comments. With a stamp the answer hangs on nothing but the
    request's address and what is stamped. By `tags` caches in front are told what changed, see `purges`.
    """
    if stamp is not None and STAMP in request.environ:
        request.environ[STAMP] = stamp
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
        response.headers.remove("Content-Type")
    else:
        response = Response(body, mimetype=mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache or kept_for(current())
    response.headers.update(named(tags))
    return response


def named(tags: Iterable[str]) -> dict[str, str]:
    """The headers that give an answer its tags."""
    names = list(dict.fromkeys(tags))
    # Fastly and Varnish (xkey) read the first, Cloudflare and Bunny the second.
    return {"Surrogate-Key": " ".join(names), "Cache-Tag": ",".join(names)} if names else {}


def kept_for(settings: Settings) -> str:
    """How long a public answer may be kept, as `Cache-Control`."""
    return TOLD if settings.purge_url else CACHE


def data_headers(tag: str, tags: Iterable[str], settings: Settings) -> dict[str, str]:
    """All headers of a public answer in JSON, as `cacheable` and `finish` give it."""
    own = {"Content-Type": "application/json", "ETag": f'"{tag}"', "Cache-Control": kept_for(settings)}
    return {**own, **named(tags), **_READABLE, "Content-Security-Policy": NO_CONTENT_POLICY}


def framed_by(origins: Iterable[str]) -> str:
    """The content security policy of a hosted page that pages of these origins may frame."""
    allowed = " ".join(origins) or "'none'"
    return f"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {allowed}"


def wait_once() -> None:
    """Whoever stands in front and has waited for the database in vain says so, and nobody waits for it again."""
    if AWAY in request.environ:
        raise unreachable()


def finish(response: Response) -> Response:
    """What every public answer carries, errors too: readable from any page, run by none; and the preflight's answer."""
    headers = response.headers
    headers.update(_READABLE)
    headers.setdefault(
        "Content-Security-Policy", framed_by(()) if response.mimetype == "text/html" else NO_CONTENT_POLICY
    )
    if request.method == "OPTIONS":
        # Flask names them in an order that each process has of its own.
        methods = ", ".join(sorted(response.allow)) or "GET, HEAD, OPTIONS"
        headers["Allow"] = headers["Access-Control-Allow-Methods"] = methods
        headers["Access-Control-Allow-Headers"] = "If-None-Match"
        headers["Access-Control-Max-Age"] = "86400"
    return response
