"""Two processes serve while a third decides: what was approved is there, and what was taken back is gone, when it should be."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from moderation.models import Site
from tests.browser.conftest import free_ports, wait_for
from tests.conftest import SECRET
from tests.factories import Make

ADDRESS = "/v1/sites/demo/comments?page=/a/&limit=100"
ROUNDS = 8


@pytest.fixture
def port(app: Flask, tmp_path: Path) -> Iterator[int]:
    """The port of `moderation serve` with two workers, on the test's own database."""
    [port] = free_ports(1)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    url = app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")
    environ = {**clean, "MODERATION_DATABASE_URL": url, "MODERATION_SECRET_KEY": SECRET}
    command = [sys.executable, "-m", "moderation", "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environ, text=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=40)


@dataclass
class Reader:
    """Reads one page over and over: when each reading began and ended, and what it showed."""

    port: int
    coding: str
    seen: list[tuple[float, float, frozenset[int]]] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)

    def read_until(self, stop: threading.Event) -> None:
        """Read as fast as the service answers, on one connection."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            while not stop.is_set():
                self._read(connection)

    def _read(self, connection: http.client.HTTPConnection) -> None:
        begun = time.monotonic()
        connection.request("GET", ADDRESS, headers={"Accept-Encoding": self.coding})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200
        # A tag names bytes: a torn or mixed body would be another under the same tag.
        assert self.bodies.setdefault(str(answer.headers["ETag"]), body) == body
        if self.coding == "identity":
            page = json.loads(body)
            ids = frozenset(comment["id"] for comment in page["comments"])
            assert page["page"]["count"] == len(ids)
            self.seen.append((begun, time.monotonic(), ids))


def test_no_reader_gets_a_stale_or_torn_answer_while_decisions_are_made(
    app: Flask, make: Make, port: int, site: Site
) -> None:
    bound = 0.0 if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite") else 1.0
    readers = [Reader(port, coding) for coding in ("identity", "identity", "identity", "br", "gzip")]
    stop, faults = threading.Event(), []

    def read(reader: Reader) -> None:
        try:
            reader.read_until(stop)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=read, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    shown, hidden = {}, {}
    try:
        for number in range(ROUNDS):
            comment = make.comment(site, f"Comment {number} of those that come and go.")
            make.decide(comment, "approved")
            shown[comment.id] = time.monotonic() + bound
            wait_for_readings(readers, since=shown[comment.id])
            begun = time.monotonic()
            make.decide(comment, "trash")
            hidden[comment.id] = begun, time.monotonic() + bound
        wait_for_readings(readers, since=time.monotonic() + bound)
    finally:
        stop.set()
    for thread in threads:
        thread.join(timeout=30)
    assert not faults
    seen = [each for reader in readers for each in reader.seen]
    for comment_id, (begins, gone) in hidden.items():
        meanwhile = [ids for begun, done, ids in seen if shown[comment_id] <= begun and done < begins]
        assert meanwhile
        assert all(comment_id in ids for ids in meanwhile)
        afterwards = [ids for begun, _done, ids in seen if begun >= gone]
        assert afterwards
        assert not any(comment_id in ids for ids in afterwards)


def wait_for_readings(readers: list[Reader], since: float) -> None:
    """Until each of those who understand what they read has done so three times from that moment on."""
    deadline = time.monotonic() + 30
    for reader in readers:
        while reader.coding == "identity" and sum(begun >= since for begun, _done, _ids in reader.seen[-50:]) < 3:
            assert time.monotonic() < deadline, "readers get no answers"
            time.sleep(0.01)


@pytest.fixture
def site(make: Make) -> Site:
    site = make.site()
    for number in range(20):
        make.comment(site, f"Comment {number} that stays, of a length that is worth coding.", status="approved")
    return site
