"""Score cards that were shown a short while ago, ready to be shown again.

A moderator who works through a queue is sent the same rows after each decision, and two thirds of a row are its card. What a
card says follows from the stored verdict, the site's rules, the language and the comment's address; all of them are in its
key, so a card that is kept is the card that would be made.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

from markupsafe import Markup

MOST = 1_000
"""Cards that are kept: some six kilobytes each."""


class KeptCards:
    """Pieces of pages by key, the newest `MOST`. May be used by many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._cards: dict[Hashable, Markup] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> Markup | None:
        """What is kept under a key."""
        return self._cards.get(key)

    def keep(self, key: Hashable, card: Markup) -> Markup:
        """Keep a card, and give it back. The oldest goes where there is no room."""
        with self._lock:
            self._cards.pop(key, None)
            if len(self._cards) >= self._most:
                del self._cards[next(iter(self._cards))]
            self._cards[key] = card
        return card


KEPT = KeptCards()
