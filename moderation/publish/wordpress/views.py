"""WordPress's addresses. A site's API lies below `/sites/{site}/wp-json`; a service with one site has it at `/wp-json` too."""

import re
from collections.abc import Callable
from math import ceil
from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, Response, request
from sqlalchemy import Connection, select

from moderation.extensions import csrf
from moderation.models import Site
from moderation.problems import NotFound
from moderation.publish.lookup import SiteRow, Stamp, find_site, site_with_stamp, snapshot
from moderation.publish.respond import body_etag, cacheable, finish, wait_once
from moderation.publish.wordpress import shape
from moderation.publish.wordpress.errors import NO_ROUTE, WordPressError
from moderation.publish.wordpress.parameters import Query, read_query, read_view
from moderation.publish.wordpress.reading import Found, read, read_one
from moderation.purges import pages_tag, site_tag
from moderation.settings import current

blueprint = Blueprint("wordpress", __name__)
# Nothing is written here, and no cookie is read.
csrf.exempt(blueprint)
blueprint.before_request(wait_once)

_NUMBER = re.compile(r"[0-9]+\Z")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
View = Callable[..., Response]


@blueprint.after_request
def _as_wordpress_has_it(response: Response) -> Response:
    """Readable from any page, with the headers that count pages, and asked with those that WordPress's clients send."""
    response = finish(response)
    response.headers.setdefault("Link", shape.link_header(_root((request.view_args or {}).get("site_key")), {}))
    response.headers["Access-Control-Expose-Headers"] = "ETag, X-WP-Total, X-WP-TotalPages, Link"
    if request.method == "OPTIONS":
        # The route that answers all that WordPress has not takes other methods too.
        response.headers["Allow"] = response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type, If-None-Match"
        )
    return response


