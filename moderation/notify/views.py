"""The pages that links in letters lead to. A GET changes nothing: mail scanners open every link; the button on it does."""

from __future__ import annotations

from flask import Blueprint, Response, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from moderation import subscriptions
from moderation.database import writing
from moderation.extensions import csrf, db
from moderation.link_pages import link_page
from moderation.models import Comment, Site, now
from moderation.notify import links
from moderation.problems import NotFound
from moderation.settings import current

blueprint = Blueprint("mail", __name__)
# The signed link is the authority, and a mail program that ends the mail for its reader (RFC 8058) has no cookie.
csrf.exempt(blueprint)


@blueprint.get("/sites/<site_key>/mail/confirm/<signed>")
def ask_confirm(site_key: str, signed: str) -> Response:
    """A page with the button that lets the mail begin."""
    site, comment = links.find(current(), site_key, signed, "confirm")
    state = subscriptions.state(db.session(), comment)
    if state == "off":
        raise _gone()
    if state == "on":
        return _confirmed(site, comment)
    return link_page(
        _("Mail on replies"),
        _("Do you want mail at this address when your comment on %(site)s is replied to?", site=site.name),
        button=_("Yes, send me mail on replies"),
        action=url_for("mail.confirm", site_key=site_key, signed=signed, lang=str(get_locale())),
    )


@blueprint.post("/sites/<site_key>/mail/confirm/<signed>")
def confirm(site_key: str, signed: str) -> Response:
    """Let the mail begin."""
    site, comment = links.find(current(), site_key, signed, "confirm")
    with writing() as session:
        confirmed = subscriptions.confirm(session, comment, now())
    if not confirmed:
        raise _gone()
    return _confirmed(site, comment)


@blueprint.get("/sites/<site_key>/mail/stop/<signed>")
def ask_stop(site_key: str, signed: str) -> Response:
    """A page with the button that ends the mail."""
    site, comment = links.find(current(), site_key, signed, "stop")
    if subscriptions.state(db.session(), comment) == "off":
        return _stopped(site)
    return link_page(
        _("No more mail on replies"),
        _("Do you want no more mail when your comment on %(site)s is replied to?", site=site.name),
        button=_("Send me no more mail"),
        action=url_for("mail.stop", site_key=site_key, signed=signed, lang=str(get_locale())),
    )


@blueprint.post("/sites/<site_key>/mail/stop/<signed>")
def stop(site_key: str, signed: str) -> Response:
    """End the mail; also what a mail program posts by itself. Twice is as good as once."""
    site, comment = links.find(current(), site_key, signed, "stop")
    with writing() as session:
        subscriptions.stop(session, [comment.id])
    return _stopped(site)


def _gone() -> NotFound:
    hours = int(subscriptions.ASKED_FOR.total_seconds()) // 3600
    return NotFound(
        _(
            "Nobody asked for this mail, or it was asked for more than %(hours)s hours ago. Nothing was changed.",
            hours=hours,
        )
    )


def _confirmed(site: Site, comment: Comment) -> Response:
    return link_page(
        _("You get mail on replies"),
        _("When your comment on %(site)s is replied to, you get mail.", site=site.name),
        stop_url=links.link(current(), site, comment.id, "stop", str(get_locale())),
    )


def _stopped(site: Site) -> Response:
    return link_page(
        _("You get no more mail"),
        _("When your comment on %(site)s is replied to, you get no mail.", site=site.name),
    )
