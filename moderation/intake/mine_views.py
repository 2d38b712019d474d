"""A reader's private page: what became of the comment, and what its author may still do with it."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from moderation.extensions import csrf
from moderation.intake import headers, mine
from moderation.intake.requests import site_or_404
from moderation.models import Site, now
from moderation.settings import current

blueprint = Blueprint("mine", __name__)
# The link itself is the authority: only the sender was given it.
csrf.exempt(blueprint)


@blueprint.get("/sites/<site_key>/mine/<signed>")
def status(site_key: str, signed: str) -> Response:
    """What became of the comment. What was taken for spam also reads as waiting."""
    site, settings = site_or_404(site_key), current()
    comment = mine.find(settings, site, signed, now())
    shown = "pending" if comment.status == "spam" else comment.status
    body = render_template(
        "intake/sent.html",
        status=shown,
        message=_sentence(shown),
        article_url=comment.page_url,
        comment_html=comment.html,
        withdraw_url=url_for("mine.withdraw", site_key=site.key, signed=signed) if mine.can_withdraw(comment) else None,
        lang=str(get_locale()),
    )
    return _page(make_response(body), site)


@blueprint.post("/sites/<site_key>/mine/<signed>/withdraw")
def withdraw(site_key: str, signed: str) -> BaseResponse:
    """Take the comment back."""
    site = site_or_404(site_key)
    mine.withdraw(mine.find(current(), site, signed, now()), now())
    return redirect(url_for("mine.status", site_key=site.key, signed=signed), 303)


def _sentence(status: str) -> str:
    return {
        "pending": _("Your comment is awaiting moderation."),
        "approved": _("Your comment is published."),
        "trash": _("Your comment was withdrawn or not published."),
    }[status]


def _page(response: Response, site: Site) -> Response:
    headers.guard(response, site)
    # The address is a secret of the author's, and no other page may learn it.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
