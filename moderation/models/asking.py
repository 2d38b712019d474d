"""Statements that are put into words once for each kind of database, and then asked through the driver itself.

To build a statement, to find what was made of it before and to make objects of the answer takes SQLAlchemy many times as
long as the database takes to answer by an index. A comment that comes in asks twenty times, and a page that is read asks for
fifty rows, so what they ask is kept ready. The words come from the models all the same, and everything happens on the
session's or the reader's own connection and in its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    Connection,
    Delete,
    Dialect,
    Float,
    Insert,
    Update,
    bindparam,
    inspect,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapper, Session, SessionTransaction, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.sql.selectable import SelectBase

Row = tuple[Any, ...]
_M = TypeVar("_M", bound=DeclarativeBase)
_KEPT = "connection of the transaction"
_Process = Callable[[Any], Any]
_Statement = SelectBase | Insert | Update | Delete


_ALL: list[Asked] = []


class Asked:
    """One statement, and what the drivers are told for it.

    `build` is called once for each kind of database, with its name. What is given later are the statement's `bindparam`s
    (for an `Insert` its columns) by name. What a session has not flushed yet is not seen.
    """

    def __init__(self, build: Callable[[str], _Statement], columns: Sequence[str] | None = None) -> None:
        self._build = build
        self._columns = columns
        self._words: dict[str, Words] = {}
        _ALL.append(self)

    def rows(self, session: Session, given: Mapping[str, Any]) -> list[Row]:
        """All rows of the answer."""
        return self._rows(_way(session), given)

    def rows_on(self, connection: Connection, given: Mapping[str, Any]) -> list[Row]:
        """The same on a connection that has no session."""
        return self._rows(_way_on(connection), given)

    def row(self, session: Session, given: Mapping[str, Any]) -> Row | None:
        """The first row of the answer, if there is one."""
        found = self.rows(session, given)
        return found[0] if found else None

    def scalar(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The first value of the first row; None where there is none."""
        found = self.rows(session, given)
        return found[0][0] if found else None

    def run(self, session: Session, given: Mapping[str, Any]) -> None:
        """Carry the statement out."""
        way = _way(session)
        words = self.words(way.connection.dialect)
        _run(way, words.text, words.parameters(given))

    def run_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry the statement out for each of these rows."""
        way = _way(session)
        words = self.words(way.connection.dialect)
        _run(way, words.text, [words.parameters(row) for row in rows], many=True)

    def words(self, dialect: Dialect) -> Words:
        """What the drivers of one kind of database are told."""
        words = self._words.get(dialect.name)
        if words is None:
            words = self._words[dialect.name] = Words(self._build(dialect.name), dialect, self._columns)
        return words

    def _rows(self, way: _Way, given: Mapping[str, Any]) -> list[Row]:
        words = self.words(way.connection.dialect)
        found: list[Row] = _run(way, words.text, words.parameters(given), rows=True)
        return [words.read(row) for row in found] if words.readers else found


class Words:
    """A statement in the words of one kind of database."""

    def __init__(self, statement: _Statement, dialect: Dialect, columns: Sequence[str] | None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(columns) if columns else None)
        self.text = str(compiled)
        self._order: list[str] | None = list(compiled.positiontup) if compiled.positional else None
        self._processes: dict[str, _Process] = {}
        self._names: list[str] = []
        self._fixed: dict[str, Any] = {}
        self._pick: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None = None
        for name, bind in compiled.binds.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required or (columns and name in columns):
                self._names.append(name)
                if process is not None:
                    self._processes[name] = process
            else:
                value = bind.effective_value
                self._fixed[name] = value if process is None else process(value)
        # Most are plain values in an order, and two at least.
        if self._order and len(self._order) > 1 and not self._fixed and not self._processes:
            self._pick = itemgetter(*self._order)
        self.readers: list[tuple[int, _Process]] = []
        for place, told in enumerate(statement.exported_columns):
            # Both drivers give a float for one; SQLAlchemy would want to know the column's kind in the driver's own numbers.
            plain = isinstance(told.type, Float)
            reader = None if plain else told.type.dialect_impl(dialect).result_processor(dialect, None)
            if reader is not None:
                self.readers.append((place, reader))

    def parameters(self, given: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """What the driver is given beside the text."""
        if self._pick is not None:
            return self._pick(given)
        named = {**self._fixed, **given}
        for name, process in self._processes.items():
            named[name] = process(named[name])
        if self._order is not None:
            return tuple([named[name] for name in self._order])
        return self._fixed | {name: named[name] for name in self._names}

    def read(self, row: Row) -> Row:
        """A row of the driver's as the models have it."""
        values = list(row)
        for place, reader in self.readers:
            values[place] = reader(values[place])
        return tuple(values)


