"""What SQLite's index of its log says of a kept answer is what the database says, whoever writes."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import column, select, table
from sqlalchemy.dialects import sqlite

from moderation.publish.fresh import OnSqlite
from moderation.publish.kept import Entry
from moderation.publish.lookup import Stamp
from moderation.publish.statements import Statement

_LOOK = Statement(lambda: select(column("n")).select_from(table("numbers")))
_ELSEWHERE = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute(sys.argv[2])"


@pytest.fixture(params=["WAL", "DELETE"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "numbers.db"
    here(path, f"PRAGMA journal_mode={request.param}", "CREATE TABLE numbers (n)", "INSERT INTO numbers VALUES (1)")
    return path


def here(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def elsewhere(path: Path, statement: str) -> int:
    """A statement in a process of its own; what it ended with."""
    return subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, path, statement], check=False, capture_output=True
    ).returncode


def entry(rows: list[tuple[object, ...]]) -> Entry:
    return Entry("/", b"", "tag", (), Stamp(_LOOK, {}, rows), 0.0)


def test_a_commit_of_any_process_is_seen_at_once(database: Path) -> None:
    fresh, one, two = OnSqlite(database, sqlite.dialect()), entry([(1,)]), entry([(2,)])
    for _time in range(3):
        assert fresh(one)
        assert not fresh(two)
    here(database, "UPDATE numbers SET n = 2")
    assert not fresh(one)
    assert fresh(two)
    assert elsewhere(database, "UPDATE numbers SET n = 1") == 0
    assert fresh(one)
    assert not fresh(two)
    here(database, "PRAGMA wal_checkpoint(TRUNCATE)", "UPDATE numbers SET n = 2", "UPDATE numbers SET n = 1")
    assert fresh(one)


def test_a_write_that_changes_something_else_leaves_it_true_and_one_that_is_taken_back_too(database: Path) -> None:
    fresh, one = OnSqlite(database, sqlite.dialect()), entry([(1,)])
    here(database, "CREATE TABLE other (n)", "BEGIN", "UPDATE numbers SET n = 2", "ROLLBACK")
    assert fresh(one)
    assert fresh(one)


def test_looking_ends_no_lock_of_this_process(database: Path) -> None:
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    for _time in range(2):
        fresh = OnSqlite(database, sqlite.dialect())
        assert fresh(entry([(1,)]))
        del fresh
        gc.collect()
    assert elsewhere(database, "UPDATE numbers SET n = 2") == 1, "the lock is held"
    writer.execute("COMMIT")
    writer.close()
    assert elsewhere(database, "UPDATE numbers SET n = 2") == 0


def test_what_it_looks_by_is_closed_with_it(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noted(*given: Any, **named: Any) -> sqlite3.Connection:
        made.append(connect(*given, **named))
        return made[-1]

    assert OnSqlite(database, sqlite.dialect())(entry([(1,)])), "it holds the index, where there is one"
    monkeypatch.setattr(sqlite3, "connect", noted)
    fresh = OnSqlite(database, sqlite.dialect())
    assert fresh(entry([(1,)]))
    assert any(map(is_open, made))
    del fresh
    gc.collect()
    assert not any(map(is_open, made))


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


def test_of_a_database_that_is_not_there_nothing_is_believed(tmp_path: Path) -> None:
    assert not OnSqlite(tmp_path / "none.db", sqlite.dialect())(entry([(1,)]))
