"""`moderation moderator`: the people who decide, and tokens for their programs."""

from __future__ import annotations

import click
from sqlalchemy import select

from moderation.cli.commands import password_from, with_database
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Moderator, Role, Site
from moderation.review.accounts import (
    AccountError,
    create_moderator,
    deactivate,
    end_tokens,
    issue_token,
    join,
    set_password,
)

_LISTED = 1000


@click.group()
def moderator() -> None:
    """Moderators, and tokens for their programs."""


@moderator.command()
@click.argument("email")
@click.option("--role", type=click.Choice(["owner", "moderator"]), help="Needed for somebody new.")
@click.option("--site", "sites", multiple=True, help="A site they may act on; repeatable. Without it: every site.")
@click.option("--name", help="The name above their replies. Without it: the site's, or Moderator.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_database
def add(email: str, role: Role | None, sites: tuple[str, ...], name: str | None, password_stdin: bool) -> None:
    """Add a moderator, or give further sites to one who is there; name, password and role of an account stay."""
    chosen = [_site(key) for key in sites] or None
    try:
        if _known(email):
            _give(email, role, chosen)
            return
        if role is None:
            raise click.ClickException("--role is missing; it is owner or moderator")
        made = create_moderator(
            email,
            name or (chosen[0].name if chosen else "Moderator"),
            role,
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
@click.option("--revoke", is_flag=True, help="Make none, but end every token that the moderator has.")
@with_database
def token(email: str, revoke: bool) -> None:
    """Make a bearer token for the moderation API and print it, once; or end them all."""
    found = _moderator(email)
    if not revoke:
        click.echo(issue_token(found))
        return
    ended = end_tokens(found)
    click.echo(f"Ended {_tokens(ended)} of {found.email}." if ended else f"{found.email} had no token.")


@moderator.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_database
def password(email: str, password_stdin: bool) -> None:
    """Set a new password; whoever was signed in with the old one is signed out, and the tokens end."""
    found = _moderator(email)
    try:
        ended = set_password(found, password_from(password_stdin))
    except AccountError as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"Set a new password for {found.email}. Browsers that were signed in are signed out.")
    if ended:
        click.echo(f"{_tokens(ended)} ended; for a new one: moderation moderator token {found.email}")


@moderator.command()
@click.argument("email")
@with_database
def remove(email: str) -> None:
    """Take a moderator's access away: sessions and tokens end at once; what they decided stays in the log."""
    found = _moderator(email)
    deactivate(found)
    click.echo(f"{found.email} can no longer sign in.")


def _tokens(n: int) -> str:
    return f"{n} token{'' if n == 1 else 's'}"


def _give(email: str, role: Role | None, sites: list[Site] | None) -> None:
    if sites is None:
        raise click.ClickException(f"there is a moderator {email} already; --site KEY gives them a further site")
    with writing() as session:
        found = join(session, email, role, {site.id for site in sites}, by=None)
    if found is None:
        raise click.ClickException(f"there is no moderator {email} any more; see: moderation moderator list")
    keys = ", ".join(site.key for site in sites)
    click.echo(f"Gave {found.email} {keys}. The name, the password and the role {found.role} are as before.")


def _known(email: str) -> Moderator | None:
    return db.session.scalars(select(Moderator).where(Moderator.email == email.strip().lower())).one_or_none()


def _moderator(email: str) -> Moderator:
    found = _known(email)
    if found is None:
        raise click.ClickException(f"there is no moderator {email}; see: moderation moderator list")
    return found


def _site(key: str) -> Site:
    found = db.session.scalars(select(Site).where(Site.key == key)).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no site {key}; see: moderation site list")
    return found
