"""Comments that come in together are judged one after another.

Python runs one thread of a process at a time, and a thread lets others run with each question to the database, of which a
comment has some thirty. Four that are judged side by side take a fifth more of the processor than four that are judged in
turn, and none of them is answered sooner. So whoever judges a comment has the turn until it is answered; where the disk
is slow, until the comment goes there, and while that is waited for the next one is judged.

That is so for SQLite, which is asked in this process. PostgreSQL may be far away, and who waits for it keeps nobody busy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from moderation.extensions import db

P = ParamSpec("P")
R = TypeVar("R")
# Seconds to wait for the turn of somebody who is slow; then it is done without.
_PATIENCE = 1.0
# Seconds that a commit takes on a disk that is worth a change of turns.
_SLOW = 0.001
_turn = threading.Lock()
_mine = threading.local()


def in_turn(act: Callable[P, R]) -> Callable[P, R]:
    """Let a view that judges a comment have its turn; inside an application context."""

    @wraps(act)
    def waiting(*given: P.args, **named: P.kwargs) -> R:
        _mine.held = db.engine.dialect.name == "sqlite" and _turn.acquire(timeout=_PATIENCE)
        try:
            return act(*given, **named)
        finally:
            end()

    return waiting


class Commits:
    """How long the last commit took, from which it is told how long the next one will."""

    def __init__(self) -> None:
        self._took = 0.0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A commit, and before it, where it will take long, the end of this thread's turn."""
        if self._took > _SLOW:
            end()
        began = time.monotonic()
        yield
        self._took = time.monotonic() - began


COMMITS = Commits()


def end() -> None:
    """Let the next one have the turn, where this thread has it."""
    if getattr(_mine, "held", False):
        _mine.held = False
        _turn.release()
