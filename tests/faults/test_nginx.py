"""`deploy/nginx.conf` in a real nginx, in front of the real service: what is kept, what never, and what stays when it dies."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bench.steady import get, under_load
from tests import front
from tests.browser.conftest import free_ports
from tests.faults.test_reload import serving, write
from tests.faults.test_serve import ROOT, add_site, run

PAGE = "/a/"
COMMENTS = f"/v1/sites/demo/comments?page={PAGE}"
EARLY = "/v1/sites/demo/counts?page=/early/"
READER = "127.0.0.2"


@dataclass
class House:
    """The service, nginx in front of it, and a moderator's program."""

    front: front.Front
    service: subprocess.Popen[str]
    folder: Path
    token: str
    began: float = 0.0

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, /, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request from another address than nginx has: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.front.port, timeout=30, source_address=(READER, 0))
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def comments(self) -> list[str]:
        """What readers see on the page."""
        status, _headers, body = self.ask(COMMENTS)
        assert status == 200
        return [comment["html"] for comment in json.loads(body)["comments"]]

    def post(self, text: str, **headers: str) -> dict[str, Any]:
        """A reader's comment."""
        form = json.loads(self.ask(f"/v1/sites/demo/form?page={PAGE}")[2])
        fields = {"page": PAGE, "author": "A", "email": "a@example.org", "comment": text, "token": form["token"]}
        headers = {"Origin": "https://news.example", "Content_Type": "application/json", **headers}
        status, _headers, body = self.ask("/v1/sites/demo/comments", "POST", json.dumps(fields).encode(), **headers)
        assert status in (201, 202), body
        made: dict[str, Any] = json.loads(body)
        return made

    def decide(self, number: int, decision: str) -> None:
        """A moderator's program decides about a comment."""
        order = json.dumps({"ids": [number], "decision": decision}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content_Type": "application/json"}
        assert self.ask("/v1/moderation/decisions", "POST", order, **headers)[0] == 200


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with built(tmp_path_factory.mktemp("front")) as made:
        yield made


@contextmanager
def built(folder: Path, **variables: str) -> Iterator[House]:
    """The whole of it, with one approved comment on the page."""
    front.program()
    write(folder / "settings.env", "comments")
    add_site(folder, ROOT)
    words = ("moderator", "add", "mo@example.org", "--role", "owner", "--password-stdin")
    run(folder, ROOT, *words, stdin="a long enough password\n")
    token = run(folder, ROOT, "moderator", "token", "mo@example.org").strip()
    port, service_port = free_ports(2)
    with (
        serving(folder / "settings.env", service_port, MODERATION_TRUSTED_PROXIES="127.0.0.1", **variables) as service,
        front.nginx(port, service_port, folder / "nginx") as before,
    ):
        made = House(before, service, folder, token)
        made.decide(made.post("The first comment")["id"], "approve")
        assert made.ask(EARLY)[0] == 200
        made.began = time.monotonic()
        time.sleep(1.1)
        yield made


def test_posts_pass_with_the_true_address_and_an_approval_is_seen_within_two_seconds(house: House) -> None:
    made = house.post("Through the front", X_Forwarded_For="203.0.113.9, 127.0.0.1")
    with closing(sqlite3.connect(house.folder / "var" / "moderation.db")) as database, database:
        [(ip,)] = database.execute("SELECT ip FROM comment WHERE id = ?", (made["id"],))
    assert ip == READER, "what a reader says of their address is not believed"
    before = house.comments()
    house.decide(made["id"], "approve")
    deadline = time.monotonic() + 2
    while house.comments() == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_spike_on_a_page_that_nobody_has_asked_for_reaches_the_service_once(house: House) -> None:
    house.front.forget()
    answers: list[int] = []
    path = "/v1/sites/demo/comments?page=/never-asked-for/"
    asking = [threading.Thread(target=lambda: answers.append(house.ask(path)[0])) for _ in range(40)]
    for reader in asking:
        reader.start()
    for reader in asking:
        reader.join()
    assert answers == [200] * 40
    told = [line.split()[0] for line in house.front.told()]
    assert (told.count("MISS"), len(told)) == (1, 40), told


def test_conditional_requests_are_answered_from_here(house: House) -> None:
    for encoding in ("identity", "gzip", "br, gzip", "gzip, deflate, br, zstd"):
        _status, headers, _body = house.ask(COMMENTS, Accept_Encoding=encoding)
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cache-control"].startswith("public, max-age=0, s-maxage=1")
        assert "set-cookie" not in headers
        for given in (headers["etag"], f'"other", {headers["etag"]}', headers["etag"].removeprefix("W/"), "*"):
            status, short, body = house.ask(COMMENTS, Accept_Encoding=encoding, If_None_Match=given)
            assert (status, body) == (304, b""), (encoding, given)
            assert short["access-control-allow-origin"] == "*"
        assert house.ask(COMMENTS, Accept_Encoding=encoding, If_None_Match='"other"')[0] == 200


def test_each_client_gets_an_encoding_that_it_knows(house: House) -> None:
    plain = house.ask(COMMENTS)
    assert "content-encoding" not in plain[1]
    packed = house.ask(COMMENTS, Accept_Encoding="gzip")
    assert packed[1]["content-encoding"] == "gzip"
    assert "accept-encoding" in packed[1]["vary"].lower()
    assert house.ask(COMMENTS)[2] == plain[2], "the packed answer is kept apart from this one"


def test_a_head_and_a_preflight_are_answered(house: House) -> None:
    status, headers, body = house.ask(COMMENTS, "HEAD")
    assert (status, body) == (200, b"")
    assert headers["etag"]
    asked = {"Origin": "https://news.example", "Access_Control_Request_Method": "POST"}
    status, headers, _body = house.ask("/v1/sites/demo/comments", "OPTIONS", **asked)
    assert status in (200, 204)
    assert headers["access-control-allow-origin"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5,gzip;q=1", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip, br ; q=0.000", "gzip"),
        ("br; q=0", None),
        ("GZIP;q=0, BR;q=0, *;q=0", None),
        ("brotli, x-gzip", None),
    ],
)
def test_no_reader_gets_a_coding_that_they_refuse(house: House, accepted: str, coding: str | None) -> None:
    assert house.ask(COMMENTS, Accept_Encoding=accepted)[1].get("content-encoding") == coding


