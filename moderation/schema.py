"""Whether the database has the schema that this code needs, and how to bring it there."""

from __future__ import annotations

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from moderation.extensions import db, migrate
from moderation.locations import MIGRATIONS
from moderation.settings import Settings


class NotReady(Exception):
    """The database is missing, older or newer than this code; the message says what to do."""


def head() -> str:
    """The revision that this code needs."""
    revision = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert revision is not None  # noqa: S101 - the wheel carries at least one migration
    return revision


def revisions() -> list[str]:
    """Every revision that this code knows, oldest first."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def current() -> str | None:
    """The revision that the database is at; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check() -> None:
    """Raise `NotReady` unless the database is at the revision that this code needs."""
    found = current()
    if found is None:
        raise NotReady("the database has no tables yet; make them with: moderation db upgrade")
    if found != head():
        raise NotReady(
            f"the database is at revision {found} and this version needs {head()}; after a backup, run: moderation db upgrade"
        )


def upgrade(revision: str = "head") -> None:
    """Bring the database up to a revision, in one transaction."""
    command.upgrade(migrate.get_config(), revision)


def downgrade(revision: str) -> None:
    """Bring the database down to a revision, in one transaction."""
    command.downgrade(migrate.get_config(), revision)


def was_lost(settings: Settings) -> bool:
    """Whether an embedded database was there once and is gone: its secret key still lies beside it.

    A new, empty database must not silently take its place.
    """
    path = settings.database_path
    return path is not None and not path.exists() and (path.parent / "secret.key").exists()
