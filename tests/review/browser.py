"""A moderator's browser without JavaScript: it keeps its cookie and sends each form with what stands in it."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, session
from flask_login import login_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Comment, Moderator, now
from moderation.review import sessions
from tests.factories import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"\s+value="([^"]+)"')
PAGE = {"Accept": "text/html,*/*;q=0.8"}


class Browser:
    """One browser."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = ""

    def get(self, path: str) -> TestResponse:
        """Open a page, and remember the token of its forms."""
        answer = self.client.get(path, headers=PAGE)
        found = _TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, **data: Any) -> TestResponse:
        """Send a form of the page that was opened last."""
        return self.client.post(path, data={"csrf_token": self.token, **data}, headers=PAGE)

    def sign_in(self, email: str = "mod@example.org", password: str = PASSWORD, **more: Any) -> TestResponse:
        """Sign in, and read the token that the new session's pages carry."""
        self.get("/desk/login")
        answer = self.post("/desk/login", email=email, password=password, **more)
        if answer.status_code == 303:
            page = self.client.get(answer.location, headers=PAGE, follow_redirects=True)
            found = _TOKEN.search(page.text)
            self.token = found[1] if found else ""
        return answer

    def enter(self, email: str = "mod@example.org") -> None:
        """Be signed in, without the pages that lead there."""
        with self.client.application.test_request_context("/desk/"):
            moderator = db.session.scalars(select(Moderator).where(Moderator.email == email)).one()
            login_user(sessions.begin(moderator, now()))
            self.token, kept = generate_csrf(), dict(session)
        with self.client.session_transaction("/desk/") as opened:
            opened.permanent = True
            opened.update(kept)

    def decide(self, site: str, act: str, comment: Comment, *, seen: int | None = None, **more: Any) -> TestResponse:
        """Press a row's own button."""
        version = comment.version if seen is None else seen
        return self.post(f"/desk/{site}/decisions", act=f"{act} {comment.id}", seen=f"{comment.id}:{version}", **more)


class Owner(Browser):
    """An owner's browser on the pages of the site `demo`."""

    def add(self, **form: Any) -> TestResponse:
        """Send the form for somebody new."""
        self.get("/desk/demo/moderators")
        data = {"email": "new@example.org", "name": "Nadia", "role": "moderator", "offered": ["1"], "sites": ["1"]}
        return self.post("/desk/demo/moderators", **{**data, **form})

    def act(self, act: str, who: Moderator, *, seen: str | None = None, **form: Any) -> TestResponse:
        """Open somebody's page and send one of its forms."""
        page = self.get(f"/desk/demo/moderators/one?id={who.id}").text
        found = re.search(r'name="seen" value="([^"]*)"', page)
        return self.post(f"/desk/demo/moderators/{act}", id=who.id, seen=seen or (found[1] if found else ""), **form)