def test_no_address_that_tells_of_a_person_is_logged(house: House) -> None:
    house.front.forget()
    path = urlsplit(house.post("A comment with a private page")["manage_url"]).path
    assert house.ask(path)[0] == 200
    assert house.ask(path.replace("/sites/", "/v1/sites/"))[0] == 200
    house.ask("/sites/demo/mail/confirm/x")
    house.ask("/desk/demo/?q=somebody@example.org")
    told = house.front.told()
    assert [line.split()[1] for line in told] == ["GET", "POST"], told


def test_the_desk_the_forms_and_the_moderators_programs_are_never_kept(house: House) -> None:
    house.front.forget()
    asked = [
        ("/desk/login", {}),
        ("/desk/", {}),
        (f"/v1/sites/demo/form?page={PAGE}", {}),
        (f"/sites/demo/reply?page={PAGE}", {}),
        ("/v1/moderation/comments?site=demo", {"Authorization": f"Bearer {house.token}"}),
        ("/readyz", {}),
    ]
    for path, headers in asked:
        for _ in range(3):
            assert house.ask(path, **headers)[0] in (200, 302), path
    assert {line.split()[0] for line in house.front.told()} == {"-"}
    kept = b"".join(path.read_bytes() for path in (house.front.folder / "cache").rglob("*") if path.is_file())
    assert b"KEY: /v1/sites/demo/comments" in kept
    for never in (b"/desk", b"/form?", b"/reply", b"/moderation/", house.token.encode(), b"a@example.org"):
        assert never not in kept
    assert house.ask("/metrics")[0] == 404
    assert "content-encoding" not in house.ask("/desk/login", Accept_Encoding="gzip")[1]


def test_what_is_too_large_is_refused_here_and_an_address_of_a_hundred_pages_is_not(house: House) -> None:
    headers = {"Origin": "https://news.example", "Content_Type": "application/json"}
    assert house.ask("/v1/sites/demo/comments", "POST", b"x" * 300_000, **headers)[0] == 413
    pages = "&".join(f"page=/{'long' * 50}/{number}/" for number in range(100))
    assert house.ask(f"/v1/sites/demo/counts?{pages}")[0] == 200


def test_readers_notice_nothing_of_a_reload(house: House) -> None:
    def reload() -> None:
        house.service.send_signal(signal.SIGHUP)
        time.sleep(6)

    # The form is never kept: each of these reaches the service.
    tally = under_load(house.front.port, get(f"/v1/sites/demo/form?page={PAGE}"), reload)
    assert tally.failed == 0, tally
    assert tally.answered > 50


def test_the_service_is_killed_and_readers_keep_reading(house: House) -> None:
    """The last test here: it kills the service."""
    before = house.comments()
    assert before
    others = ("/v1/sites/demo/feed.atom", "/sites/demo/wp-json/", "/wp-json", "/wp-json/wp/v2/comments/")
    bodies = [house.ask(path)[2] for path in others]
    os.kill(house.service.pid, signal.SIGKILL)
    house.service.wait(timeout=20)
    time.sleep(1.5)
    for _ in range(3):
        assert house.comments() == before
        assert [house.ask(path)[2] for path in others] == bodies
    status, _headers, _body = house.ask(COMMENTS, If_None_Match="*")
    assert status == 304
    assert house.ask(f"/v1/sites/demo/form?page={PAGE}")[0] == 502
    # What was asked for so long ago that stale-while-revalidate is over: that is what stale-if-error is for.
    time.sleep(max(0.0, house.began + 33 - time.monotonic()))
    assert house.ask(EARLY)[0] == 200
