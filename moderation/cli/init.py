"""`moderation init`: from nothing to the tag to paste."""

from __future__ import annotations

import click

from moderation import schema
from moderation.app import create_app
from moderation.cli.commands import password_from
from moderation.cli.site import add_site
from moderation.review.accounts import AccountError, create_moderator
from moderation.settings import current

TAG = '<script src="{public_url}/embed.js" data-site="{site}" defer></script>\n<leave-a-reply></leave-a-reply>'


@click.command()
@click.option("--site", prompt="Key of the site (a-z, 0-9, hyphens)", help="A short key for the site, as in addresses.")
@click.option("--name", prompt="Name of the site", help="What people call the site.")
@click.option("--origin", prompt="Where its pages are (https://news.example)", help="The origin of its pages.")
@click.option("--owner", prompt="Your email address", help="The owner's email address, to sign in with.")
@click.option("--password-stdin", is_flag=True, help="Read the owner's password from standard input.")
def init(site: str, name: str, origin: str, owner: str, password_stdin: bool) -> None:
    """Make the database, a site and its owner, and print the tag to paste."""
    with create_app().app_context():
        if schema.current() is None:
            schema.upgrade()
        schema.check()
        secret = password_from(password_stdin)
        add_site(site, name, (origin,))
        try:
            create_moderator(owner, owner.partition("@")[0], "owner", None, secret)
        except AccountError as fault:
            raise click.ClickException(
                f"the site is made, its owner is not: {fault} Try: moderation moderator add"
            ) from None
        public_url = current().public_url
    click.echo(f"Paste this into your article template:\n\n{TAG.format(public_url=public_url, site=site)}\n")
    click.echo(f"Start the service with: moderation serve\nThen sign in at {public_url}/desk/")
