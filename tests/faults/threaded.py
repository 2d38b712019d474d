"""A real server with few threads, whose order is `moderation.cli.threads`: `/` is ready, `/slow` waits.

python -m tests.faults.threaded PORT
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from granian.constants import HTTPModes, Interfaces
from granian.server import Server, mp

from moderation.cli.threads import Front, in_front

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from moderation.wsgi import Ready

THREADS, IDLE, SLOW = 4, 5, 2


def app() -> Front:
    """The application of the one worker."""

    def whole(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            time.sleep(SLOW)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"made"]

    def at_hand(environ: WSGIEnvironment) -> Ready | None:
        return (200, [("Content-Length", "5")], b"ready") if environ["PATH_INFO"] == "/" else None

    return Front(whole, at_hand)


if __name__ == "__main__":
    vars(mp).update(_wsgi_call_wrap=in_front(vars(mp)["_wsgi_call_wrap"]))
    multiprocessing.set_start_method("fork")
    Server(
        "tests.faults.threaded:app",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=1,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=IDLE,
    ).serve()
