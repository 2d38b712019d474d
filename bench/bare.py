"""What the service is compared with, on the same server: an app that answers ready bytes.

    python -m bench.bare PORT FILE [--flask]

Bare WSGI, or one Flask view that returns the bytes. With `If-None-Match` it answers 304, whatever the tag is. The server has
one thread, which is what costs it least: it never waits, so that a second one only competes for the interpreter.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_FILE, _FLASK = "BENCH_FILE", "BENCH_FLASK"


def app() -> Any:
    """The app of one worker."""
    body = Path(os.environ[_FILE]).read_bytes()
    if os.environ.get(_FLASK):
        flask = Flask("bare")
        flask.add_url_rule("/", "bytes", lambda: Response(body, mimetype="application/json"))
        return flask
    headers = [
        ("Content-Type", "application/json"),
        ("ETag", '"1"'),
        ("Cache-Control", "public, max-age=0"),
        ("Content-Length", str(len(body))),
    ]

    def bare(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_IF_NONE_MATCH" in environ:
            start_response("304 Not Modified", headers[1:3])
            return []
        start_response("200 OK", headers)
        return [body]

    return bare


def main() -> None:
    port, file, *more = sys.argv[1:]
    os.environ[_FILE] = file
    if more:
        os.environ[_FLASK] = "1"
    Server(
        "bench.bare:app",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
