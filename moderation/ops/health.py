"""Whether the service lives, whether it can work, and what it holds, for the programs that watch over it."""

from collections.abc import Iterable

import orjson
from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from moderation import __version__, schema
from moderation.extensions import db
from moderation.models import STATUSES, Site
from moderation.problems import NotFound, Unavailable
from moderation.text.addresses import parse_address

_RETRY_SECONDS = 5
_MOST_SITES = 1000
# What proxies add: a request that carries one of these was made somewhere else, whatever its peer's address is.
_FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers. Asks nothing else, so that an outage of the database does not restart what works."""
    return Response(orjson.dumps({"status": "alive"}), mimetype="application/json")


@blueprint.get("/readyz")
def ready() -> Response:
    """The database answers within its time-outs and has this version's schema; else 503.

    A database that is away is answered by the app's own error handler, with the same status.
    """
    try:
        schema.check()
    except schema.NotReady:
        raise Unavailable(
            _("The database does not have this version's schema. Run: moderation db upgrade"),
            retry_after=_RETRY_SECONDS,
        ) from None
    return Response(orjson.dumps({"status": "ready"}), mimetype="application/json")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts for Prometheus, never people's data. Only for programs on this machine: all others hear 404."""
    if not _asked_from_here():
        raise NotFound(_("There is nothing at this address."))
    columns = [getattr(Site, status) for status in STATUSES]
    rows = db.session.execute(select(Site.key, *columns).order_by(Site.key).limit(_MOST_SITES)).all()
    samples = [({"site": row[0], "status": status}, row[1 + n]) for row in rows for n, status in enumerate(STATUSES)]
    text = exposition("moderation_build_info", "The running version.", [({"version": __version__}, 1)])
    text += exposition("moderation_comments", "Comments stored now, by site and status.", samples)
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


@blueprint.after_request
def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _asked_from_here() -> bool:
    peer = parse_address(request.remote_addr)
    return peer is not None and peer.is_loopback and not any(name in request.headers for name in _FORWARDING)


def exposition(name: str, help_: str, samples: Iterable[tuple[dict[str, str], int]]) -> str:
    """One gauge in Prometheus' text format 0.0.4."""
    lines = [f"# HELP {name} {help_}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{shown}}} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
