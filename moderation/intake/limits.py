"""What slows a sender down: no repeats, a pause between comments and between edits, and a brake over all addresses together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from moderation.models import Comment, Decision, Page
from moderation.models.asking import Asked
from moderation.problems import Duplicate, TooMany
from moderation.rates import Rate
from moderation.settings import Settings, current

# A post that is refused leaves no comment to count by; this counts refusals, so that nobody keeps the service busy with them.
refused_posts = Rate("refused-posts", lambda: current().refused_limit).counting("refused")
# To show a text as it would be served costs as much as to take it, and leaves no comment either.
renderings = Rate(
    "renderings",
    lambda: current().refused_limit,
    sentence=lambda: _("That was too often in one minute. Your text is kept: please wait a minute."),
).each
_MINUTE = timedelta(seconds=60)


def _busy() -> str:
    return _("Many comments are coming in just now. Your text is kept: please send it again in a minute.")


def _most_in_a_minute() -> int:
    pause = current().flood_seconds
    return -(-60 // pause) if pause else 0


# Whoever has an IPv6 /48 has 65,536 networks, and would otherwise let nobody else through the brake over all addresses.
crowd = Rate("posts", _most_in_a_minute, sentence=_busy, widely=True).each(lambda: None)


@dataclass(frozen=True, slots=True)
class Sender:
    """By what a post is compared with others. Missing keys are None, and None never equals None."""

    site_id: int
    nonce: str
    idempotency_key: str | None
    email_key: str | None
    network_key: str | None
    fingerprint: str
    at: datetime


def pause(session: Session, sender: Sender, settings: Settings) -> None:
    """Raise `TooMany` when the sender, or everybody together, is too quick; `Duplicate` when it is the same again.

    A repeat of this very post (same nonce or Idempotency-Key) is not a second comment and does not count.
    """
    if settings.flood_seconds:
        for created_at, fingerprint in _latest(session, sender):
            quick = _too_quick(settings, sender.at, created_at)
            if quick is not None:
                raise duplicate() if fingerprint == sender.fingerprint else quick
    if settings.flood_limit:
        stretch = {"after": sender.at - _MINUTE, "until": sender.at, "most": settings.flood_limit}
        if _RECENT.scalar(session, stretch) >= settings.flood_limit:
            raise TooMany(_busy(), retry_after=60)


def pause_between_edits(session: Session, comment_id: int, at: datetime, settings: Settings) -> None:
    """Raise `TooMany` when a comment's author has only just edited it."""
    if settings.flood_seconds:
        by_author = select(Decision.created_at).where(Decision.comment_id == comment_id, Decision.actor == "author")
        last = session.scalar(by_author.order_by(Decision.id.desc()).limit(1))
        quick = last and _too_quick(settings, at, last)
        if quick:
            raise quick


def _too_quick(settings: Settings, at: datetime, last: datetime) -> TooMany | None:
    """What a sender is told whose last post is less than the pause ago."""
    age = (at - last).total_seconds()
    # Of two posts side by side either may be stored first. But a clock that was set back locks nobody out.
    if abs(age) >= settings.flood_seconds:
        return None
    wait = int(settings.flood_seconds - max(age, 0)) + 1
    return TooMany(
        _("You are posting comments too quickly. Please wait %(wait)s seconds.", wait=wait), retry_after=wait
    )


_RECENT = Asked(
    lambda _dialect: select(func.count()).select_from(
        select(Comment.id)
        .where(Comment.created_at > bindparam("after"), Comment.created_at <= bindparam("until"))
        .limit(bindparam("most"))
        .subquery()
    )
)


def _newest(_dialect: str) -> CompoundSelect[Any]:
    """The two newest comments of an address and of a network: one of them may be the very post that came before."""
    arms = []
    for place, key in enumerate((Comment.email_key, Comment.network_key)):
        newest = select(literal(place).label("place"), Comment.id, *_POST, Comment.created_at, Comment.fingerprint)
        mine = newest.where(Comment.site_id == bindparam("site_id"), key == bindparam(key.key))
        arms.append(select(mine.order_by(Comment.id.desc()).limit(2).subquery()))
    return union_all(*arms)


_POST = (Comment.nonce, Comment.idempotency_key)
_NEWEST = Asked(_newest)


def _latest(session: Session, sender: Sender) -> Iterator[tuple[datetime, str]]:
    """When the sender's newest comments came, and their fingerprints: those of the address first, then the network's."""
    keys = {"email_key": sender.email_key or None, "network_key": sender.network_key or None}
    for _place, _id, *post, created_at, fingerprint in sorted(
        _NEWEST.rows(session, {"site_id": sender.site_id, **keys}), key=lambda row: (row[0], -row[1])
    ):
        if not _same_post(post, sender):
            yield created_at, fingerprint


def _same_post(post: Sequence[str | None], sender: Sender) -> bool:
    nonce, idempotency_key = post
    return nonce == sender.nonce or (idempotency_key is not None and idempotency_key == sender.idempotency_key)


def refuse_repeat(session: Session, sender: Sender, *, page_key: str, parent_id: int | None, text_key: str) -> None:
    """Raise `Duplicate` when the author said the same on the same page before, unless that went to the trash."""
    said = {"site_id": sender.site_id, "text_key": text_key, "page_key": page_key, "email_key": sender.email_key}
    same = _SAME if parent_id is None else _SAME_REPLY
    if any(not _same_post(row, sender) for row in same.rows(session, {**said, "parent_id": parent_id})):
        raise duplicate()


def _same(parent: ColumnElement[bool]) -> Select[str | None, str | None]:
    return (
        select(*_POST)
        .join(Page, Page.id == Comment.page_id)
        .where(
            Comment.site_id == bindparam("site_id"),
            Comment.text_key == bindparam("text_key"),
            Page.key == bindparam("page_key"),
            parent,
            Comment.email_key == bindparam("email_key"),
            Comment.status != "trash",
        )
        .limit(2)
    )


_SAME = Asked(lambda _dialect: _same(Comment.parent_id.is_(None)))
_SAME_REPLY = Asked(lambda _dialect: _same(Comment.parent_id == bindparam("parent_id")))


def duplicate() -> Duplicate:
    """The answer to saying the same twice, in the words that WordPress's readers know."""
    return Duplicate(_("Duplicate comment detected; it looks as though you’ve already said that!"))
