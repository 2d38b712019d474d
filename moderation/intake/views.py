"""The public API of the reply form: its token, and the post."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from flask import Blueprint, Response, g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from moderation import private_link
from moderation.answers import wants_page
from moderation.extensions import csrf, db
from moderation.intake import hosted, limits, mine, proof, returning, texts, token
from moderation.intake.requests import asked, incoming, limits_of, site_or_404
from moderation.intake.submit import scope_of, submit
from moderation.models import door_of, now, site_by_key
from moderation.problems import Invalid
from moderation.settings import current
from moderation.strings import reader_strings
from moderation.text.urls import origin_of

blueprint = Blueprint("intake", __name__)
# No cookie gives this endpoint any authority; its protection is the signed token and the Origin check.
csrf.exempt(blueprint)

_METHODS = "GET, POST, OPTIONS"
_READS = ("GET", "HEAD")
_HEADERS = "Content-Type, Idempotency-Key"


@blueprint.get("/v1/sites/<site_key>/form", provide_automatic_options=False)
def form(site_key: str) -> Response:
    """A token for the form of one page, with the limits and words that the form shows; a challenge during a flood."""
    site, settings = site_or_404(site_key), current()
    page_key = scope_of(settings, site, asked("page")["page"]).page_key
    door = door_of(db.session(), site.id, page_key)
    fresh = token.issue(settings, site.key, page_key)
    challenge = proof.asked(settings, site, page_key, fresh)
    body = {
        "token": fresh,
        "challenge": challenge,
        "open": door is None or door.is_open(site.policy, now()),
        "limits": limits_of(settings),
        "strings": reader_strings(str(get_locale()), mail=settings.sends_mail)
        | ({"proof": proof.words()} if challenge else {}),
    }
    return _json(body, 200)


@blueprint.post("/v1/sites/<site_key>/comments", provide_automatic_options=False)
@limits.refused_posts
def post(site_key: str) -> BaseResponse:
    """Take a comment, as JSON or as a form post."""
    if wants_page():
        return hosted.take(site_key, hosted=False)
    site, settings = site_or_404(site_key), current()
    receipt = submit(incoming(site, settings), settings)
    body = {
        "id": receipt.comment.id,
        "status": receipt.status,
        "message": receipt.message,
        "manage_url": private_link.link(settings, site, receipt.comment),
        "author_token": returning.issue(settings, site, receipt.comment) if receipt.same_form else None,
    }
    return _json(body, 201 if receipt.status == "approved" else 202)


@blueprint.post("/v1/sites/<site_key>/preview", provide_automatic_options=False)
@limits.refused_posts
def preview(site_key: str) -> Response:
    """A text as it would be served, made by what makes it when it is stored. Nothing is stored."""
    site, settings = site_or_404(site_key), current()
    received = incoming(site, settings)
    if "comment" in received.faults:
        faults = {"comment": received.faults["comment"]}
        raise Invalid(_("Please correct the marked fields; everything you typed is kept."), errors=faults)
    return _json({"html": texts.rendered(received.fields.get("comment", ""), settings).html}, 200)


@blueprint.get("/v1/sites/<site_key>/mine/<signed>", provide_automatic_options=False)
def private(site_key: str, signed: str) -> Response:
    """What became of a comment, for whoever was given its private link."""
    site, at = site_or_404(site_key), now()
    found = mine.look(site, private_link.find(current(), site, signed, at), at)
    body = {
        "id": found.comment.id,
        "status": found.status,
        "html": found.comment.html,
        "editable": found.editable,
        "message": found.message,
    }
    return _json(body, 200)


@blueprint.route("/v1/sites/<site_key>/form", methods=["OPTIONS"])
@blueprint.route("/v1/sites/<site_key>/comments", methods=["OPTIONS"])
@blueprint.route("/v1/sites/<site_key>/preview", methods=["OPTIONS"])
@blueprint.route("/v1/sites/<site_key>/mine/<signed>", methods=["OPTIONS"])
def preflight(site_key: str, **_parts: str) -> Response:
    """The answer to a browser that asks before it posts from another origin, or reads from any."""
    site_or_404(site_key)
    response = Response(status=204)
    if request.path.endswith("/comments") and request.headers.get("Access-Control-Request-Method") in _READS:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
        return response
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = _HEADERS
    response.headers["Access-Control-Max-Age"] = "600"
    return response


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")


@blueprint.after_request
def _guard(response: Response) -> Response:
    """Headers of every answer here, also of refusals: only the site's own pages may read them, and nothing is kept."""
    origin = request.headers.get("Origin")
    response.headers["Vary"] = "Origin, Accept, Accept-Language"
    # A post that was refused before its view ran has not been asked for its site.
    site = g.get("site")
    if site is None and response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        site = site_by_key(db.session(), (request.view_args or {}).get("site_key", ""))
    if origin is not None and site is not None and origin_of(origin) in site.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response
