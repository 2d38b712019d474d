"""Whether the database has the schema that this code needs, and how to bring it there."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import text

from moderation import settings
from moderation.extensions import db
from moderation.locations import MIGRATIONS
from moderation.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0010"
"""The revision that this code needs: the newest in `migrations/`."""


class NotReady(Exception):
    """The database is missing, older or newer than this code; the message says what to do."""


def revisions() -> list[str]:
    """Every revision that this code knows, oldest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def current() -> str | None:
    """The revision that the database is at; None for an empty one, or for an embedded one that is not there."""
    path = settings.current().database_path
    if path is not None and not path.exists():
        return None
    with db.engine.connect() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def check() -> None:
    """Raise `NotReady` unless the database is at the revision that this code needs."""
    refuse_missing(settings.current())
    found = current()
    if found is None:
        raise NotReady("the database has no tables yet; make them with: moderation db upgrade")
    if found != HEAD:
        raise NotReady(
            f"the database is at revision {found} and this version needs {HEAD}; after a backup, run: moderation db upgrade"
        )


def refuse_missing(chosen: Settings) -> None:
    """Raise `NotReady` when an embedded database is not there; touches nothing.

    One that was there once and is gone is not silently replaced by an empty one: a file beside it remembers it.
    """
    path = chosen.database_path
    if path is None or path.exists():
        return
    if _marker(path).exists():
        raise NotReady(
            f"the database {path} is gone; restore it from a backup, or make a new one with: moderation db upgrade"
        )
    raise NotReady(f"there is no database {path} yet; make it with: moderation init (or moderation db upgrade)")


def upgrade(revision: str = "head") -> None:
    """Bring the database up to a revision, in one transaction; an embedded one is made if it is not there."""
    path = settings.current().database_path
    if path is not None and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # It will hold people's addresses: for its owner's eyes alone. SQLite's other files follow it.
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
        _marker(path).touch(0o600)
    command, config = _alembic()
    command.upgrade(config, revision)


def downgrade(revision: str) -> None:
    """Bring the database down to a revision, in one transaction."""
    command, config = _alembic()
    command.downgrade(config, revision)


def _alembic() -> tuple[ModuleType, Config]:
    """Alembic, and its settings for the current app.

    Loaded when the schema is to be changed and not before: it costs a process ten megabytes and a quarter of a second, and those
    that answer readers never change it.
    """
    from alembic import command
    from flask_migrate import Migrate

    migrate = Migrate(current_app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
    return command, migrate.get_config()


def is_new() -> bool:
    """Whether an embedded database has never been made here."""
    path = settings.current().database_path
    return path is not None and not path.exists() and not _marker(path).exists()


def _marker(path: Path) -> Path:
    return path.with_name(f".{path.name}.made")
