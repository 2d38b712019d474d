"""`moderation serve`: the production server."""

from __future__ import annotations

import gc
import multiprocessing
import os
import socket

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from moderation import schema, settings
from moderation.app import create_app
from moderation.cli.parent import end_with
from moderation.cli.worker import Beside

# Threads of one worker. More than may wait for slow bodies (`bodies.PLACES`) or for the database's one writer
# (`database`), so that some are always left to answer readers.
THREADS = 16

# New objects before garbage is looked for among them. One comment that comes in makes some thousands.
_OBJECTS = 20_000


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
    claim(host, port)
    click.echo(f"Serving on {host} port {port}; the desk is at {os.environ['MODERATION_PUBLIC_URL']}/desk/")
    run(host, port, workers)


def name_public_url(host: str, port: int) -> None:
    """Where nobody says how readers reach the service, it is reached where it listens."""
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104 - only compared
    os.environ.setdefault("MODERATION_PUBLIC_URL", f"http://{shown}:{port}")


def prepare() -> None:
    """Make a new embedded database ready; refuse to start on one that is lost, older or newer.

    Raises `NotReady` or `SettingsError`.
    """
    with create_app().app_context():
        if schema.is_new():
            schema.upgrade()
            click.echo(f"Made the database {settings.current().database_path}. Add a site with: moderation init")
        schema.check()


def claim(host: str, port: int) -> None:
    """Raise a clear error when somebody listens there already: the server itself would share the port without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # A port that a former server has just left may be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise click.ClickException(
                f"cannot listen on {host} port {port}: {fault.strerror}; choose another"
            ) from None


def worker() -> Flask:
    """The application of one worker process, which ends with the process that started it.

    Where that one is killed without mercy, a worker left behind would go on answering on the port, with old code and
    old settings, beside whatever is started next.
    """
    started_by = multiprocessing.parent_process()
    if started_by is not None and started_by.pid is not None:
        end_with(started_by.pid)
    app = create_app()
    # What is there now stays; to look through it for garbage again and again is a tenth of a request's work.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    return app


def run(host: str, port: int, workers: int) -> None:
    """Run the server in this process, and a worker beside it, until it is told to stop."""
    beside = Beside()
    server = Server(
        "moderation.cli.serve:worker",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    )
    try:
        server.serve()
    finally:
        beside.end()
