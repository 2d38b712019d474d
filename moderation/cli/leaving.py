"""How a process that answers requests leaves, so that nobody's request is cut off.

HTTP/1.1 has no word for "this connection is about to end" but a header on an answer. So a process that leaves lets nobody
new in, says `Connection: close` with each answer, and ends when nobody is connected any more. A client that sends nothing
is waited for only so long; in the very moment in which it is hung up on it can lose a request, which it may send again.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LEAVE = signal.SIGUSR1
"""Tells a process to leave, which ends when it is told so afterwards."""
_LOOK = 0.02


class Door:
    """A WSGI layer that sends clients away once they are answered, when the process leaves."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.leaving = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._app(environ, start_response)
        if self.leaving:
            # No application may send this header, says WSGI, and the server has no other way to be told. It keeps the
            # headers there until the answer is sent; so this costs nothing while nobody leaves.
            kept: Any = start_response
            kept.headers = [*kept.headers, ("Connection", "close")]
        return answer


def keep_for_later() -> None:
    """Let `LEAVE` wait until the process, or one that it forks, can hear it. To be called before there is a second thread."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {LEAVE})


def leave_on_signal(door: Door, listener: socket.socket, left: Callable[[], object]) -> None:
    """When the process gets `LEAVE`: let nobody new in, and call `left` when nobody is connected any more.

    A thread of its own hears it: a handler would run in the main thread, once that one is awake.
    """
    threading.Thread(target=_leave, args=[door, listener, left], daemon=True).start()


def _leave(door: Door, listener: socket.socket, left: Callable[[], object]) -> None:
    signal.sigwait({LEAVE})
    door.leaving = True
    port = listener.getsockname()[1]
    _stop_accepting(listener)
    # Twice in a row: between a newcomer's arrival and its place among the connections there may be a moment.
    quiet = 0
    while quiet < 2:
        time.sleep(_LOOK)
        quiet = 0 if _is_connected(port) else quiet + 1
    left()


def _stop_accepting(listener: socket.socket) -> None:
    """Let this process accept nobody any more; the socket goes on in others.

    The server has no such command, short of one that hangs up on everybody. So in this process the number by which it
    knows the socket is given to another one, at which nobody will ever arrive.
    """
    own = os.fstat(listener.fileno())
    deaf = socket.socket(socket.AF_UNIX)
    deaf.setblocking(False)
    if sys.platform == "linux":
        # A name that the kernel chooses and nobody knows.
        deaf.bind("")
        deaf.listen(1)
    for number in _descriptors():
        try:
            if os.path.samestat(os.fstat(number), own):
                os.dup2(deaf.fileno(), number, inheritable=False)
        except OSError:
            continue


def _descriptors() -> list[int]:
    return [int(path.name) for path in Path("/dev/fd").iterdir() if path.name.isdecimal()]


def _is_connected(port: int) -> bool:
    """Whether anybody is connected to this port of ours. Where that cannot be seen, somebody always is."""
    if sys.platform != "linux":
        return True
    for number in _descriptors():
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as found:
                if found.family in (socket.AF_INET, socket.AF_INET6) and found.getsockname()[1] == port:
                    found.getpeername()
                    return True
        except OSError:
            continue
    return False
