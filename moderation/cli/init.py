"""`moderation init`: from nothing to the tag to paste."""

from __future__ import annotations

import os
import sys

import click

from moderation import schema
from moderation.app import create_app
from moderation.cli.commands import password_from
from moderation.cli.site import new_site, store_site
from moderation.review.accounts import AccountError, create_moderator
from moderation.settings import current

TAG = '<script src="{public_url}/embed.js" data-site="{site}" defer></script>\n<leave-a-reply></leave-a-reply>'


@click.command()
@click.option("--site", help="A short key for the site, of a-z, 0-9 and hyphens.")
@click.option("--name", help="What people call the site. Without it: its key.")
@click.option("--origin", help="Where its pages are, as https://news.example.")
@click.option("--owner", help="The owner's email address, to sign in with.")
@click.option("--owner-name", help="The name above the owner's replies. Without it: the site's name.")
@click.option("--password-stdin", is_flag=True, help="Read the owner's password from standard input.")
def init(
    site: str | None,
    name: str | None,
    origin: str | None,
    owner: str | None,
    owner_name: str | None,
    password_stdin: bool,
) -> None:
    """Make the database, a site and its owner, and print the tag to paste."""
    key = site or _ask("--site", "Key of the site (a-z, 0-9, hyphens)")
    pages = origin or _ask("--origin", "Where its pages are (https://news.example)")
    address = owner or _ask("--owner", "Your email address")
    with create_app().app_context():
        if schema.current() is None:
            schema.upgrade()
        schema.check()
        # Everything is checked before anything is written, so that a slip can be corrected by running this again.
        made = new_site(key, name or key, (pages,))
        secret = password_from(password_stdin)
        try:
            create_moderator(address, owner_name or made.name, "owner", None, secret)
        except AccountError as fault:
            raise click.ClickException(f"{address!r}: {fault}") from None
        store_site(made)
        public_url = current().public_url
    click.echo(f"Paste this into your article template:\n\n{TAG.format(public_url=public_url, site=key)}\n")
    if "MODERATION_PUBLIC_URL" not in os.environ:
        click.echo(
            "MODERATION_PUBLIC_URL is not set: the tag is for a try on this machine. Set it to where readers reach it."
        )
    click.echo(f"Start the service with: moderation serve\nThen sign in at {public_url}/desk/")


def _ask(option: str, question: str) -> str:
    if not sys.stdin.isatty():
        raise click.ClickException(f"{option} is missing, and there is no terminal to ask at")
    return str(click.prompt(question))
