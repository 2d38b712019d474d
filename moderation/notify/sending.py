"""The worker sends what is in the outbox, letter by letter.

A letter is claimed, sent, and its row deleted: two workers never send the same one, unless the first died, or stood still
for longer than its claim, between the mail server's yes and the deletion. Then it goes out once more, with the same
Message-ID. What fails is tried again after growing pauses, and given up after the last.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from moderation import outbox, subscriptions
from moderation.database import is_away, writing
from moderation.extensions import db
from moderation.mailserver import parse_server
from moderation.models import Mail
from moderation.notify.letters import Early, Hidden, Stale, compose
from moderation.notify.smtp import NotSent, send
from moderation.settings import current

CLAIM = timedelta(minutes=10)
"""Longer than a letter can take to be sent (`smtp.TOTAL_SECONDS`)."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""How long to wait after each failure; after the last of these tries a letter is given up: eight tries in two days.

A mail server that is down for a day loses nothing, and an address stays no longer than that."""
_log = logging.getLogger("moderation.notify")


def work(at: datetime) -> bool | None:
    """Send the letter whose turn it is. None where there was none; False where the mail server could not take it now."""
    settings = current()
    if not settings.sends_mail:
        return None
    mail = _claim(at)
    if mail is None:
        return None
    try:
        message = compose(mail, settings, at)
        # Nothing of the database is held while a server far away takes its time.
        db.session.commit()
        send(parse_server(settings.smtp_url), message)
    except Stale as fault:
        _drop(mail, again=isinstance(fault, Hidden))
    except Early as fault:
        _release(mail.id, not_before=fault.until)
    except NotSent as fault:
        _failed(mail.id, str(fault), at, permanent=fault.permanent)
        return fault.about_letter
    except Exception as fault:
        db.session.rollback()
        if is_away(fault):
            raise
        # The kind of the fault alone: what it says may name a person.
        _failed(mail.id, f"letter failed ({type(fault).__name__})", at, permanent=False)
        return False
    else:
        with writing() as session:
            session.execute(delete(Mail).where(Mail.id == mail.id))
        _log.info("letter %s (%s) is sent", mail.id, mail.kind)
    return True


def tidy(at: datetime) -> None:
    """Delete letters that nobody could send, and requests that nobody confirmed."""
    with writing() as session:
        gone = outbox.expire(session, at)
        subscriptions.forget(session, at)
    if gone:
        _log.warning("%s letters could not be sent in %s days and are given up", gone, outbox.KEPT.days)


def _claim(at: datetime) -> Mail | None:
    free = or_(Mail.claimed_until.is_(None), Mail.claimed_until <= at)
    due = select(Mail).where(Mail.not_before <= at, free).order_by(Mail.not_before, Mail.id).limit(1)
    # Looked for first without the place of the database's one writer.
    if db.session.scalar(due.with_only_columns(Mail.id)) is None:
        return None
    with writing() as session:
        locked = due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
        mail = session.scalars(locked).one_or_none()
        if mail is not None:
            mail.claimed_until = at + CLAIM
    return mail


def _drop(mail: Mail, *, again: bool) -> None:
    """Delete a letter that does not hold any more; with `again` so that a reply can be told of once it is public."""
    with writing() as session:
        if again and mail.comment_id and subscriptions.is_public(session, mail.data["reply"], mail.comment_id):
            session.execute(update(Mail).where(Mail.id == mail.id).values(claimed_until=None))
        else:
            session.execute(delete(Mail).where(Mail.id == mail.id))


def _release(mail_id: int, *, not_before: datetime) -> None:
    with writing() as session:
        session.execute(update(Mail).where(Mail.id == mail_id).values(claimed_until=None, not_before=not_before))


def _failed(mail_id: int, error: str, at: datetime, *, permanent: bool) -> None:
    """Put a letter off or give it up."""
    with writing() as session:
        mail = session.get(Mail, mail_id, populate_existing=True, with_for_update=True)
        if mail is None:
            return
        mail.tries += 1
        if permanent or mail.tries > len(PAUSES):
            session.delete(mail)
            _log.warning("letter %s (%s) is given up at try %s: %s", mail.id, mail.kind, mail.tries, error)
        else:
            mail.last_error, mail.claimed_until = error, None
            mail.not_before = at + PAUSES[mail.tries - 1]
            _log.warning("letter %s (%s) is put off after try %s: %s", mail.id, mail.kind, mail.tries, error)
