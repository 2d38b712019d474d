"""`moderation worker` as a process: it sends what lies in the outbox, and stops when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from moderation import outbox, schema
from moderation.app import create_app
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Mail, Site, now
from moderation.outbox import Letter
from tests.conftest import SECRET, settings
from tests.notify.conftest import SENDER
from tests.notify.server import MailServer


def environment(url: str, server: MailServer) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    given = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "SMTP_URL": server.url, "MAIL_FROM": SENDER}
    return clean | {f"MODERATION_{name}": value for name, value in given.items()}


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Flask]:
    """A service with a database of its own, and three letters in its outbox."""
    app = create_app(settings(database_url=f"sqlite:///{tmp_path}/moderation.db"))
    with app.app_context():
        schema.upgrade()
        with writing() as session:
            session.add(Site(key="demo", name="Demo", pending=1))
            session.flush()
            for number in range(3):
                outbox.put(session, Letter("digest", f"a{number}@example.org", "en", 1), at=now())
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def working(folder: Path, server: MailServer, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A worker on that database, begun with these arguments to Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    url = f"sqlite:///{folder}/moderation.db"
    given = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "SMTP_URL": server.url, "MAIL_FROM": SENDER}
    environment = clean | {f"MODERATION_{name}": value for name, value in given.items()}
    command = [sys.executable, *arguments, "worker"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not found() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    assert found()


def test_a_worker_sends_what_waits_and_ends_when_it_is_told(tmp_path: Path, server: MailServer, stored: Flask) -> None:
    with working(tmp_path, server, "-m", "moderation") as worker:
        wait_for(worker, lambda: len(server.letters) == 3)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=120) == 0
    assert sorted(letter["To"] for letter in server.letters) == ["a0@example.org", "a1@example.org", "a2@example.org"]
    with stored.app_context():
        assert db.session.query(Mail).count() == 0


@pytest.mark.parametrize("what", ["jobs.begin_daily", "jobs.work", "digests.begin"])
def test_a_worker_that_fails_ends_so_that_it_is_begun_again(
    tmp_path: Path, server: MailServer, stored: Flask, what: str
) -> None:
    # Nobody knows which fault is next; this stands for any.
    program = f"from moderation.cli.worker import digests, jobs; {what} = None; import moderation.cli as m; m.main()"
    with working(tmp_path, server, "-c", program) as worker:
        _nothing, said = worker.communicate(timeout=120)
    assert worker.returncode == 1
    assert "TypeError" in said


def test_a_server_that_takes_long_over_a_letter_does_not_keep_the_worker(
    tmp_path: Path, server: MailServer, stored: Flask
) -> None:
    server.says["."] = ""
    program = "import sys, moderation.cli as m, moderation.cli.worker; sys.modules['moderation.cli.worker']._STOP = 0.2; m.main()"
    with working(tmp_path, server, "-c", program) as worker:
        wait_for(worker, lambda: "data" in server.heard)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
    with stored.app_context():
        assert db.session.query(Mail).count() == 3, "it goes out again, by the next worker"
