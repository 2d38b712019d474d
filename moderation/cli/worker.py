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
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime
from time import monotonic
from types import FrameType

import click
from flask import current_app

from moderation.answers import for_the_log
from moderation.cli.commands import with_database
from moderation.database import is_away, write_back
from moderation.extensions import db
from moderation.models import now
from moderation.notify import digests, purging, sending
from moderation.parent import end_with
from moderation.priority import stand_back
from moderation.review import jobs

_POLL = 1.0
_AWAY = 5.0
# How often it is asked what is due that day, and what was deleted is gone from the log of the database.
_DAILY = 600.0
# How long mail rests after the mail server could not take a letter: the next one would most likely fare no better.
_MAIL_REST = 15.0
# The same after caches could not be told.
_PURGE_REST = 2.0
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
        stand_back()
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    beside = [
        threading.Thread(target=copy_context().run, args=[_beside, ended, *each], daemon=True)
        for each in ((sending.work, "mail", _MAIL_REST), (purging.work, "purges", _PURGE_REST))
    ]
    for thread in beside:
        thread.start()
    daily = 0.0
    try:
        while not ended.is_set():
            due = monotonic() >= daily
            daily = monotonic() + _DAILY if due else daily
            ended.wait(_step(daily=due))
    finally:
        # After a fault too: a process that went on with mail alone would not be begun again, and do no job any more.
        ended.set()
        end_by = monotonic() + _STOP
        for thread in beside:
            thread.join(max(0.0, end_by - monotonic()))


def _beside(ended: threading.Event, work: Callable[[datetime], bool | None], name: str, rest: float) -> None:
    """Send mail, or tell caches, beside the jobs: none waits for another."""
    # A context of its own: a session of the database hangs on it.
    with current_app.app_context():
        while not ended.is_set():
            ended.wait(_send_one(work, name, rest))


def _send_one(work: Callable[[datetime], bool | None], name: str, rest: float) -> float:
    """Send what is due if anything is; how long to wait before looking again, in seconds."""
    try:
        sent = work(now())
    except Exception as fault:
        # Whatever it is, the next one may fare better; a thread that ended would send none.
        _log.warning("%s rest: %s", name, type(fault).__name__)
        return rest
    finally:
        db.session.remove()
    return _POLL if sent is None else 0 if sent else rest


def _step(*, daily: bool) -> float:
    """Do what there is to do; how long to wait before looking again, in seconds."""
    try:
        if daily:
            jobs.begin_daily(now())
            sending.tidy(now())
            digests.begin(now())
            write_back()
        return 0 if jobs.work(now()) else _POLL
    except Exception as fault:
        if not is_away(fault):
            # Python's own last words would have the message, and that may name a person.
            _log.critical("the worker ends: %s", for_the_log(fault))
            raise SystemExit(1) from None
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
