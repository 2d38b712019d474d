"""One thread takes what is ready, the others stand by, and who has to wait calls one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from moderation.cli import threads
from moderation.cli.threads import Front, in_front
from moderation.wsgi import Ready

READY: Ready = (200, [("ETag", '"1"')], b"ready")
QUICK, SLOW = {"PATH_INFO": "/quick"}, {"PATH_INFO": "/slow"}


class Call:
    """The server's side of a request, and the thread that answered it."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.answer: tuple[Any, ...] = ()
        self.thread = 0
        self.answered = threading.Event()

    def response_bytes(self, *answer: Any) -> None:
        self.answer = answer
        self.thread = threading.get_ident()
        self.answered.set()


class Server:
    """A server with some threads that take requests from one queue, as the real one does."""

    def __init__(self, number: int) -> None:
        self.front = Front(lambda _environ, _start: [b"made"], self.at_hand)
        self.queue: SimpleQueue[Call | None] = SimpleQueue()
        self.go_on = threading.Event()
        self.taken = self.failed = 0
        answering = in_front(self.wrap)(self.front)
        self.threads = [threading.Thread(target=self.take, args=[answering]) for _thread in range(number)]
        for thread in self.threads:
            thread.start()

    def at_hand(self, environ: dict[str, str]) -> Ready | None:
        return READY if environ["PATH_INFO"] == "/quick" else None

    def wrap(self, _app: object) -> Callable[[Any, Any], None]:
        def whole(call: Call, environ: dict[str, str]) -> None:
            if environ["PATH_INFO"] == "/failing":
                raise LookupError
            self.taken += 1
            assert self.go_on.wait(20)
            call.response_bytes(200, [], b"late")

        return whole

    def take(self, answering: Callable[[Any, Any], object]) -> None:
        while (call := self.queue.get()) is not None:
            try:
                answering(call, call.environ)
            except LookupError:
                self.failed += 1

    def ask(self, environ: dict[str, str]) -> Call:
        call = Call(environ)
        self.queue.put(call)
        return call

    def quick(self, number: int = 1) -> set[int]:
        """The threads that answer so many quick requests, one after the other."""
        found = set()
        for _time in range(number):
            call = self.ask(QUICK)
            assert call.answered.wait(5), "nobody takes requests"
            assert call.answer == READY
            found.add(call.thread)
        return found

    def settle(self) -> None:
        """Ask until all threads but one stand by."""
        until(lambda: bool(self.quick()) and len(self.front._standing_by) == len(self.threads) - 1)

    def close(self) -> None:
        self.go_on.set()
        self.front.leave()
        for _thread in self.threads:
            self.queue.put(None)
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def server() -> Iterator[Callable[[int], Server]]:
    made: list[Server] = []

    def begin(number: int) -> Server:
        made.append(Server(number))
        return made[-1]

    yield begin
    for each in made:
        each.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_thread_answers_what_is_ready_and_the_others_stand_by(server: Callable[[int], Server]) -> None:
    served = server(4)
    served.settle()
    assert len(served.quick(50)) == 1


def test_who_has_to_wait_calls_another_one(server: Callable[[int], Server]) -> None:
    served = server(4)
    served.settle()
    late = [served.ask(SLOW) for _each in range(3)]
    until(lambda: served.taken == 3)
    assert len(served.quick(20)) == 1
    assert not any(call.answered.is_set() for call in late)
    served.go_on.set()
    assert all(call.answered.wait(5) for call in late)
    served.settle()


def test_as_many_wait_as_there_are_threads_and_all_are_answered(server: Callable[[int], Server]) -> None:
    served = server(3)
    served.quick(20)
    calls = [served.ask(SLOW if each % 2 else QUICK) for each in range(30)]
    served.go_on.set()
    assert all(call.answered.wait(5) for call in calls)


def test_a_thread_that_has_taken_nothing_for_long_is_not_counted_on(
    server: Callable[[int], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may have ended it: if the one that takes requests stood by because of it, nobody would take any."""
    monkeypatch.setattr(threads, "_LATELY", 0.02)
    served = server(1)
    served.front._taking[-1] = time.monotonic()
    time.sleep(0.05)
    served.quick(10)
    assert served.front._taking.keys() == {served.threads[0].ident}


def test_who_fails_takes_the_next_one(server: Callable[[int], Server]) -> None:
    served = server(1)
    for _time in range(3):
        served.ask({"PATH_INFO": "/failing"})
        served.quick()
    assert served.failed == 3


@pytest.mark.parametrize("header", [{"CONTENT_LENGTH": "5"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_a_request_with_a_body_is_not_answered_before_that_is_read(
    server: Callable[[int], Server], header: dict[str, str]
) -> None:
    served = server(1)
    call = served.ask(QUICK | header)
    until(lambda: served.taken == 1)
    served.go_on.set()
    assert call.answered.wait(5)
    assert call.answer == (200, [], b"late")


def test_nobody_stands_by_when_the_process_ends(server: Callable[[int], Server]) -> None:
    served = server(4)
    served.settle()
    served.front.leave()
    served.quick(50)
    assert served.front._standing_by == []


def test_other_applications_are_answered_as_the_server_does_it() -> None:
    def answer(_call: Any, _environ: Any) -> str:
        return "by the server"

    wrapped: Any = in_front(lambda _app: answer)(object())
    assert wrapped(None, None) == "by the server"
