"""The moderation API: what the desk does, by program. A bearer token and nothing else: no cookie, no CORS."""

from __future__ import annotations

from typing import Any, cast

import orjson
from flask import Blueprint, Response, g, request
from flask_babel import gettext as _

from moderation.extensions import csrf, db
from moderation.models import Moderator, Site, now
from moderation.problems import Conflict, Malformed, NotFound, SignInNeeded
from moderation.review import acts, payload, rows
from moderation.review.accounts import moderator_of, reach, site_keys
from moderation.review.acts import Moved, Result
from moderation.review.queue import BadCursor, comment_for, history, listing

blueprint = Blueprint("moderation_api", __name__, url_prefix="/v1/moderation")
csrf.exempt(blueprint)

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@blueprint.before_request
def _ask_for_token() -> None:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    moderator = moderator_of(token.strip()) if kind.lower() == "bearer" and token.strip() else None
    if moderator is None:
        raise SignInNeeded(_("Send `Authorization: Bearer TOKEN`. `moderation moderator token EMAIL` makes a token."))
    g.moderator = moderator


@blueprint.after_request
def _close(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


@blueprint.get("/comments")
def comments() -> Response:
    """A page of comments: `?site=&status=&sort=&limit=&cursor=`."""
    keys = site_keys(_asker())
    try:
        page = listing(payload.question(request.args, keys))
    except BadCursor as fault:
        raise Malformed(
            _("The cursor cannot be used here. Start again without one."),
            errors={"cursor": [_("This cursor is of another list.")]},
        ) from fault
    return _json(
        {"comments": [rows.row(comment, keys[comment.site_id]) for comment in page.comments], "next": page.next}
    )


@blueprint.get("/comments/<int:comment_id>")
def comment(comment_id: int) -> Response:
    """One comment in full, with its history."""
    keys = site_keys(_asker())
    found = comment_for(comment_id, keys)
    if found is None:
        raise NotFound(_("There is no comment %(id)s on your sites.", id=comment_id))
    policy = db.session.get_one(Site, found.site_id).policy
    return _json(rows.detail(found, keys[found.site_id], policy, history(found)))


@blueprint.post("/decisions")
def decisions() -> Response:
    """Decide on comments, as one batch."""
    order = payload.order(request)
    moderator = _asker()
    result = acts.decide(
        moderator, order.ids, order.decision, within=reach(moderator), seen=order.versions, note=order.note, at=now()
    )
    if result.conflicts and len(result.conflicts) == len(order.ids):
        raise Conflict(
            _("Somebody else decided on these comments meanwhile; nothing was changed."),
            errors={str(moved.id): [_sentence(moved)] for moved in result.conflicts},
        )
    return _json(_shown(result))


@blueprint.post("/undo")
def undo() -> Response:
    """Take a batch back."""
    moderator = _asker()
    batch = payload.batch(request)
    result = acts.undo(moderator, batch, within=reach(moderator), at=now())
    if not (result.decided or result.unchanged or result.conflicts):
        way = _("Only moderators’ decisions can be undone; on what its author edited or withdrew, decide anew.")
        raise NotFound(_("There is no such batch on your sites.") + " " + way)
    return _json(_shown(result))


def _asker() -> Moderator:
    return cast(Moderator, g.moderator)


def _sentence(moved: Moved) -> str:
    return str(_("It is now %(status)s, version %(version)s.", status=moved.status, version=moved.version))


def _shown(result: Result) -> dict[str, Any]:
    return {
        "batch": result.batch,
        "decided": result.decided,
        "unchanged": result.unchanged,
        "conflicts": [moved._asdict() for moved in result.conflicts],
        "missing": result.missing,
    }


def _json(document: dict[str, Any]) -> Response:
    return Response(orjson.dumps(document), mimetype="application/json")
