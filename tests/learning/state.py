"""A site's learned state as tests see it: what is stored, what is due, and the acts that move it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from flask import Flask
from sqlalchemy import select

from moderation import lifecycle
from moderation.extensions import db
from moderation.learning import anew, marks
from moderation.models import (
    TOTAL,
    Base,
    Comment,
    Decision,
    Label,
    LearnedToken,
    Moderator,
    Site,
    Status,
    now,
)
from moderation.spam import Submission
from moderation.spam.tokens import tokens_of
from moderation.spam.view import view_of
from tests.factories import Make

WORDS = ("casino", "bus", "night", "pills", "winter", "cheap", "thanks", "timetable")
Marks = tuple[Label | None, bool, bool]
Tokens = dict[str, tuple[int, int]]


def marked(app: Flask, site: Site) -> dict[int, Marks]:
    with app.app_context():
        rows = select(Comment.id, Comment.taught, Comment.standing, Comment.learned).where(Comment.site_id == site.id)
        return {row.id: (row.taught, row.standing, row.learned) for row in db.session.execute(rows)}


def counted(app: Flask, site: Site) -> Tokens:
    with app.app_context():
        rows = select(LearnedToken).where(LearnedToken.site_id == site.id)
        return {row.token: (row.spam, row.ham) for row in db.session.scalars(rows)}


def learned(app: Flask, site: Site) -> set[int]:
    return {comment_id for comment_id, (_, _, yes) in marked(app, site).items() if yes}


def due(app: Flask, site: Site) -> tuple[dict[int, Marks], Tokens]:
    """The truth: what the two rules and the tokeniser make of the words that stand now."""
    with app.app_context():
        comments = db.session.scalars(
            select(Comment).where(Comment.site_id == site.id).order_by(Comment.id.desc())
        ).all()
    by_author: Counter[tuple[Label, str | None]] = Counter()
    by_side: Counter[Label] = Counter()
    found: dict[int, Marks] = {}
    tokens: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for comment in comments:
        label = comment.taught
        stands = learns = False
        if label:
            by_author[label, comment.email_key] += 1
            stands = by_author[label, comment.email_key] <= marks.AUTHOR_MOST
            by_side[label] += stands
            learns = stands and by_side[label] <= marks.REMEMBERED
        found[comment.id] = (label, stands, learns)
        if learns:
            for token in (TOTAL, *tokens_read(comment)):
                tokens[token][label == "ham"] += 1
    return found, {token: (spam, ham) for token, (spam, ham) in tokens.items()}


def tokens_read(comment: Comment) -> frozenset[str]:
    """What was sent says what is learned, not what a moderator made of it."""
    sent = comment.source if comment.original is None else comment.original
    typed = Submission(author=comment.author, email=comment.email, url=comment.url or "", text=sent)
    return tokens_of(view_of(typed))


def everything(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table but the log, and but the numbers that only ever grow."""
    growing = {Decision.__tablename__, "alembic_version"}
    with app.app_context():
        return {
            table.name: sorted(
                repr([value for name, value in row._mapping.items() if name != "version"])
                for row in db.session.execute(select(table))
            )
            for table in Base.metadata.sorted_tables
            if table.name not in growing
        }


def decide(app: Flask, ids: Iterable[int], to: Status, by: Moderator | None, site: Site) -> str:
    with app.app_context():
        return lifecycle.decide(list(ids), to, at=now(), moderator=by, within=[site.id]).batch


def undo(app: Flask, batch: str, by: Moderator, site: Site) -> str:
    with app.app_context():
        return lifecycle.undo(batch, at=now(), moderator=by, within=[site.id]).batch


def relearn(app: Flask, site: Site) -> anew.Relearned:
    with app.app_context():
        return anew.relearn(site)


def is_true(app: Flask, site: Site) -> None:
    assert (marked(app, site), counted(app, site)) == due(app, site)


def some_comments(make: Make, site: Site) -> list[int]:
    """Ten comments of four authors (one without an address) with words in common."""
    return [
        make.comment(
            site,
            f"{WORDS[number % 8]} {WORDS[(number * 3 + 1) % 8]}",
            email_key=[None, "a", "b", "c"][number % 4],
            author="Amina",
            email="reader@example.org",
        ).id
        for number in range(10)
    ]
