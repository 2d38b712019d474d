"""The outbox: letters are put into it in the transaction that gives cause to them, and sent later by the worker.

So a crash delays mail and never loses it, and what is rolled back sends nothing. The texts are templates under
`templates/mail/`, one for each kind of letter; `notify` makes and sends them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation.models import Mail

KEPT = timedelta(days=3)
"""A letter that could not be sent in this time is deleted, whatever kept it: longer than all tries take (`notify.sending`),
so that no address stays here, also where mail was switched off since."""
PRIVACY_LINK = timedelta(hours=24)
"""How long the link in a letter about a person's data can be used: such a letter is not sent later than that."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send to whom: the name of its template, the address, its language, and what the template says.

    `comment_id` is the comment whose author the letter is for, if it is for one: the letter goes with that comment.
    """

    kind: str
    to: str
    lang: str
    site_id: int
    data: Mapping[str, str | int | None] = field(default_factory=dict)
    comment_id: int | None = None


def put(session: Session, letter: Letter, *, at: datetime, wait: timedelta = timedelta(0)) -> None:
    """Put a letter into the outbox, in the caller's transaction; it is not sent before `wait` is over."""
    session.add(
        Mail(
            site_id=letter.site_id,
            comment_id=letter.comment_id,
            kind=letter.kind,
            recipient=letter.to,
            lang=letter.lang,
            data=dict(letter.data),
            not_before=at + wait,
            created_at=at,
        )
    )


def expire(session: Session, at: datetime) -> int:
    """Delete the letters that nobody could send in time; how many those were."""
    return len(session.scalars(delete(Mail).where(Mail.created_at < at - KEPT).returning(Mail.id)).all())