class _Way(NamedTuple):
    """How a session's present transaction asks."""

    transaction: SessionTransaction | None
    connection: Connection
    driver: Any
    watched: bool
    """Whether somebody listens to what is asked, who is told by SQLAlchemy."""


def dialect_of(session: Session) -> Dialect:
    """The kind of database that a session asks, without the search for which one its models belong to."""
    return _way(session).connection.dialect


def _way(session: Session) -> _Way:
    """To ask the session for its connection takes longer than to ask the database something, so it is asked once."""
    way: _Way | None = session.info.get(_KEPT)
    if way is None or way.transaction is None or way.transaction is not session.get_transaction():
        # Asked first: that may begin the transaction.
        connection = session.connection()
        way = session.info[_KEPT] = _way_on(connection, session.get_transaction())
    return way


def _way_on(connection: Connection, transaction: SessionTransaction | None = None) -> _Way:
    watched = bool(connection.dispatch.before_cursor_execute)
    return _Way(transaction, connection, connection.connection.driver_connection, watched)


def put_into_words(dialect: Dialect) -> None:
    """Put every statement that there is into words, so that nobody waits for it later."""
    for each in _ALL:
        each.words(dialect)


def say(connection: Connection, text: str) -> None:
    """Say a few words that have no values, such as BEGIN."""
    _run(_way_on(connection), text, ())


def known(session: Session, model: type[_M], columns: Mapping[str, Any], *, anew: bool = False) -> _M:
    """An object of these columns, as if the session had loaded it; the session's own one where it has it already.

    With `anew` that one gets the columns too. What is not among them is loaded when it is asked for.
    """
    mapper: Mapper[_M] = inspect(model)
    key = mapper.identity_key_from_primary_key(tuple(columns[column.name] for column in mapper.primary_key))
    there: _M | None = session.identity_map.get(key)
    if there is not None:
        for name in columns if anew else ():
            set_committed_value(there, name, columns[name])
        return there
    return attached(session, seen(model, columns))


def seen(model: type[_M], columns: Mapping[str, Any]) -> _M:
    """An object of these columns to look at: no session knows it, and what is changed in it is not stored.

    For a session to keep one takes as long as to ask the database three questions.
    """
    mapper: Mapper[_M] = inspect(model)
    # Its constructor would tell of each column that it was set.
    made = mapper.class_manager.new_instance()
    instance_dict(made).update(columns)
    return made


def put(session: Session, one: DeclarativeBase, **columns: Any) -> None:
    """Write columns of a locked object that the session knows by its `id`, at once, and let the object have them.

    A flush finds out what changed, which takes as long as ten such writes.
    """
    given = {f"new_{name}": value for name, value in columns.items()}
    _putting(type(one), *columns).run(session, {"row_id": instance_dict(one)["id"], **given})
    for name, value in columns.items():
        set_committed_value(one, name, value)


@cache
def _putting(model: type[DeclarativeBase], *names: str) -> Asked:
    table = model.__table__
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return Asked(lambda _dialect: update(model).where(table.c.id == bindparam("row_id")).values(values))


def attached(session: Session, seen: _M) -> _M:
    """Let a session keep what was only seen so far, as if it had loaded it."""
    if seen not in session:
        make_transient_to_detached(seen)
        session.add(seen)
    return seen


def _run(way: _Way, text: str, parameters: Any, *, many: bool = False, rows: bool = False) -> Any:
    """Carry a statement out; its rows where these are asked for. To read them can fail as well."""
    connection = way.connection
    if way.watched:
        told = connection.exec_driver_sql(text, parameters)
        return list(told) if rows else None
    try:
        if many:
            return way.driver.cursor().executemany(text, parameters)
        found = way.driver.execute(text, parameters)
        return found.fetchall() if rows else None
    except connection.dialect.loaded_dbapi.Error as fault:
        raise _translated(connection, text, fault) from fault


def _translated(connection: Connection, text: str, fault: Any) -> BaseException:
    """A driver's error as SQLAlchemy would have raised it. A connection that is lost goes out of use with it."""
    dialect = connection.dialect
    if dialect.is_disconnect(fault, connection.connection, None):
        connection.invalidate(fault)
    translated: BaseException = DBAPIError.instance(
        text,
        None,
        fault,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=connection.invalidated,
        dialect=dialect,
    )
    return translated


def arriving(model: type[DeclarativeBase], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do with a row that is there already, which SQLAlchemy has for each database apart."""
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(model)
