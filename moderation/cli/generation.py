"""One generation of the service: the processes that answer requests with the code and the settings of one moment, and a
worker beside them. `moderation serve` begins one, and another one for each reload.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import select
import signal
import socket
import threading
import time
from contextlib import nullcontext, suppress
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import mp
from granian.server.mp import MPServer
from sqlalchemy.exc import SQLAlchemyError

from moderation import backend, schema, settings, turns
from moderation.app import create_app
from moderation.cli.leaving import LEAVE, Door, keep_for_later, leave_on_signal
from moderation.cli.listener import BACKLOG
from moderation.cli.threads import Front, in_front
from moderation.cli.worker import Beside
from moderation.database import write_back
from moderation.extensions import db
from moderation.models.asking import put_into_words
from moderation.parent import end_with
from moderation.publish import edge
from moderation.publish import statements as read_path
from moderation.spam import Submission, score
from moderation.text.emails import parse_email
from moderation.text.sanitize import sanitize

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from moderation.wsgi import Ready

# Threads of one worker. More than may wait for slow bodies (`bodies.PLACES`) or for the database's one writer
# (`database`), so that some are always left to answer readers.
THREADS = 16
# How the server's warning begins that there are more of them than processors: they wait rather than count.
_MANY_THREADS = "Configuration allows spawning up to"
_WRAP = "_wsgi_call_wrap"
# New objects before garbage is looked for among them. One comment that comes in makes some thousands.
_OBJECTS = 20_000
# How long a client that sends nothing is waited for. At a reload longer than the server keeps such a connection anyway
# (30 seconds), so that a reload hangs up on nobody; at a stop somebody waits for the end.
IDLE_RELOAD, IDLE_STOP = 35.0, 3.0
# How long requests may take that are under way at the end of that.
_LAST_REQUESTS = 30


@click.command(hidden=True)
@click.option("--parent", type=int, required=True, help="End with this process, which started this one.")
@click.option("--listener", type=int, required=True, help="Descriptor of the socket.")
@click.option("--ready", type=int, required=True, help="Descriptor to write to once requests are answered.")
@click.option("--workers", type=int, required=True)
def generation(parent: int, listener: int, ready: int, workers: int) -> None:
    """Serve on a socket that is open already (`moderation serve` begins this)."""
    end_with(parent)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    run(prepared(), socket.socket(fileno=listener), workers, ready)


def prepared() -> Flask:
    """The app. Makes a new embedded database ready; refuses to start on one that is lost, older or newer.

    Raises `NotReady` or `SettingsError`.
    """
    app = create_app()
    with app.app_context():
        if schema.is_new():
            schema.upgrade()
            click.echo(f"Made the database {settings.current().database_path}. Add a site with: moderation init")
        schema.check()
    return app


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the server's log tells an operator something: the number of threads is meant as it is."""
    return not record.getMessage().startswith(_MANY_THREADS)


