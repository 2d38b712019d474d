"""How the database goes about what a request asks: by which index, and how much of a table it reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event, text

from moderation.extensions import db

LARGE = ("comment", "comment_link", "comment_print", "decision", "event", "learned_token", "comment_note", "bundle")
MAIL = ("mail", "subscription", "reply_notice", "confirmation_request")
Said = list[tuple[str, Any]]


@contextmanager
def listening(app: Flask) -> Iterator[Said]:
    """Every statement that is sent to the database meanwhile, with its parameters."""
    said: Said = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        said.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def questions(said: Said) -> Said:
    """Those statements that look for rows: of each wording one."""
    kinds = ("SELECT", "UPDATE", "DELETE")
    found = {statement: parameters for statement, parameters in said if statement.lstrip("( ").startswith(kinds)}
    return [(statement, parameters) for statement, parameters in found.items() if not isinstance(parameters, list)]


def walks(app: Flask, said: Said) -> list[str]:
    """The steps that read a large table from end to end, as each of these statements would be done among many rows."""
    with app.app_context():
        found = []
        for statement, parameters in questions(said):
            steps = _steps(statement, parameters)
            found += [f"{step} -- {statement}" for step in steps if _is_walk(step)]
        db.session.rollback()
        return found


def _steps(statement: str, parameters: Any) -> list[str]:
    connection = _among_many()
    if db.engine.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


def _among_many() -> Connection:
    """A connection that goes about its work as it would among many rows: of few PostgreSQL rather reads all."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        for way in ("seqscan", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
    return connection


def _is_walk(step: str) -> bool:
    words = step.replace("->", " ").split()
    if words[0] == "SCAN":
        return words[1] in LARGE + MAIL and "USING" not in words
    return "Seq Scan on" in step and step.split("Seq Scan on ")[1].split()[0] in LARGE + MAIL


def rows_read(app: Flask, said: Said) -> int:
    """Roughly how many rows of large tables these statements read: PostgreSQL's own count; for SQLite its steps."""
    with app.app_context():
        total = 0
        for statement, parameters in questions(said):
            if statement.lstrip("( ").startswith("SELECT"):
                total += _read(statement, parameters)
        db.session.rollback()
        return total


def _read(statement: str, parameters: Any) -> int:
    connection = _among_many()
    if db.engine.dialect.name == "postgresql":
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
        document = json.loads(plan) if isinstance(plan, str) else plan
        return _counted(document[0]["Plan"])
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    raw: Any = connection.connection.driver_connection
    raw.set_progress_handler(count, 20)
    try:
        connection.exec_driver_sql(statement, parameters).all()
    finally:
        raw.set_progress_handler(None, 0)
    return steps


def _counted(plan: dict[str, Any]) -> int:
    own = 0
    if plan.get("Relation Name") in LARGE:
        own = round((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    return own + sum(_counted(each) for each in plan.get("Plans", ()))