@blueprint.errorhandler(WordPressError)
def _refused(fault: WordPressError) -> Response:
    enveloped = _enveloped(fault.body, fault.status, {})
    body, status = (fault.body, fault.status) if enveloped is None else (enveloped, 200)
    response = Response(orjson.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _route(path: str) -> Callable[[View], View]:
    """Both addresses of a view, each with and without a slash at the end."""

    def register(view: View) -> View:
        for prefix in ("/sites/<site_key>/wp-json", "/wp-json"):
            blueprint.add_url_rule(prefix + path, view_func=view, methods=["GET"], strict_slashes=False)
        return view

    return register


@_route("")
def index(site_key: str | None = None) -> Response:
    """What the API says of itself."""
    with snapshot() as connection:
        site, root, stamp = _place(connection, site_key)
    return _answer(shape.index(site, root, current().public_url), site, root, stamp)


@_route("/wp/v2")
def namespace(site_key: str | None = None) -> Response:
    """Its routes."""
    with snapshot() as connection:
        site, root, stamp = _place(connection, site_key)
    return _answer(shape.namespace(root), site, root, stamp)


@_route("/wp/v2/comments")
def comments(site_key: str | None = None) -> Response:
    """The approved comments of a site, or of some of its pages."""
    query = read_query(request.args)
    with snapshot() as connection:
        site, root, stamp = _place(connection, site_key)
        found = read(connection, site, query)
    documents = shape.comments(found, site, query.view, root, current().public_url)
    counts = {"X-WP-Total": found.total, "X-WP-TotalPages": _pages(query, found)}
    return _answer(documents, site, root, stamp, _around(query, found), counts)


@_route("/wp/v2/comments/<comment_id>")
def comment(comment_id: str, site_key: str | None = None) -> Response:
    """One approved comment. One that is not public is not there: nobody learns that it waits."""
    if not _NUMBER.match(comment_id):
        return nothing(comment_id)
    view = read_view(request.args)
    with snapshot() as connection:
        site, root, stamp = _place(connection, site_key)
        found = read_one(connection, site, _number(comment_id), embed="in-reply-to" in view.embed)
    documents = shape.comments(found, site, view, root, current().public_url)
    if not documents:
        raise WordPressError("rest_comment_invalid_id", "Invalid comment ID.", 404)
    return _answer(documents[0], site, root, stamp)


@blueprint.route("/sites/<site_key>/wp-json/<path:_rest>", methods=_METHODS)
@blueprint.route("/sites/<site_key>/wp-json", methods=_METHODS[1:], strict_slashes=False)
@blueprint.route("/wp-json/<path:_rest>", methods=_METHODS)
@blueprint.route("/wp-json", methods=_METHODS[1:], strict_slashes=False)
def nothing(_rest: str = "", site_key: str | None = None) -> Response:
    """What WordPress answers where it has no route, or none with this method."""
    del site_key
    raise WordPressError(NO_ROUTE, "No route was found matching the URL and request method.", 404)


def _number(digits: str) -> int:
    """The number that digits write; of a thousand of them one that no comment has."""
    return int(digits) if len(digits) < 20 else 0


def _place(connection: Connection, site_key: str | None) -> tuple[SiteRow, str, Stamp | None]:
    """The site that is asked, the root of the API as it was asked, and the stamp of what is visible on the site.

    Without a key the answer hangs on what other sites there are, too: it has no stamp.
    """
    public_url = current().public_url
    if site_key is None:
        keys = connection.scalars(select(Site.key).limit(2)).all()
        if len(keys) != 1:
            message = (
                f"This service has several sites, or none: the API of each is at {public_url}/sites/SITE/wp-json/."
            )
            raise WordPressError(NO_ROUTE, message, 404)
        return find_site(connection, keys[0]), _root(None), None
    try:
        site, stamp = site_with_stamp(connection, site_key)
    except NotFound:
        raise WordPressError(NO_ROUTE, "There is no site with this key.", 404) from None
    return site, _root(site.key), stamp


def _root(site_key: str | None) -> str:
    public_url = current().public_url
    return f"{public_url}/wp-json" if site_key is None else f"{public_url}/sites/{quote(site_key, safe='')}/wp-json"


def _answer(
    document: Any,
    site: SiteRow,
    root: str,
    stamp: Stamp | None,
    relations: shape.Relations | None = None,
    counts: dict[str, int] | None = None,
) -> Response:
    headers = {**(counts or {}), "Link": shape.link_header(root, relations or {})}
    enveloped = _enveloped(document, 200, headers)
    body = orjson.dumps(document if enveloped is None else enveloped)
    tags = (site_tag(site.id), pages_tag(site.id))
    response = cacheable(body, body_etag(body), "application/json", stamp=stamp, tags=tags)
    response.headers.update({name: str(value) for name, value in headers.items()})
    return response


def _enveloped(document: Any, status: int, headers: dict[str, Any]) -> shape.Document | None:
    """The answer as one document, for clients that ask for that because they cannot read headers; None for all others."""
    if "_envelope" not in request.args:
        return None
    return {"body": document, "status": status, "headers": {**headers, "Allow": "GET"}}


def _pages(query: Query, found: Found) -> int:
    return ceil(found.reachable / query.per_page)


def _around(query: Query, found: Found) -> shape.Relations:
    """What asks for the pages before and after. The page after is found by its cursor, so that it costs what the first
    one costs, and comments that arrive meanwhile shift nothing.
    """
    same = [(name, value) for name, value in request.args.items(multi=True) if name not in ("page", "cursor", "offset")]
    relations: shape.Relations = {}
    before = min(query.page - 1, _pages(query, found))
    if before > 0:
        relations["prev"] = [*same, ("page", str(before))]
    if found.next is not None:
        relations["next"] = [*same, ("page", str(query.page + 1)), ("cursor", str(found.next))]
    elif query.by_include and query.start + query.per_page < found.total:
        shifted = "offset" in request.args
        further = ("offset", str(query.start + query.per_page)) if shifted else ("page", str(query.page + 1))
        relations["next"] = [*same, further]
    return relations
