"""`moderation serve`: the production server."""

from __future__ import annotations

import os

import click
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from moderation import schema, settings
from moderation.app import create_app
from moderation.schema import NotReady

# Threads that may wait for the database in one worker. SQLite writes one after the other anyway; more threads only
# queue, fewer let one slow request hold up the rest.
_THREADS = 4


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that answer requests."
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are finished first."""
    name_public_url(host, port)
    prepare()
    run(host, port, workers)


def name_public_url(host: str, port: int) -> None:
    """Where nobody says how readers reach the service, it is reached where it listens."""
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104 - only compared
    os.environ.setdefault("MODERATION_PUBLIC_URL", f"http://{shown}:{port}")


def prepare() -> None:
    """Make a new embedded database ready; refuse to start on one that is lost, older or newer.

    Raises `NotReady` or `SettingsError`.
    """
    chosen = settings.load(os.environ)
    path = chosen.database_path
    if schema.was_lost(chosen):
        raise NotReady(
            f"the database {path} is gone; restore it from a backup, or make a new one with: moderation db upgrade"
        )
    with create_app().app_context():
        if path is not None and schema.current() is None:
            schema.upgrade()
            click.echo(f"Made the database {path}. Add a site with: moderation init")
        schema.check()


def run(host: str, port: int, workers: int) -> None:
    """Run the server in this process until it is told to stop."""
    Server(
        "moderation.app:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    ).serve()
