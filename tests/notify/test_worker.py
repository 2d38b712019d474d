"""`moderation worker` as a process: it sends what lies in the outbox, and stops when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from moderation import outbox, schema
from moderation.app import create_app
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Mail, Site, now
from moderation.outbox import Letter
from tests.conftest import SECRET, settings
from tests.notify.conftest import SENDER
from tests.notify.server import MailServer


def test_a_worker_sends_what_waits_and_ends_when_it_is_told(tmp_path: Path, server: MailServer) -> None:
    url = f"sqlite:///{tmp_path}/moderation.db"
    app = create_app(settings(database_url=url))
    with app.app_context():
        schema.upgrade()
        with writing() as session:
            session.add(Site(key="demo", name="Demo"))
            session.flush()
            for number in range(3):
                outbox.put(
                    session, Letter("privacy_confirm", f"a{number}@example.org", "en", 1, {"link": "x"}), at=now()
                )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    given = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "SMTP_URL": server.url, "MAIL_FROM": SENDER}
    environment = clean | {f"MODERATION_{name}": value for name, value in given.items()}
    worker = subprocess.Popen([sys.executable, "-m", "moderation", "worker"], cwd=tmp_path, env=environment)
    try:
        deadline = time.monotonic() + 30
        while len(server.letters) < 3 and time.monotonic() < deadline and worker.poll() is None:
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    finally:
        worker.kill()
        worker.wait()
    assert sorted(letter["To"] for letter in server.letters) == ["a0@example.org", "a1@example.org", "a2@example.org"]
    with app.app_context():
        assert db.session.query(Mail).count() == 0
        db.engine.dispose()
