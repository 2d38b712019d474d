"""Requests' bodies are read before the app sees them, so many at a time and no more.

A server thread that waits for the rest of a slow body can do nothing else. Without a bound, as many slow clients as there
are threads stop the whole service, reading included. With it the rest of the threads goes on answering.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from moderation.wsgi import unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BUSY = "Too many requests are arriving at once. Please send yours again."
PLACES = 12
"""Bodies read at once. Fewer than the server's threads, see `cli.generation`."""


class BoundedBodies:
    """A WSGI layer: reads a body of at most `largest` bytes whole, or answers 503 when all places are taken."""

    def __init__(self, app: WSGIApplication, largest: int) -> None:
        self._app = app
        self._largest = largest
        self._places = threading.BoundedSemaphore(PLACES)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._is_worth_reading(environ):
            if not self._places.acquire(blocking=False):
                return unavailable(start_response, BUSY)
            try:
                body = environ["wsgi.input"].read(self._length(environ))
            finally:
                self._places.release()
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        return self._app(environ, start_response)

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
