"""Requests' bodies are read before the app sees them, so many at a time and no more.

A server thread that waits for the rest of a slow body can do nothing else. Without a bound, as many slow clients as there
are threads stop the whole service, reading included. With it the rest of the threads goes on answering. And no network has all
of the places, so that one slow client keeps only its own from sending.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from moderation.text.addresses import Network, client_address, is_public, network_of, wide_network_of
from moderation.wsgi import unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BUSY = "Too many requests are arriving at once. Please send yours again."
PLACES = 12
"""Bodies read at once. Fewer than the server's threads, see `cli.generation`."""
SHARE = 4
"""Of these, how many one network may have, of IPv6 a /48. An address that is nobody's own, such as a proxy's, may have all."""


class BoundedBodies:
    """A WSGI layer: reads a body of at most `largest` bytes whole, or answers 503 when there is no place for it.

    `trusted` are the proxies that are believed for whom they ask.
    """

    def __init__(self, app: WSGIApplication, largest: int, trusted: Sequence[Network] = ()) -> None:
        self._app = app
        self._largest = largest
        self._trusted = trusted
        self._lock = threading.Lock()
        self._taken: dict[str, int] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._is_worth_reading(environ):
            network = self._take(environ)
            if network is None:
                return unavailable(start_response, BUSY)
            try:
                body = environ["wsgi.input"].read(self._length(environ))
            finally:
                self._give_back(network)
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        return self._app(environ, start_response)

    def _take(self, environ: WSGIEnvironment) -> str | None:
        """Take a place, if there is one: the network for which it counts."""
        peer, said = environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR")
        address = client_address(peer, said, self._trusted)
        own = network_of(address) or ""
        network = wide_network_of(own) or own
        with self._lock:
            taken = self._taken.get(network, 0)
            if sum(self._taken.values()) == PLACES or (taken >= SHARE and is_public(address)):
                return None
            self._taken[network] = taken + 1
        return network

    def _give_back(self, network: str) -> None:
        with self._lock:
            self._taken[network] -= 1
            # Who was here once is not kept.
            if not self._taken[network]:
                del self._taken[network]

    def _is_worth_reading(self, environ: WSGIEnvironment) -> bool:
        if "HTTP_TRANSFER_ENCODING" in environ:
            return True
        length = environ.get("CONTENT_LENGTH") or "0"
        # A length that is no number, or too large, is refused by the app without reading.
        return length.isdecimal() and 0 < int(length[:20]) <= self._largest

    def _length(self, environ: WSGIEnvironment) -> int:
        """How much to read: what was announced, because behind it some servers wait for more (PEP 3333 forbids to ask);
        of a body without a length one byte more than allowed, which shows the app that it is too much.
        """
        return self._largest + 1 if "HTTP_TRANSFER_ENCODING" in environ else int(environ["CONTENT_LENGTH"])
