"""Load: requests over a few connections that stay open, each sent once the answer before it is there.

One thread, raw sockets: cheap beside the server that is measured.
"""

from __future__ import annotations

import re
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PIECE = 1 << 18


class Refused(RuntimeError):
    """An answer had another status than it must have."""


def request(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    given = {"Host": "bench.example", **(headers or {})}
    if body or method == "POST":
        given["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class _Connection:
    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port = port
        self._selector = selector
        self.got = bytearray()
        self.whole = 0
        self.sent_at = 0.0
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self.socket, selectors.EVENT_READ, self)
        self._closes = False

    def close(self) -> None:
        self._selector.unregister(self.socket)
        self.socket.close()

    def send(self, data: bytes) -> None:
        if self._closes:
            self.close()
            self._open()
        self.got.clear()
        self.whole = 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> bool:
        """Take what has come; whether the answer is whole."""
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise Refused("the connection was closed")
        self.got += piece
        if not self.whole:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                return False
            length = _LENGTH.search(self.got, 0, end + 2)
            self.whole = end + 4 + (int(length[1]) if length else 0)
            self._closes = b"\r\nconnection: close" in self.got[:end].lower()
        return len(self.got) >= self.whole


def send(
    port: int,
    requests: Iterable[bytes],
    *,
    status: tuple[bytes, ...] = (b"200",),
    connections: int = 4,
    seconds: float | None = None,
    answered: Callable[[bytes], object] | None = None,
) -> list[float]:
    """Send the requests, or as many as fit into the time; how long each took. Raises `Refused` for any other status."""
    waiting: Iterator[bytes] = iter(requests)
    until = time.perf_counter() + (seconds if seconds is not None else 1e9)
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        busy = 0
        for _number in range(connections):
            if (data := next(waiting, None)) is None:
                break
            _Connection(port, selector).send(data)
            busy += 1
        while busy:
            for key, _events in selector.select(60) or _late():
                one = key.data
                if not one.receive():
                    continue
                now = time.perf_counter()
                times.append(now - one.sent_at)
                if bytes(one.got[9:12]) not in status:
                    raise Refused(bytes(one.got[:600]).decode(errors="replace"))
                if answered is not None:
                    answered(bytes(one.got).partition(b"\r\n\r\n")[2])
                data = next(waiting, None) if now < until else None
                if data is None:
                    one.close()
                    busy -= 1
                else:
                    one.send(data)
    return times


def _late() -> Iterable[tuple[selectors.SelectorKey, int]]:
    raise Refused("no answer for a minute")


def again(port: int, data: bytes, *, seconds: float, connections: int = 4, status: bytes = b"200") -> list[float]:
    """The same request for so long."""
    return send(port, repeat(data), seconds=seconds, connections=connections, status=(status,))


def main() -> None:
    """`python -m bench.load PORT PATH SECONDS`: the load in a process of its own; prints how many were answered."""
    port, path, seconds = sys.argv[1:]
    print(len(again(int(port), request("GET", path), seconds=float(seconds))))


if __name__ == "__main__":
    main()
