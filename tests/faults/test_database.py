"""What holds when the database is slow, locked, full of writers or away."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from moderation import database, schema
from moderation.app import create_app
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment, Site
from tests.conftest import settings
from tests.factories import Make
from tests.reader import PAGE, Reader


@pytest.fixture
def embedded(as_served: None, tmp_path: Path) -> Flask:
    """An embedded service on a file of its own."""
    app = create_app(settings(database_url=f"sqlite:///{tmp_path}/own.db"))
    with app.app_context():
        schema.upgrade()
    Make(app).site()
    return app


def file_of(app: Flask) -> str:
    with app.app_context():
        return str(db.engine.url.database)


def test_sqlite_keeps_what_was_acknowledged_and_waits_for_other_writers(embedded: Flask) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "secure_delete": 1,
    }
    with embedded.app_context():
        assert {name: db.session.scalar(text(f"PRAGMA {name}")) for name in expected} == expected


def test_every_write_begins_immediately_and_no_read_does(embedded: Flask) -> None:
    begun: list[str] = []
    with embedded.app_context():
        event.listen(
            db.engine,
            "before_cursor_execute",
            lambda *args: begun.append(args[2]) if args[2].startswith("BEGIN") else None,
        )
        db.session.scalar(select(func.count()).select_from(Comment))
        assert begun == ["BEGIN"]
        with writing() as session:
            session.scalar(select(func.count()).select_from(Comment))
        db.session.scalar(select(func.count()).select_from(Comment))
    assert begun == ["BEGIN", "BEGIN IMMEDIATE", "BEGIN"]


def test_a_post_waits_for_a_short_lock(embedded: Flask) -> None:
    reader = Reader(embedded)
    fields = reader.fields()
    other = sqlite3.connect(file_of(embedded), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
    release.start()
    assert reader.post(**fields).status_code == 202
    release.join()
    other.close()


def test_a_long_lock_answers_503_keeps_the_words_and_a_retry_makes_one_comment(
    embedded: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded.app_context():
        event.listen(db.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=100"))
    reader = Reader(embedded)
    fields = reader.fields()
    other = sqlite3.connect(file_of(embedded), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    answer = reader.post(**fields)
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "/problems/unavailable"
    assert int(answer.headers["Retry-After"]) >= 1
    page = reader.submit(**fields)
    assert page.status_code == 503
    assert fields["comment"] in page.get_data(as_text=True)
    assert time.monotonic() - started < 2 * database.BUSY_SECONDS
    assert reader.client.get("/v1/sites/demo/comments", query_string={"page": PAGE}).status_code == 200, (
        "readers go on reading"
    )
    other.execute("ROLLBACK")
    other.close()
    assert [reader.post(**fields).status_code for _ in range(2)] == [202, 202]
    with embedded.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 1


def test_a_writer_does_not_wait_for_ever_for_another_in_the_same_process(
    embedded: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    reader = Reader(embedded)
    fields = reader.fields()
    with database._write_lock:
        assert reader.post(**fields).status_code == 503
        assert reader.client.get("/v1/sites/demo/comments", query_string={"page": PAGE}).status_code == 200
    assert reader.post(**fields).status_code == 202


def test_writers_that_are_too_many_are_sent_away_at_once(embedded: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_waiting", threading.BoundedSemaphore(1))
    reader = Reader(embedded)
    fields = reader.fields()
    with database._waiting:
        answer = reader.post(**fields)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_a_database_that_is_away_answers_503_and_tells_nothing() -> None:
    app = create_app(settings(database_url="postgresql+psycopg://user:hunter2@127.0.0.1:9/none"))
    client = app.test_client()
    for path in (f"/v1/sites/demo/comments?page={PAGE}", f"/v1/sites/demo/form?page={PAGE}", "/readyz", "/desk/login"):
        answer = client.get(path)
        assert answer.status_code in (503, 200)
        assert "hunter2" not in answer.get_data(as_text=True)
        assert "127.0.0.1" not in answer.get_data(as_text=True)
    assert client.get(f"/v1/sites/demo/comments?page={PAGE}").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_write_after_a_read_sees_what_others_wrote_between_them(embedded: Flask) -> None:
    with embedded.app_context():
        assert db.session.scalar(select(func.count()).select_from(Site)) == 1
        with closing(sqlite3.connect(file_of(embedded))) as other, other:
            other.execute("UPDATE site SET name = 'Another name'")
        with writing() as session:
            assert session.scalar(select(Site.name)) == "Another name"


def test_who_is_sent_away_by_too_many_writers_reads_and_writes_on(
    embedded: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> int | None:
        return db.session.scalar(select(func.count()).select_from(Site))

    with embedded.app_context():
        assert count() == 1
        with monkeypatch.context() as patch:
            nobody_may_wait = threading.BoundedSemaphore(1)
            nobody_may_wait.acquire()
            patch.setattr(database, "_waiting", nobody_may_wait)
            with pytest.raises(database.Busy), writing():
                raise AssertionError("it wrote")
        assert count() == 1
        with writing() as session:
            assert session.scalar(select(func.count()).select_from(Site)) == 1
