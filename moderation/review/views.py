"""The desk's pages: the queue, one comment in full, and what is done from them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moderation.models import Comment, Job, Site, now
from moderation.problems import Invalid, Malformed, NotFound
from moderation.review import acts, beside, flood, many, said, scorecards, shown
from moderation.review.accounts import sites_of
from moderation.review.acts import LONGEST_NOTE, ReplyRefused
from moderation.review.desk import blueprint, here, me, my_site, way_back
from moderation.review.forms import DecisionForm, Kept, ReplyForm, asked, number
from moderation.review.noted import noted
from moderation.review.queue import SORTS, TABS, BadCursor, alike, comment_for, history, listing, newest_id, thread


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The queue of the first site."""
    sites = sites_of(me())
    if not sites:
        return render_template("desk/no_site.html", site=None, sites=[])
    return redirect(url_for("desk.queue", site_key=sites[0].key))


@blueprint.get("/<site_key>/")
def queue(site_key: str) -> ResponseReturnValue:
    """A site's comments in one status."""
    site = my_site(site_key)
    question = asked(site, request.args)
    try:
        page = listing(question, verdicts=False)
    except BadCursor as fault:
        raise Malformed(_("This place in the list does not exist. Start again at the top of the queue.")) from fault
    counts = site.counts()
    return render_template(
        "desk/queue.html",
        site=site,
        sites=sites_of(me()),
        question=question,
        bundle=question.bundles[0] if question.bundles else None,
        rows=shown.rows(
            site,
            page,
            alike(page.comments) if question.folded else {},
            beside.rows(site, page.comments, me(), now()),
        ),
        counts={**counts, "all": sum(counts.values())},
        tabs=TABS,
        sorts=SORTS,
        flood=flood.notice(site, now()),
        next_cursor=page.next,
        upto=newest_id(),
        whole=many.count(site, question) if page.comments else 0,
        here=here(),
    )


@blueprint.get("/<site_key>/comments/<int:comment_id>")
def comment(site_key: str, comment_id: int) -> ResponseReturnValue:
    """One comment in full: source, verdict, history, the thread around it."""
    site = my_site(site_key)
    return comment_page(site, asked_for(site, comment_id))


@blueprint.post("/<site_key>/decisions")
def decisions(site_key: str) -> ResponseReturnValue:
    """Decide, on one comment by its own button or on all that are ticked."""
    site = my_site(site_key)
    form = DecisionForm(request.form)
    back = way_back(request.form.get("next"), url_for("desk.queue", site_key=site.key))
    if not form.usable:
        raise Malformed(_("The queue could not read what to do. Go back, reload the page and try again."))
    if not form.ids:
        flash(_("Nothing was ticked, so nothing was changed."), "fault")
        return redirect(back, 303)
    if len(form.note) > LONGEST_NOTE:
        sentence = _("The note has %(n)s characters; at most %(most)s are kept.", n=len(form.note), most=LONGEST_NOTE)
        raise Invalid(sentence, errors={"note": [sentence]})
    result, begun = many.decide(
        me(),
        site,
        form.single,
        form.bundles,
        form.decision,
        seen=form.seen,
        upto=form.upto,
        note=form.note,
        at=now(),
    )
    if len(result.missing) == len(form.ids) and not form.bundles:
        raise NotFound(_("There is no such comment on this site."))
    said.decided(result, form.decision)
    said.begun(begun)
    following = form.following()
    return redirect(f"{back}#comment-{following}" if following else back, 303)


@blueprint.post("/<site_key>/undo")
def undo(site_key: str) -> ResponseReturnValue:
    """Take back what one act did."""
    site = my_site(site_key)
    back = way_back(request.form.get("next"), url_for("desk.queue", site_key=site.key))
    undone = many.undo(me(), site, request.form.get("batch", ""), now(), only=number(request.form.get("only", "")))
    if isinstance(undone, Job):
        said.begun([undone])
        return redirect(back, 303)
    said.undone(undone)
    touched = undone.decided or undone.unchanged
    return redirect(f"{back}#comment-{touched[0]}" if touched else back, 303)


@blueprint.post("/<site_key>/comments/<int:comment_id>/reply")
def reply(site_key: str, comment_id: int) -> ResponseReturnValue:
    """Reply as staff; a comment that waits is approved with it."""
    site = my_site(site_key)
    parent = asked_for(site, comment_id)
    form = ReplyForm()
    if not form.validate():
        form.nonce.data = acts.new_nonce()
        return _kept(site, parent, form, _("The form could not be read. Your text is kept; please send it again."))
    waiting, seen = parent.status == "pending", int(form.seen.data or 0)
    try:
        posted = acts.reply(me(), site, parent, form.text.data or "", seen=seen, nonce=form.nonce.data or "", at=now())
    except ReplyRefused as fault:
        return _kept(site, asked_for(site, comment_id), form, str(fault))
    said.replied(parent, posted, waiting=waiting)
    back = way_back(form.next.data, url_for("desk.comment", site_key=site.key, comment_id=comment_id))
    return redirect(f"{back}#comment-{comment_id}", 303)


def _kept(site: Site, parent: Comment, form: ReplyForm, fault: str) -> ResponseReturnValue:
    """The reply form again with every word in it, beside the comment as it is now."""
    form.seen.data = str(parent.version)
    return comment_page(site, parent, form, fault), 422


def asked_for(site: Site, comment_id: int) -> Comment:
    """The comment of this number on a site; raises `NotFound`."""
    found = comment_for(comment_id, [site.id])
    if found is None:
        raise NotFound(_("There is no such comment on this site."))
    return found


def comment_page(
    site: Site, found: Comment, form: ReplyForm | None = None, fault: str = "", kept: Kept | None = None
) -> str:
    """One comment's own page, with the reply form or another that comes back with what was typed."""
    around = thread(found)
    parent = next((each for each in around if each.id == found.parent_id), None)
    besides = beside.page(site, found, me(), now(), kept)
    return render_template(
        "desk/comment.html",
        site=site,
        sites=sites_of(me()),
        comment=found,
        row=shown.whole(site, found, parent, besides["beside"], form, fault, kept),
        silent=scorecards.silent(found.verdict),
        thread=around,
        history=history(found),
        noted=noted,
        here=url_for("desk.comment", site_key=site.key, comment_id=found.id),
        **besides,
    )
