"""The app behind a real port of this machine, for programs that know HTTP and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - so it is called there
        """Requests are no news."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: Flask, port: int) -> Iterator[str]:
    """The app on a port, as long as the block lasts; its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    # A request's thread gives its connection back to the pool: wait for it before somebody closes the pool.
    server.daemon_threads = False  # type: ignore[attr-defined]  # it is a ThreadingMixIn
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
