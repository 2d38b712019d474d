"""What the WSGI layers in front of Flask share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Header = tuple[str, str]
Ready = tuple[int, list[Header], bytes]
"""An answer that is there already: status, headers and body. Nobody changes the headers."""


@dataclass(slots=True)
class Answer:
    """What an app answered so far, as it came."""

    status: str = ""
    headers: list[Header] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)

    def start(self, status: str, headers: list[Header], _fault: object = None) -> Callable[[bytes], object]:
        """The `start_response` that takes it."""
        self.status, self.headers = status, headers
        return self.pieces.append


def close(pieces: Iterable[bytes]) -> None:
    """Tell an app that nobody reads on; what it raises then is raised here."""
    told: Callable[[], None] | None = getattr(pieces, "close", None)
    if told is not None:
        told()


def unavailable(start_response: StartResponse, detail: str) -> Iterable[bytes]:
    """Answer, without the app, that it does not work at the moment, with a sentence that says why."""
    problem = {
        "type": "/problems/unavailable",
        "title": "The service is not available just now",
        "status": 503,
        "detail": detail,
    }
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Retry-After", "2"),
        ("Cache-Control", "no-store"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Retry-After"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("503 Service Unavailable", headers)
    return [orjson.dumps(problem)]
