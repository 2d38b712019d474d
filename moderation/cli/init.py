"""`moderation init`: from nothing to the tag to paste."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from moderation import schema
from moderation.app import create_app
from moderation.cli.commands import password_from
from moderation.cli.site import checked_key, checked_name, checked_origin, free_key, new_site, store_site
from moderation.review.accounts import AccountError, check_password, create_moderator, free_address
from moderation.settings import current
from moderation.text.urls import parse_url

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
    with create_app().app_context():
        there = schema.current() is not None
        if there:
            schema.check()
        # Everything is checked before anything is written, so that a slip can be corrected by running this again.
        key_of = free_key if there else checked_key
        for given, check in ((site, key_of), (name, checked_name), (origin, checked_origin), (owner, _address)):
            if given:
                check(given)
        key = site or _ask("--site", "Key of the site (a-z, 0-9, hyphens)", key_of)
        pages = origin or _ask("--origin", "Where its pages are (https://news.example)", _origin)
        address = owner or _ask("--owner", "Your email address", _address)
        secret = password_from(True) if password_stdin else _ask_password(address)
        _check_password(secret, address)
        if not there:
            schema.upgrade()
            schema.check()
        made = new_site(key, name or key, (pages,))
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


def _ask(option: str, question: str, check: Callable[[str], str]) -> str:
    """The answer as `check` gives it; asked for again, with the reason, until it can be used."""
    if not sys.stdin.isatty():
        raise click.ClickException(f"{option} is missing, and there is no terminal to ask at")
    while True:
        typed = str(click.prompt(question)).strip()
        try:
            return check(typed)
        except click.ClickException as fault:
            _again(fault)


def _ask_password(address: str) -> str:
    while True:
        secret = password_from(False)
        try:
            _check_password(secret, address)
        except click.ClickException as fault:
            _again(fault)
        else:
            return secret


def _check_password(secret: str, address: str) -> None:
    try:
        check_password(secret, address)
    except AccountError as fault:
        raise click.ClickException(str(fault)) from None


def _again(fault: Exception) -> None:
    click.echo(f"Not usable: {fault}", err=True)


def _address(typed: str) -> str:
    """An email address that no account has."""
    try:
        return free_address(typed, there=schema.current() is not None)
    except AccountError as fault:
        raise click.ClickException(f"{typed!r}: {fault}") from None


def _origin(typed: str) -> str:
    """An origin; of the address of a page the part that is one."""
    try:
        return checked_origin(typed)
    except click.ClickException:
        try:
            found = parse_url(typed).origin
        except ValueError:
            found = ""
        if not found or "*" in typed:
            raise
    click.echo(f"Taken as {found}: an origin has no path.")
    return found
