"""`moderation mail`: whether mail works."""

from __future__ import annotations

import click

from moderation.app import create_app
from moderation.mailserver import parse_sender, parse_server
from moderation.models import now
from moderation.notify.letters import Stale, write
from moderation.notify.smtp import NotSent, send
from moderation.settings import current


@click.group()
def mail() -> None:
    """Mail to readers and moderators."""


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send a test letter to ADDRESS, and say what failed if it did not go out."""
    with create_app().app_context():
        settings = current()
        if not settings.sends_mail:
            raise click.ClickException("there is no mail; name a mail server in MODERATION_SMTP_URL")
        server, sender = parse_server(settings.smtp_url), parse_sender(settings.mail_from)
        try:
            send(server, write("test", address, "en", {"address": sender.address}, sender, now()))
        except Stale:
            raise click.ClickException(f"{address!r} is not an email address") from None
        except NotSent as fault:
            said = " ".join(fault.said.split())
            reason = f"{server.host} port {server.port}: {fault}" + (f": {said}" if said else "")
            raise click.ClickException(reason) from None
    click.echo(f"{server.host} port {server.port} took a letter from {sender.address} to {address}.")
