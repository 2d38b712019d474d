"""The fast path: what readers get from it is what Flask would have said, at that moment, and only once from Flask."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from werkzeug.test import Client, EnvironBuilder

from moderation.extensions import db
from moderation.models import Site, now
from moderation.publish import edge, short, views
from moderation.publish.edge import Edge
from moderation.publish.encodings import chosen
from moderation.publish.fresh import OnPostgresql, OnSqlite
from moderation.publish.kept import Entry
from moderation.publish.lookup import Stamp
from tests.factories import Make

COMMENTS = "/v1/sites/demo/comments?page=/a/"
READS = (
    COMMENTS,
    "/v1/sites/demo/counts?page=/a/",
    "/v1/sites/demo/feed.atom",
    "/v1/sites/demo/feed.json?page=/a/",
    "/sites/demo/thread?page=/a/&lang=ur",
    "/sites/demo/wp-json/wp/v2/comments?post=/a/",
    "/embed.js?lang=ur",
)
CHANGING = READS[:6]


@pytest.fixture
def site(make: Make) -> Site:
    site = make.site()
    for number in range(5):
        make.comment(
            site, f"Comment {number} of some, each of which says a little about night buses.", status="approved"
        )
    return site


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses whose answers were not ready."""
    asked: list[str] = []
    behind = edge.of(app)._app

    def noted(environ: Any, start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return behind(environ, start_response)

    monkeypatch.setattr(edge.of(app), "_app", noted)
    return asked


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("url", READS)
def test_what_is_ready_is_not_made_again(client: FlaskClient, made: list[str], url: str) -> None:
    first = client.get(url)
    assert first.status_code == 200
    for _time in range(3):
        again = client.get(url)
        assert (again.status_code, again.data, again.headers) == (200, first.data, first.headers)
        assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        head = client.head(url)
        assert (head.status_code, head.data, head.headers) == (200, b"", first.headers)
    assert len(made) == 1


@pytest.mark.parametrize("url", CHANGING)
def test_what_readers_would_see_is_seen_at_once_by_every_process(
    app: Flask, app_with: Callable[..., Flask], make: Make, site: Site, url: str
) -> None:
    """Each app is a process of its own as far as what it keeps is concerned; one of them decides."""
    waiting = make.comment(site, "This one waits.")
    readers = [app.test_client(), app_with().test_client()]
    before = [reader.get(url).data for reader in readers]
    make.decide(waiting, "approved")
    shown = [reader.get(url).data for reader in readers]
    make.decide(waiting, "trash")
    hidden = [reader.get(url).data for reader in readers]
    assert before[0] == before[1] != shown[0] == shown[1]
    assert hidden == before


def test_a_flood_of_what_waits_makes_nothing_anew(client: FlaskClient, make: Make, site: Site, made: list[str]) -> None:
    for url in CHANGING:
        client.get(url)
    made.clear()
    for _number in range(3):
        make.decide(make.comment(site), "spam")
        for url in CHANGING:
            assert client.get(url).status_code == 200
    assert made == []


def test_pages_that_nobody_wrote_on_are_ready_too(client: FlaskClient, make: Make, made: list[str]) -> None:
    site = make.site()
    for _time in range(3):
        assert client.get(COMMENTS).get_json()["comments"] == []
    assert len(made) == 1
    make.comment(site, status="approved")
    assert len(client.get(COMMENTS).get_json()["comments"]) == 1


@pytest.mark.usefixtures("site")
def test_what_nobody_asked_for_makes_no_other_answer(client: FlaskClient, made: list[str]) -> None:
    answers = [client.get(COMMENTS + more).data for more in ("", "&_=1", "&utm_source=x&_=2", "&_=3")]
    answers.append(client.get("/v1/sites/demo/comments?x=1&page=%2Fa%2F").data)
    assert len(set(answers)) == len(made) == 1


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("identity", None),
        ("gzip;q=0.5, identity;q=0.8", None),
        ("gzip;q=0", None),
        ("GZIP;Q=1", "gzip"),
        ("gzip;q=nan", None),
        ("deflate", None),
    ],
)
@pytest.mark.usefixtures("site")
def test_each_client_gets_the_coding_that_it_takes(client: FlaskClient, accepted: str, coding: str | None) -> None:
    plain = client.get(COMMENTS)
    answer = client.get(COMMENTS, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    decoders: dict[str | None, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
    assert decoders.get(coding, bytes)(answer.data) == plain.data
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (answer.headers["ETag"] == plain.headers["ETag"]) is (coding is None)
    known = {"Accept-Encoding": accepted, "If-None-Match": f'"x", W/{answer.headers["ETag"]}'}
    assert client.get(COMMENTS, headers=known).status_code == 304


@given(st.text(alphabet="abgipqrz*=;,. 01", max_size=60))
def test_no_list_of_codings_is_too_odd(accepted: str) -> None:
    assert chosen(accepted) in {"br", "gzip", "identity"}


@pytest.mark.usefixtures("site")
def test_ranges_are_passed_over(client: FlaskClient) -> None:
    assert client.get(COMMENTS, headers={"Range": "bytes=0-9"}).data == client.get(COMMENTS).data


@given(
    path=st.sampled_from(["comments", "counts", "feed.atom", "feed.json", "nothing"]),
    query=st.lists(
        st.tuples(
            st.sampled_from(["page", "sort", "limit", "cursor", "around", "lang", "x", ""]),
            st.sampled_from(
                ["/a/", "/b/", "newest", "oldest", "1", "0", "ur", "", "%", "\x00", "کلید", "https://evil.example/"]
            ),
        ),
        max_size=4,
    ),
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST"]),
)
def test_the_edge_says_what_flask_says(
    app: Flask, bare_app: Flask, make: Make, path: str, query: list[tuple[str, str]], method: str
) -> None:
    with app.app_context():
        if db.session.scalar(select(Site.id)) is None:
            make.comment(make.site(), status="approved")
    url = f"/v1/sites/demo/{path}"
    answers = []
    for client in (app.test_client(), app.test_client(), bare_app.test_client()):
        answer = client.open(url, method=method, query_string=query)
        answers.append((answer.status_code, answer.data, sorted(answer.headers)))
    assert answers[0] == answers[1] == answers[2]


def test_a_question_mark_inside_a_path_is_no_beginning_of_a_query(client: FlaskClient, make: Make) -> None:
    make.site()
    strange, usual = "/v1/sites/demo/comments%3Fpage=/z/", "/v1/sites/demo/comments?page=/z/?"
    answers = [client.get(url).status_code for url in (strange, usual, usual, strange)]
    assert answers == [404, 200, 200, 404]


def test_a_page_closes_on_time_though_nothing_is_written(
    client: FlaskClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.comment(make.site(close_after_days=7), status="approved")
    assert client.get(COMMENTS).get_json()["page"]["open"] is True
    later = now() + timedelta(days=8)
    monkeypatch.setattr(edge, "time", later.timestamp)
    for module in (views, short):
        monkeypatch.setattr(module, "now", lambda: later)
    for _time in range(2):
        assert client.get(COMMENTS).get_json()["page"]["open"] is False


def test_a_spike_on_a_cold_page_is_answered_by_one_making(app: Flask, site: Site) -> None:
    everybody, made = threading.Barrier(8), []
    inner = edge.of(app)._app

    def slow(environ: Any, start_response: Any) -> Any:
        made.append(environ["PATH_INFO"])
        threading.Event().wait(0.3)
        return inner(environ, start_response)

    front = Edge(slow, edge.of(app)._fresh, 1_000_000)

    def read(_number: int) -> bytes:
        everybody.wait()
        return bytes(Client(front).get(COMMENTS).data)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(read, range(8)))
    assert len(answers) == 1
    assert b"Comment 4" in answers.pop()
    assert len(made) == 1


def test_a_making_that_fails_fails_for_nobody_else(app: Flask, site: Site) -> None:
    inner, times = edge.of(app)._app, []

    def failing(environ: Any, start_response: Any) -> Any:
        times.append(1)
        if len(times) == 1:
            threading.Event().wait(0.2)
            raise RuntimeError("the first one")
        return inner(environ, start_response)

    front = Edge(failing, edge.of(app)._fresh, 1_000_000)

    def read(_number: int) -> bytes:
        return bytes(Client(front).get(COMMENTS).data)

    with ThreadPoolExecutor(4) as pool:
        outcomes = [pool.submit(read, number) for number in range(4)]
        failed = [outcome for outcome in outcomes if outcome.exception(timeout=20)]
    assert len(failed) == 1
    assert all(b"Comment 4" in outcome.result() for outcome in outcomes if outcome not in failed)
    assert read(0)


def test_on_postgresql_an_answer_is_believed_for_the_bound_and_no_longer(
    app_with: Callable[..., Flask], make: Make, site: Site
) -> None:
    app = app_with(edge_seconds=1)
    fresh = edge.of(app)._fresh
    if not isinstance(fresh, OnPostgresql):
        pytest.skip("SQLite is asked each time")
    clock = [0.0]
    fresh._clock = lambda: clock[0]
    client = app.test_client()

    def count() -> int:
        return len(client.get(COMMENTS).get_json()["comments"])

    assert count() == 5
    entry = edge.of(app)._kept.get(COMMENTS)
    assert entry is not None
    entry.checked = 0.0
    make.comment(site, status="approved")
    clock[0] = 0.4
    assert count() == 5
    clock[0] = 1.0
    assert count() == 6


def test_on_postgresql_a_look_tells_that_the_database_is_away(
    app: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = edge.of(app)._fresh
    if not isinstance(fresh, OnPostgresql):
        pytest.skip("SQLite is no other machine")
    assert app.test_client().get(COMMENTS).status_code == 200
    entry = edge.of(app)._kept.get(COMMENTS)
    assert entry is not None
    for fault, told in (
        (OperationalError("", None, Exception()), None),
        (ProgrammingError("", None, Exception()), False),
    ):

        def fail(_stamp: Stamp, fault: Exception = fault) -> bool:
            raise fault

        monkeypatch.setattr(fresh, "_holds", fail)
        assert fresh(entry) is told


def test_without_its_database_nothing_is_believed(app_with: Callable[..., Flask], site: Site) -> None:
    app = app_with()
    client = app.test_client()
    assert client.get(COMMENTS).status_code == 200
    front = edge.of(app)
    front._fresh = _Nobody()
    assert client.get(COMMENTS).status_code == 200


class _Nobody:
    """Nobody to ask whether something is still true."""

    def __call__(self, entry: Entry) -> bool | None:
        return False

    def at_once(self, entry: Entry) -> bool:
        return False


def at_hand(app: Flask, url: str, **given: Any) -> Any:
    return edge.of(app).at_hand(EnvironBuilder(url, **given).get_environ())


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("coding", ["", "gzip", "br;q=1, gzip;q=0.5"])
@pytest.mark.parametrize("url", READS)
def test_what_is_at_hand_is_what_would_be_answered(
    app_with: Callable[..., Flask], url: str, coding: str, method: str
) -> None:
    app = app_with(edge_seconds=60)
    asked: dict[str, Any] = {"headers": {"Accept-Encoding": coding}, "method": method}
    assert at_hand(app, url, **asked) is None
    for _time in range(2):
        answer = app.test_client().open(url, **asked)
    status, headers, body = at_hand(app, url, **asked)
    assert (status, headers, body) == (200, list(answer.headers), answer.data)
    asked["headers"]["If-None-Match"] = answer.headers["ETag"]
    unchanged = app.test_client().open(url, **asked)
    assert at_hand(app, url, **asked) == (304, list(unchanged.headers), b"")


def test_whether_an_answer_is_still_true_is_asked_once(app: Flask, make: Make, site: Site) -> None:
    client, front = app.test_client(), edge.of(app)
    client.get(COMMENTS)
    asked: list[Entry] = []
    fresh = front._fresh

    class Noted(_Nobody):
        def __call__(self, entry: Entry) -> bool | None:
            asked.append(entry)
            return fresh(entry)

    front._fresh = Noted()
    try:
        make.comment(site, status="approved")
        assert len(client.get(COMMENTS).get_json()["comments"]) == 6
    finally:
        front._fresh = fresh
    assert len(asked) == 1


def test_what_has_to_be_asked_or_made_is_not_at_hand(app: Flask, make: Make, site: Site) -> None:
    client = app.test_client()
    for _time in range(2):
        client.get(COMMENTS)
    sqlite = isinstance(edge.of(app)._fresh, OnSqlite)
    assert (at_hand(app, COMMENTS) is not None) == sqlite, "PostgreSQL is asked each time here"
    assert at_hand(app, COMMENTS, method="POST") is None
    assert at_hand(app, COMMENTS, headers={"Accept-Encoding": "gzip"}) is None, "not made yet"
    make.comment(site)
    assert at_hand(app, COMMENTS) is None, "somebody wrote"
    client.get(COMMENTS)
    assert (at_hand(app, COMMENTS) is not None) == sqlite
