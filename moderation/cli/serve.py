"""`moderation serve`: the production server. This process holds the socket and the generations that answer on it.

SIGHUP reloads: a new generation begins, with the code and the settings as they are now, and when it answers the old one
leaves; if it cannot begin, the old one stays. SIGTERM and Ctrl-C stop. Neither cuts off a request, see `leaving`.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import click

from moderation.cli.listener import claim, turn_away

# How long a generation may take to begin: a database that is slow to answer, a machine that has just started.
_BEGIN = 120.0
_STOPS = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALS = _STOPS | {signal.SIGHUP, signal.SIGCHLD}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that answer requests."
)
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings as lines NAME=VALUE, read at the start and at each reload; they win over the environment.",
)
def serve(host: str, port: int, workers: int, env_file: Path | None) -> None:
    """Serve until SIGTERM or Ctrl-C; SIGHUP reloads code and settings. Requests under way are finished first."""
    listener = claim(host, port)
    # From here on signals are waited for, and interrupt nothing.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    house = House(listener, workers, env_file)
    code = house.begin()
    if code is None:
        where = house.environment()["MODERATION_PUBLIC_URL"]
        address, number = listener.getsockname()[:2]
        click.echo(f"Serving on {address} port {number}; the desk is at {where}/desk/")
        _tell_systemd(b"READY=1")
        code = house.keep()
    sys.exit(code)


def public_url(host: str, port: int) -> str:
    """Where nobody says how readers reach the service, it is reached where it listens."""
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104 - only compared
    return f"http://{shown}:{port}"


@dataclass
class House:
    """The generations on one socket: the one that answers, and those that leave."""

    listener: socket.socket
    workers: int
    env_file: Path | None
    present: subprocess.Popen[bytes] | None = None
    leaving: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """The settings as they are now."""
        host, port = self.listener.getsockname()[:2]
        written = read_settings(self.env_file) if self.env_file is not None else {}
        return {"MODERATION_PUBLIC_URL": public_url(host, port), **os.environ, **written}

    def begin(self) -> int | None:
        """Begin a generation and let the one before it leave; the exit code of one that did not begin."""
        reads, writes = os.pipe()
        command = [
            *(sys.executable, "-m", "moderation", "generation", f"--parent={os.getpid()}", f"--workers={self.workers}"),
            *(f"--listener={self.listener.fileno()}", f"--ready={writes}"),
        ]
        # A session of its own: Ctrl-C reaches this process alone, which ends the others in order; and see `priority`.
        new = subprocess.Popen(  # noqa: S603  # nothing in it comes from outside
            command, env=self.environment(), pass_fds=[self.listener.fileno(), writes], start_new_session=True
        )
        os.close(writes)
        ready = _is_ready(reads)
        os.close(reads)
        if not ready:
            if new.poll() is None:
                new.terminate()
            # Also where it ended of itself and said nothing is wrong: it does not answer.
            return new.wait() or 1
        if self.present is not None:
            self.present.send_signal(signal.SIGHUP)
            self.leaving.append(self.present)
        self.present = new
        return None

    def keep(self) -> int:
        """Wait for signals, and do what they say, until the end; the exit code."""
        while True:
            number = signal.sigwait(_SIGNALS)
            self.leaving = [old for old in self.leaving if old.poll() is None]
            if number in _STOPS:
                return self.end()
            if number == signal.SIGHUP:
                self.reload()
            elif self.present is not None and (code := self.present.poll()) is not None:
                # It begins its processes again by itself; where it gave up nothing is left to do here.
                self.end()
                return code if code > 0 else 1

    def reload(self) -> None:
        """Take up the code and the settings as they are now, or say why not and stay as it is."""
        try:
            failed = self.begin()
        except click.ClickException as fault:
            click.echo(f"moderation: {fault.format_message()}", err=True)
            failed = fault.exit_code
        if failed is not None:
            click.echo("moderation: not reloaded; the service goes on as it was", err=True)

    def end(self) -> int:
        """End all generations, once those who have come are answered; the exit code."""
        turn_away(self.listener)
        staying = [each for each in [self.present, *self.leaving] if each is not None and each.poll() is None]
        while staying:
            for each in staying:
                each.send_signal(signal.SIGTERM)
            while staying:
                staying = [each for each in staying if each.poll() is None]
                # Told once more, they are told once more: then they do not wait for silent clients.
                if staying and signal.sigwait(_SIGNALS) in _STOPS:
                    break
        return 0


def read_settings(path: Path) -> dict[str, str]:
    """The lines NAME=VALUE of a file, as systemd's `EnvironmentFile` and Docker's `--env-file` have them.

    Raises `click.ClickException` naming a line that is none.
    """
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise click.ClickException(f"{path}, line {number} is not of the form NAME=VALUE")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name.strip()] = value
    return found


def _is_ready(reads: int) -> bool:
    """Wait until a generation says that it answers; not when it ends, takes too long, or this process is told to stop."""
    deadline = time.monotonic() + _BEGIN
    while time.monotonic() < deadline and not signal.sigpending() & _STOPS:
        if select.select([reads], [], [], 0.1)[0]:
            return bool(os.read(reads, 1))
    return False


def _tell_systemd(word: bytes) -> None:
    """Say something to systemd where it started this process (`Type=notify`), see sd_notify(3)."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if place:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect("\0" + place[1:] if place.startswith("@") else place)
            notify.send(word)
