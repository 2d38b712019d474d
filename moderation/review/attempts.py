"""Failed log-ins: how long whoever guesses has to wait before the next guess.

Counted by account address and network together, so that nobody who guesses at an account slows down its owner, who
comes from elsewhere. Whether the address has an account is not looked at, and nothing is written to the database: the
answer and its time tell nobody who moderates.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime
from math import ceil
from typing import NamedTuple

from flask_babel import ngettext

from moderation.network import WIDE
from moderation.problems import TooMany
from moderation.text.addresses import wide_network_of

FREE_ATTEMPTS = 5
LONGEST_WAIT = 300
KEPT = 10_000


class Guesser(NamedTuple):
    """Whose failures are counted together: who wants in as `address` from `network`."""

    address: str
    network: str


class Attempts:
    """Failures in the memory of this process, of the last `kept` guessers; with several each process counts alone."""

    def __init__(self, kept: int = KEPT) -> None:
        self._failures: OrderedDict[Guesser, tuple[int, datetime]] = OrderedDict()
        self._kept = kept
        self._lock = threading.Lock()

    def count(self, guesser: Guesser, at: datetime) -> None:
        """Count an attempt as failed, before its password is looked at. Raises `TooMany` when it comes too early."""
        with self._lock:
            limits = _limits(guesser)
            for who, free in limits:
                _refuse_hurry(*self._failures.get(who, (0, at)), at, free)
            for who, _free in limits:
                self._failures[who] = (self._failures.get(who, (0, at))[0] + 1, at)
                self._failures.move_to_end(who)
            while len(self._failures) > self._kept:
                self._failures.popitem(last=False)

    def forgive(self, guesser: Guesser) -> None:
        """Forget the failures of one who knew the password after all."""
        with self._lock:
            for who, _free in _limits(guesser):
                self._failures.pop(who, None)


def _limits(guesser: Guesser) -> list[tuple[Guesser, int]]:
    """By whom attempts are counted, and how many may fail before it slows down: a network, and all of an IPv6 /48."""
    wide = wide_network_of(guesser.network)
    return [
        (guesser, FREE_ATTEMPTS),
        *([] if wide is None else [(guesser._replace(network=wide), WIDE * FREE_ATTEMPTS)]),
    ]


def _refuse_hurry(failures: int, last: datetime, at: datetime, free: int) -> None:
    if failures < free:
        return
    # The exponent is capped before the power is taken: somebody may have failed a million times.
    wait = min(2 ** min(failures - free, 16), LONGEST_WAIT)
    left = wait - (at - last).total_seconds()
    # A clock set back must not lock anybody out for longer than the wait itself.
    if 0 < left <= wait:
        seconds = ceil(left)
        sentence = ngettext(
            "Too many attempts for this address. Please wait %(num)s second and try again.",
            "Too many attempts for this address. Please wait %(num)s seconds and try again.",
            seconds,
        )
        raise TooMany(sentence, retry_after=seconds)
