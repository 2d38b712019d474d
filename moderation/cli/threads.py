"""Which of the server's threads takes the next request.

Python runs one thread of a process at a time, and the server's threads ask for the interpreter anew with each request: as soon as
two of them take requests, they hand it to and fro, which takes as long as to answer. So one thread answers all that is ready,
and the others stand by. When that one comes to a request that it may have to wait for (a slow body, the database, the process
that thinks), it calls another one first. Where nobody stands by, the server begins another thread, up to as many as it may have.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from moderation.wsgi import Ready

# Seconds within which a thread must have taken a request to count as one that takes them. The server ends those that have had
# none for thirty, so this must be well below that: whoever stood by because of one that is gone would leave nobody.
_LATELY = 1.0


class Call(Protocol):
    """The server's side of one request, see `granian.wsgi`."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer in one piece, which is sent before the thread goes on."""


Answering = Callable[[Call, "WSGIEnvironment"], object]


class Front:
    """The application of one process, and before it what is ready: `at_hand` gives that, and never waits for anything."""

    def __init__(self, app: WSGIApplication, at_hand: Callable[[WSGIEnvironment], Ready | None]) -> None:
        self._app = app
        self._at_hand = at_hand
        self._lock = threading.Lock()
        # The threads that take requests, and when each last did.
        self._taking: dict[int, float] = {}
        self._standing_by: list[threading.Lock] = []
        self._leaving = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        return self._app(environ, start_response)

    def answering(self, whole: Answering) -> Answering:
        """What each of the server's threads calls with what it takes. `whole` answers a request, and may take its time."""

        def answer(call: Call, environ: WSGIEnvironment) -> None:
            # A body that nobody reads has to be thrown away by the server, which it does once the thread comes back.
            with_body = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
            ready = None if with_body else self._at_hand(environ)
            if ready is not None:
                call.response_bytes(*ready)
                self._stand_by()
                return
            self._step_aside()
            try:
                whole(call, environ)
            finally:
                self._taking[threading.get_ident()] = time.monotonic()

        return answer

    def leave(self) -> None:
        """Let nobody stand by any more: the process ends."""
        with self._lock:
            self._leaving = True
            while self._standing_by:
                self._standing_by.pop().release()

    def _stand_by(self) -> None:
        """Take no more requests while another thread does, until one is called."""
        own, now = threading.get_ident(), time.monotonic()
        self._taking[own] = now
        if len(self._taking) == 1:
            return
        called = threading.Lock()
        with self._lock:
            if self._leaving or not self._others(own, now):
                return
            self._taking.pop(own, None)
            called.acquire()
            self._standing_by.append(called)
        called.acquire()
        self._taking[own] = time.monotonic()

    def _step_aside(self) -> None:
        """See to it that another thread takes requests while this one waits."""
        own, now = threading.get_ident(), time.monotonic()
        with self._lock:
            self._taking.pop(own, None)
            if self._standing_by and not self._others(own, now):
                self._standing_by.pop().release()

    def _others(self, own: int, now: float) -> bool:
        """Whether other threads have taken requests lately. Those that have not, ended or only idle, are forgotten until they
        do: at worst two take requests for a while.
        """
        for thread in list(self._taking):
            if thread != own and now - self._taking.get(thread, now) > _LATELY:
                self._taking.pop(thread, None)
        return bool(self._taking.keys() - {own})


def in_front(wrap: Callable[..., Answering]) -> Callable[..., Answering]:
    """The server's function that makes an application answer its calls (`granian.wsgi`), for applications that are a `Front`."""

    def wrapped(app: Any, *given: Any, **named: Any) -> Answering:
        whole = wrap(app, *given, **named)
        return app.answering(whole) if isinstance(app, Front) else whole

    return wrapped
