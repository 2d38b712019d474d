"""What the desk says while flood mode is on."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import format_decimal, format_timedelta
from flask_babel import gettext as _
from sqlalchemy import func, select

from moderation.extensions import db
from moderation.models import Comment, Site
from moderation.spam.flood import QUIET, WINDOW, Flood

_MOST = 1000
_HOUR = timedelta(hours=1)


def notice(site: Site, at: datetime) -> list[str]:
    """Sentences about the flood on a site: what comes in, what is done about it, when it ends. No sentence when there is none."""
    flood = site.flood(at)
    if flood is None:
        return []
    done = _("Comments without a proof of work wait here, and the filter is stricter with all others.")
    return [_found(site, flood, at), done, _end(flood)]


def _found(site: Site, flood: Flood, at: datetime) -> str:
    if flood.since is None:
        return _("Flood mode is switched on.")
    # It began with the comment that made it one; those just before belong to it.
    began = flood.since - WINDOW
    came = select(Comment.created_at).where(Comment.site_id == site.id, Comment.created_at >= began)
    count = db.session.scalar(select(func.count()).select_from(came.limit(_MOST).subquery())) or 0
    number = format_decimal(count) + ("+" if count == _MOST else "")
    time = format_timedelta(at - began, granularity="minute", threshold=1.5)
    if flood.cause == "alike":
        return _("Flood: %(number)s new comments in %(time)s, many of them nearly the same.", number=number, time=time)
    usual = format_decimal(round(flood.usual * (_HOUR / WINDOW)))
    return _(
        "Flood: %(number)s new comments in %(time)s. Usual at this time of day: %(usual)s an hour.",
        number=number,
        time=time,
        usual=usual,
    )


def _end(flood: Flood) -> str:
    if flood.until is None:
        return _("It stays so until the site's rule flood_mode says otherwise.")
    return _("It ends by itself after %(minutes)s quiet minutes.", minutes=format_decimal(QUIET.seconds // 60))
