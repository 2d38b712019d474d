"""The desk's addresses for what one does beside deciding: edit a text, leave a note, say what one has open."""

from __future__ import annotations

import orjson
from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moderation.models import Comment, Site, now
from moderation.problems import NotFound
from moderation.review import edits, notes, presence, said
from moderation.review.desk import blueprint, me, my_site, way_back
from moderation.review.edits import EditRefused
from moderation.review.forms import EditForm, Kept, number
from moderation.review.notes import Gone, NoteRefused
from moderation.review.views import asked_for, comment_page


@blueprint.post("/<site_key>/comments/<int:comment_id>/edit")
def edit(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Change a comment's text."""
    site = my_site(site_key)
    found = asked_for(site, comment_id)
    form = EditForm()
    text = form.text.data or ""
    if not form.validate():
        fault = _("The form could not be read. Your text is kept; please send it again.")
        return comment_page(site, found, kept=Kept("edit", text, fault)), 422
    try:
        number = edits.edit(me(), found, text, seen=int(form.seen.data or 0), at=now())
    except EditRefused as refusal:
        return comment_page(site, asked_for(site, comment_id), kept=Kept("edit", text, str(refusal))), 422
    said.edited(found, number)
    return _back(site, comment_id)


@blueprint.post("/<site_key>/comments/<int:comment_id>/edit/undo")
def undo_edit(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Take back the newest edit of a comment."""
    site = my_site(site_key)
    found = asked_for(site, comment_id)
    try:
        said.unedited(found, edits.undo(me(), found, _number("number"), at=now()))
    except EditRefused as refusal:
        flash(str(refusal), "fault")
    return _back(site, comment_id)


@blueprint.post("/<site_key>/comments/<int:comment_id>/notes")
def add_note(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Leave a note for the other moderators."""
    site = my_site(site_key)
    found = asked_for(site, comment_id)
    text = request.form.get("text", "")
    try:
        notes.add(me(), found, text, at=now())
    except NoteRefused as refusal:
        return comment_page(site, asked_for(site, comment_id), kept=Kept("note", text, str(refusal))), 422
    except Gone as fault:
        raise _no_note() from fault
    flash(_("The note is kept. Only moderators see it."), "said")
    return _to_notes(site, found)


@blueprint.post("/<site_key>/comments/<int:comment_id>/notes/remove")
def remove_note(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Remove a note of one's own."""
    site = my_site(site_key)
    found = asked_for(site, comment_id)
    try:
        notes.remove(me(), found, _number("note"), at=now())
    except Gone as fault:
        raise _no_note() from fault
    flash(_("The note is removed."), "said")
    return _to_notes(site, found)


@blueprint.post("/<site_key>/comments/<int:comment_id>/presence")
def report_presence(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Say that one has a comment open now. The page's script says so again while it is looked at."""
    site = my_site(site_key)
    if not presence.report(me(), comment_id, within=[site.id], at=now()):
        raise NotFound(_("There is no such comment on this site."))
    return "", 204


@blueprint.get("/<site_key>/presence")
def present(site_key: str) -> ResponseReturnValue:
    """Who else has these comments open now: `?ids=41,42` gives `{"41": "Mo has this open"}`, ready to be shown."""
    site = my_site(site_key)
    asked = request.args.get("ids", "")[: 11 * presence.MOST_ASKED].split(",")[: presence.MOST_ASKED]
    others = presence.others(me(), set(filter(None, map(number, asked))), site.id, now())
    return Response(orjson.dumps({str(each): who for each, who in others.items()}), mimetype="application/json")


def _number(name: str) -> int:
    """A number that a form of ours sends; 0, which is the number of nothing, for anything else."""
    return number(request.form.get(name, "")) or 0


def _back(site: Site, comment_id: int) -> ResponseReturnValue:
    own = url_for("desk.comment", site_key=site.key, comment_id=comment_id)
    return redirect(f"{way_back(request.form.get('next'), own)}#comment-{comment_id}", 303)


def _to_notes(site: Site, comment: Comment) -> ResponseReturnValue:
    return redirect(url_for("desk.comment", site_key=site.key, comment_id=comment.id, _anchor="notes"), 303)


def _no_note() -> NotFound:
    return NotFound(_("There is no such note of yours on this comment."))
