"""`moderation backup`: the embedded database, copied while the service runs."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from moderation import settings
from moderation.models import now
from moderation.schema import refuse_missing


@click.command()
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
