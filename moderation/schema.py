"""Whether the database has the schema that this code needs, and how to bring it there."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from moderation import settings
from moderation.extensions import db, migrate
from moderation.locations import MIGRATIONS
from moderation.settings import Settings


class NotReady(Exception):
    """The database is missing, older or newer than this code; the message says what to do."""


@cache
def head() -> str:
    """The revision that this code needs."""
    revision = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert revision is not None  # noqa: S101 - the wheel carries at least one migration
    return revision


def revisions() -> list[str]:
    """Every revision that this code knows, oldest first."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def current() -> str | None:
    """The revision that the database is at; None for an empty one, or for an embedded one that is not there."""
    path = settings.current().database_path
    if path is not None and not path.exists():
        return None
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check() -> None:
    """Raise `NotReady` unless the database is at the revision that this code needs."""
    refuse_missing(settings.current())
    found = current()
    if found is None:
        raise NotReady("the database has no tables yet; make them with: moderation db upgrade")
    if found != head():
        raise NotReady(
            f"the database is at revision {found} and this version needs {head()}; after a backup, run: moderation db upgrade"
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
    command.upgrade(migrate.get_config(), revision)


def downgrade(revision: str) -> None:
    """Bring the database down to a revision, in one transaction."""
    command.downgrade(migrate.get_config(), revision)


def is_new() -> bool:
    """Whether an embedded database has never been made here."""
    path = settings.current().database_path
    return path is not None and not path.exists() and not _marker(path).exists()


def _marker(path: Path) -> Path:
    return path.with_name(f".{path.name}.made")
