"""What comes in together is thought about one after the other.

Python runs one thread of a process at a time, and a thread lets others run with each question to the database, of which a
comment has some thirty. Four comments that are judged side by side take a quarter more of the processor than four that are
judged in turn, and none of them is answered sooner. So whoever answers has the turn until the answer is made; where the disk is
slow, until a write begins to go there, and while that is waited for the next one has its turn.

That is so for SQLite, which is asked in this process. PostgreSQL may be far away, and who waits for it keeps nobody busy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds to wait for the turn of somebody who is slow; then it is done without.
_PATIENCE = 0.1
# Seconds that a commit takes on a disk that is worth a change of turns.
_SLOW = 0.001
_turn = threading.Lock()
_mine = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """This thread's turn."""
    _mine.held = _turn.acquire(timeout=_PATIENCE)
    try:
        yield
    finally:
        _end()


class Commits:
    """How long the last commit took, from which it is told how long the next one will."""

    def __init__(self) -> None:
        self._took = 0.0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A commit, and before it, where it will take long, the end of this thread's turn."""
        if self._took > _SLOW:
            _end()
        began = time.monotonic()
        yield
        self._took = time.monotonic() - began


COMMITS = Commits()


def _end() -> None:
    if getattr(_mine, "held", False):
        _mine.held = False
        _turn.release()
