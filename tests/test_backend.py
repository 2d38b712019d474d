"""Requests that are handed to another process are answered as the app answers them, and leave nothing behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from multiprocessing import Pipe
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from moderation import backend
from moderation.backend import Backend
from moderation.cli.generation import warm_up
from moderation.extensions import db
from moderation.models import asking
from moderation.priority import is_weighed_alone
from moderation.spam import lexicon

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Connect = Callable[["WSGIApplication"], Backend]
PIECE = b"x" * 100_000
HEADERS = [("Content-Type", "text/plain")]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Put a layer with a single line in front of an app; the app is called in another thread, as in another process."""
    ends: list[Any] = []

    def made(app: WSGIApplication) -> Backend:
        layer = Backend(app)
        here, there = Pipe()
        ends.append(here)
        layer.connect([here])
        threading.Thread(target=layer.answer, args=[there], daemon=True).start()
        return layer

    yield made
    for end in ends:
        end.close()


class Asked:
    """One request to a WSGI application, and what was answered so far."""

    def __init__(self, app: WSGIApplication, body: bytes = b"", **more: Any) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.environ: WSGIEnvironment = {
            **os.environ,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/a",
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(body),
            **more,
        }
        self.answer: Any = app(self.environ, self._start)

    def _start(self, status: str, headers: list[tuple[str, str]], _fault: object = None) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        written: list[bytes] = []
        return written.append


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("202 Accepted", [("X-Path", environ["PATH_INFO"]), ("X-Scheme", environ["wsgi.url_scheme"])])
    environ["moderation.note"] = ("kept", environ["HTTP_HOST"])
    return [environ["wsgi.input"].read(), os.fsencode(environ["PATH"])]


def test_an_answer_is_the_app_s_own(connect: Connect) -> None:
    noted: dict[str, Any] = {"moderation.note": None}
    asked = Asked(connect(echo), "übermorgen".encode(), HTTP_HOST="here", **noted)
    assert asked.status == "202 Accepted"
    assert asked.headers == [("X-Path", "/a"), ("X-Scheme", "https")]
    assert b"".join(asked.answer) == "übermorgen".encode() + os.environb[b"PATH"]
    assert asked.environ["moderation.note"] == ("kept", "here")


def test_a_body_that_was_not_read_is_not_handed_on(connect: Connect) -> None:
    given: dict[str, Any] = {"wsgi.input": object(), "moderation.note": None}
    unread = Asked(connect(echo), HTTP_HOST="", **given)
    assert b"".join(unread.answer) == os.environb[b"PATH"]


