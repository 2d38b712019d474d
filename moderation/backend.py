"""What takes thought is answered by a process of its own, so that those who only read do not wait for it.

Python runs one thread of a process at a time. A comment that comes in, or a page of the desk, is tens of milliseconds of
work, and whoever reads in the same process meanwhile waits for a turn again and again. So a process that answers readers
from memory (`publish.edge`) begins a second one with the same app, hands it every request that it has no answer for, and
is served before it where the machine is short of time.

The two talk over pairs of sockets that nobody else can reach, one call on each at a time. A call is a WSGI environment
without its streams, and the body; an answer is status, headers and the first pieces of the body. Where that is not all,
each further piece is asked for, so that what nobody reads is not made.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from io import BytesIO
from math import inf
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from queue import Empty, LifoQueue
from socket import socket
from typing import TYPE_CHECKING, Any, Self

from flask import Flask

from moderation.bodies import BUSY
from moderation.parent import end_with
from moderation.priority import stand_back
from moderation.wsgi import Answer, Header, close, unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NOTES = "moderation."
"""How the names begin under which the app leaves notes in the environment for what stands in front of it."""
_EXTENSION = "moderation.backend"
_PIECE = 1 << 18
# Seconds for which a call waits for a line. There is one for each of the server's threads; a stream may hold one longer.
_PATIENCE = 5.0
# Seconds that a call may take before readers are held, and for how long each is: so the one thread that answers them
# (`cli.threads`) answers some sixteen hundred in a second, which a processor does in passing.
_LONG, _HELD = 0.5, 0.0006
# Seconds in which only what is asked for is done.
_START = 1.0
# Seconds that the other process has to end.
_LAST = 5.0
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
# Status, headers, notes, the first pieces of the body, and whether there may be more. None where the app failed.
_Told = tuple[str, list[Header], dict[str, Any], list[bytes], bool]
Turn = AbstractContextManager[None]
_FAILED = "a request failed in the process that answers it"
_log = logging.getLogger("moderation")


class Backend:
    """A WSGI layer in front of the app: calls it here until `begin`, and from then on in the other process."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lines: LifoQueue[Connection] | None = None
        self._shared: dict[str, str] = {}
        self._ending = False
        self._turn: Callable[[], Turn] = nullcontext
        # By thread: since when it waits for an answer.
        self._waiting: dict[int, float] = {}

    def begin(
        self, lines: int, listener: socket, warm_up: Callable[[], object], turn: Callable[[], Turn] = nullcontext
    ) -> None:
        """Begin the other process, for so many calls at once, each made in its `turn`. To be called before this process has a
        second thread.

        It ends when this one has ended, and this one ends when it has; it does not keep the listener open. Soon
        after it has begun it does, unasked, what the first comment would wait for.
        """
        here, there = zip(*(Pipe() for _line in range(lines)), strict=True)
        self._shared, self._turn = dict(os.environ), turn
        front = os.getpid()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                end_with(front)
                listener.close()
                for line in here:
                    line.close()
                self._serve(there, warm_up)
                status = 0
            except BaseException as fault:
                _log.critical("the process that answers requests cannot begin: %r", fault)
            finally:
                os._exit(status)
        for line in there:
            line.close()
        self.connect(here)
        watch = threading.Thread(target=self._end_after, args=[child], daemon=True)
        watch.start()
        # Whoever waits for no child of its own would keep the dead in the system's list of processes.
        Finalize(None, self._end, args=[here, watch], exitpriority=0)

    def _end_after(self, child: int) -> None:
        os.waitpid(child, 0)
        if not self._ending:
            _log.error("the process that answers requests has ended")
            os._exit(1)

    def _end(self, lines: Sequence[Connection], watch: threading.Thread) -> None:
        self._ending = True
        for line in lines:
            line.close()
        watch.join(_LAST)

    def connect(self, lines: Iterable[Connection]) -> None:
        """Hand requests on over these lines, at whose other ends `answer` runs."""
        self._lines = LifoQueue()
        for line in lines:
            self._lines.put(line)

    def give_way(self) -> None:
        """Let readers come first, but nobody wait for ever: to be called before a reader gets what is ready.

        What the other process is asked for gets the time that readers leave. If they leave none for long, each of them is
        held for a moment, in which it does.
        """
        if self._waiting and time.monotonic() - min(list(self._waiting.values()), default=inf) > _LONG:
            time.sleep(_HELD)

    def answer(self, line: Connection) -> None:
        """Answer what comes over a line, until nobody is at its other end."""
        with closing(line), suppress(_Gone):
            while True:
                self._answer(line, *_receive(line))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._lines is None:
            return self._app(environ, start_response)
        try:
            line = self._lines.get(timeout=_PATIENCE)
        except Empty:
            return unavailable(start_response, BUSY)
        shared = self._shared
        given = {name: value for name, value in environ.items() if type(value) is str and shared.get(name) != value}
        notes = [name for name in environ if name.startswith(NOTES)]
        # Nothing else is worth handing on: `bodies` has read what the app may read.
        stream = environ["wsgi.input"]
        body = stream.getvalue() if isinstance(stream, BytesIO) else b""
        thread = threading.get_ident()
        self._waiting[thread] = time.monotonic()
        try:
            _send(line, (given, notes, body))
            answer: _Told | None = _receive(line)
        except _Gone:
            # Then this process ends as well, and another one begins.
            return unavailable(start_response, "The service was interrupted. Please send your request again.")
        finally:
            del self._waiting[thread]
        if answer is None:
            self._lines.put(line)
            raise RuntimeError(_FAILED)
        status, headers, told, pieces, more = answer
        rest: Iterable[bytes] = pieces
        if more:
            rest = _Rest(line, self._lines, pieces)
        else:
            self._lines.put(line)
        environ.update(told)
        start_response(status, headers)
        return rest

    def _serve(self, lines: Sequence[Connection], warm_up: Callable[[], object]) -> None:
        """Answer what comes over the lines, until the process at their other end is gone."""
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        stand_back()
        threads = [threading.Thread(target=self.answer, args=[line], daemon=True) for line in lines]
        for thread in threads:
            thread.start()
        # Who has waited for the start comes first, and so does whoever calls meanwhile.
        time.sleep(_START)
        usual = sys.getswitchinterval()
        sys.setswitchinterval(usual / 10)
        try:
            warm_up()
        except Exception as fault:
            # Then the first call waits, and tells what is wrong.
            _log.error("not warmed up: %s", type(fault).__name__)
        sys.setswitchinterval(usual)
        for thread in threads:
            thread.join()

    def _answer(self, line: Connection, given: dict[str, str], notes: Sequence[str], body: bytes) -> None:
        environ: WSGIEnvironment = {
            **self._shared,
            **given,
            **dict.fromkeys(notes),
            "wsgi.version": (1, 0),
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        answer = Answer()
        found: Iterable[bytes] = ()
        try:
            with self._turn():
                found = self._app(environ, answer.start)
                rest = iter(found)
                more = _fill(answer.pieces, rest)
            told = {name: environ[name] for name in notes}
            _send(line, (answer.status, answer.headers, told, answer.pieces, more))
            while more and _receive(line):
                pieces: list[bytes] = []
                more = _fill(pieces, rest)
                _send(line, (pieces, more))
        except _Gone:
            raise
        except Exception as fault:
            # Flask answers for what fails in it; this is what nobody has thought of.
            _log_failed(fault)
            _send(line, None)
        finally:
            try:
                close(found)
            except Exception as fault:
                # The answer is on its way already.
                _log_failed(fault)


def _log_failed(fault: Exception) -> None:
    place = traceback.extract_tb(fault.__traceback__)[-1]
    _log.error("a request failed: %s at %s:%s", type(fault).__name__, place.filename, place.lineno)


class _Gone(Exception):
    """Nobody is at the other end of a line."""


def _send(line: Connection, told: object) -> None:
    try:
        # Not the connection's own way to send objects, which makes a pickler that can do more, in Python.
        line.send_bytes(pickle.dumps(told, pickle.HIGHEST_PROTOCOL))
    except OSError:
        raise _Gone from None


def _receive(line: Connection) -> Any:
    try:
        return line.recv()
    except (EOFError, OSError):
        raise _Gone from None


def _fill(pieces: list[bytes], rest: Iterator[bytes]) -> bool:
    """Take so many pieces as are worth a message; whether there may be more."""
    size = 0
    for piece in rest:
        pieces.append(piece)
        size += len(piece)
        if size >= _PIECE:
            return True
    return False


class _Rest:
    """The pieces of an answer that is too long for one message, asked for as they are read. Its line is free after it."""

    def __init__(self, line: Connection, free: LifoQueue[Connection], pieces: Iterable[bytes]) -> None:
        self._line: Connection | None = line
        self._free = free
        self._ready = deque(pieces)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        while not self._ready:
            if self._line is None:
                raise StopIteration
            _send(self._line, True)
            told: tuple[list[bytes], bool] | None = _receive(self._line)
            pieces, more = told or ((), False)
            self._ready.extend(pieces)
            if not more:
                self._leave()
            if told is None:
                raise RuntimeError(_FAILED)
        return self._ready.popleft()

    def close(self) -> None:
        """Say that nobody reads on."""
        if self._line is not None:
            with suppress(_Gone):
                _send(self._line, False)
            self._leave()

    __del__ = close

    def _leave(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._free.put(line)


def of(app: Flask) -> Backend:
    """The layer in front of an app."""
    layer: Backend = app.extensions[_EXTENSION]
    return layer


def install(app: Flask) -> Backend:
    """The layer, ready to be put in front of an app."""
    layer = app.extensions[_EXTENSION] = Backend(app.wsgi_app)
    return layer
