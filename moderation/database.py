"""How the service talks to its database: safe settings for both kinds, and the one way to write.

SQLite: write-ahead log, `synchronous=FULL` (an acknowledged comment survives a power cut), deleted text overwritten.
Every write begins with `BEGIN IMMEDIATE`: a transaction that reads first and writes later fails under load with
"database is locked" and cannot be retried. Inside one process writers also queue on a lock, because SQLite's own
waiting is not fair and starves one of many.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from moderation.extensions import db

BUSY_SECONDS = 5
_WRITE_OPTION = "moderation_write"
_write_lock = threading.Lock()

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)

# Out of disk, locked too long, server gone: the request can be repeated, so the client hears 503 and not 500.
AWAY = (OperationalError, InterfaceError)


def engine_options(url: str) -> dict[str, Any]:
    """Options for the engine of this database URL."""
    if url.startswith("sqlite:"):
        return {"connect_args": {"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "pool_timeout": 5,
        "connect_args": {"connect_timeout": 3, "options": "-c statement_timeout=5000 -c lock_timeout=5000"},
    }


def prepare(engine: Engine) -> None:
    """Give an engine the settings described above. To be called once for each engine."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE_OPTION)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing() -> Iterator[Session]:
    """One short write transaction: commits at the end, rolls back on any error.

    Ends the request's read transaction first, so that what is read inside is the present state. Objects loaded before
    keep the values they had; load again, with a lock, what the write depends on.
    """
    session: Session = db.session()
    session.commit()
    with _write_lock if db.engine.dialect.name == "sqlite" else nullcontext():
        try:
            session.connection(execution_options={_WRITE_OPTION: True})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


def is_away(fault: DBAPIError) -> bool:
    """Whether a database error means "come back later" rather than a fault in a query."""
    return isinstance(fault, AWAY) or fault.connection_invalidated
