"""`moderation serve` is reloaded and stopped under load, and not a single request fails; counted strictly, see `bench.steady`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bench.steady import Client, Tally, get, under_load
from tests.browser.conftest import free_ports, wait_for
from tests.faults.test_serve import PAGE, ROOT, add_site, environment, wait_until
from tests.faults.test_serve import get as read

# What tells one generation from the next: an address that its settings name.
DOCUMENT = "/v1/openapi.json"
MARK = r'"servers":\[\{"url":"http://([a-z]+)\.example"'


def write(settings: Path, name: str) -> None:
    settings.write_text(f"# our settings\nMODERATION_PUBLIC_URL='http://{name}.example'\n")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The file with the settings, in the folder of a service that has a site."""
    path = tmp_path / "settings.env"
    write(path, "first")
    add_site(tmp_path, ROOT)
    return path


@contextmanager
def serving(settings: Path, port: int, **more: str) -> Iterator[subprocess.Popen[str]]:
    """The service with two worker processes; what it says on standard error can be read from it."""
    words = ("serve", "--port", str(port), "--workers", "2", "--env-file", str(settings))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "moderation", *words],
        cwd=settings.parent,
        env=environment(ROOT, **more),
        text=True,
        stderr=subprocess.PIPE,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield process
    finally:
        process.kill()
        process.communicate()


def generation(port: int) -> str:
    """By whose settings a new client is answered."""
    return str(json.loads(read(port, DOCUMENT))["servers"][0]["url"]).removeprefix("http://").removesuffix(".example")


def wait_until_answered_by(port: int, name: str) -> None:
    deadline = time.monotonic() + 60
    while generation(port) != name:
        assert time.monotonic() < deadline, "it was not reloaded"
        time.sleep(0.1)


def good(tally: Tally) -> bool:
    return tally.failed == 0 and tally.answered > 100


def anybody_saw(asking: list[Client], name: str) -> bool:
    return any(name in client.tally.seen for client in asking)


@pytest.mark.parametrize("pause", [0.0, 0.005], ids=["busy", "with pauses"])
def test_no_request_fails_while_code_and_settings_are_reloaded(settings: Path, pause: float) -> None:
    [port] = free_ports(1)
    with serving(settings, port) as service:
        asking: list[Client] = []

        def twice() -> None:
            for name in ("second", "third"):
                write(settings, name)
                service.send_signal(signal.SIGHUP)
                wait_until_answered_by(port, name)
                # On a busy machine it takes a while until those who keep a connection are sent on.
                wait_until(partial(anybody_saw, asking, name))

        tally = under_load(port, get(DOCUMENT), twice, pause=pause, mark=MARK, asking=asking)
        assert good(tally), tally
        assert tally.seen.keys() == {"first", "second", "third"}
        # Those who kept a connection all the time are with the newest generation too.
        assert under_load(port, get(DOCUMENT), lambda: None, mark=MARK).seen.keys() == {"third"}
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=30) == 0


@pytest.mark.parametrize("pause", [0.0, 0.005], ids=["busy", "with pauses"])
def test_no_request_fails_when_the_service_is_stopped(settings: Path, pause: float) -> None:
    [port] = free_ports(1)
    with serving(settings, port) as service:

        def stop() -> None:
            service.send_signal(signal.SIGTERM)
            assert service.wait(timeout=30) == 0

        asked = get(f"/v1/sites/demo/comments?page={PAGE}")
        tally = under_load(port, asked, stop, pause=pause, until_gone=True)
        assert good(tally), tally


def test_nobody_who_has_connected_is_cut_off_by_a_stop(settings: Path) -> None:
    [port] = free_ports(1)
    with serving(settings, port) as service:
        stop = threading.Event()
        failed: list[str] = []
        answered: list[str] = []

        def come_and_go() -> None:
            while not stop.is_set():
                try:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
                except OSError:
                    return
                with connection:
                    try:
                        connection.sendall(get("/healthz").replace(b"Accept", b"Connection: close\r\nAccept"))
                        answer = b"".join(iter(lambda: connection.recv(4096), b""))  # noqa: B023 - used at once
                        (answered if answer.startswith(b"HTTP/1.1 200") else failed).append("")
                    except OSError as fault:
                        failed.append(type(fault).__name__)

        threads = [threading.Thread(target=come_and_go) for _ in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(answered) > 50)
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=30) == 0
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
        assert failed == []


def test_a_request_under_way_is_finished_and_a_silent_client_does_not_keep_the_service(settings: Path) -> None:
    [port] = free_ports(1)
    with serving(settings, port) as service:
        silent = socket.create_connection(("127.0.0.1", port))
        silent.sendall(get("/healthz"))
        assert silent.recv(4096).startswith(b"HTTP/1.1 200")
        slow = socket.create_connection(("127.0.0.1", port), timeout=20)
        slow.sendall(
            b"POST /v1/sites/demo/comments HTTP/1.1\r\nHost: localhost\r\nOrigin: https://news.example\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{"
        )
        time.sleep(0.5)
        service.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        slow.sendall(b"}")
        answer = slow.recv(4096)
        assert answer.startswith(b"HTTP/1.1 4")
        assert b"connection: close" in answer.lower()
        began = time.monotonic()
        assert service.wait(timeout=30) == 0
        assert time.monotonic() - began < 8
        silent.close()
        slow.close()


def test_settings_that_cannot_be_used_are_told_and_the_service_goes_on(settings: Path) -> None:
    [port] = free_ports(1)
    with serving(settings, port) as service:
        assert service.stderr is not None
        for wrong, told in (
            ("MODERATION_FLOOD_SECONDS=soon\n", "MODERATION_FLOOD_SECONDS is 'soon'"),
            ("no setting at all\n", "line 1 is not of the form NAME=VALUE"),
        ):
            settings.write_text(wrong)
            service.send_signal(signal.SIGHUP)
            assert told in service.stderr.readline()
            assert "not reloaded" in service.stderr.readline()
            assert generation(port) == "first"
        write(settings, "second")
        service.send_signal(signal.SIGHUP)
        wait_until_answered_by(port, "second")
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=30) == 0


def test_a_socket_that_systemd_holds_is_answered_on(settings: Path) -> None:
    # As systemd does it: the socket is descriptor 3, and the two variables name the process.
    [port] = free_ports(1)
    program = (
        "import os, socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
        f"s.bind(('127.0.0.1', {port})); s.listen(); os.dup2(s.fileno(), 3); os.set_inheritable(3, True);"
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
        "os.execv(sys.executable, [sys.executable, '-P', '-m', 'moderation', 'serve', '--port', '1'])"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=settings.parent, env=environment(ROOT), text=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


def test_all_that_a_service_began_ends_with_it_however_often_it_was_reloaded(settings: Path) -> None:
    [port] = free_ports(1)
    with serving(settings, port) as service:
        write(settings, "second")
        service.send_signal(signal.SIGHUP)
        wait_until_answered_by(port, "second")
        begun = descendants(service.pid)
        assert len(begun) >= 3
        service.kill()
        service.wait(timeout=10)
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{each}").exists() for each in begun) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not [each for each in begun if Path(f"/proc/{each}").exists()]


def descendants(pid: int) -> list[int]:
    found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for each in found for below in descendants(each)]


if not Path(f"/proc/{os.getpid()}/task").exists():
    pytest.skip("how connections are counted is known for Linux alone", allow_module_level=True)
