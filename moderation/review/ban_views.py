"""From a comment's row: ban what of it should not come again, or approve it and trust its author."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moderation.models import Comment, Site, now
from moderation.problems import Invalid, Malformed, NotFound
from moderation.review import acts, bans, said
from moderation.review.accounts import sites_of
from moderation.review.bans import BAN_LISTS, WORD, BadDay, BanList
from moderation.review.desk import blueprint, me, my_site, way_back
from moderation.review.forms import DecisionForm
from moderation.review.queue import comment_for
from moderation.spam.entries import ListError
from moderation.spam.lists import Line
from moderation.text.names import clean_line

_LONGEST_WORD = 200


@dataclass(slots=True)
class _Form:
    """A ban as it was typed."""

    target: str
    word: str
    list: BanList
    until: str
    next: str


@blueprint.get("/<site_key>/comments/<int:comment_id>/ban")
def ban(site_key: str, comment_id: int) -> ResponseReturnValue:
    """What of a comment can be banned, and what that would have caught."""
    site = my_site(site_key)
    return _page(site, _comment(site, comment_id))


@blueprint.post("/<site_key>/comments/<int:comment_id>/ban")
def save_ban(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Put it on the list."""
    site = my_site(site_key)
    comment = _comment(site, comment_id)
    form = _form()
    line, fault, field = _line(site, comment, form)
    if line is None or line.entry is None:
        return _page(site, comment, fault or _("Choose what to ban."), field or "target")
    try:
        new = bans.ban(site, line, form.list, me(), comment, today=now().date())
    except ListError as full:
        return _page(site, comment, str(full), "target")
    back = way_back(form.next, url_for("desk.comment", site_key=site.key, comment_id=comment.id))
    written = line.entry.written
    if new:
        sentence = _("%(entry)s is on the list %(list)s now.", entry=written, list=form.list)
        flash(sentence, f"unban {form.list} {comment.id} {written}")
    else:
        flash(_("%(entry)s was on the list %(list)s already.", entry=written, list=form.list), "said")
    return redirect(f"{back}#comment-{comment.id}", 303)


@blueprint.post("/<site_key>/comments/<int:comment_id>/unban")
def unban(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Take out again what one has just put on a list."""
    site = my_site(site_key)
    comment = _comment(site, comment_id)
    name, written = _ban_list(request.form.get("list", "")), clean_line(request.form.get("entry", ""))
    if bans.lift(site, written, name, me(), comment):
        flash(_("%(entry)s is off the list %(list)s again.", entry=written, list=name), "said")
    else:
        flash(_("There is nothing to undo."), "fault")
    back = way_back(request.form.get("next"), url_for("desk.comment", site_key=site.key, comment_id=comment.id))
    return redirect(f"{back}#comment-{comment.id}", 303)


@blueprint.post("/<site_key>/comments/<int:comment_id>/trust")
def trust(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Approve a comment, and trust its author's browser from then on."""
    site = my_site(site_key)
    comment = _comment(site, comment_id)
    form = DecisionForm(request.form)
    if not form.usable or form.ids != [comment.id] or form.decision != "approve" or comment.author_key is None:
        raise Malformed(_("The queue could not read what to do. Go back, reload the page and try again."))
    if len(form.note) > acts.LONGEST_NOTE:
        raise Invalid(
            _("The note has %(n)s characters; at most %(most)s are kept.", n=len(form.note), most=acts.LONGEST_NOTE)
        )
    result = acts.decide(
        me(), form.ids, "approve", within=[site.id], seen=form.seen, note=form.note, at=now(), trusts=True
    )
    if result.decided:
        sentence = _("Comment %(id)s is approved, and its author's browser is trusted from now on.", id=comment.id)
        flash(sentence, f"undo {result.batch}")
    else:
        said.decided(result, "approve")
    back = way_back(request.form.get("next"), url_for("desk.queue", site_key=site.key))
    following = form.following()
    return redirect(f"{back}#comment-{following}" if following else back, 303)


def _page(site: Site, comment: Comment, fault: str = "", field: str = "") -> ResponseReturnValue:
    form = _form()
    offered = bans.targets(site, comment)
    line = None
    if form.target and not fault:
        line, fault, field = _line(site, comment, form)
    page = render_template(
        "desk/ban.html",
        site=site,
        sites=sites_of(me()),
        comment=comment,
        offered=offered,
        names=BAN_LISTS,
        form=form,
        line=line,
        caught=bans.caught(site, line.entry, at=now()) if line and line.entry else None,
        fault=fault,
        field=field,
        days=bans.DAYS,
        most=bans.MOST,
        word=WORD,
        today=now().date().isoformat(),
        here=url_for("desk.comment", site_key=site.key, comment_id=comment.id),
    )
    return page, 422 if fault else 200


def _line(site: Site, comment: Comment, form: _Form) -> tuple[Line | None, str, str]:
    """The line that the form asks for; else what is wrong, and with which field."""
    offered = {target.entry for target in bans.targets(site, comment)}
    if form.target == WORD:
        written, field = bans.word_entry(form.word), "word"
        if not clean_line(form.word):
            return None, _("Type the word to ban."), "word"
    elif form.target in offered:
        written, field = form.target, "target"
    else:
        return None, _("This comment has nothing of the kind. Choose what to ban from the list."), "target"
    try:
        return bans.ban_line(written, form.list, form.until, me(), comment, today=now().date()), "", ""
    except ListError as refused:
        return None, str(refused), field
    except BadDay:
        return (
            None,
            _("The last day has to be today or later, written as 2027-01-31. Leave it empty for ever."),
            "until",
        )


def _form() -> _Form:
    given = request.form if request.method == "POST" else request.args
    return _Form(
        target=given.get("target", "")[:_LONGEST_WORD],
        word=given.get("word", "")[: 2 * _LONGEST_WORD],
        list=_ban_list(given.get("list") or BAN_LISTS[0]),
        until=given.get("until", "")[:20],
        next=given.get("next", ""),
    )


def _ban_list(typed: str) -> BanList:
    for name in BAN_LISTS:
        if name == typed:
            return name
    raise Malformed(_("There is no such list. Choose block or hold."))


def _comment(site: Site, comment_id: int) -> Comment:
    """A reader's comment: what staff wrote, nobody bans."""
    found = comment_for(comment_id, [site.id])
    if found is None or found.staff:
        raise NotFound(_("There is no such comment on this site."))
    return found
