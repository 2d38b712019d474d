"""A flood, and what stands against it: many senders, time that passes, a browser that does the sum."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from string import ascii_lowercase
from typing import Any

import altcha
from flask import Flask
from sqlalchemy import func, insert, select, update

from moderation.extensions import db
from moderation.intake import token
from moderation.models import Comment, Page, Site, now
from moderation.settings import current
from moderation.spam.flood import QUIET, Cause, Flood
from tests.reader import PAGE, Reader

FORM = "/v1/sites/demo/form"
OPEN: dict[str, Any] = {"hold_everything": False, "approve_below": 0.99, "hold_above": 0.99, "spam_above": 0.995}
MINUTE = timedelta(minutes=1)


def pour(app: Flask, count: int, *, site: str = "demo", first: int = 0) -> list[int]:
    """Post from changing addresses under changing names, each something else; the answers' statuses."""
    reader, chance = Reader(app, site=site), random.Random(first)
    statuses = []
    for number in range(first, first + count):
        reader.address = f"10.{number // 250}.{number % 250}.7"
        words = " ".join("".join(chance.choices(ascii_lowercase, k=6)) for _word in range(8))
        answer = reader.post(author=f"Sender {number}", email=f"sender{number}@example.org", comment=words)
        statuses.append(answer.status_code)
    return statuses


def overrun(app: Flask, cause: Cause = "rate") -> None:
    """Let there have been a flood on every site for some minutes, where three comments an hour are usual."""
    with app.app_context():
        since = now() - timedelta(minutes=4)
        for site in db.session.scalars(select(Site)):
            site.last_flood = Flood(since, since + QUIET, 0.25, cause).to_dict()
        db.session.commit()


def wait(app: Flask, time: timedelta) -> None:
    """Let time pass: all that happened lies further back."""
    with app.app_context():
        for comment_id, at in db.session.execute(select(Comment.id, Comment.created_at)).all():
            db.session.execute(update(Comment).where(Comment.id == comment_id).values(created_at=at - time))
        for site in db.session.scalars(select(Site)):
            if site.last_flood:
                site.last_flood = {
                    **site.last_flood,
                    **{name: site.last_flood[name] - time.total_seconds() for name in ("since", "until")},
                }
        db.session.commit()


def live_through(app: Flask, site: Site, days: int, *, a_minute: float, around: timedelta = timedelta(hours=1)) -> None:
    """Give a site a past: on each of the last days, around this time, so many comments a minute."""
    with app.app_context():
        page = Page(site_id=site.id, key="/past/")
        db.session.add(page)
        db.session.commit()
        step = timedelta(minutes=1) / a_minute
        rows: list[dict[str, Any]] = []
        for day in range(1, days + 1):
            at: datetime = now() - timedelta(days=day) - around
            rows += [_row(site, page, at + number * step) for number in range(int(2 * around / step))]
        db.session.execute(insert(Comment), rows)
        db.session.commit()


def _row(site: Site, page: Page, at: datetime) -> dict[str, Any]:
    return {
        "site_id": site.id, "page_id": page.id, "author": "A", "email": "a@example.org", "source": "", "html": "",
        "sanitiser": "", "status": "approved", "first_status": "approved", "text_key": "", "created_at": at,
    }  # fmt: skip


def begun(app: Flask, ago: timedelta) -> str:
    """The token of a form that a reader has had for a while."""
    with app.app_context():
        return token.issue(current(), "demo", PAGE, since=now() - ago)


def solve(challenge: dict[str, Any]) -> str:
    """The proof that a browser makes of a challenge."""
    asked = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(asked)
    assert solution is not None
    return altcha.Payload(asked, solution).to_base64()


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Comment)) or 0


def newest(app: Flask) -> Comment:
    with app.app_context():
        return db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()


def said_of_the_proof(comment: Comment) -> tuple[float, str]:
    assert comment.verdict is not None
    [signal] = [each for each in comment.verdict["signals"] if each["name"] == "behaviour.proof"]
    return signal["points"], signal["reason"]


def ask(reader: Reader, page: str | None = None) -> dict[str, Any]:
    """The form of a page, with its token and its challenge."""
    body: dict[str, Any] = reader.client.get(FORM, query_string={"page": page or reader.page}).get_json()
    return body
