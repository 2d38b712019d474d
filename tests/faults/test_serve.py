"""`moderation serve` as a process: from the wheel in an empty folder, stopped cleanly, killed without mercy."""

from __future__ import annotations

import http.client
import json
import logging
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from moderation.cli.generation import is_news
from tests.browser.conftest import free_ports, wait_for

ROOT = Path(__file__).parent.parent.parent
PAGE = "/a/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` installs."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed where nothing of the checkout is."""
    target = tmp_path_factory.mktemp("site-packages")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
        "--target",
        str(target),
        str(wheel),
    ]
    subprocess.run(command, check=True)
    return target


def test_the_wheel_carries_templates_migrations_translations_and_static_files(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"moderation/{path.relative_to(ROOT / ('moderation' if inside else ''))}"
        for pattern, inside in (
            ("templates/**/*.html", False),
            ("templates/**/*.txt", False),
            ("migrations/versions/*.py", False),
            ("migrations/*.mako", False),
            ("moderation/static/**/*", True),
            ("moderation/translations/**/*.mo", True),
            ("moderation/spam/*.json", True),
            ("moderation/review/*.txt", True),
        )
        for path in ROOT.glob(pattern)
        if path.is_file()
    }
    assert len(wanted) > 25
    assert not wanted - names


def environment(installed: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    return {
        **clean,
        "PYTHONPATH": str(installed),
        "MODERATION_FLOOD_SECONDS": "0",
        "MODERATION_FLOOD_LIMIT": "0",
        **more,
    }


def run(folder: Path, installed: Path, *words: str, stdin: str = "") -> str:
    command = [sys.executable, "-P", "-m", "moderation", *words]
    done = subprocess.run(
        command, cwd=folder, env=environment(installed), input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(folder: Path, installed: Path, port: int, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-m", "moderation", "serve", "--port", str(port), *words]
    process = subprocess.Popen(command, cwd=folder, env=environment(installed), text=True, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=120)


def get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return answer.read()


def post(port: int, text: str, key: str) -> int:
    form = json.loads(get(port, f"/v1/sites/demo/form?page={PAGE}"))
    fields = {"page": PAGE, "author": "A", "email": "a@example.org", "comment": text, "token": form["token"]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/sites/demo/comments",
        json.dumps(fields).encode(),
        {"Content-Type": "application/json", "Origin": "https://news.example", "Idempotency-Key": key},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        json.load(answer)
        return int(answer.status)


def add_site(folder: Path, installed: Path) -> None:
    run(folder, installed, "db", "upgrade")
    run(folder, installed, "site", "add", "demo", "--name", "Demo", "--origin", "https://news.example")


@pytest.fixture(scope="module")
def made(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a site in it, for others to be like."""
    folder = tmp_path_factory.mktemp("made")
    add_site(folder, installed)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A folder of the test's own, with a site."""
    return shutil.copytree(made, tmp_path / "own")


