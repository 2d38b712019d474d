"""A service that has a mail server, and a reader whose comment may be replied to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from moderation import subscriptions
from moderation.app import create_app
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment, Mail, Site, now
from moderation.notify import sending
from moderation.settings import current
from moderation.subscriptions import State
from tests.conftest import forget, settings
from tests.factories import Make
from tests.notify.server import MailServer, running

SENDER = "News comments <comments@news.example>"


@pytest.fixture(scope="session")
def one_server() -> Iterator[MailServer]:
    """The mail server that all tests have, one after the other."""
    with running() as server:
        yield server


@pytest.fixture
def server(one_server: MailServer) -> MailServer:
    """The operator's mail server."""
    one_server.begin()
    return one_server


@pytest.fixture(scope="session")
def mailing_app(database_url: str, one_server: MailServer) -> Iterator[Flask]:
    """The service with that mail server, made once for each kind of database."""
    mail = {"smtp_url": one_server.url, "mail_from": SENDER, "public_url": "https://comments.example"}
    app = create_app(settings(database_url=database_url, **mail))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def mailing(app: Flask, mailing_app: Flask, server: MailServer) -> Flask:
    """The service, with a mail server, on an empty database."""
    forget(mailing_app)
    return mailing_app


@pytest.fixture
def post(mailing: Flask, server: MailServer) -> Post:
    """The whole way of mail."""
    return Post(mailing, server)


@pytest.fixture
def made(mailing: Flask) -> Make:
    """Factories in the service that has a mail server."""
    return Make(mailing)


@pytest.fixture
def site(made: Make) -> Site:
    """The site `demo`."""
    return made.site()


class Post:
    """What a reader does about mail, and what the worker does; `later` is how much time has gone by since the test began."""

    def __init__(self, app: Flask, server: MailServer) -> None:
        self.app = app
        self.server = server
        self.began = now()

    def ask(self, site: Site, comment: Comment, lang: str = "en", later: timedelta = timedelta(0)) -> State:
        """Ask for mail on replies."""
        with self.app.app_context(), writing() as session:
            mine = session.get_one(Comment, comment.id)
            return subscriptions.ask(session, current(), site, mine, lang, self.began + later)

    def state(self, comment: Comment) -> State:
        """Whether the comment's author gets mail."""
        with self.app.app_context():
            return subscriptions.state(db.session(), comment)

    def subscribe(self, site: Site, comment: Comment, lang: str = "en") -> None:
        """Ask, and confirm by the link in the letter."""
        assert self.ask(site, comment, lang) == "asked"
        self.deliver()
        assert self.press(self.link("confirm")) == 200
        assert self.state(comment) == "on"
        self.server.letters.clear()

    def link(self, purpose: str) -> str:
        """The link in the newest letter, as the path of an address."""
        text = self.server.letters[-1].get_content()
        found = re.findall(rf"https://comments\.example(/sites/\S+/mail/{purpose}/\S+)", text)
        assert len(found) == 1, text
        return str(found[0])

    def press(self, path: str) -> int:
        """Press the button behind a link."""
        return self.app.test_client().post(path).status_code

    def deliver(self, later: timedelta = timedelta(0)) -> list[str]:
        """Let the worker send what is due; the subjects of what was sent by this."""
        before = len(self.server.letters)
        with self.app.app_context():
            for _turn in range(100):
                if sending.work(self.began + later) is None:
                    break
            else:
                raise AssertionError("it never ends")
        return [letter["Subject"] for letter in self.server.letters[before:]]

    def at(self, later: timedelta) -> datetime:
        """A moment so long after the test began."""
        return self.began + later

    def waiting(self) -> int:
        """How many letters lie in the outbox."""
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(Mail)) or 0
