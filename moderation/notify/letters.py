"""From a row of the outbox to the letter that is sent: what it says is looked up at the last moment, and whether it still holds.

So a reply that was edited is quoted as it is now, nothing of a person is kept in the outbox but the address, and what was
undone, withdrawn or erased meanwhile is not told of.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from moderation.extensions import db
from moderation.keys import keyed_hash
from moderation.mailserver import Sender, parse_sender
from moderation.models import Comment, Decision, Mail, Site, Subscription
from moderation.notify.links import link
from moderation.outbox import PRIVACY_LINK
from moderation.settings import Settings
from moderation.strings import direction, served
from moderation.subscriptions import ASKED_FOR, WAIT
from moderation.text.emails import BadEmail, parse_mailbox
from moderation.text.names import clean_line
from moderation.text.pages import reading_address
from moderation.text.plain import plain_text

EXCERPT = 500
"""Characters of a reply that its letter quotes."""
_LONGEST_NAME, _LONGEST_TITLE = 80, 120
_COLUMNS = 72
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
Words = dict[str, Any]


class _Policy(EmailPolicy):
    """How letters are written, but for a header that programs read: the standard library would encode a long link in it
    as it does words (RFC 2047), and no mail program takes it for a link then.
    """

    def fold(self, name: str, value: str) -> str:
        """A header as it is written."""
        return f"{name}: {value}{self.linesep}" if _is_link(name, value) else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same as bytes."""
        return self.fold(name, value).encode() if _is_link(name, value) else super().fold_binary(name, value)


def _is_link(name: str, value: str) -> bool:
    return name == "List-Unsubscribe" and value.isascii()


# Long lines and letters outside ASCII go as 7 bit: not every server on the way takes 8.
_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


class Stale(Exception):
    """What the letter says does not hold any more, or nobody is there to read it: it is not sent."""


class Hidden(Stale):
    """The reply is not public just now; it may be again."""


class Early(Exception):
    """The letter has to wait until a moment."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def compose(mail: Mail, settings: Settings, at: datetime) -> EmailMessage:
    """The letter as it goes out. Raises `Stale` or `Early`."""
    site, sender = db.session.get_one(Site, mail.site_id), parse_sender(settings.mail_from)
    words = _WORDS.get(mail.kind, _own_words)(mail, site, settings, at)
    message = write(mail.kind, mail.recipient, mail.lang, {"site": clean_line(site.name), **words}, sender, at)
    # The same at each try, so that a letter that was sent twice is shown once.
    number = keyed_hash(settings, "message-id", f"{mail.id} {mail.created_at.isoformat()}")
    message["Message-ID"] = f"<{number}@{sender.domain}>"
    if "stop" in words:
        message["List-Unsubscribe"] = f"<{words['stop']}>"
        if settings.public_url.startswith("https:"):
            # RFC 8058 asks for https: mail programs would refuse to press the button otherwise.
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def write(kind: str, to: str, lang: str, words: Words, sender: Sender, at: datetime) -> EmailMessage:
    """A letter by its template, without what depends on its row. Raises `Stale` for an address that is none."""
    try:
        mailbox = parse_mailbox(to)
    except BadEmail:
        raise Stale from None
    spoken = served(lang)
    safe = {name: isolated(value, spoken) if name in _TYPED else value for name, value in words.items()}
    with force_locale(spoken):
        subject, _newline, text = render_template(f"mail/{kind}.txt", **safe).partition("\n")
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender.header()
    # In two parts: as one, `Address` takes no letters outside ASCII before the @.
    user, _at, domain = (mailbox.ascii or mailbox.normalized).rpartition("@")
    message["To"] = Address(username=user, domain=domain)
    message["Subject"] = subject.strip()
    message["Date"] = at
    # RFC 3834: no out-of-office note comes back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n")
    return message


_TYPED = frozenset({"site", "name", "title"})
"""What people typed, and so may be written in the other direction than the sentence around it."""


def isolated(typed: str, lang: str) -> str:
    """What somebody typed, set apart (UAX #9) where it could change the order of the words around it."""
    against = ("L",) if direction(lang) == "rtl" else ("R", "AL", "AN")
    if any(unicodedata.bidirectional(letter) in against for letter in typed):
        return f"{_ISOLATE}{typed}{_END_ISOLATE}"
    return typed


def _own_words(mail: Mail, _site: Site, _settings: Settings, _at: datetime) -> Words:
    return {name: clean_line(value) if isinstance(value, str) else value for name, value in mail.data.items()}


def _privacy_confirm(mail: Mail, _site: Site, _settings: Settings, at: datetime) -> Words:
    comment = _comment(mail.comment_id)
    if mail.created_at <= at - PRIVACY_LINK or comment is None or comment.email != mail.recipient:
        raise Stale
    return mail.data


def _reply_confirm(mail: Mail, site: Site, settings: Settings, at: datetime) -> Words:
    asked = db.session.get(Subscription, mail.comment_id, populate_existing=True)
    comment = _comment(mail.comment_id)
    if asked is None or asked.confirmed_at is not None or asked.asked_at <= at - ASKED_FOR:
        raise Stale
    if comment is None or comment.email != mail.recipient or comment.status not in ("pending", "approved"):
        raise Stale
    return {
        "address": _address(comment, site, settings),
        "link": link(settings, site, comment.id, "confirm", mail.lang),
        "hours": int(ASKED_FOR.total_seconds()) // 3600,
    }


def _reply(mail: Mail, site: Site, settings: Settings, at: datetime) -> Words:
    wanted = db.session.get(Subscription, mail.comment_id, populate_existing=True)
    comment, reply = _comment(mail.comment_id), _comment(mail.data["reply"])
    if wanted is None or wanted.confirmed_at is None or comment is None or comment.email != mail.recipient:
        raise Stale
    if reply is None:
        raise Stale
    if reply.status != "approved":
        raise Hidden
    last = select(Decision.created_at).where(Decision.comment_id == reply.id).order_by(Decision.id.desc()).limit(1)
    until = db.session.scalars(last).one() + WAIT
    if until > at:
        # It was taken back and approved again meanwhile: the undo time runs anew.
        raise Early(until)
    return {
        "name": _cut(clean_line(reply.author), _LONGEST_NAME),
        "title": _cut(clean_line(reply.page.title or ""), _LONGEST_TITLE),
        "excerpt": _quoted(clean_line(plain_text(reply.html, EXCERPT))),
        "permalink": f"{_address(reply, site, settings)}#comment-{reply.id}",
        "stop": link(settings, site, comment.id, "stop", mail.lang),
    }


def _digest(_mail: Mail, site: Site, settings: Settings, _at: datetime) -> Words:
    if not site.pending:
        raise Stale
    return {"waiting": site.pending, "desk": f"{settings.public_url}/desk/{site.key}/"}


_WORDS: Mapping[str, Callable[[Mail, Site, Settings, datetime], Words]] = {
    "reply": _reply,
    "reply_confirm": _reply_confirm,
    "privacy_confirm": _privacy_confirm,
    "digest": _digest,
}


def _comment(comment_id: int | None) -> Comment | None:
    found = select(Comment).where(Comment.id == comment_id).options(joinedload(Comment.page))
    return db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def _address(comment: Comment, site: Site, settings: Settings) -> str:
    """Where the comment's page is read. What only waiting comments say of it is nobody's to pass on."""
    page = comment.page
    url = page.url if page.approved else None
    return reading_address(page.key, url, site_key=site.key, origins=site.origins, public_url=settings.public_url)


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _quoted(line: str) -> str:
    return "\n".join(f"> {part}" for part in textwrap.wrap(line, _COLUMNS) or [""])
