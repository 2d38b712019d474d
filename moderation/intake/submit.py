"""The one way in: JSON, a form post and the hosted form all end here.

The order of the checks is fixed and is a wall: size, origin and kind of content (the view), token, repeat of the same
post (which is no new post for the limits), fields, limits, DNS for the address's domain, page and parent, sanitiser, filter,
one write. Cheap refusals come before costly work, and nothing is written before the comment is judged. What is wrong with
the fields costs next to nothing to find: nobody waits out a pause to be told of it then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.datastructures import MultiDict

from moderation import lifecycle
from moderation.extensions import db
from moderation.intake import flood, judging, limits, place, proof, returning, token
from moderation.intake.forms import CommentForm, Scope
from moderation.intake.judging import Judged, Party
from moderation.intake.limits import Sender
from moderation.keys import keyed_hash
from moderation.models import Comment, Site
from moderation.models.asking import Asked
from moderation.problems import Errors, Invalid, KeyReused, TokenUsed, TooMany, said
from moderation.settings import Settings
from moderation.spam import History, Submission
from moderation.spam.packing import pack
from moderation.strings import answer_strings
from moderation.text.addresses import network_of
from moderation.text.emails import email_identity
from moderation.text.pages import BadPage, page_key, stored_url
from moderation.text.sanitize import MarkupError, Sanitised, sanitize, within_limits


@dataclass(frozen=True, slots=True)
class Incoming:
    """A post as it reached the server: its fields as typed, and what was seen around it."""

    site: Site
    fields: MultiDict[str, str]
    faults: Errors
    via: str
    at: datetime
    idempotency_key: str | None = None
    address: str | None = None
    user_agent: str | None = None
    referrer: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender hears: what became of the comment at once, whatever was decided since.

    `same_form` tells whether the comment came in with the token of this very form. A repeat that only knows the
    Idempotency-Key hears the same, but is not given what proves a browser.
    """

    comment: Comment
    same_form: bool = True

    @property
    def status(self) -> Literal["approved", "pending"]:
        """As it looks from outside: what was taken for spam waits like any other."""
        return "approved" if self.comment.first_status == "approved" else "pending"

    @property
    def message(self) -> str:
        """The status as a sentence for the reader."""
        return answer_strings(str(get_locale()))[self.status]


def open_form(settings: Settings, site: Site, page: str, fields: MultiDict[str, str] | None = None) -> CommentForm:
    """The form of one page, empty or with what was sent. Raises `Invalid` when the page cannot be one of the site's."""
    return CommentForm(fields, scope_of(settings, site, page))


def scope_of(settings: Settings, site: Site, page: str) -> Scope:
    """What the form of a page is for. Raises `Invalid` when the page cannot be one of the site's."""
    try:
        key = page_key(page, site.origins)
    except BadPage as fault:
        sentence = said(fault)
        raise Invalid(sentence, errors={"page": [sentence]}) from fault
    return Scope(settings, site.key, key)


def submit(incoming: Incoming, settings: Settings) -> Receipt:
    """Take a reader's comment through every check, judge it, and store it.

    Raises a `Problem` for everything that can be wrong; then nothing was stored and the sender still has the words.
    """
    site = incoming.site
    form = open_form(settings, site, incoming.fields.get("page", ""), incoming.fields)
    claims = form.check_token()
    sender = _sender(incoming, form, claims, settings)
    session: Session = db.session()
    repeated = _first_answer(session, sender, incoming, form, claims)
    if repeated is not None:
        return repeated
    try:
        limits.pause(session, sender, settings)
    except TooMany:
        # For somebody who has to wait nobody is asked over the network.
        form.deliverability = False
        _validated(form, incoming)
        raise
    source = _validated(form, incoming)
    parent_id: int | None = form.parent_id.data
    place.refuse_hopeless(session, site, form.scope.page_key, parent_id, incoming.at)
    text_key = judging.text_key_of(source)

    def unrepeated(session: Session) -> None:
        limits.pause(session, sender, settings)
        limits.refuse_repeat(session, sender, page_key=form.scope.page_key, parent_id=parent_id, text_key=text_key)

    limits.refuse_repeat(session, sender, page_key=form.scope.page_key, parent_id=parent_id, text_key=text_key)
    limits.crowd()
    # Only what will be stored is worth the most costly step.
    safe = sanitize(source, max_characters=settings.max_comment, max_tags=settings.max_tags)
    submission = _submission(incoming, form, claims, safe, parent_id)
    author_key = returning.known_key(session, settings, site, incoming.fields.get("author_token", ""), sender)
    party = Party(incoming.address, sender.email_key, sender.network_key, author_key)

    def gate_for(known: History) -> flood.Gate:
        typed = incoming.fields.get(proof.FIELD, "")
        return flood.gate(settings, site, claims, typed, alike=known.recent_near, at=incoming.at)

    judged = judging.judged(session, site, submission, party, gate_for, incoming.at)
    draft = lifecycle.Draft(
        site=site,
        page_key=form.scope.page_key,
        status=judged.verdict.status,
        because=judged.verdict.because,
        at=incoming.at,
        parent_id=parent_id,
        hosts=judged.hosts,
        prints=judged.prints,
        flooded=judged.flooded,
        guard=unrepeated,
        fields=_columns(incoming, submission, sender, safe, judged) | {"author_key": author_key or returning.new_key()},
    )
    return _store(draft, sender, incoming, form, claims)


