"""Requests' bodies are read before the app sees them, so many at a time and no more.

A server thread that waits for the rest of a slow body can do nothing else. Without a bound, as many slow clients as there
are threads stop the whole service, reading included. With it the rest of the threads goes on answering. And no network has all
of the places, so that one slow client keeps only its own from sending.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
        self._taken: Counter[str] = Counter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._is_worth_reading(environ):
            with self._place(self._network(environ)) as there_is:
                if not there_is:
                    return unavailable(start_response, BUSY)
                body = environ["wsgi.input"].read(self._length(environ))
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        return self._app(environ, start_response)

    @contextmanager
    def _place(self, network: str) -> Iterator[bool]:
        """A place while a body is read; whether there is one."""
        with self._lock:
            free = self._taken.total() < PLACES and (not network or self._taken[network] < SHARE)
            if free:
                self._taken[network] += 1
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._taken[network] -= 1
                    # Who was here once is not kept.
                    self._taken += Counter()

    def _network(self, environ: WSGIEnvironment) -> str:
        """Whose places are counted together; "" for those who may have all."""
        peer, said = environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR")
        address = client_address(peer, said, self._trusted)
        network = (network_of(address) or "") if is_public(address) else ""
        return wide_network_of(network) or network

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
