"""`moderation db`: the database's schema."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from moderation import schema, settings
from moderation.app import create_app
from moderation.cli.learned import relearn_stale
from moderation.models import now
from moderation.schema import refuse_missing


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Make the tables, or bring them to this version's schema, and what was learned with them."""
    with create_app().app_context():
        _known(revision)
        before = schema.current()
        schema.upgrade(revision)
        after = schema.current()
        # Another version may read comments otherwise; better now than in the middle of a moderator's work.
        learned = relearn_stale() if after == schema.HEAD else []
    click.echo(
        f"The database is at {after}." if before == after else f"The database went from {before or 'empty'} to {after}."
    )
    for line in learned:
        click.echo(line)


@db.command()
@click.argument("revision")
@click.confirmation_option(prompt="A downgrade can delete data. Is there a backup?")
def downgrade(revision: str) -> None:
    """Go back to an earlier schema (`base` removes all tables)."""
    with create_app().app_context():
        _known(revision)
        schema.downgrade(revision)
        click.echo(f"The database is at {schema.current() or 'base'}.")


@db.command()
def current() -> None:
    """Show the database's revision, and the one that this version needs."""
    with create_app().app_context():
        click.echo(f"database: {schema.current() or 'empty'}  needed: {schema.HEAD}")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the embedded database as it is at this moment into a new FILE, while the service runs.

    To copy its file instead may miss what is still in its log. Keep the secret (`secret.key`) with it.
    """
    chosen = settings.load(os.environ)
    refuse_missing(chosen)
    path = chosen.database_path
    if path is None:
        raise click.ClickException("PostgreSQL has its own way: pg_dump --format=custom --file=FILE DATABASE")
    try:
        # Nobody else may read it, not even while it is written; and what is there stays.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise click.ClickException(f"{file} is there already; give the name of a new file") from None
    except OSError as fault:
        raise click.ClickException(f"{file} cannot be written: {fault.strerror}") from None
    at = now()
    try:
        # Able to write, so that nothing is left beside a database that nobody else has open.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", [str(file)])
    except BaseException as fault:
        file.unlink()
        if isinstance(fault, sqlite3.Error):
            raise click.ClickException(f"{path} could not be copied: {fault}") from None
        raise
    click.echo(f"{file} has the database as it was at {at:%Y-%m-%d %H:%M:%S} UTC.")


def _known(revision: str) -> None:
    known = schema.revisions()
    if revision not in {"head", "base", *known}:
        raise click.ClickException(f"there is no revision {revision!r}; known are {', '.join(known)}, head and base")
