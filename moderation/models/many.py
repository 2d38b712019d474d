"""Questions about many values at once: one wording and, as far as the database can, one parameter, however many they are.

PostgreSQL takes an array, SQLite a list in JSON. Both are given as text: to make an array of a hundred words takes the driver of
PostgreSQL longer than the database takes to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Integer,
    Select,
    String,
    TableValuedAlias,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine


def listed(dialect: Dialect, values: Sequence[str] | Sequence[int]) -> str:
    """Texts or numbers as the parameter of the questions below."""
    if dialect.name != "postgresql":
        return orjson.dumps(values).decode()
    words = [str(value) if isinstance(value, int) else _quoted(value) for value in values]
    return f"{{{','.join(words)}}}"


def _quoted(text: str) -> str:
    """A text as an element of an array, see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def among(column: InstrumentedAttribute[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """That a text or a number is one of those in the parameter `name`, which is given as `listed` makes it."""
    kind = column.type if isinstance(column.type, Integer) else String()
    if dialect == "postgresql":
        return column == any_(_array(name, kind))
    return column.in_(select(values_in(name, kind, dialect).c.value))


def values_in(name: str, kind: TypeEngine[Any], dialect: str) -> TableValuedAlias:
    """The values in the parameter `name`, which is given as `listed` makes it, as rows with a `value`."""
    value = column("value", kind)
    if dialect == "postgresql":
        return func.unnest(_array(name, kind)).table_valued(value).render_derived()
    return func.json_each(bindparam(name, type_=String)).table_valued(value)


def _array(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=String), ARRAY(kind))


def of_each(
    name: str,
    kind: TypeEngine[Any],
    places: int,
    look: Callable[[ColumnElement[Any]], Select[Any]],
    dialect: str,
    *,
    once: bool = False,
) -> Select[Any] | CompoundSelect[Any]:
    """The rows of `look`, which is bounded, for each of the keys in the parameters that `keys_of` makes; equal rows `once`.

    For PostgreSQL it is one wording for any number of keys, which it plans once: as many questions as there are keys it
    plans for longer than it answers them. SQLite has no such words, and there it is a question for each of the `places`.
    """
    if dialect == "postgresql":
        keys = values_in(name, kind, dialect)
        rows = look(keys.c.value).lateral()
        found = select(*rows.c).select_from(keys).join(rows, true())
        return found.distinct() if once else found
    looks = [look(bindparam(f"{name}_{place}", type_=kind)).subquery() for place in range(places)]
    return (union if once else union_all)(*(select(*rows.c) for rows in looks))


def keys_of(
    dialect: Dialect, name: str, keys: Sequence[str] | Sequence[int], places: int, none: str | int = ""
) -> dict[str, Any]:
    """The parameters of `of_each`; where there are more places than keys, the others ask for `none`, which nothing has."""
    if dialect.name == "postgresql":
        return {name: listed(dialect, keys)}
    return {f"{name}_{place}": key for place, key in enumerate((*keys, *[none] * places)[:places])}
