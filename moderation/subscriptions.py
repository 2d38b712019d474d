"""Mail on replies: a comment's author asks for it, confirms it by mail, and is told of each reply once it is public.

Asking is not having: whoever types an address need not own it. So nothing but the one letter that asks to confirm goes to an
address before its owner has pressed the button that this letter leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, ParamSpec, TypeVar

from flask_babel import gettext as _
from sqlalchemy import and_, delete, func, or_, select, text
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from moderation import outbox
from moderation.keys import keyed_hash
from moderation.models import (
    EMPTIED,
    UNDO_TIME,
    Comment,
    ConfirmationRequest,
    Mail,
    ReplyNotice,
    Site,
    Subscription,
)
from moderation.models.asking import dialect_of
from moderation.outbox import Letter
from moderation.problems import TooMany
from moderation.rates import Rate
from moderation.settings import Settings, current
from moderation.text.emails import email_identity

P = ParamSpec("P")
A = TypeVar("A", bound=Response)
State = Literal["off", "asked", "on"]
WAIT = UNDO_TIME + timedelta(seconds=2)
"""How long a letter about a reply waits: until its approval cannot be undone by one press any more, and a little longer,
since clocks of two machines differ."""
ASKED_FOR = timedelta(hours=48)
"""How long a request can be confirmed; then it is forgotten."""
PAUSE = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_A_DAY = 3
"""Letters that ask one address to confirm, on one site: one within `PAUSE`, three within a day, so that nobody can have
another's mailbox filled."""
MOST_AN_HOUR = 100
"""The same from one site to all addresses, for one purpose: a robot with a list of addresses gets no further."""
# Of its own class, see `learning` and `lifecycle.arrivals`.
_LOCK = text("SELECT pg_advisory_xact_lock(2, :site)")


def asking(exempt: Callable[[], bool] = lambda: False) -> Callable[[Callable[P, A]], Callable[P, A]]:
    """Limits how often one network asks for a letter, whatever for, so that it does not use up what all may have together.

    For each view that asks; what was refused does not count.
    """
    return Rate("letters", lambda: 10, "hour", _often, exempt).counting("done")


def _often() -> str:
    return _("A letter to confirm this was sent a short while ago. Look for it, or ask again later.")


def state(session: Session, comment: Comment) -> State:
    """Whether the comment's author gets mail on replies, or asked for it and has yet to confirm."""
    row = session.get(Subscription, comment.id, populate_existing=True)
    if row is None:
        return "off"
    return "asked" if row.confirmed_at is None else "on"


def ask(session: Session, settings: Settings, site: Site, comment: Comment, lang: str, at: datetime) -> State:
    """Ask for mail on replies to a comment, in the caller's write transaction: its address gets a letter to confirm it.

    Once more for one that has yet to be confirmed sends another letter. Raises `TooMany` where the address was asked too
    often. "off" where there is no mail, and for a comment that is gone, in the trash, or has no address. For what was taken for
    spam it reads "asked" and no letter is sent: robots sign with other people's addresses.
    """
    # What was read before this transaction may have been erased, decided on or emptied since.
    found = session.get(Comment, comment.id, populate_existing=True, with_for_update={"key_share": True})
    if found is None or found.status == "trash" or found.place == EMPTIED or not found.email or not settings.sends_mail:
        return "off"
    comment = found
    _alone(session, site)
    row = session.get(Subscription, comment.id, populate_existing=True)
    if row is not None and row.confirmed_at is not None:
        return "on"
    count_request(session, settings, site, comment, at, purpose="subscription")
    if row is None:
        row = Subscription(comment_id=comment.id, site_id=site.id)
        session.add(row)
    row.lang, row.asked_at = lang, at
    if comment.status != "spam":
        outbox.put(session, Letter("reply_confirm", comment.email, lang, site.id, comment_id=comment.id), at=at)
    return "asked"


def count_request(
    session: Session, settings: Settings, site: Site, comment: Comment, at: datetime, *, purpose: str
) -> None:
    """Count a letter that asks the comment's address to confirm something, or raise `TooMany`.

    To be called before the letter is put into the outbox, in the same write transaction. Each purpose is counted by itself.
    For what was taken for spam no letter is sent: that counts for its address, so that the answer does not tell, but takes
    nothing from what the site may send.
    """
    _alone(session, site)
    email_key = keyed_hash(settings, purpose, email_identity(comment.email)) or ""
    earlier = session.scalars(
        select(ConfirmationRequest.asked_at)
        .where(
            ConfirmationRequest.site_id == site.id,
            ConfirmationRequest.email_key == email_key,
            ConfirmationRequest.asked_at > at - DAY,
        )
        .order_by(ConfirmationRequest.asked_at.desc())
        .limit(MOST_A_DAY)
    ).all()
    recent = select(ConfirmationRequest.id).where(
        ConfirmationRequest.site_id == site.id,
        ConfirmationRequest.purpose == purpose,
        ConfirmationRequest.asked_at > at - PAUSE,
    )
    until = None
    if len(earlier) == MOST_A_DAY:
        until = earlier[-1] + DAY
    elif earlier and earlier[0] > at - PAUSE:
        until = earlier[0] + PAUSE
    elif (session.scalar(select(func.count()).select_from(recent.limit(MOST_AN_HOUR).subquery())) or 0) >= MOST_AN_HOUR:
        until = at + PAUSE
    if until is not None:
        raise TooMany(_often(), retry_after=int((until - at).total_seconds()) + 1)
    counted = None if comment.status == "spam" else purpose
    session.add(ConfirmationRequest(site_id=site.id, purpose=counted, email_key=email_key, asked_at=at))


