"""`moderation worker`: does the jobs that moderators began, sends mail, and does what is done every day.

`moderation serve` starts one.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from contextvars import copy_context
from time import monotonic
from types import FrameType

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from moderation.cli.commands import with_database
from moderation.cli.parent import end_with
from moderation.database import is_away
from moderation.extensions import db
from moderation.models import now
from moderation.notify import digests, sending
from moderation.review import jobs

_POLL = 1.0
_AWAY = 5.0
# How often it is asked what is due that day.
_DAILY = 600.0
# How long mail rests after the mail server could not take a letter: the next one would most likely fare no better.
_MAIL_REST = 15.0
# How long a letter under way may take once the worker shall end. One that is cut off goes out again after its claim.
_STOP = 20.0
_log = logging.getLogger("moderation")


@click.command()
@click.option("--parent", type=int, hidden=True, help="End with this process, which started this one.")
@with_database
def worker(parent: int | None) -> None:
    """Do jobs and send mail until SIGTERM or Ctrl-C; the step under way is finished first, a letter for 20 seconds.

    `moderation serve` runs one by itself. With another server run this beside it, on one machine or several.
    """
    if parent is not None:
        end_with(parent)
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    mail = threading.Thread(target=copy_context().run, args=[_send, ended], daemon=True)
    mail.start()
    daily = 0.0
    try:
        while not ended.is_set():
            due = monotonic() >= daily
            daily = monotonic() + _DAILY if due else daily
            ended.wait(_step(daily=due))
    finally:
        # After a fault too: a process that went on with mail alone would not be begun again, and do no job any more.
        ended.set()
        mail.join(_STOP)


def _send(ended: threading.Event) -> None:
    """Send mail, beside the jobs: neither waits for the other."""
    # A context of its own: a session of the database hangs on it.
    with current_app.app_context():
        while not ended.is_set():
            ended.wait(_send_one())


def _send_one() -> float:
    """Send a letter if there is one; how long to wait before looking again, in seconds."""
    try:
        sent = sending.work(now())
    except Exception as fault:
        # Whatever it is, the next letter may fare better; a thread that ended would send none.
        _log.warning("mail rests: %s", type(fault).__name__)
        return _MAIL_REST
    finally:
        db.session.remove()
    return _POLL if sent is None else 0 if sent else _MAIL_REST


def _step(*, daily: bool) -> float:
    """Do what there is to do; how long to wait before looking again, in seconds."""
    try:
        if daily:
            jobs.begin_daily(now())
            sending.tidy(now())
            digests.begin(now())
        return 0 if jobs.work(now()) else _POLL
    except SQLAlchemyError as fault:
        if not is_away(fault):
            raise
        _log.warning("the database does not answer; jobs wait")
        return _AWAY
    finally:
        db.session.remove()


class Beside:
    """A worker process beside a server: begun again when it dies, ended with the server."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        # A process ends with the thread that began it, see `parent`: this one lasts as long as the server.
        self._watch = threading.Thread(target=self._keep, daemon=True)

    def begin(self) -> None:
        """Begin the worker."""
        self._watch.start()

    def tell(self) -> None:
        """Tell the worker to end once its step is through."""
        self._ended.set()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """End the worker, and wait until it has ended."""
        self.tell()
        if self._watch.is_alive():
            self._watch.join(timeout=30)

    def _keep(self) -> None:
        command = [sys.executable, "-m", "moderation", "worker", f"--parent={os.getpid()}"]
        while not self._ended.is_set():
            self._process = subprocess.Popen(command, env=os.environ)  # noqa: S603  # nothing in it comes from outside
            if self._ended.is_set():
                self._process.send_signal(signal.SIGTERM)
            self._process.wait()
            self._ended.wait(_AWAY)