def _sender(incoming: Incoming, form: CommentForm, claims: token.Claims, settings: Settings) -> Sender:
    typed = [
        form.scope.page_key,
        *(incoming.fields.get(name, "") for name in ("parent_id", "author", "email", "comment")),
    ]
    email = incoming.fields.get("email", "").strip()[: settings.max_email]
    return Sender(
        site_id=incoming.site.id,
        nonce=claims.nonce,
        idempotency_key=keyed_hash(settings, "idempotency", incoming.idempotency_key),
        email_key=keyed_hash(settings, "email", email_identity(email)),
        network_key=keyed_hash(settings, "network", network_of(incoming.address)),
        fingerprint=keyed_hash(settings, "fingerprint", json.dumps(typed)) or "",
        at=incoming.at,
    )


def _first_answer(
    session: Session, sender: Sender, incoming: Incoming, form: CommentForm, claims: token.Claims
) -> Receipt | None:
    """The answer that this post got before, if it was stored before: a double click or a retry makes one comment."""
    by_key = None
    if sender.idempotency_key:
        by_key = _stored(session, _BY_KEY, sender, sender.idempotency_key)
        if by_key is not None and by_key.fingerprint != sender.fingerprint:
            raise KeyReused(_("This Idempotency-Key was sent with another comment. Make a new one for each comment."))
    found = by_key or _stored(session, _BY_NONCE, sender, sender.nonce)
    if found is None:
        return None
    if found.fingerprint != sender.fingerprint:
        raise TokenUsed(
            _("Another comment was sent with this form. Your text is kept: please send it again."),
            token=token.issue(form.settings, incoming.site.key, form.scope.page_key, since=claims.since),
        )
    return Receipt(found, same_form=found.nonce == sender.nonce)


def _by(column: InstrumentedAttribute[str | None]) -> Asked:
    known = select(Comment.id).where(Comment.site_id == bindparam("site_id"), column == bindparam("value"))
    return Asked(lambda _dialect: known)


_BY_KEY, _BY_NONCE = _by(Comment.idempotency_key), _by(Comment.nonce)


def _stored(session: Session, asked: Asked, sender: Sender, value: str) -> Comment | None:
    known = asked.scalar(session, {"site_id": sender.site_id, "value": value})
    return None if known is None else session.scalars(select(Comment).where(Comment.id == known)).one_or_none()


def _validated(form: CommentForm, incoming: Incoming) -> str:
    """The comment's source, every field checked and cleaned; all faults are told at once."""
    form.validate()
    errors = {**form.problems, **incoming.faults}
    source = form.comment.data or ""
    if "comment" not in errors:
        try:
            source = within_limits(source, max_characters=form.settings.max_comment, max_tags=form.settings.max_tags)
        except MarkupError as fault:
            errors["comment"] = [said(fault)]
    if errors:
        raise Invalid(_("Please correct the marked fields; everything you typed is kept."), errors=errors)
    return source


def _submission(
    incoming: Incoming, form: CommentForm, claims: token.Claims, safe: Sanitised, parent_id: int | None
) -> Submission:
    return Submission(
        author=form.author.data or "",
        email=form.email.data or "",
        url=form.url.data or "",
        text=safe.source,
        page_key=form.scope.page_key,
        page_title=form.page_title.data or "",
        page_url=stored_url(
            incoming.fields.get("page_url") or incoming.fields.get("page", ""),
            incoming.site.origins,
            form.scope.page_key,
        )
        or "",
        user_agent=incoming.user_agent,
        referrer=incoming.referrer,
        language=incoming.language,
        seconds_to_fill=claims.age(incoming.at),
        honeypot=form.contact_me_by_fax.data or "",
        removed=safe.removed,
        has_parent=parent_id is not None,
        via=incoming.via,
    )


def _columns(
    incoming: Incoming, submission: Submission, sender: Sender, safe: Sanitised, judged: Judged
) -> dict[str, object]:
    """What is stored is what was judged: learning reads it again, see `learning.counts.stored_submission`."""
    return {
        "author": submission.author,
        "email": submission.email,
        "url": submission.url or None,
        "source": safe.source,
        "html": safe.html,
        "sanitiser": safe.sanitiser,
        "probability": judged.verdict.probability,
        "verdict": pack(judged.verdict),
        "text_key": judged.text_key,
        "page_url": submission.page_url or None,
        "page_title": submission.page_title or None,
        "ip": incoming.address,
        "user_agent": incoming.user_agent or None,
        "email_key": sender.email_key,
        "network_key": sender.network_key,
        "nonce": sender.nonce,
        "idempotency_key": sender.idempotency_key,
        "fingerprint": sender.fingerprint,
    }


def _store(
    draft: lifecycle.Draft, sender: Sender, incoming: Incoming, form: CommentForm, claims: token.Claims
) -> Receipt:
    try:
        comment = lifecycle.receive(draft)
    except lifecycle.ClosedPage:
        raise place.closed() from None
    except lifecycle.HiddenParent:
        raise place.hidden_parent() from None
    except lifecycle.TooDeep:
        raise place.too_deep() from None
    except lifecycle.AlreadyReceived:
        first = _first_answer(db.session(), sender, incoming, form, claims)
        if first is None:
            raise
        return first
    return Receipt(comment)
