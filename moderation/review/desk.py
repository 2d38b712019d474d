"""The desk's entrance hall: its blueprint, who may come in, the headers of every answer, what every page shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from babel import dates
from babel.dates import TIMEDELTA_UNITS
from babel.lists import format_list
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import Markup, escape

from moderation.answers import stale
from moderation.models import Moderator, Site, now
from moderation.problems import Forbidden, NotFound
from moderation.review import interrupted
from moderation.review.accounts import site_for
from moderation.review.forms import SignInForm
from moderation.review.scorecards import card_words
from moderation.settings import current
from moderation.strings import direction

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.add_app_template_global(card_words)

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
# From so much of a unit on it is used, as Babel does.
_ENOUGH = 0.85
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Letters that a path of our own is made of. No dots beside each other, encoded or not: browsers resolve them upwards.
_PATH = re.compile(r"/desk/(?![^?]*(?:\.|%2e){2})[\w\-./?=&%+~,:@*]{0,1500}\Z", re.ASCII | re.IGNORECASE)


@blueprint.before_request
def _only_from_here() -> None:
    """Refuse what another site's page sent, by what browsers say of it; besides the form's token, not instead."""
    if request.method not in _SAFE and not _is_from_here():
        raise Forbidden(_("This form was not sent from the desk. Open the desk itself and try again."))


def _is_from_here() -> bool:
    fetched, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # "none" is the person's own doing. "null" is what the desk's own forms send, for its Referrer-Policy.
    return fetched in {None, "same-origin", "none"} and (origin in {None, "null"} or _is_ours(origin or ""))


def _is_ours(origin: str) -> bool:
    host = _host(origin)
    # Behind a proxy the request may carry another host than the one in the browser's address bar.
    return bool(host) and host in {request.host.lower(), _host(current().public_url)}


def _host(url: str) -> str:
    """Host and port as an `Origin` has them: without the port that its scheme has anyway."""
    try:
        parts = urlsplit(url.lower())
    except ValueError:
        return ""
    return parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")


@blueprint.before_request
def _only_signed_in() -> ResponseReturnValue | None:
    if request.endpoint == "desk.login" or current_user.is_authenticated:
        return None
    if request.method in _SAFE:
        return redirect(url_for("desk.login", next=request.full_path.rstrip("?")))
    return _who_is_it()


def _who_is_it() -> ResponseReturnValue:
    """The session ended while somebody wrote: what was typed comes back with the question who it is."""
    form = SignInForm(formdata=None, next=way_back(interrupted.page(), url_for("desk.home")))
    page = render_template("desk/login.html", form=form, kept=interrupted.typed(), fault=_("You were signed out."))
    return page, 403


@blueprint.errorhandler(CSRFError)
def _of_another_session(_fault: CSRFError) -> ResponseReturnValue:
    """A form of a session that ended meanwhile, as it does when somebody signs out in another tab, and perhaps in anew."""
    if request.endpoint == "desk.login" or not _is_from_here():
        return stale()
    if not current_user.is_authenticated:
        return _who_is_it()
    return stale("\n\n".join(each.text for each in interrupted.typed()))


@blueprint.after_request
def _close(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.endpoint == "desk.check":
        # The article that this page opens has to tell it what it found.
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return response


@blueprint.context_processor
def _for_every_page() -> dict[str, Any]:
    lang = str(get_locale() or "en").replace("_", "-")
    return {
        "lang": lang,
        "dir": direction(lang),
        "ago": ago,
        "areas": areas,
        "public_url": current().public_url,
        "labels": labels(),
    }


class Area(NamedTuple):
    """One part of the desk, as the navigation names it."""

    endpoint: str
    name: str
    owners_only: bool = False


def areas() -> list[Area]:
    """The parts of the desk that the signed-in moderator may enter, in the order of the navigation."""
    every = [
        Area("desk.queue", _("Comments")),
        Area("desk.rescue", _("Mistakes")),
        Area("desk.insights", _("Insights")),
        Area("desk.policy", _("Rules")),
        Area("desk.job_list", _("Jobs")),
        Area("desk.moderators", _("Moderators"), owners_only=True),
        Area("desk.settings", _("Settings"), owners_only=True),
        Area("desk.log", _("Log"), owners_only=True),
    ]
    return [area for area in every if me().role == "owner" or not area.owners_only]


def must_own() -> None:
    """Raise `Forbidden` unless the signed-in moderator is an owner."""
    if me().role != "owner":
        raise Forbidden(_("Only an owner may do this. Ask one of the site's owners."))


def me() -> Moderator:
    """The moderator who is signed in."""
    return cast(Moderator, current_user.moderator)


def my_site(key: str) -> Site:
    """The site of this address. Raises `NotFound` for one that does not exist and for one of others alike."""
    site = site_for(me(), key)
    if site is None:
        raise NotFound(_("There is no such site among yours."))
    return site


def here() -> str:
    """The address of this page on the desk, to come back to after an act."""
    return request.full_path.rstrip("?")


def way_back(path: str | None, fallback: str) -> str:
    """Where to go after an act: a path on the desk and nothing else."""
    return path if path and _PATH.match(path) and "//" not in path else fallback


def ago(at: datetime) -> str:
    """How long ago, in the moderator's language."""
    since = at - now()
    seconds = since.days * 86_400 + since.seconds
    unit, length = next(each for each in TIMEDELTA_UNITS if each[0] == "minute" or abs(seconds) >= _ENOUGH * each[1])
    number = abs(seconds) / length
    return _span(
        str(get_locale() or "en"), unit, length * round(max(number, 1) if number else 0) * (-1 if seconds < 0 else 1)
    )


@lru_cache(maxsize=2_000)
def _span(locale: str, unit: Any, seconds: int) -> str:
    """A stretch of time in this unit. Kept: the rows of a page say few, and Babel takes as long for one as a row does."""
    return str(dates.format_timedelta(seconds, unit, threshold=inf, add_direction=True, locale=locale))


@blueprint.app_template_global()
def listed(names: Sequence[str]) -> Markup:
    """Names that code uses, as a list in a sentence of the moderator's language: "a, b, and c"."""
    # A right-to-left sentence keeps each name whole.
    codes = [f'<code dir="ltr">{escape(name)}</code>' for name in names]
    return Markup(format_list(codes, locale=get_locale() or "en"))  # noqa: S704  # its parts are escaped


@blueprint.app_template_global("status_words")
def labels() -> dict[str, str]:
    """The words for statuses, tabs and orders, by the name that code uses."""
    return {
        "pending": _("Pending"),
        "approved": _("Approved"),
        "spam": _("Spam"),
        "trash": _("Trash"),
        "all": _("All"),
        "need": _("Most needed first"),
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "score": _("Highest score first"),
        "policy": _("the site's policy"),
        "author": _("the comment's author"),
        "moderator": _("a moderator"),
    }
