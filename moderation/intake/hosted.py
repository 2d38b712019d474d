"""The reply form as a page of its own, for readers without JavaScript, and the answers to a browser's form post."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from moderation import private_link
from moderation.answers import answer, away
from moderation.extensions import csrf, db
from moderation.intake import headers, limits, proof, remembered, returning, texts
from moderation.intake.forms import CommentForm, Scope
from moderation.intake.requests import asked, incoming, limits_of, site_or_404
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
    fields = MultiDict(asked("page", "parent_id", "page_url", "page_title"))
    kept = remembered.read(request, site)
    fields.update(kept)
    if kept:
        fields["consent"] = "y"
    return show(site, current(), fields, hosted=True)


@blueprint.post("/sites/<site_key>/reply")
@limits.refused_posts
def send(site_key: str) -> BaseResponse:
    """Take a comment from the hosted form."""
    return take(site_key, hosted=True)


def take(site_key: str, *, hosted: bool) -> BaseResponse:
    """Take a browser's form post: back to the article, or the form again with every typed word and the faults named.

    A form on a page of the site's own (`hosted` is False) may come without a token, since a page that was made long ago
    has none: it is answered with the form that has one, to be sent with one more click.
    """
    try:
        return _take(site_or_404(site_key), current(), hosted=hosted)
    except SQLAlchemyError as fault:
        problem = away(fault)
        if problem is None:
            raise
        return _kept(site_key, problem, hosted=hosted)
    except Problem as problem:
        return answer(problem, kept=request.form.get("comment", ""))


def _take(site: Site, settings: Settings, *, hosted: bool) -> BaseResponse:
    received = incoming(site, settings, hosted=hosted)
    fields = received.fields
    if received.via != "json" and ("preview" in fields or not (hosted or fields.get("token"))):
        return _preview(site, settings, fields, hosted=hosted)
    if hosted:
        fields["author_token"] = remembered.author_token(request, site)
    try:
        receipt = submit(received, settings)
    except Problem as problem:
        if problem.errors is not None and "page" in problem.errors:
            raise
        return show(site, settings, fields, problem, hosted=hosted)
    private = private_link.link(settings, site, receipt.comment, str(get_locale()))
    response = redirect(private if hosted else _back(receipt, _article(fields, site)) or private, 303)
    if hosted and receipt.same_form:
        path = url_for("hosted.reply", site_key=site.key)
        token = returning.issue(settings, site, receipt.comment)
        consent = "consent" in fields
        remembered.write(response, site, settings, path, receipt.comment, token=token, consent=consent)
    return response


def _preview(site: Site, settings: Settings, fields: MultiDict[str, str], *, hosted: bool) -> Response:
    """The form with the comment above it as it would be shown. Nothing is stored, and nothing is sent without a click."""
    try:
        html = texts.rendered(fields.get("comment", ""), settings).html
    except Problem as problem:
        return show(site, settings, fields, problem, hosted=hosted)
    return show(site, settings, fields, hosted=hosted, preview=html)


def _kept(site_key: str, problem: Problem, *, hosted: bool) -> Response:
    """The form with every typed word, made without the database; its token was not used up, so it can be sent again."""
    fields = MultiDict(request.form.items())
    form = CommentForm(fields, Scope(current(), site_key, fields.get("page", "")))
    form.show_token(fields.get("token", ""))
    page = {"key": "", "title": None, "open": True}
    shown = _form_page(form, fields, problem, page=page, action=request.full_path, remembers=hosted)
    return _page(shown, None, problem)


def _article(fields: MultiDict[str, str], site: Site) -> str | None:
    """The address that a reader came from, query and all."""
    return page_url(fields.get("page_url") or fields.get("page", ""), site.origins)


def _back(receipt: Receipt, article: str | None) -> str | None:
    if article is None:
        return None
    return article + (f"#comment-{receipt.comment.id}" if receipt.status == "approved" else "#reply-pending")


def show(
    site: Site,
    settings: Settings,
    fields: MultiDict[str, str],
    problem: Problem | None = None,
    *,
    hosted: bool,
    preview: str = "",
) -> Response:
    """The form as a page, with what was typed and, after a refusal, what was wrong.

    It is sent to where it came from: who began on an article (`hosted` is False) is led back to the article.
    """
    form = open_form(settings, site, fields.get("page", ""), fields)
    # What was not stored did not use its token up; a fresh one would say that the reader has only just begun.
    token = form.show_token((problem.token if problem else None) or fields.get("token", ""))
    key = form.scope.page_key
    page = db.session.scalars(select(Page).where(Page.site_id == site.id, Page.key == key)).one_or_none()
    parent = _parent(form.parent_id.data, page)
    article = _article(fields, site) or (page.url if page else None)
    challenge = proof.asked(settings, site, key, token)
    lang = str(get_locale())
    shown = _form_page(
        form,
        fields,
        problem,
        page={"key": key, "title": page.title if page and page.approved else None, "open": _is_open(page, site)},
        parent={"id": parent.id, "name": parent.author} if parent else None,
        action=url_for("hosted.send", site_key=site.key, page=key, lang=lang)
        if hosted
        else url_for("intake.post", site_key=site.key, lang=lang),
        article_url=article,
        challenge=challenge,
        preview=preview,
        remembers=hosted,
    )
    # A browser asks the policy of the page that a form stands on also where the answer to it leads.
    goals = () if hosted else site.origins
    return _page(shown, site, problem, scripts="script-src 'self'; " if challenge else "", goals=goals)


def _form_page(form: CommentForm, fields: MultiDict[str, str], problem: Problem | None, **context: Any) -> Response:
    hidden = {
        "page": fields.get("page", ""),
        "page_url": fields.get("page_url", ""),
        "page_title": form.page_title.data or "",
        "parent_id": form.parent_id.data or "",
    }
    body = render_template(
        "intake/reply.html",
        **{"parent": None, "article_url": None, "challenge": None, "preview": "", **context},
        form=form,
        hidden=hidden,
        consent="consent" in fields,
        errors=_errors(problem),
        lang=str(get_locale()),
        limits=limits_of(form.settings),
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


def _page(
    response: Response,
    site: Site | None,
    problem: Problem | None = None,
    *,
    scripts: str = "",
    goals: Iterable[str] = (),
) -> Response:
    headers.guard(response, site, scripts=scripts, goals=goals)
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if problem is not None:
        response.headers.extend(problem.headers)
    return response
