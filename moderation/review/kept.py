"""Rows that were shown a short while ago, ready to be shown again.

A moderator who works through a queue is sent the same forty-nine rows after each decision. What a row says follows from
what is in its key and from nothing else (see `shown`), so a row that is kept is the row that would be made.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from threading import Lock

MOST = 1_000
"""Rows that are kept, some ten kilobytes each with what they are made from."""


class KeptRows:
    """Pieces of pages by key, the newest so many. May be used by many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rows: dict[Hashable, Sequence[str]] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> Sequence[str] | None:
        """What is kept under a key."""
        return self._rows.get(key)

    def keep(self, key: Hashable, row: Sequence[str]) -> None:
        """Keep a row, in the pieces between its holes. The one that was kept first goes where there is no room."""
        with self._lock:
            self._rows.pop(key, None)
            if len(self._rows) >= self._most:
                del self._rows[next(iter(self._rows))]
            self._rows[key] = row
