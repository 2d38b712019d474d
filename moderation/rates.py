"""How often one network may do something: counted by `limits`, in this process or, with Redis, in all processes together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

from flask import Flask, current_app
from flask_babel import gettext as _
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.wrappers import Response

from moderation.network import WIDE, network_key
from moderation.problems import TooMany
from moderation.text.addresses import wide_network_of

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Response)
_AWAY = 30.0
_log = logging.getLogger("moderation.rates")


class Counts:
    """Where an app counts. While Redis is away each process counts alone, and looks for it again after half a minute."""

    def __init__(self, redis_url: str) -> None:
        self._here = FixedWindowRateLimiter(MemoryStorage())
        self._shared = FixedWindowRateLimiter(_redis(redis_url)) if redis_url else None
        self._away_until = 0.0

    def hit(self, item: RateLimitItem, scope: str, key: str) -> bool:
        """Count it; whether it may still be."""
        return self._ask(lambda counter: counter.hit(item, scope, key))

    def test(self, item: RateLimitItem, scope: str, key: str) -> bool:
        """Whether one more may be."""
        return self._ask(lambda counter: counter.test(item, scope, key))

    def forget(self) -> None:
        """Begin anew, in this process."""
        self._here.storage.reset()

    def _ask(self, ask: Callable[[FixedWindowRateLimiter], bool]) -> bool:
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return ask(self._shared)
            except StorageError as fault:
                self._away_until = time.monotonic() + _AWAY
                _log.warning("Redis is away, each process counts alone: %s", type(fault.storage_error).__name__)
        return ask(self._here)


def _redis(url: str) -> Storage:
    storage = storage_from_string(url, wrap_exceptions=True, socket_timeout=0.25, socket_connect_timeout=0.25)
    if not isinstance(storage, Storage):
        raise TypeError(url.partition(":")[0])
    return storage


def install(app: Flask, redis_url: str) -> None:
    """Let an app count; without a `redis_url` in this process alone."""
    app.extensions["rates"] = Counts(redis_url)


def counts_of(app: Flask) -> Counts:
    """Where this app counts."""
    counts: Counts = app.extensions["rates"]
    return counts


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of `scope` for each network in a minute or an hour, and `WIDE` times as many for all of an IPv6 /48; 0 is no
    limit.

    What is too much raises `TooMany`, in the words of `sentence`. `exempt` names requests that are let through. With
    `widely` only the /48 counts: something else looks after each network.
    """

    scope: str
    most: Callable[[], int]
    per: Literal["minute", "hour"] = "minute"
    sentence: Callable[[], str] = lambda: _("Too many attempts. Please wait a minute and try again.")
    exempt: Callable[[], bool] = lambda: False
    widely: bool = False

    def each(self, act: Callable[P, R]) -> Callable[P, R]:
        """Limits how often something is done at all."""

        @wraps(act)
        def limited(*given: P.args, **named: P.kwargs) -> R:
            counts = counts_of(current_app)
            for item, key in self._limits():
                if not counts.hit(item, self.scope, key):
                    raise self._too_many(item)
            return act(*given, **named)

        return limited

    def counting(self, what: Literal["refused", "done"]) -> Callable[[Callable[P, A]], Callable[P, A]]:
        """Limits a view of which only those calls count that were refused, or only those that were not."""

        def decorate(view: Callable[P, A]) -> Callable[P, A]:
            @wraps(view)
            def limited(*given: P.args, **named: P.kwargs) -> A:
                counts, limits, refused = counts_of(current_app), self._limits(), True
                for item, key in limits:
                    if not counts.test(item, self.scope, key):
                        raise self._too_many(item)
                try:
                    response = view(*given, **named)
                    refused = response.status_code >= 400
                    return response
                finally:
                    if refused == (what == "refused"):
                        for item, key in limits:
                            counts.hit(item, self.scope, key)

            return limited

        return decorate

    def _limits(self) -> list[tuple[RateLimitItem, str]]:
        """What holds for this request: how many, and by what they are counted."""
        most = self.most()
        if not most or self.exempt():
            return []
        kind = RateLimitItemPerMinute if self.per == "minute" else RateLimitItemPerHour
        own = network_key()
        wide = wide_network_of(own)
        return [
            *([] if self.widely else [(kind(most), own)]),
            *([] if wide is None else [(kind(WIDE * most), wide)]),
        ]

    def _too_many(self, item: RateLimitItem) -> TooMany:
        return TooMany(self.sentence(), retry_after=item.get_expiry())
