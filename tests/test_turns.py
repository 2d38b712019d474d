"""What comes in together is answered in turn, and nobody waits long for the turn of somebody who is slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from moderation import turns
from moderation.turns import COMMITS, turn


@contextmanager
def beside(act: Callable[[], object]) -> Iterator[threading.Event]:
    """Do something in another thread; the event is set when it is done."""
    done = threading.Event()

    def run() -> None:
        act()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        thread.join()


def in_turn(act: Callable[[], object]) -> Callable[[], None]:
    def acting() -> None:
        with turn():
            act()

    return acting


def test_one_is_answered_after_the_other() -> None:
    said: list[str] = []

    @in_turn
    def answer() -> None:
        said.append("begins")
        time.sleep(0.02)
        said.append("ends")

    with beside(answer), beside(answer):
        pass
    assert said == ["begins", "ends", "begins", "ends"]


def test_who_fails_gives_the_turn_back() -> None:
    for _time in range(2):
        with pytest.raises(LookupError), turn():
            raise LookupError
    assert turns._turn.acquire(blocking=False)
    turns._turn.release()


def test_who_is_slow_is_not_waited_for_long() -> None:
    go_on = threading.Event()
    with beside(in_turn(lambda: go_on.wait(10))) as slow:
        with beside(in_turn(lambda: None)) as quick:
            assert quick.wait(5)
        assert not slow.is_set()
        go_on.set()


def test_while_a_slow_disk_is_waited_for_the_next_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 10.0)
    monkeypatch.setattr(COMMITS, "_took", 0.02)
    on_disk, answered = threading.Event(), threading.Event()

    @in_turn
    def store() -> None:
        with COMMITS.one():
            on_disk.set()
            assert answered.wait(5)

    with beside(store):
        assert on_disk.wait(5)
        with beside(in_turn(answered.set)) as done:
            assert done.wait(5)


def test_on_a_fast_disk_the_turn_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(COMMITS, "_took", 0.0)
    with turn():
        with COMMITS.one():
            pass
        assert not turns._turn.acquire(blocking=False)


def test_a_commit_outside_of_any_turn_ends_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(COMMITS, "_took", 0.02)
    with COMMITS.one():
        pass
    with turn():
        assert not turns._turn.acquire(blocking=False)