def test_serve_works_from_the_wheel_in_an_empty_folder_and_stops_cleanly(
    tmp_path: Path, installed: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    [port] = free_ports(1)
    with serving(tmp_path, installed, port) as process:
        run(tmp_path, installed, "site", "add", "demo", "--name", "Demo", "--origin", "https://news.example")
        assert b"customElements.define" in get(port, "/embed.js")
        assert b"<form" in get(port, f"/sites/demo/reply?page={PAGE}")
        assert "ur" in get(port, f"/sites/demo/reply?page={PAGE}&lang=ur").decode()
        assert b"Sign in" in get(port, "/desk/login")
        assert b"@media" in get(port, "/static/desk.css") + get(port, "/static/reader.css")
        assert post(port, "Hello", "first") == 202
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    assert "WARNING" not in "".join(capfd.readouterr()), "nothing alarms whoever starts it"
    # The file alone has everything.
    assert sorted(path.name for path in (tmp_path / "var").glob("moderation.db*")) == ["moderation.db"]
    with closing(sqlite3.connect(tmp_path / "var" / "moderation.db")) as database, database:
        assert database.execute("SELECT source FROM comment").fetchall() == [("Hello",)]
    assert not (ROOT / "var" / "moderation.db").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["var"]


def test_the_server_says_nothing_of_its_threads_and_all_else(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("_granian")
    log.addFilter(is_news)
    try:
        log.warning("Configuration allows spawning up to 16 Python threads, which seems quite high.")
        log.warning("Unable to collect resource usage for workers")
    finally:
        log.removeFilter(is_news)
    assert caplog.messages == ["Unable to collect resource usage for workers"]


def write_on(port: int, stop: threading.Event, name: str, attempted: list[str], acknowledged: list[str]) -> None:
    """Post one comment after the other until told to stop or until the service is gone."""
    number = 0
    while not stop.is_set():
        number += 1
        key = f"{name}-{number}"
        attempted.append(key)
        try:
            if post(port, f"Comment {key}", key) == 202:
                acknowledged.append(key)
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return


def test_what_was_acknowledged_survives_kill_9_and_a_repeat_makes_no_second(folder: Path, installed: Path) -> None:
    acknowledged: list[str] = []
    attempted: list[str] = []
    for attempt in range(3):
        [port] = free_ports(1)
        with serving(folder, installed, port, "--workers", "2") as process:
            for key in attempted:
                assert post(port, f"Comment {key}", key) == 202
            acknowledged += [key for key in attempted if key not in acknowledged]
            stop = threading.Event()
            arguments = [(port, stop, f"{attempt}-{number}", attempted, acknowledged) for number in range(4)]
            writers = [threading.Thread(target=write_on, args=each) for each in arguments]
            for writer in writers:
                writer.start()
            stop.wait(1.5)
            os.killpg(process.pid, signal.SIGKILL)
            stop.set()
            for writer in writers:
                writer.join(timeout=120)
    with closing(sqlite3.connect(folder / "var" / "moderation.db")) as database, database:
        stored = [row[0].removeprefix("Comment ") for row in database.execute("SELECT source FROM comment")]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [(pending, spam)] = database.execute("SELECT pending, spam FROM site").fetchall()
    assert len(acknowledged) >= 3, "each round has to write something before it is killed"
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored)) == pending + spam


def test_a_file_that_is_no_database_stops_the_start_in_one_line(folder: Path, installed: Path) -> None:
    (folder / "var" / "moderation.db").write_bytes(b"\0" * 4096)
    [port] = free_ports(1)
    command = [sys.executable, "-P", "-m", "moderation", "serve", "--port", str(port)]
    done = subprocess.run(
        command, cwd=folder, env=environment(installed), capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_no_worker_outlives_the_process_that_started_it(folder: Path, installed: Path) -> None:
    [port] = free_ports(1)
    with serving(folder, installed, port, "--workers", "2") as process:
        process.kill()
        process.wait(timeout=10)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                get(port, "/healthz")
            except (urllib.error.URLError, ConnectionError):
                return
            time.sleep(0.1)
    raise AssertionError("somebody still answers")


def test_a_worker_whose_server_died_while_it_started_ends_too(folder: Path, installed: Path) -> None:
    command = [sys.executable, "-P", "-m", "moderation", "worker", f"--parent={os.getppid()}"]
    done = subprocess.run(command, cwd=folder, env=environment(installed), timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL


def test_slow_bodies_do_not_keep_readers_waiting(folder: Path, installed: Path) -> None:
    [port] = free_ports(1)
    with serving(folder, installed, port):
        slow = []
        for _ in range(30):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(
                b"POST /v1/sites/demo/comments HTTP/1.1\r\nHost: localhost\r\nOrigin: https://news.example\r\n"
                b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
            )
            slow.append(client)
        time.sleep(0.5)
        started = time.monotonic()
        for _ in range(5):
            assert get(port, f"/v1/sites/demo/comments?page={PAGE}")
        assert time.monotonic() - started < 5
        for client in slow:
            client.close()
        wait_until(lambda: post(port, "Now there is room again", "after") == 202)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except urllib.error.HTTPError as refused:
            assert refused.code == 503
        time.sleep(0.1)
    raise AssertionError("it never held")


def test_a_port_that_is_taken_is_told_in_one_line(folder: Path, installed: Path) -> None:
    [port] = free_ports(1)
    with serving(folder, installed, port):
        command = [sys.executable, "-P", "-m", "moderation", "serve", "--port", str(port)]
        done = subprocess.run(
            command, cwd=folder, env=environment(installed), capture_output=True, text=True, timeout=180, check=False
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
