"""Whether a kept answer is still true: at once on SQLite, within a stated time on PostgreSQL.

SQLite says cheaply whether anybody at all has written, see `_Index`; only then the stamp's own query is asked.
PostgreSQL is asked over the network, so not for each reader: an answer is believed for a bound, and renewed by one of its
readers when half of that is over, so that the others never wait.
"""

import mmap
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Protocol
from weakref import finalize

from sqlalchemy import Dialect, Engine
from sqlalchemy.exc import SQLAlchemyError

from moderation.database import is_away
from moderation.publish.kept import Entry
from moderation.publish.lookup import Stamp

_BUSY_SECONDS = 1
_HEAD = 48


class Fresh(Protocol):
    """Tells whether what an entry hangs on is as it was; None where the database was waited for and is away, and False
    also where it cannot be found out for another reason.
    """

    def __call__(self, entry: Entry) -> bool | None: ...

    def at_once(self, entry: Entry) -> bool:
        """The same, as far as it is known without asking the database."""
        ...


class OnSqlite:
    """Looks by connections of its own, which write nothing and so see every other's commit."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._path = path.absolute()
        self._dialect = dialect
        self._idle: deque[sqlite3.Connection] = deque()
        self._index: _Index | None = None
        finalize(self, _close, self._idle).atexit = False

    def __call__(self, entry: Entry) -> bool:
        """Whether the entry is true at this moment."""
        stamp = entry.stamp
        if stamp.statement is None or stamp.values is None:
            return True
        try:
            # What is written between this and the query is seen by the next look.
            head = (self._index or self._opened()).head()
            if head and entry.seen == head:
                return True
            words = stamp.statement.words(self._dialect)
            with self._connection() as connection:
                rows: list[object] = connection.execute(words.text, words.parameters(stamp.values)).fetchall()
        except sqlite3.Error:
            # Whatever is wrong, the service itself will say so.
            return False
        if rows != stamp.rows:
            return False
        entry.seen = head
        return True

    def at_once(self, entry: Entry) -> bool:
        """Whether nothing at all was written since the entry was found to be true, or it hangs on nothing."""
        if entry.stamp.statement is None:
            return True
        head = self._index.head() if self._index is not None else b""
        return bool(head) and entry.seen == head

    def _opened(self) -> "_Index":
        self._index = _index_of(self._path, self._connect)
        return self._index

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one question; one that fails is not asked again."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=rw",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only=ON")
        return connection


def _close(connections: deque[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


class _Index:
    """The head of SQLite's WAL index, which every commit of every process changes: its first 48 bytes hold a counter of
    commits and a checksum of the newest (https://www.sqlite.org/walformat.html#the_wal_index_header).

    To look at it is to look at memory, where `PRAGMA data_version`, which reads the same, takes and gives back locks by
    four calls of the system and lets go of the interpreter. Each index stays open, with a connection that lets nobody
    remove it, until the process ends: to close a file ends all locks that the process has on it, SQLite's own among them.
    """

    def __init__(self, memory: mmap.mmap | None, connection: sqlite3.Connection | None) -> None:
        self._memory = memory
        self._connection = connection

    def head(self) -> bytes:
        """The head as it is now; nothing where there is none. Half of a new one is another than the one before, too."""
        return b"" if self._memory is None else self._memory[:]


_NO_INDEX = _Index(None, None)
_indexes: dict[tuple[int, int], _Index] = {}
_opening = threading.Lock()


def _index_of(database: Path, connect: Callable[[], sqlite3.Connection]) -> _Index:
    """The index of a database. Raises `sqlite3.Error` when the database cannot be read."""
    path = database.with_name(f"{database.name}-shm")
    with _opening, ExitStack() as stack:
        connection = stack.enter_context(closing(connect()))
        # From here on the index is there, and stays there.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            known = path.stat()
            key = known.st_dev, known.st_ino
            if key not in _indexes:
                memory = mmap.mmap(os.open(path, os.O_RDONLY), _HEAD, prot=mmap.PROT_READ)
                _indexes[key] = _Index(memory, connection)
                stack.pop_all()
        except (OSError, ValueError):
            # Without a write-ahead log, or where memory is not shared, each reader asks the database.
            return _NO_INDEX
        return _indexes[key]


class OnPostgresql:
    """Believes an answer for `bound` seconds after it was last found true; with 0 it looks each time."""

    def __init__(self, engine: Engine, bound: float, clock: Callable[[], float] = monotonic) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bound = bound
        self._clock = clock

    def __call__(self, entry: Entry) -> bool | None:
        """Whether the entry was true at some moment within the bound."""
        if self.at_once(entry):
            return True
        entry.renewing = True
        try:
            asked = self._clock()
            fresh = self._holds(entry.stamp)
            if fresh:
                entry.checked = asked
        except SQLAlchemyError as fault:
            return None if is_away(fault) else False
        finally:
            entry.renewing = False
        return fresh

    def at_once(self, entry: Entry) -> bool:
        """Whether the entry was found true within half the bound, or is asked for by somebody else within all of it."""
        age = self._clock() - entry.checked
        return entry.stamp.statement is None or age < self._bound / 2 or (age < self._bound and entry.renewing)

    def _holds(self, stamp: Stamp) -> bool:
        if stamp.statement is None or stamp.values is None:
            return True
        with self._engine.connect() as connection:
            return stamp.statement.run(connection, **stamp.values) == stamp.rows
