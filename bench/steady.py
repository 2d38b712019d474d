"""Whether a server that is reloaded or stopped under load fails a single request, counted strictly.

    python -m bench.steady --port 8000 --path /healthz --pid-file server.pid --signal HUP --times 3

Connections are kept open and ask one after the other. Every request that gets no whole answer counts, whatever HTTP would
let a client do about it; of those, the table says apart which a client may send again by itself (RFC 9112 9.3.1: a
connection that was open already was closed before the first byte of an answer, and the method is idempotent).
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_TIMEOUT = 30.0
_ENOUGH = 100


class Dropped(Exception):
    """The connection ended before the answer was whole; `begun` says whether any of it had come."""

    def __init__(self, begun: bool) -> None:
        super().__init__()
        self.begun = begun


@dataclass
class Tally:
    """What became of the requests. `failed` are all without a whole answer below 500."""

    answered: int = 0
    refused: int = 0
    again: int = 0
    lost: int = 0
    errors: int = 0
    opened: int = 0
    slowest: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """Every request that failed, in whatever way."""
        return self.refused + self.again + self.lost + self.errors

    def add(self, other: Tally) -> None:
        """Count another client's requests in."""
        for name in ("answered", "refused", "again", "lost", "errors", "opened"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest = max(self.slowest, other.slowest)
        self.seen.update(other.seen)

    def __str__(self) -> str:
        return (
            f"{self.answered} answered, {self.failed} failed ({self.refused} refused, {self.again} closed before an "
            f"answer began, {self.lost} otherwise lost, {self.errors} answered 5xx), {self.opened} connections, "
            f"slowest {self.slowest * 1000:.0f} ms"
        )


@dataclass
class Client:
    """One client: a connection that is kept open for as long as the server keeps it, one request after the other."""

    port: int
    request: bytes
    pause: float = 0.0
    until_gone: bool = False
    mark: re.Pattern[bytes] | None = None
    tally: Tally = field(default_factory=Tally)

    def run(self, stop: threading.Event) -> None:
        """Ask until told to stop; with `until_gone` also until nobody listens any more, which then is no failure."""
        connection: socket.socket | None = None
        while not stop.is_set():
            reused = connection is not None
            try:
                connection = connection or self._open()
            except OSError:
                if self.until_gone:
                    return
                self.tally.refused += 1
                stop.wait(0.05)
                continue
            began = time.monotonic()
            try:
                kept = self._ask(connection)
            except (Dropped, OSError) as fault:
                begun = fault.begun if isinstance(fault, Dropped) else False
                if reused and not begun:
                    self.tally.again += 1
                else:
                    self.tally.lost += 1
                kept = False
            self.tally.slowest = max(self.tally.slowest, time.monotonic() - began)
            if not kept:
                connection.close()
                connection = None
            if self.pause:
                stop.wait(self.pause)
        if connection is not None:
            connection.close()

    def _open(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tally.opened += 1
        return connection

    def _ask(self, connection: socket.socket) -> bool:
        """One request; whether the connection may be used for the next one."""
        got = b""
        try:
            connection.sendall(self.request)
            while b"\r\n\r\n" not in got:
                more = connection.recv(65536)
                if not more:
                    raise Dropped(bool(got))
                got += more
            head, _end, body = got.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            wanted = int(found[1]) if found else 0
            while len(body) < wanted:
                more = connection.recv(65536)
                if not more:
                    raise Dropped(True)
                body += more
        except OSError:
            raise Dropped(bool(got)) from None
        if int(head[9:12]) >= 500:
            self.tally.errors += 1
        else:
            self.tally.answered += 1
        if self.mark is not None and (mark := self.mark.search(head + b"\r\n\r\n" + body)):
            self.tally.seen[mark[1].decode()] += 1
        return not _CLOSES.search(head)


def get(path: str) -> bytes:
    """A request that only reads, as a client with an open connection sends it."""
    return f"GET {path} HTTP/1.1\r\nHost: comments.example\r\nAccept: */*\r\n\r\n".encode()


def under_load(
    port: int,
    request: bytes,
    during: Callable[[], None],
    *,
    clients: int = 8,
    pause: float = 0.0,
    until_gone: bool = False,
    mark: str | None = None,
    settle: float = 1.0,
    asking: list[Client] | None = None,
) -> Tally:
    """Let clients ask, do something to the server meanwhile, and count what became of every request.

    Whoever wants to see the clients at it gives a list, `asking`, to have them in.
    """
    stop = threading.Event()
    pattern = re.compile(mark.encode()) if mark else None
    asking = [] if asking is None else asking
    asking += [Client(port, request, pause, until_gone, pattern) for _ in range(clients)]
    threads = [threading.Thread(target=client.run, args=[stop]) for client in asking]
    for thread in threads:
        thread.start()
    try:
        time.sleep(settle)
        _wait_until_at_it(asking)
        during()
        time.sleep(settle)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=_TIMEOUT + 5)
    total = Tally()
    for client in asking:
        total.add(client.tally)
    return total


def _wait_until_at_it(asking: list[Client]) -> None:
    """On a busy machine it takes a while until there is any load to speak of."""
    deadline = time.monotonic() + _TIMEOUT
    while sum(client.tally.answered for client in asking) <= _ENOUGH and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> None:
    """Signal a running server under load and print the tally."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--path", default="/healthz")
    parser.add_argument("--pid", type=int, help="the process to signal")
    parser.add_argument("--pid-file", type=Path)
    parser.add_argument("--signal", default="HUP", help="HUP to reload, TERM to stop")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument(
        "--wait", type=float, default=60.0, help="most seconds until every client has had to connect anew"
    )
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between a client's requests")
    given = parser.parse_args()
    number = signal.Signals[f"SIG{given.signal}"]
    asking: list[Client] = []

    def act() -> None:
        for _ in range(given.times):
            before = [client.tally.opened for client in asking]
            os.kill(given.pid or int(given.pid_file.read_text()), number)
            deadline = time.monotonic() + given.wait
            while any(client.tally.opened <= had for client, had in zip(asking, before, strict=True)):
                if time.monotonic() > deadline:
                    if number == signal.SIGHUP:
                        print("not every client has had to connect anew: ", end="")
                    break
                time.sleep(0.1)

    print(
        under_load(
            given.port,
            get(given.path),
            act,
            clients=given.clients,
            pause=given.pause,
            until_gone=number != signal.SIGHUP,
            asking=asking,
        )
    )


if __name__ == "__main__":
    main()
