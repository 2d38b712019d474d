"""`moderation moderator`: the people who decide, and tokens for their programs."""

from __future__ import annotations

from typing import cast

import click
from sqlalchemy import select

from moderation.cli.commands import password_from, with_database
from moderation.extensions import db
from moderation.models import Moderator, Role, Site
from moderation.review.accounts import AccountError, create_moderator, deactivate, issue_token, set_password

_LISTED = 1000


@click.group()
def moderator() -> None:
    """Moderators, and tokens for their programs."""


@moderator.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["owner", "moderator"]), required=True)
@click.option("--site", "sites", multiple=True, help="A site they may act on; repeatable. Without it: every site.")
@click.option("--name", help="The name above their replies. Without it: the site's, or Moderator.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_database
def add(email: str, role: str, sites: tuple[str, ...], name: str | None, password_stdin: bool) -> None:
    """Add a moderator."""
    chosen = [_site(key) for key in sites] or None
    try:
        made = create_moderator(
            email,
            name or (chosen[0].name if chosen else "Moderator"),
            cast("Role", role),
            chosen,
            password_from(password_stdin),
        )
    except AccountError as fault:
        raise click.ClickException(f"{email!r}: {fault}") from None
    click.echo(f"Added {made.email} as {role} of {', '.join(sites) or 'every site'}.")


@moderator.command("list")
@with_database
def list_() -> None:
    """List the moderators."""
    for one in db.session.scalars(select(Moderator).order_by(Moderator.email).limit(_LISTED)):
        sites = "every site" if one.all_sites else ", ".join(site.key for site in one.sites) or "no site"
        click.echo(f"{one.email}\t{one.name}\t{one.role}\t{sites}\t{'active' if one.active else 'inactive'}")


@moderator.command()
@click.argument("email")
@with_database
def token(email: str) -> None:
    """Make a bearer token for the moderation API and print it, once."""
    click.echo(issue_token(_moderator(email)))


@moderator.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_database
def password(email: str, password_stdin: bool) -> None:
    """Set a new password; whoever was signed in with the old one is signed out."""
    found = _moderator(email)
    try:
        set_password(found, password_from(password_stdin))
    except AccountError as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"Set a new password for {found.email}.")


@moderator.command()
@click.argument("email")
@with_database
def remove(email: str) -> None:
    """Take a moderator's access away: sessions and tokens end at once; what they decided stays in the log."""
    found = _moderator(email)
    deactivate(found)
    click.echo(f"{found.email} can no longer sign in.")


def _moderator(email: str) -> Moderator:
    found = db.session.scalars(select(Moderator).where(Moderator.email == email.strip().lower())).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no moderator {email}; see: moderation moderator list")
    return found


def _site(key: str) -> Site:
    found = db.session.scalars(select(Site).where(Site.key == key)).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no site {key}; see: moderation site list")
    return found