class Long:
    """An app whose answer has fifty long pieces; how many were made, and whether it was told that nobody reads on."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.made = 0
        self.fault = fault
        self.closed = threading.Event()

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", HEADERS)
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        try:
            for _number in range(50):
                self.made += 1
                yield PIECE
                if self.fault and self.made == 9:
                    raise self.fault
        finally:
            self.closed.set()


def test_a_long_answer_comes_whole_and_is_made_as_it_is_read(connect: Connect) -> None:
    app = Long()
    asked = Asked(connect(app))
    assert next(asked.answer) == PIECE
    assert app.made < 10
    assert b"".join(asked.answer) == 49 * PIECE
    assert app.closed.wait(10)


@pytest.mark.parametrize("leave", [lambda answer: answer.close(), lambda _answer: None], ids=["closed", "forgotten"])
def test_a_long_answer_that_nobody_reads_on_makes_room(connect: Connect, leave: Callable[[Any], None]) -> None:
    app = Long()
    layer = connect(app)
    for _time in range(3):
        app.closed.clear()
        asked = Asked(layer)
        next(asked.answer)
        leave(asked.answer)
        del asked
        assert app.closed.wait(10)


@pytest.mark.parametrize(
    "fault", [ValueError("no"), OSError("no disk"), EOFError()], ids=lambda fault: type(fault).__name__
)
def test_an_app_that_fails_fails_this_request_alone(connect: Connect, fault: Exception) -> None:
    failing = True

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if failing:
            raise fault
        return echo({**environ, "HTTP_HOST": "here"}, start_response)

    layer = connect(app)
    with pytest.raises(RuntimeError, match="a request failed"):
        Asked(layer)
    failing = False
    assert Asked(layer).status == "202 Accepted"


def test_an_answer_that_fails_in_its_middle_is_cut_off_and_makes_room(connect: Connect) -> None:
    app = Long(OSError("no disk"))
    layer = connect(app)
    for _time in range(2):
        app.made = 0
        asked = Asked(layer)
        with pytest.raises(RuntimeError, match="a request failed"):
            b"".join(asked.answer)


def test_an_answer_that_cannot_be_closed_was_given_all_the_same(connect: Connect) -> None:
    class Stuck(list[bytes]):
        def close(self) -> None:
            raise OSError("the database is away")

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", HEADERS)
        return Stuck([b"whole"])

    layer = connect(app)
    for _time in range(3):
        assert b"".join(Asked(layer).answer) == b"whole"


def test_readers_are_held_for_a_moment_while_somebody_has_waited_for_long(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[float] = []
    now = 100.0
    monkeypatch.setattr(backend, "time", SimpleNamespace(monotonic=lambda: now, sleep=held.append))
    came, go_on = threading.Event(), threading.Event()

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        came.set()
        go_on.wait(30)
        start_response("200 OK", HEADERS)
        return []

    layer = connect(app)
    writer = threading.Thread(target=Asked, args=[layer])
    writer.start()
    assert came.wait(30)

    layer.give_way()
    assert held == []
    now += 0.6
    layer.give_way()
    assert held == [0.0006]
    go_on.set()
    writer.join(30)
    layer.give_way()
    assert held == [0.0006]


def test_more_calls_than_there_are_lines_wait_and_are_told_to_come_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_PATIENCE", 0.1)
    layer = connect(Long())
    first = Asked(layer)
    busy = Asked(layer)
    assert busy.status == "503 Service Unavailable"
    assert dict(busy.headers)["Retry-After"] == "2"
    first.answer.close()
    assert Asked(layer).status == "200 OK"


def test_a_comment_finds_everything_ready_after_the_warm_up(app: Flask) -> None:
    lexicon.phrases.cache_clear()
    warm_up(app)
    assert lexicon.phrases.cache_info().currsize == 1
    with app.app_context():
        kind = db.engine.dialect.name
    assert [each for each in asking._ALL if kind not in each._words] == []


# The service is process 20: a shell began it, which a container or systemd began, and it began another one.
OURS, ABOVE, STRANGER = {20: 10, 21: 20, 22: 21}, {1: 0, 10: 1}, {30: 1}
UNIT, DOCKER = "system.slice/moderation.service", "docker/a1"


@pytest.mark.parametrize(
    ("groups", "weighed", "members", "autogroup", "alone"),
    [
        (f"0::/{UNIT}", ["system.slice", UNIT], OURS, "1", True),
        (f"0::/{UNIT}", ["system.slice", UNIT], OURS | STRANGER, "1", False),
        (f"0::/{UNIT}", ["system.slice"], {}, "1", False),
        (f"0::/{UNIT}", [], {}, "1", True),
        (f"0::/{UNIT}", [], {}, "0", False),
        ("0::/", ["."], OURS | ABOVE, "0", True),
        ("0::/", ["."], OURS | ABOVE | STRANGER, "1", False),
        ("0::/", ["."], OURS | {0: 0}, "1", False),
        ("0::/", [], {}, "1", True),
        ("0::/", [], {}, "0", False),
        (f"3:cpuset:/\n1:cpu,cpuacct:/{DOCKER}\n0::/", [f"cpu/{DOCKER}"], OURS | ABOVE, "0", True),
        (f"3:cpuset:/\n1:cpu,cpuacct:/{DOCKER}\n0::/", [f"cpu/{DOCKER}"], OURS | STRANGER, "1", False),
        (f"3:cpuset:/{DOCKER}\n1:cpu:/\n0::/", [], {}, "0", False),
    ],
    ids=[
        *("a unit's own group", "a group with a stranger", "a group that is not weighed in one that is"),
        *("groups that are not weighed", "the same without sessions"),
        *("a container", "a container with a stranger", "a container that others look into"),
        *(
            "sessions",
            "nothing of it",
            "a container of the older kind",
            "one with a stranger",
            "the older kind, of other things",
        ),
    ],
)
def test_a_service_yields_altogether_only_where_it_is_weighed_alone(
    tmp_path: Path, groups: str, weighed: list[str], members: dict[int, int], autogroup: str, alone: bool
) -> None:
    proc, cgroups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(groups + "\n")
    (proc / "sys" / "kernel").mkdir(parents=True)
    (proc / "sys" / "kernel" / "sched_autogroup_enabled").write_text(autogroup + "\n")
    for pid, parent in (OURS | ABOVE | STRANGER).items():
        (proc / str(pid)).mkdir()
        (proc / str(pid) / "stat").write_text(f"{pid} (any (name) 7) S {parent} 1 1 0")
    cgroups.mkdir()
    for name in weighed:
        (cgroups / name).mkdir(parents=True, exist_ok=True)
        (cgroups / name / "cpu.weight").write_text("100\n")
        (cgroups / name / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in members))
    assert is_weighed_alone(proc, cgroups, 20) is alone
