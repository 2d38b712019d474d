"""Queries of the read path, which are too many to be built and typed anew each time: SQL once, then rows as they come.

A `Select` that is executed costs more time in Python than in the database. Here its SQL is made once for each kind of
database, and its rows are what the driver gives. So what the two drivers give differently is written alike by the
query itself: `stamped` for moments, `plain` for JSON.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Select, SQLColumnExpression, String, Text, cast
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement


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


class one_of(FunctionElement[bool]):  # noqa: N801
    """Whether a text is one of several, which are given as one JSON array: a list has no place in SQL made once."""

    type = Boolean()
    inherit_cache = True


@compiles(one_of, "sqlite")
def _one_of_sqlite(element: one_of, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # the compiler made both pieces


@compiles(one_of, "postgresql")
def _one_of_postgresql(element: one_of, compiler: Any, **options: Any) -> str:
    column, given = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT json_array_elements_text(CAST({given} AS json)))"


def plain(column: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """A JSON column as its text: to be read, and compared, without being understood."""
    return cast(column, Text)


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement as one kind of database takes it."""

    text: str
    fixed: Mapping[str, object]
    order: tuple[str, ...] | None

    def values(self, given: Mapping[str, object]) -> Any:
        """What the driver takes beside the text: by name, or in the order of the places."""
        named = {**self.fixed, **given}
        return named if self.order is None else [named[name] for name in self.order]


class Statement:
    """A select whose values are named by `bindparam`, ready to be run with them."""

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self._query = query
        self._row = _row_type(column.name for column in query.selected_columns)
        self._sql: dict[str, Sql] = {}

    def sql(self, dialect: Dialect) -> Sql:
        """The statement for this kind of database."""
        if dialect.name not in self._sql:
            compiled: Any = self._query.compile(dialect=dialect)
            order = tuple(compiled.positiontup) if compiled.positional else None
            self._sql[dialect.name] = Sql(str(compiled), compiled.params, order)
        return self._sql[dialect.name]

    def run(self, connection: Connection, **values: object) -> list[Any]:
        """All rows, as named tuples of what the driver gives. Raises what any query raises."""
        sql, driver = self.sql(connection.dialect), connection.dialect.loaded_dbapi
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql.text, sql.values(values))
            rows = cursor.fetchall()
        except driver.Error as fault:
            connection.invalidate(fault)
            raise DBAPIError.instance(sql.text, None, fault, driver.Error, dialect=connection.dialect) from fault
        finally:
            cursor.close()
        return list(map(self._row._make, rows))


def _row_type(names: Iterable[str]) -> Any:
    return namedtuple("Row", list(names))
