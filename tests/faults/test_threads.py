"""The server's threads are never all somewhere else: with the real server, which begins and ends them as it likes."""

from __future__ import annotations

import http.client
import sys
import threading
import time
from contextlib import closing

import pytest

from bench.harness import started
from bench.load import again, request
from tests.browser.conftest import free_ports
from tests.faults.test_serve import ROOT
from tests.faults.threaded import IDLE, SLOW, THREADS


def get(port: int, path: str) -> float:
    """Ask over a connection of its own; seconds until the answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        began = time.monotonic()
        connection.request("GET", path)
        assert connection.getresponse().read() == (b"ready" if path == "/" else b"made")
        return time.monotonic() - began


@pytest.mark.parametrize("pause", [0.0, IDLE + 1.5])
def test_readers_are_answered_after_any_pause_and_while_others_wait(pause: float) -> None:
    [port] = free_ports(1)
    with started("threads", [sys.executable, "-m", "tests.faults.threaded", str(port)], port, folder=ROOT):
        assert len(again(port, request("GET", "/"), seconds=1, connections=2 * THREADS)) > 1000
        # Long enough for the server to end the threads that take requests, where others stand by.
        time.sleep(pause)
        waiting = [threading.Thread(target=get, args=[port, "/slow"]) for _thread in range(THREADS - 1)]
        for each in waiting:
            each.start()
        time.sleep(0.2)
        assert max(get(port, "/") for _time in range(20)) < SLOW / 2
        for each in waiting:
            each.join()
        assert get(port, "/other") < SLOW / 2
