"""A bare Flask view that answers the bytes of one file, under the service's own server: what a page costs that costs nothing.

python -m bench.plain PORT FILE
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flask import Flask, Response
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

_FILE = "BENCH_PLAIN_FILE"


def app() -> Flask:
    """The application of one worker."""
    made, body = Flask("plain"), Path(os.environ[_FILE]).read_bytes()
    made.add_url_rule("/", "plain", lambda: Response(body, mimetype="text/html"))
    return made


def main() -> None:
    """Serve until told to stop."""
    port, os.environ[_FILE] = int(sys.argv[1]), sys.argv[2]
    Server(
        "bench.plain:app",
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=4,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
