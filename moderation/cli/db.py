"""`moderation db`: the database's schema."""

from __future__ import annotations

import click

from moderation import schema
from moderation.app import create_app
from moderation.cli.learned import relearn_stale


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


def _known(revision: str) -> None:
    known = schema.revisions()
    if revision not in {"head", "base", *known}:
        raise click.ClickException(f"there is no revision {revision!r}; known are {', '.join(known)}, head and base")
