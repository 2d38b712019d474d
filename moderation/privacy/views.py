"""A person asks for their data, or for its erasure, from a comment's private page, and confirms it by mail.

Whoever has a comment's private link need not own its address, and whoever typed an address need not either. So asking only
sends a letter, and the button on the page that the letter leads to does it. A GET changes nothing: mail scanners open every link.
"""

from __future__ import annotations

from flask import Blueprint, Response, request, stream_with_context, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from moderation import outbox, private_link, subscriptions
from moderation.answers import answer
from moderation.database import writing
from moderation.extensions import csrf, db
from moderation.link_pages import guarded, link_page
from moderation.models import Comment, Site, now, site_by_key
from moderation.outbox import Letter
from moderation.privacy import links, person
from moderation.privacy.export import document
from moderation.privacy.links import HOURS, PURPOSES, What, Wish
from moderation.problems import Malformed, NotFound, Problem
from moderation.rates import Rate
from moderation.settings import current
from moderation.strings import LANGUAGES

blueprint = Blueprint("privacy", __name__)
blueprint.after_request(guarded)
# The signed links are the authority.
csrf.exempt(blueprint)
_some = Rate("privacy", lambda: 60).each
_COUNTED = 1_000
_STEPS = 10
"""Steps of an erasure that one request takes; who has more comments presses the button again."""


@blueprint.post("/sites/<site_key>/mine/<signed>/data")
@_some
@subscriptions.asking()
def ask(site_key: str, signed: str) -> Response:
    """Send the letter by which a copy of a person's data, or its erasure, is confirmed."""
    site, settings, at = _site(site_key), current(), now()
    private_link.find(settings, site, signed, at)
    what = _purpose()
    if not settings.sends_mail:
        raise NotFound(_("This service sends no mail, so it cannot ask you to confirm this. Please write to the site."))
    with writing() as session:
        # What was read before may have been erased since.
        comment = private_link.find(settings, site, signed, at, locked=True)
        wish = Wish(what, person.keys_of(settings, comment.email))
        signed_wish, lang = links.sign(settings, site, wish), str(get_locale())
        # The page speaks the letter's language; without one asked for, the browser's own counts.
        page = url_for(
            "privacy.show", site_key=site.key, signed=signed_wish, lang=None if lang == LANGUAGES[0] else lang
        )
        subscriptions.count_request(session, settings, site, comment, at, purpose=f"privacy-{what}")
        # What was taken for spam sends nobody a letter: robots sign with other people's addresses.
        if comment.status != "spam":
            data = {"link": settings.public_url + page, "what": what}
            letter = Letter("privacy_confirm", comment.email, lang, site.id, data, comment_id=comment.id)
            outbox.put(session, letter, at=at)
    return link_page(
        _("Look into your mail"),
        _(
            "A letter is on its way to the address that the comment was sent with. Open the link in it within "
            "%(hours)s hours to confirm.",
            hours=HOURS,
        ),
    )


@blueprint.get("/sites/<site_key>/data/<signed>")
@_some
def show(site_key: str, signed: str) -> Response:
    """What the button does, and the button."""
    site = _site(site_key)
    wish = links.read(current(), site, signed)
    n = person.count(db.session(), site, wish.keys, _COUNTED)
    if wish.what == "export":
        title, button = _("A copy of your data"), _("Download")
        sentence = _("Everything that the comments of this site keep under your address, as one file in JSON.")
    else:
        title, button = _("Erase all your comments"), _("Erase all of it now")
        sentence = _(
            "Your comments are deleted with everything that is known of them. Replies of others stay. It cannot be undone."
        )
    if not n:
        return link_page(title, _("Nothing is stored under your address here."))
    number = (
        _("There are more than %(num)s comments.", num=_COUNTED)
        if n == _COUNTED
        else ngettext("There is %(num)s comment.", "There are %(num)s comments.", n)
    )
    return link_page(title, f"{sentence} {number}", button=button)


@blueprint.post("/sites/<site_key>/data/<signed>")
@_some
def act(site_key: str, signed: str) -> Response:
    """Give the copy out, or erase. To erase twice is to erase once."""
    site, at = _site(site_key), now()
    wish = links.read(current(), site, signed)
    if wish.what == "export":
        return _download(site, wish)
    person.erase(site, wish.keys, at=at, steps=_STEPS)
    if person.count(db.session(), site, wish.keys, 1):
        return link_page(
            _("Erase all your comments"),
            _("Many of your comments are erased, and there are more. Press the button again to go on."),
            button=_("Go on erasing"),
        )
    return link_page(
        _("Your comments are erased"),
        _("Nothing is stored under your address here any more. Copies in backups go when those are replaced."),
    )


def _download(site: Site, wish: Wish) -> Response:
    newest = (
        select(Comment.email)
        .where(Comment.site_id == site.id, Comment.email_key.in_(wish.keys))
        .order_by(Comment.id.desc())
        .limit(1)
    )
    email = db.session.scalars(newest).one_or_none() or ""
    response = Response(stream_with_context(document(email, [site], wish.keys, now())), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="comments-{site.key}.json"'
    return response


def _site(key: str) -> Site:
    found = site_by_key(db.session(), key)
    if found is None:
        raise NotFound(_("There is no site with the key “%(key)s” here.", key=key[:64]))
    return found


def _purpose() -> What:
    for what in PURPOSES:
        if request.form.get("what") == what:
            return what
    raise Malformed(_("The request could not be read. Please check it and try again."))


@blueprint.errorhandler(Problem)
def _refused(problem: Problem) -> Response:
    return answer(problem)
