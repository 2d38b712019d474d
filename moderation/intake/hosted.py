"""The reply form as a page of its own, for readers without JavaScript, and the answers to a browser's form post."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from moderation.answers import away
from moderation.extensions import csrf, db
from moderation.intake import limits, mine, proof, remembered, returning
from moderation.intake.forms import CommentForm, Scope
from moderation.intake.requests import incoming, limits_of, site_or_404
from moderation.intake.submit import Receipt, open_form, submit
from moderation.models import Comment, Page, Site, now
from moderation.problems import Invalid, Problem
from moderation.settings import Settings, current
from moderation.text.pages import page_url

blueprint = Blueprint("hosted", __name__)
# The form's own signed token protects it; see `intake.token`.
csrf.exempt(blueprint)


@blueprint.get("/sites/<site_key>/reply")
def reply(site_key: str) -> Response:
    """The empty form of a page."""
    site = site_or_404(site_key)
    names = ("page", "parent_id", "page_url", "page_title")
    fields = MultiDict((name, request.args.get(name, "")) for name in names)
    kept = remembered.read(request, site)
    fields.update(kept)
    if kept:
        fields["consent"] = "y"
    return show(site, current(), fields)


@blueprint.post("/sites/<site_key>/reply")
@limits.refused_posts
def send(site_key: str) -> BaseResponse:
    """Take a comment from the hosted form."""
    return take(site_key, hosted=True)


def take(site_key: str, *, hosted: bool) -> BaseResponse:
    """Take a browser's form post: back to the article, or the form again with every typed word and the faults named."""
    try:
        return _take(site_or_404(site_key), current(), hosted=hosted)
    except SQLAlchemyError as fault:
        problem = away(fault)
        if problem is None:
            raise
        return _kept(site_key, problem)


def _take(site: Site, settings: Settings, *, hosted: bool) -> BaseResponse:
    received = incoming(site, settings, hosted=hosted)
    if hosted:
        received.fields["author_token"] = remembered.author_token(request, site)
    try:
        receipt = submit(received, settings)
    except Problem as problem:
        if problem.errors is not None and "page" in problem.errors:
            raise
        return show(site, settings, received.fields, problem)
    private = mine.link(settings, site, receipt.comment)
    response = redirect(private if hosted else _back(receipt) or private, 303)
    if hosted and receipt.same_form:
        path = url_for("hosted.reply", site_key=site.key)
        token = returning.issue(settings, site, receipt.comment)
        consent = "consent" in received.fields
        remembered.write(response, site, settings, path, receipt.comment, token=token, consent=consent)
    return response


def _kept(site_key: str, problem: Problem) -> Response:
    """The form with every typed word, made without the database; its token was not used up, so it can be sent again."""
    fields = MultiDict(request.form.items())
    form = CommentForm(fields, Scope(current(), site_key, fields.get("page", "")))
    form.keep_token(fields.get("token", ""))
    return _page(
        _form_page(form, problem, page={"key": "", "title": None, "open": True}, action=request.full_path),
        None,
        problem,
    )


def _back(receipt: Receipt) -> str | None:
    article = receipt.comment.page_url
    if article is None:
        return None
    return article + (f"#comment-{receipt.comment.id}" if receipt.status == "approved" else "#reply-pending")


def show(site: Site, settings: Settings, fields: MultiDict[str, str], problem: Problem | None = None) -> Response:
    """The form as a page, with what was typed and, after a refusal, what was wrong."""
    form = open_form(settings, site, fields.get("page", ""), fields)
    if problem is not None:
        # What was refused did not use its token up; a fresh one would say that the reader has only just begun.
        form.keep_token(problem.token or fields.get("token", ""))
    key = form.scope.page_key
    page = db.session.scalars(select(Page).where(Page.site_id == site.id, Page.key == key)).one_or_none()
    parent = _parent(form.parent_id.data, page)
    article = page_url(fields.get("page_url") or fields.get("page", ""), site.origins) or (page.url if page else None)
    challenge = proof.asked(settings, site, key, form.shown_token)
    shown = _form_page(
        form,
        problem,
        page={"key": key, "title": page.title if page and page.approved else None, "open": _is_open(page, site)},
        parent={"id": parent.id, "name": parent.author} if parent else None,
        action=url_for("hosted.send", site_key=site.key, page=key, lang=str(get_locale())),
        article_url=article,
        challenge=challenge,
    )
    return _page(shown, site, problem, scripts="script-src 'self'; " if challenge else "")


def _form_page(form: CommentForm, problem: Problem | None, **context: Any) -> Response:
    body = render_template(
        "intake/reply.html",
        **{"parent": None, "article_url": None, "challenge": None, **context},
        form=form,
        errors=_errors(problem),
        lang=str(get_locale()),
        limits=limits_of(form.settings),
        remembers=True,
        proof_words=proof.words(),
    )
    return make_response(body, problem.status if problem else 200)


def _errors(problem: Problem | None) -> dict[str, list[str]]:
    if problem is None:
        return {}
    if isinstance(problem, Invalid) and problem.errors:
        return {name: list(lines) for name, lines in problem.errors.items()}
    return {"form": [str(problem.detail)]}


def _is_open(page: Page | None, site: Site) -> bool:
    return page is None or page.is_open(site.policy, now())


def _parent(parent_id: int | None, page: Page | None) -> Comment | None:
    if parent_id is None or page is None:
        return None
    query = select(Comment).where(Comment.id == parent_id, Comment.page_id == page.id, Comment.status == "approved")
    return db.session.scalars(query).one_or_none()


def _page(response: Response, site: Site | None, problem: Problem | None = None, *, scripts: str = "") -> Response:
    frames = " ".join(site.origins if site else ()) or "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; {scripts}style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if problem is not None:
        response.headers.extend(problem.headers)
    return response


@blueprint.get("/sites/<site_key>/mine/<signed>")
def status(site_key: str, signed: str) -> Response:
    """A reader's private page: what became of the comment. What was taken for spam also reads as waiting."""
    site, settings = site_or_404(site_key), current()
    comment = mine.find(settings, site, signed, now())
    shown = "pending" if comment.status == "spam" else comment.status
    body = render_template(
        "intake/sent.html",
        status=shown,
        message=_sentence(shown),
        article_url=comment.page_url,
        comment_html=comment.html,
        withdraw_url=url_for("hosted.withdraw", site_key=site.key, signed=signed)
        if mine.can_withdraw(comment)
        else None,
        lang=str(get_locale()),
    )
    return _page(make_response(body), site)


def _sentence(status: str) -> str:
    return {
        "pending": _("Your comment is awaiting moderation."),
        "approved": _("Your comment is published."),
        "trash": _("Your comment was withdrawn or not published."),
    }[status]


@blueprint.post("/sites/<site_key>/mine/<signed>/withdraw")
def withdraw(site_key: str, signed: str) -> BaseResponse:
    """Take the comment back. The link itself is the authority: only the sender was given it."""
    site = site_or_404(site_key)
    mine.withdraw(mine.find(current(), site, signed, now()), now())
    return redirect(url_for("hosted.status", site_key=site.key, signed=signed), 303)
