"""Queries of the read path: kept ready (`models.asking`), with rows whose values have names.

What the two kinds of database give differently, and SQLAlchemy would translate in every row, is written alike by the query
itself: `stamped` for moments, `plain` for JSON.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Dialect, Select, SQLColumnExpression, String, Text, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from moderation.models.asking import Asked, Words


class stamped(FunctionElement[str]):  # noqa: N801  # named as the functions of `func` are
    """A moment as the API writes it (`models.rfc3339`): text, in UTC, `2019-01-18T10:00:00Z`."""

    type = String()
    inherit_cache = True


@compiles(stamped, "sqlite")
def _stamped_sqlite(element: stamped, compiler: Any, **options: Any) -> str:
    # What `UtcDateTime` keeps there: `2019-01-18 10:00:00.000000`, in UTC.
    column = compiler.process(element.clauses, **options)
    return f"(substr({column}, 1, 10) || 'T' || substr({column}, 12, 8) || 'Z')"


@compiles(stamped, "postgresql")
def _stamped_postgresql(element: stamped, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


def plain(column: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """A JSON column as its text: to be read, and compared, without being understood."""
    return cast(column, Text)


_STATEMENTS: list[Statement] = []


class Statement:
    """A question of the read path, whose values are named by `bindparam`. `build` is called when it is first asked: a start
    need not wait for what nobody asks."""

    def __init__(self, build: Callable[[], Select[*tuple[Any, ...]]]) -> None:
        self._build = build
        self._asked = Asked(lambda _dialect: self._built[0])
        self._number = len(_STATEMENTS)
        _STATEMENTS.append(self)

    @cached_property
    def _built(self) -> tuple[Select[*tuple[Any, ...]], Any]:
        """The question, and the kind of its rows."""
        question = self._build()
        return question, namedtuple("Row", [column.name for column in question.selected_columns])

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process of the same service it is told by its number."""
        return _statement, (self._number,)

    def words(self, dialect: Dialect) -> Words:
        """What the drivers of one kind of database are told."""
        return self._asked.words(dialect)

    def run(self, connection: Connection, **values: object) -> list[Any]:
        """All rows, as named tuples. Raises what any query raises."""
        return list(map(self._built[1]._make, self._asked.rows_on(connection, values)))


def put_into_words(dialect: Dialect) -> None:
    """Put all of them into words: before a process is forked, so that no first reader waits for it in any."""
    for each in _STATEMENTS:
        each.words(dialect)


def _statement(number: int) -> Statement:
    return _STATEMENTS[number]
