"""How the service talks to its database: safe settings for both kinds, and the one way to write.

SQLite: write-ahead log, `synchronous=FULL` (an acknowledged comment survives a power cut), deleted text overwritten.
Every write begins with `BEGIN IMMEDIATE`: a transaction that reads first and writes later fails under load with
"database is locked" and cannot be retried. Inside one process writers also queue on a lock, because SQLite's own
waiting is not fair and starves one of many.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session

from moderation.extensions import db
from moderation.models.asking import dialect_of, say
from moderation.turns import COMMITS

BUSY_SECONDS = 5
_A_MOMENT = 1000
"""Milliseconds in which those who read from the log may come to an end."""
WRITE_OPTION = "moderation_write"
"""Of a connection that is not a session's: its transactions shall write."""
_write_lock = threading.Lock()
# Writers that may wait for the lock together. Further ones are sent away at once, so that waiting never takes all the
# server's threads and readers go on reading.
_MOST_WAITING = 12
_waiting = threading.BoundedSemaphore(_MOST_WAITING)
# One connection for each thread that may ask at once, see `cli.generation`.
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 4, "pool_timeout": BUSY_SECONDS, "pool_use_lifo": True}


def _to_json(value: object) -> str:
    """JSON for a column; a verdict has thousands of letters of it, and orjson is many times quicker with them."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # A number beyond 64 bits, half a surrogate pair: what the standard library takes too.
        return json.dumps(value)


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
    # Pages of the log after which it is written into the file: a comment changes forty, which are mostly the same as those of
    # the comment before, so that each is written once for many comments. 16 MB.
    "wal_autocheckpoint=4000",
)

_READ_ONLY = "25006"
_CHANGED = "changed by the session since its last commit"
_WRITE = "BEGIN IMMEDIATE"


class Busy(SQLAlchemyError):
    """Too many writers wait already, or the database is locked for longer than anybody should wait."""


def engine_options(url: str) -> dict[str, Any]:
    """Options for the engine of this database URL."""
    # An error that is printed somewhere says what was asked, and nothing of the people whom it was asked about.
    shared = {**_POOL, "json_serializer": _to_json, "json_deserializer": _read, "hide_parameters": True}
    if url.startswith("sqlite:"):
        return {
            **shared,
            "connect_args": {"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        }
    return {
        **shared,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": 3,
            "options": "-c statement_timeout=5000 -c lock_timeout=5000",
            # A host that is gone without a word: milliseconds until sent data must be confirmed, seconds between probes.
            "tcp_user_timeout": 5000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
        },
    }


def _read(stored: str | bytes) -> Any:
    """What was stored as JSON: a verdict has thousands of letters, and a page of the desk reads fifty."""
    try:
        return orjson.loads(stored)
    except orjson.JSONDecodeError:
        # Python writes what orjson does not read: NaN, halves of a pair of surrogates.
        return json.loads(stored)


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
    writes = connection.get_execution_options().get(WRITE_OPTION)
    say(connection, _WRITE if writes else "BEGIN")


@contextmanager
def writing() -> Iterator[Session]:
    """One short write transaction: commits at the end, rolls back on any error.

    Ends the request's read transaction first, so that what is read inside is the present state. Objects loaded before
    keep the values they had; load again, with a lock, what the write depends on.
    """
    session: Session = db.session()
    with ExitStack() as stack:
        try:
            connection = _after_reading(session)
            if connection.dialect.name == "sqlite":
                stack.enter_context(_alone())
                say(connection, _WRITE)
            yield session
            with COMMITS.one():
                _commit(session, connection)
        except BaseException:
            # Before the next writer has its turn.
            session.rollback()
            raise


def write_back() -> None:
    """Write SQLite's log into the file and empty it, where nobody reads from it at this moment.

    What is deleted is overwritten in the file (`secure_delete`) when the log is written back, and the log has it until then.
    It is written back by itself only after some thousand pages, which on a quiet site may be weeks.
    """
    session: Session = db.session()
    if dialect_of(session).name != "sqlite":
        return
    connection = _after_reading(session)
    say(connection, f"PRAGMA busy_timeout={_A_MOMENT}")
    try:
        say(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        say(connection, f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        say(connection, "BEGIN")


def _after_reading(session: Session) -> Connection:
    """End a session's read transaction, and keep its connection for what follows: to give it back to the pool and to take
    one out again costs as much as some questions.
    """
    if _holds(session):
        session.commit()
    connection = session.connection()
    say(connection, "COMMIT")
    return connection


def _commit(session: Session, connection: Connection) -> None:
    """Commit a session's transaction. On SQLite, and where the session has nothing to do with what was written, its connection
    is kept for what follows; on PostgreSQL that may be long after.
    """
    if session.info.pop(_CHANGED, False) or _holds(session) or connection.dialect.name != "sqlite":
        session.commit()
    else:
        say(connection, "COMMIT")
        say(connection, "BEGIN")


def _holds(session: Session) -> bool:
    """Whether there is something that only the session knows."""
    return bool(session.new or session.dirty or session.deleted or session.get_nested_transaction() is not None)


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: object) -> None:
    session.info[_CHANGED] = True


@event.listens_for(Session, "do_orm_execute")
def _asked(state: ORMExecuteState) -> None:
    if state.is_update or state.is_delete:
        # Objects that it knows may be among them.
        state.session.info[_CHANGED] = True


@contextmanager
def _alone() -> Iterator[None]:
    """The place of this process's one writer; raises `Busy` when it cannot be had in time."""
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        if not _write_lock.acquire(timeout=BUSY_SECONDS):
            raise Busy
    finally:
        _waiting.release()
    try:
        yield
    finally:
        _write_lock.release()


def is_away(fault: Exception) -> bool:
    """Whether a database error means "come back later" rather than a fault in a query."""
    if isinstance(fault, Busy | PoolTimeout | OperationalError | InterfaceError):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    # After a fail-over an old connection may lead to a server that only reads.
    return fault.connection_invalidated or getattr(fault.orig, "sqlstate", None) == _READ_ONLY
