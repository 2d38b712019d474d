"""Comments that come in together are judged in turn, and nobody waits for the turn of somebody who is slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from moderation import turns
from moderation.turns import COMMITS, in_turn


@contextmanager
def beside(app: Flask, act: Callable[[], object]) -> Iterator[threading.Event]:
    """Do something in another thread; the event is set when it is done."""
    done = threading.Event()

    def run() -> None:
        with app.app_context():
            act()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        thread.join()


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@on_sqlite
def test_one_is_judged_after_the_other(app: Flask) -> None:
    inside: list[str] = []

    @in_turn
    def judge(name: str) -> None:
        inside.append(f"{name} begins")
        time.sleep(0.05)
        inside.append(f"{name} ends")

    with beside(app, lambda: judge("one")), beside(app, lambda: judge("two")):
        pass
    assert [words.split()[1] for words in inside] == ["begins", "ends", "begins", "ends"]


@on_sqlite
def test_who_fails_gives_the_turn_back(app: Flask) -> None:
    @in_turn
    def fail() -> None:
        raise LookupError

    with app.app_context():
        for _time in range(2):
            with pytest.raises(LookupError):
                fail()
    assert turns._turn.acquire(blocking=False)
    turns._turn.release()


@on_sqlite
def test_who_is_slow_is_not_waited_for_long(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 0.05)
    go_on = threading.Event()

    def slow() -> None:
        in_turn(go_on.wait)(10)

    with beside(app, slow) as done:
        with beside(app, lambda: in_turn(lambda: None)()) as other:
            assert other.wait(5)
        assert not done.is_set()
        go_on.set()


@on_sqlite
def test_while_a_slow_disk_is_waited_for_the_next_is_judged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 10.0)
    monkeypatch.setattr(COMMITS, "_took", 0.02)
    on_disk, judged = threading.Event(), threading.Event()

    @in_turn
    def store() -> None:
        with COMMITS.one():
            on_disk.set()
            assert judged.wait(5)

    with beside(app, store):
        assert on_disk.wait(5)
        with beside(app, lambda: in_turn(judged.set)()) as done:
            assert done.wait(5)


@on_sqlite
def test_on_a_fast_disk_the_turn_lasts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(COMMITS, "_took", 0.0)

    def store() -> None:
        with COMMITS.one():
            pass
        assert not turns._turn.acquire(blocking=False)

    with app.app_context():
        in_turn(store)()


@on_postgresql
def test_nobody_waits_for_a_turn_on_postgresql(app: Flask) -> None:
    both = threading.Barrier(2, timeout=5)
    with beside(app, lambda: in_turn(both.wait)()), beside(app, lambda: in_turn(both.wait)()):
        pass
    assert not both.broken
