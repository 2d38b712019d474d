"""How Alembic reaches the service's database: through the app's own engine, one transaction for a whole run."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from moderation.database import WRITE_OPTION
from moderation.models import UtcDateTime

_database = current_app.extensions["migrate"].db


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration names what the database has, so that it outlives the model's own types."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=_database.metadatas[None],
        render_item=_render,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Requests are cut off after seconds; a migration of a large table may take its time, and so may waiting for
            # another machine that is at it.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4711)")
        context.run_migrations()


def _foreign_keys(connection: Connection, state: str) -> None:
    """SQLite alters a table by making it anew; with foreign keys on, dropping the old one would delete what refers to it."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={state}")


with _database.engine.connect().execution_options(**{WRITE_OPTION: True}) as _connection:
    _foreign_keys(_connection, "OFF")
    try:
        _run(_connection)
    finally:
        _connection.rollback()
        _foreign_keys(_connection, "ON")