def _alone(session: Session, site: Site) -> None:
    """Let those who ask on one site pass one by one. On SQLite the write transaction itself sees to that."""
    if dialect_of(session).name == "postgresql":
        session.execute(_LOCK, {"site": site.id})


def confirm(session: Session, comment: Comment, at: datetime) -> bool:
    """Let the mail begin; False where nobody asked for it, or too long ago."""
    row = session.get(Subscription, comment.id, populate_existing=True, with_for_update=True)
    if row is None or (row.confirmed_at is None and row.asked_at <= at - ASKED_FOR):
        return False
    row.confirmed_at = row.confirmed_at or at
    return True


def stop(session: Session, comments: Iterable[int]) -> None:
    """End the mail on replies to these comments, by number; what waits to be sent is not sent any more."""
    ids = list(comments)
    session.execute(delete(Subscription).where(Subscription.comment_id.in_(ids)))
    session.execute(delete(Mail).where(Mail.comment_id.in_(ids), Mail.kind.in_(("reply", "reply_confirm"))))


def forget(session: Session, at: datetime) -> None:
    """Forget what was never confirmed, and who was asked to, once both are of no more use."""
    asked = and_(Subscription.confirmed_at.is_(None), Subscription.asked_at <= at - ASKED_FOR)
    session.execute(delete(Subscription).where(asked))
    session.execute(delete(ConfirmationRequest).where(ConfirmationRequest.asked_at <= at - DAY))


def tell(session: Session, approved: Sequence[Comment], at: datetime) -> None:
    """Put a letter into the outbox for each who asked for mail and above whose comment a reply has just become public.

    One letter for a reply and an address, however often the reply is approved; none to its own author.
    """
    replies = {comment.id: comment for comment in approved if comment.parent_id is not None}
    if not replies or not current().sends_mail:
        return
    site_ids = {reply.site_id for reply in replies.values()}
    if session.scalar(select(Subscription.comment_id).where(Subscription.site_id.in_(site_ids)).limit(1)) is None:
        return
    seen: set[tuple[int, str]] = set()
    # Whoever was told already comes first, then the comment that is nearest to the reply.
    for above in sorted(_above(session, replies), key=lambda row: (not row.told, -row.depth)):
        reply, person = replies[above.reply_id], email_identity(above.email)
        if above.told or (reply.id, person) in seen or _is_author(reply, above, person):
            seen.add((reply.id, person))
            continue
        if above.lang is None or above.status not in ("approved", "pending"):
            continue
        seen.add((reply.id, person))
        session.add(ReplyNotice(reply_id=reply.id, comment_id=above.comment_id))
        letter = Letter(
            "reply", above.email, above.lang, above.site_id, {"reply": reply.id}, comment_id=above.comment_id
        )
        outbox.put(session, letter, at=at, wait=WAIT)


def is_public(session: Session, reply_id: int, comment_id: int) -> bool:
    """Whether a reply is public by now; if it is not, the comment's author may be told of it later."""
    status = select(Comment.status).where(Comment.id == reply_id).with_for_update(key_share=True)
    if session.scalars(status).one_or_none() == "approved":
        return True
    session.execute(delete(ReplyNotice).where(ReplyNotice.reply_id == reply_id, ReplyNotice.comment_id == comment_id))
    return False


class _Above(NamedTuple):
    """A comment above a reply: whose mail is on (`lang`), or who was told of that reply already."""

    reply_id: int
    comment_id: int
    site_id: int
    depth: int
    status: str
    email: str
    author_key: str | None
    lang: str | None
    told: bool


def _above(session: Session, replies: Iterable[int]) -> list[_Above]:
    """Every comment above these replies that has to do with mail. One query; a thread is a few comments deep."""
    first = select(Comment.id.label("reply_id"), Comment.parent_id.label("above_id")).where(Comment.id.in_(replies))
    chain = first.cte("chain", recursive=True)
    step = aliased(Comment)
    chain = chain.union_all(select(chain.c.reply_id, step.parent_id).join(step, step.id == chain.c.above_id))
    found = (
        select(
            chain.c.reply_id,
            Comment.id,
            Comment.site_id,
            Comment.depth,
            Comment.status,
            Comment.email,
            Comment.author_key,
            Subscription.lang,
            ReplyNotice.reply_id.is_not(None),
        )
        .select_from(chain)
        .join(Comment, Comment.id == chain.c.above_id)
        .outerjoin(Subscription, and_(Subscription.comment_id == Comment.id, Subscription.confirmed_at.is_not(None)))
        .outerjoin(ReplyNotice, and_(ReplyNotice.reply_id == chain.c.reply_id, ReplyNotice.comment_id == Comment.id))
        .where(or_(Subscription.comment_id.is_not(None), ReplyNotice.reply_id.is_not(None)))
    )
    return [_Above(*row) for row in session.execute(found)]


def _is_author(reply: Comment, above: _Above, person: str) -> bool:
    same_browser = reply.author_key is not None and reply.author_key == above.author_key
    return same_browser or email_identity(reply.email) == person
