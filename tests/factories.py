"""Factories: what a test needs to be there, made the way the service makes it, so that counts and logs are true."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from moderation import lifecycle
from moderation.extensions import db
from moderation.keys import keyed_hash
from moderation.models import Comment, Decision, Moderator, Page, Role, Site, Status, now
from moderation.review.accounts import create_moderator, issue_token
from moderation.settings import current
from moderation.spam import Submission, judge, score
from moderation.spam.prints import prints_of
from moderation.spam.view import view_of
from moderation.text.sanitize import sanitize

ORIGIN = "https://news.example"
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


class Make:
    """Makes rows. What comes back is detached: read its columns, load again to see later changes."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def site(self, key: str = "demo", *, origins: list[str] | None = None, **rules: Any) -> Site:
        """A site; keyword arguments are its policy."""
        with self.app.app_context():
            site = Site(key=key, name=key.title(), origins=[ORIGIN] if origins is None else origins, rules=rules)
            db.session.add(site)
            db.session.commit()
            return site

    def moderator(
        self,
        email: str = "mod@example.org",
        *,
        role: Role = "moderator",
        sites: list[Site] | None = None,
        name: str = "Mo",
    ) -> Moderator:
        """A moderator of these sites, or of all, with `PASSWORD`."""
        with self.app.app_context():
            return create_moderator(email, name, role, sites, PASSWORD)

    def bearer(self, moderator: Moderator) -> dict[str, str]:
        """Headers of a program that acts for a moderator."""
        with self.app.app_context():
            return {"Authorization": f"Bearer {issue_token(moderator)}"}

    def comment(
        self,
        site: Site,
        text: str = "A kind word about the article.",
        *,
        status: Status = "pending",
        page: str = "/a/",
        author: str = "Amina",
        email: str | None = None,
        url: str | None = None,
        parent: Comment | None = None,
        at: datetime | None = None,
        staff: Moderator | None = None,
        flooded: bool = False,
        hosts: frozenset[str] = frozenset(),
        **columns: Any,
    ) -> Comment:
        """A comment that came in as pending and was then decided on, if another status is asked for."""
        with self.app.app_context():
            number, moment = next(_numbers), at or now()
            safe = sanitize(text)
            address = email or f"reader{number}@example.org"
            verdict = judge(score(Submission(author=author, email=address, url=url or "", text=text)), site.policy)
            fields = {
                "author": author,
                "email": address,
                "url": url,
                "source": safe.source,
                "html": safe.html,
                "sanitiser": safe.sanitiser,
                "probability": 0.0 if staff else verdict.probability,
                "verdict": None if staff else verdict.to_dict(),
                "text_key": f"{number:032x}",
                "email_key": keyed_hash(current(), "email", address),
                **columns,
            }
            draft = lifecycle.Draft(
                site=site,
                page_key=page,
                status="approved" if staff else "pending",
                because="",
                at=moment,
                fields=fields,
                parent_id=parent.id if parent else None,
                author=staff,
                hosts=hosts,
                prints=prints_of(view_of(Submission(author=author, email=address, url=url or "", text=text))),
                flooded=flooded,
            )
            comment = lifecycle.receive(draft)
            if status not in ("pending", comment.status):
                self.decide(comment, status)
            return comment

    def decide(self, comment: Comment, status: Status, moderator: Moderator | None = None) -> lifecycle.Outcome:
        """Move a comment, as its author would, or as a moderator, who teaches by it."""
        with self.app.app_context():
            return lifecycle.decide([comment.id], status, at=now(), moderator=moderator, within=[comment.site_id])

    def edit(self, comment: Comment, text: str, moderator: Moderator) -> int | None:
        """Give a comment another text, as it stands now; the number of the version that this makes."""
        with self.app.app_context():
            seen = db.session.scalars(select(Comment.version).where(Comment.id == comment.id)).one()
            return lifecycle.edit(
                comment.id, sanitize(text), seen=seen, at=now(), moderator=moderator, within=[comment.site_id]
            )

    def load(self, comment: Comment) -> Comment:
        """The comment as it is in the database now."""
        with self.app.app_context():
            return db.session.scalars(select(Comment).where(Comment.id == comment.id)).one()

    def page(self, site: Site, key: str = "/a/") -> Page:
        """The page as it is in the database now."""
        with self.app.app_context():
            return db.session.scalars(select(Page).where(Page.site_id == site.id, Page.key == key)).one()

    def counts(self, site: Site) -> dict[Status, int]:
        """The site's kept counts now."""
        with self.app.app_context():
            return db.session.scalars(select(Site).where(Site.id == site.id)).one().counts()

    def log(self, comment: Comment) -> list[tuple[str, str | None, str]]:
        """The comment's decisions, oldest first, as (actor, from, to)."""
        with self.app.app_context():
            query = select(Decision).where(Decision.comment_id == comment.id).order_by(Decision.id)
            return [(entry.actor, entry.from_status, entry.to_status) for entry in db.session.scalars(query)]
