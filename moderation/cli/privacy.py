"""`moderation privacy`: what is stored under an address, given out or erased."""

from __future__ import annotations

import click
from sqlalchemy import select

from moderation.cli.commands import site_named, with_database
from moderation.extensions import db
from moderation.models import Site, now
from moderation.privacy import person
from moderation.privacy.export import document
from moderation.settings import current

_site = click.option("--site", "key", help="Key of the site; all sites without it.")


@click.group()
def privacy() -> None:
    """A person's data: everything that is stored under an e-mail address."""


@privacy.command()
@click.argument("email")
@_site
@with_database
def export(email: str, key: str | None) -> None:
    """Print everything that is stored under an address, as one JSON document."""
    keys = person.keys_of(current(), email)
    for piece in document(email, _sites(key), keys, now()):
        click.echo(piece.decode(), nl=False)
    click.echo()


@privacy.command()
@click.argument("email")
@_site
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_database
def erase(email: str, key: str | None, yes: bool) -> None:
    """Erase every comment under an address, with all that is known of it. It cannot be undone."""
    sites, keys = _sites(key), person.keys_of(current(), email)
    if not yes:
        there = {site.key: person.count(db.session(), site, keys, 1) for site in sites}
        found = [name for name, number in there.items() if number]
        if found:
            click.confirm(f"Erase all comments under {email} on {', '.join(found)}? It cannot be undone.", abort=True)
    erased = {site.key: person.erase(site, keys, at=now()) for site in sites}
    for name, number in erased.items():
        if number:
            click.echo(f"{name}: {number} comments erased.")
    if not any(erased.values()):
        click.echo(f"Nothing is stored under {email}.")


def _sites(key: str | None) -> list[Site]:
    session = db.session()
    return [site_named(session, key)] if key else list(session.scalars(select(Site).order_by(Site.key)))