class _Server(MPServer):
    """The server, on a socket that is shared by all its processes and outlives them; they leave before they are ended."""

    def __init__(self, app: Flask, listener: socket.socket, workers: int) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            "moderation.cli.generation:worker",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=THREADS,
            http=HTTPModes.http1,
            websockets=False,
            factory=True,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=_LAST_REQUESTS,
        )
        self.app = app
        self.listener = listener
        self.beside = Beside()
        # A byte from each process that has begun to answer, and from each that has nobody connected any more.
        self.begun, self.begins = os.pipe()
        self.left, self.leaves = os.pipe()
        self.idle = 0.0

    @staticmethod
    def _spawn_wsgi_worker(*given: Any, **named: Any) -> None:
        """Begin to answer, in a process of its own, with its threads in the order of `cli.threads`."""
        vars(mp).update({_WRAP: in_front(vars(mp)[_WRAP])})
        MPServer._spawn_wsgi_worker(*given, **named)

    def _init_shared_socket(self) -> None:
        # Its own way on Linux is a socket for each process: who stands in the queue of one that ends is cut off.
        number = self.listener.fileno()
        shared: dict[str, Any] = {"_sso": self.listener, "_sfd": number, "_shd": _holder(number, False, BACKLOG)}
        vars(self).update(shared)

    def _drop_shared_socket(self) -> None:
        """It is not ours to close."""

    def signal_handler_interrupt(self, *_arguments: object) -> None:
        """Stop, soon; at once when told a second time."""
        self.idle = 0.0 if self.interrupt_signal else IDLE_STOP
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian has types for most

    def signal_handler_reload(self, *_arguments: object) -> None:
        """Make room: the next generation answers already."""
        if not self.interrupt_signal:
            super().signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian has types for most
            self.idle = IDLE_RELOAD

    def announce(self, ready: int | None) -> None:
        """Say that all processes answer, and then begin what readers need not wait for."""
        for _process in range(self.workers):
            os.read(self.begun, 1)
        if ready is not None:
            os.write(ready, b".")
            os.close(ready)
        self.beside.begin()

    def shutdown(self, exit_code: int = 0) -> None:
        """End all processes, once nobody is connected to them."""
        self.beside.tell()
        staying = [process for process in self.wrks if process.is_alive()]
        for process in staying:
            # It may have ended since, by a Ctrl-C that it heard too.
            with suppress(ProcessLookupError):
                os.kill(process.inner.pid, LEAVE)
        began, left = time.monotonic(), 0
        while left < len(staying) and time.monotonic() < began + self.idle and any(p.is_alive() for p in staying):
            if select.select([self.left], [], [], 0.1)[0]:
                left += len(os.read(self.left, len(staying)))
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]  # granian has types for most


# Its stub has no constructor.
_holder: Any = SocketHolder
_server: _Server | None = None


def worker() -> WSGIApplication:
    """The application of one worker process, which ends with the process that started it.

    Where that one is killed without mercy, a worker left behind would go on answering on the port, with old code and
    old settings, beside whatever is started next.
    """
    started_by = multiprocessing.parent_process()
    if started_by is not None and started_by.pid is not None:
        end_with(started_by.pid)
    server = _server
    if server is None:
        raise RuntimeError("a worker process has to be forked by its server")
    behind = backend.of(server.app)
    door = Door(server.app.wsgi_app)
    at_hand = edge.of(server.app).at_hand

    def ready(environ: WSGIEnvironment) -> Ready | None:
        answer = None if door.leaving else at_hand(environ)
        if answer is not None:
            behind.give_way()
        return answer

    with server.app.app_context():
        dialect = db.engine.dialect
    read_path.put_into_words(dialect)
    # What is there now stays; to look through it for garbage again and again is a tenth of a request's work.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    turn = turns.turn if dialect.name == "sqlite" else nullcontext
    behind.begin(THREADS, server.listener, lambda: warm_up(server.app), turn)
    front = Front(door, ready)
    leave_on_signal(door, server.listener, lambda: os.write(server.leaves, b"."))
    Finalize(None, front.leave, exitpriority=1)
    os.write(server.begins, b".")
    return front


def warm_up(app: Flask) -> None:
    """Load what a comment is taken in and judged by, and make ready what the database is asked."""
    with app.app_context():
        put_into_words(db.engine.dialect)
    score(Submission(author="A", email="a@example.org", url="", text="A word."))
    sanitize("*A* word.")
    parse_email("a@example.org")


def _leave_one_file() -> None:
    """Let the embedded database's file alone have everything, for whoever copies it: with the last connection its log is gone."""
    path = settings.current().database_path
    # To connect would make one anew.
    if path is not None and path.exists():
        with suppress(SQLAlchemyError):
            write_back()
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, listener: socket.socket, workers: int, ready: int | None = None) -> None:
    """Run the server in this process, and a worker beside it, until it is told to stop."""
    global _server
    with app.app_context():
        # A connection must not cross into the processes that are forked.
        db.engine.dispose()
    multiprocessing.set_start_method("fork", force=True)
    keep_for_later()
    logging.getLogger("_granian").addFilter(is_news)
    server = _server = _Server(app, listener, workers)
    threading.Thread(target=server.announce, args=[ready], daemon=True).start()
    try:
        server.serve()
    finally:
        server.beside.end()
        with app.app_context():
            _leave_one_file()
