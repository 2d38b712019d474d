"""Bodies that arrive slowly: so many at once, and of one network no more than its share."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from typing import IO, Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from moderation.bodies import PLACES, SHARE, BoundedBodies

PROXY = ip_network("203.0.113.1/32")


class Slow:
    """A body that comes once it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def read(self, _size: int) -> bytes:
        """Wait for it."""
        self.asked.set()
        self.go.wait(10)
        return b"{}"


def send(layer: BoundedBodies, address: str, body: IO[bytes] | Slow | None = None, forwarded: str = "") -> int:
    """Post from an address; the status of the answer."""
    headers = [("X-Forwarded-For", forwarded)] if forwarded else []
    environ = EnvironBuilder(method="POST", data=b"{}", headers=headers).get_environ()
    environ["REMOTE_ADDR"] = address
    if body is not None:
        environ["wsgi.input"] = body
    _pieces, status, _headers = run_wsgi_app(layer, environ)
    return int(status[:3])


@contextmanager
def waiting(layer: BoundedBodies, addresses: Sequence[str], **more: Any) -> Iterator[list[int]]:
    """Slow clients at these addresses, one after the other; the statuses that they get once they are let go."""
    bodies, answers = [Slow() for _address in addresses], list[int]()
    threads = []
    for address, body in zip(addresses, bodies, strict=True):
        thread = threading.Thread(
            target=lambda *given: answers.append(send(*given, **more)), args=(layer, address, body)
        )
        thread.start()
        threads.append(thread)
        assert body.asked.wait(10)
    try:
        yield answers
    finally:
        for body in bodies:
            body.go.set()
        for thread in threads:
            thread.join(10)


@pytest.fixture
def layer() -> BoundedBodies:
    return BoundedBodies(Response("taken"), 1000, [PROXY])


@pytest.mark.parametrize(
    ("slow", "same"),
    [
        (["198.51.101.7"] * SHARE, "198.51.101.7"),
        ([f"2a01:db8:7:{number:x}::1" for number in range(SHARE)], "2a01:db8:7:ffff::1"),
    ],
)
def test_slow_clients_of_one_network_keep_nobody_else_from_sending(
    layer: BoundedBodies, slow: list[str], same: str
) -> None:
    with waiting(layer, slow) as answers:
        assert send(layer, same) == 503
        assert send(layer, "8.8.8.8") == 200
        assert send(layer, "2a01:db8:8::1") == 200
    assert answers == [200] * SHARE
    assert send(layer, same) == 200, "there is room again"


def test_who_asks_through_our_proxy_is_counted_and_not_the_proxy(layer: BoundedBodies) -> None:
    with waiting(layer, ["203.0.113.1"] * SHARE, forwarded="8.8.4.4"):
        assert send(layer, "203.0.113.1", forwarded="8.8.4.4") == 503
        assert send(layer, "203.0.113.1", forwarded="8.8.8.8") == 200
        assert send(layer, "9.9.9.9", forwarded="8.8.4.4") == 200, "from a stranger it is not believed"


def test_all_together_have_so_many_places_and_a_proxy_nobody_named_may_have_them_all(layer: BoundedBodies) -> None:
    with waiting(layer, ["127.0.0.1"] * PLACES) as answers:
        assert send(layer, "8.8.8.8") == 503
    assert answers == [200] * PLACES
    assert send(layer, "8.8.8.8") == 200
