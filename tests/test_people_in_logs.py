"""What fails is logged by its kind and place: the message of a database's error holds what people typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from moderation.extensions import db
from moderation.models import Job, Site, now
from moderation.review import jobs, steps
from tests.factories import Make
from tests.notify.server import MailServer
from tests.notify.test_worker import stored, working

__all__ = ["stored"]
PERSON = "canary@example.org"


def refused() -> None:
    """Something that the database refuses: there is a site with this key already."""
    db.session.execute(insert(Site).values(key="demo", name=PERSON, origins=[], rules={}))


def test_what_the_database_refuses_names_nobody(app: Flask, make: Make) -> None:
    make.site("demo")
    with app.app_context():
        with pytest.raises(IntegrityError) as fault:
            refused()
        db.session.rollback()
    assert "canary" not in str(fault.value)


def test_the_log_of_a_job_that_failed_says_where_and_names_nobody(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site = make.site("demo")

    def broken(_job: Job, _at: object) -> steps.Step:
        try:
            refused()
        except IntegrityError as fault:
            raise LookupError(f"{PERSON} is there twice") from fault
        raise AssertionError

    monkeypatch.setitem(steps.STEPS, "decide", broken)
    with app.app_context():
        number = jobs.begin(site, "decide", None, now(), search=PERSON, to="spam").id
        while jobs.work(now()):
            pass
    assert f"job {number} failed: LookupError" in caplog.text
    assert "jobs.py" in caplog.text
    assert "canary" not in caplog.text


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that nobody calls."""
    with MailServer() as quiet:
        yield quiet


def test_a_worker_that_ends_by_a_fault_says_where_and_names_nobody(
    tmp_path: Path, server: MailServer, stored: Flask
) -> None:
    program = (
        "from moderation.cli.worker import digests\n"
        f"def begin(_at): raise ValueError('{PERSON} has two')\n"
        "digests.begin = begin\n"
        "import moderation.cli as m; m.main()"
    )
    with working(tmp_path, server, "-c", program) as worker:
        _nothing, said = worker.communicate(timeout=120)
    assert worker.returncode == 1
    assert "the worker ends: ValueError" in said
    assert "worker.py" in said
    assert "canary" not in said
