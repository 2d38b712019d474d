"""Whether a kept answer is still true: at once on SQLite, within a stated time on PostgreSQL.

SQLite says cheaply whether anybody at all has written (`PRAGMA data_version`); only then the stamp's own query is asked.
PostgreSQL is asked over the network, so not for each reader: an answer is believed for a bound, and renewed by one of its
readers when half of that is over, so that the others never wait.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Protocol

from sqlalchemy import Dialect, Engine
from sqlalchemy.exc import SQLAlchemyError

from moderation.publish.kept import Entry
from moderation.publish.lookup import Stamp

_BUSY_SECONDS = 1


class Fresh(Protocol):
    """Tells whether what an entry hangs on is as it was; False also where that cannot be found out."""

    def __call__(self, entry: Entry) -> bool: ...


class OnSqlite:
    """Looks by connections of its own, which write nothing and so see every other's commit."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._address = f"{path.absolute().as_uri()}?mode=rw"
        self._dialect = dialect
        # Each with its number: versions of the data are counted by connection. The last one back is the first one out,
        # so that few of them have looked at each entry.
        self._idle: deque[tuple[int, sqlite3.Connection]] = deque()
        self._numbers = iter(range(2**62))

    def __call__(self, entry: Entry) -> bool:
        """Whether the entry is true at this moment."""
        stamp = entry.stamp
        if stamp.statement is None or stamp.values is None:
            return True
        try:
            number, connection = self._take()
            # The version comes first: what is written between the two questions is then seen by the next.
            [version] = connection.execute("PRAGMA data_version").fetchone()
            fresh: bool = entry.seen.get(number) == version
            if not fresh:
                words = stamp.statement.words(self._dialect)
                rows: list[object] = connection.execute(words.text, words.parameters(stamp.values)).fetchall()
                fresh = rows == stamp.rows
                if fresh:
                    entry.seen[number] = version
        except sqlite3.Error:
            # Whatever is wrong, the service itself will say so.
            return False
        self._idle.append((number, connection))
        return fresh

    def _take(self) -> tuple[int, sqlite3.Connection]:
        try:
            return self._idle.pop()
        except IndexError:
            connection = sqlite3.connect(
                self._address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA query_only=ON")
            return next(self._numbers), connection


class OnPostgresql:
    """Believes an answer for `bound` seconds after it was last found true; with 0 it looks each time."""

    def __init__(self, engine: Engine, bound: float, clock: Callable[[], float] = monotonic) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bound = bound
        self._clock = clock

    def __call__(self, entry: Entry) -> bool:
        """Whether the entry was true at some moment within the bound."""
        stamp, age = entry.stamp, self._clock() - entry.checked
        if stamp.statement is None or age < self._bound / 2:
            return True
        if age < self._bound and entry.renewing:
            return True
        entry.renewing = True
        try:
            asked = self._clock()
            fresh = self._holds(stamp)
            if fresh:
                entry.checked = asked
        except SQLAlchemyError:
            return False
        finally:
            entry.renewing = False
        return fresh

    def _holds(self, stamp: Stamp) -> bool:
        if stamp.statement is None or stamp.values is None:
            return True
        with self._engine.connect() as connection:
            return stamp.statement.run(connection, **stamp.values) == stamp.rows
