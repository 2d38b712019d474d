"""A reader's private page: what became of the comment, and what its author may still do with it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response as BaseResponse

from moderation import private_link, subscriptions
from moderation.answers import answer
from moderation.database import writing
from moderation.extensions import csrf, db
from moderation.intake import headers, limits, mine, texts
from moderation.intake.mine import Mine, Surroundings
from moderation.intake.requests import header, site_or_404
from moderation.models import LARGEST_ID, Site, now
from moderation.network import client
from moderation.problems import Problem
from moderation.settings import current

blueprint = Blueprint("mine", __name__)
# The link itself is the authority: only the sender was given it.
csrf.exempt(blueprint)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands in the form: the text that came with it, and the comment's version that it is meant for."""

    text: str
    seen: int
    preview: str = ""


@blueprint.errorhandler(Problem)
def _refused(problem: Problem) -> Response:
    return answer(problem, kept=request.form.get("comment", ""))


@blueprint.after_request
def _secret(response: Response) -> Response:
    """The address is a secret of the author's, and no other page may learn it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/sites/<site_key>/mine/<signed>")
def status(site_key: str, signed: str) -> Response:
    """What became of the comment."""
    site = site_or_404(site_key)
    return _show(site, signed, _mine(site, signed))


@blueprint.post("/sites/<site_key>/mine/<signed>/edit")
@limits.refused_posts
def edit(site_key: str, signed: str) -> BaseResponse:
    """Change the comment's text, or show how it would look."""
    site, settings = site_or_404(site_key), current()
    found, typed = _mine(site, signed), request.form.get("comment", "")
    try:
        if "preview" in request.form and found.editable:
            shown = texts.rendered(typed, settings).html
            return _show(site, signed, found, typed=_Typed(typed, _seen(), shown))
        around = Surroundings(client(), header("User-Agent"), header("Accept-Language"))
        mine.edit(settings, site, found.comment, typed, seen=_seen(), at=now(), around=around)
    except Problem as problem:
        again = _mine(site, signed)
        changed = again.comment.version if problem.status == 409 else _seen()
        return _show(site, signed, again, problem, _Typed(typed, changed))
    return redirect(_own(site, "mine.status", signed), 303)


@blueprint.post("/sites/<site_key>/mine/<signed>/withdraw")
@limits.refused_posts
def withdraw(site_key: str, signed: str) -> BaseResponse:
    """Take the comment back."""
    site = site_or_404(site_key)
    try:
        mine.withdraw(site, private_link.find(current(), site, signed, now()), now())
    except Problem as problem:
        if problem.status != 409:
            raise
        return _show(site, signed, _mine(site, signed), problem)
    return redirect(_own(site, "mine.status", signed), 303)


@blueprint.post("/sites/<site_key>/mine/<signed>/replies")
@limits.refused_posts
@subscriptions.asking(exempt=lambda: "stop" in request.form)
def replies(site_key: str, signed: str) -> BaseResponse:
    """Ask for mail on replies, or end it."""
    site, at = site_or_404(site_key), now()
    comment = private_link.find(current(), site, signed, at)
    try:
        with writing() as session:
            if "stop" in request.form:
                subscriptions.stop(session, [comment.id])
            else:
                subscriptions.ask(session, current(), site, comment, str(get_locale()), at)
    except Problem as problem:
        return _show(site, signed, _mine(site, signed), problem)
    return redirect(_own(site, "mine.status", signed) + "#replies", 303)


def _mine(site: Site, signed: str) -> Mine:
    at = now()
    return mine.look(site, private_link.find(current(), site, signed, at), at)


def _seen() -> int:
    """The version that was on the screen; 0, which no comment has, for what is none."""
    number = request.form.get("seen", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) <= len(str(LARGEST_ID)) else 0


def _show(
    site: Site, signed: str, found: Mine, problem: Problem | None = None, typed: _Typed | None = None
) -> Response:
    comment = found.comment
    errors = dict(problem.errors or {}) if problem else {}
    body = render_template(
        "intake/mine.html",
        mine=found,
        comment=comment,
        article_url=comment.page_url and comment.page_url + (f"#comment-{comment.id}" * (found.status == "approved")),
        typed=typed or _Typed(comment.source, comment.version),
        opened=typed is not None,
        notice=str(problem.detail) if problem else "",
        faults=[str(sentence) for sentence in errors.get("comment", ())],
        minutes=-(-(found.until - now()).total_seconds() // 60) if found.until and found.editable else None,
        edit_url=_own(site, "mine.edit", signed),
        withdraw_url=_own(site, "mine.withdraw", signed),
        replies=subscriptions.state(db.session(), comment) if _can_have_mail(found) else None,
        replies_url=_own(site, "mine.replies", signed),
        data_url=_own(site, "privacy.ask", signed) if current().sends_mail else None,
        lang=str(get_locale()),
    )
    response = make_response(body, problem.status if problem else 200)
    headers.guard(response, site)
    if problem is not None:
        response.headers.extend(problem.headers)
    return response


def _can_have_mail(found: Mine) -> bool:
    return current().sends_mail and found.status != "trash"


def _own(site: Site, endpoint: str, signed: str) -> str:
    """An address of this page, in the language that was asked for."""
    return url_for(endpoint, site_key=site.key, signed=signed, lang=request.args.get("lang"))
