"""The short way: whoever reads first after a change needs neither Flask nor another process, and gets what Flask would say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from moderation.extensions import db
from moderation.models import Site
from moderation.publish import edge, short, views
from moderation.publish.thread import MOST_COMMENTS
from tests.factories import Make

COMMENTS = "/v1/sites/demo/comments"


@pytest.fixture
def by_flask(app: Flask) -> Iterator[list[str]]:
    """The addresses that Flask was asked for."""
    asked: list[str] = []

    def note(response: Response) -> Response:
        asked.append(request.full_path)
        return response

    functions = app.after_request_funcs.setdefault(None, [])
    functions.append(note)
    yield asked
    functions.remove(note)


@pytest.fixture
def site(make: Make) -> Site:
    site = make.site()
    for number in range(3):
        make.comment(site, f"Comment {number} about night buses.", status="approved")
    return site


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "query",
    [
        {"page": "/a/"},
        {"page": "/a/", "sort": "newest", "limit": "2"},
        {"page": "/a/", "around": "1"},
        {"page": "/nobody-wrote-here/"},
        {"page": "/کلید/"},
        {"page": "/a/", "utm_source": "x"},
        {"page": "/a/", "lang": "ur"},
    ],
)
def test_the_first_reader_is_answered_without_flask_and_as_flask_answers(
    app: Flask, bare_app: Flask, by_flask: list[str], query: dict[str, str]
) -> None:
    found = app.test_client().get(COMMENTS, query_string=query)
    made = bare_app.test_client().get(COMMENTS, query_string=query)
    assert found.status_code == made.status_code == 200
    assert (found.data, sorted(found.headers)) == (made.data, sorted(made.headers))
    assert by_flask == []


def test_the_next_page_comes_the_short_way_too(app: Flask, bare_app: Flask, by_flask: list[str], site: Site) -> None:
    first = app.test_client().get(COMMENTS, query_string={"page": "/a/", "limit": "1"}).get_json()
    query = {"page": "/a/", "limit": "1", "cursor": first["next"]}
    second = app.test_client().get(COMMENTS, query_string=query)
    assert second.data == bare_app.test_client().get(COMMENTS, query_string=query).data != b""
    assert by_flask == []


def test_what_is_approved_is_there_for_the_next_reader(app: Flask, make: Make, site: Site, by_flask: list[str]) -> None:
    client = app.test_client()
    waiting = make.comment(site, "This one waits.")
    assert len(client.get(COMMENTS, query_string={"page": "/a/"}).get_json()["comments"]) == 3
    make.decide(waiting, "approved")
    assert len(client.get(COMMENTS, query_string={"page": "/a/"}).get_json()["comments"]) == 4
    assert by_flask == []


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/v1/sites/unknown/comments?page=/a/", 404),
        (COMMENTS, 400),
        (f"{COMMENTS}?page=/a/&page=/b/", 400),
        (f"{COMMENTS}?page=/a/&limit=0", 400),
        (f"{COMMENTS}?page=/a/&cursor=x", 400),
        (f"{COMMENTS}?page=https://elsewhere.example/a/", 400),
        (f"{COMMENTS}?page=%FF", 200),
    ],
)
def test_what_is_unusual_is_left_to_flask(
    app: Flask, bare_app: Flask, by_flask: list[str], url: str, status: int
) -> None:
    found, made = app.test_client().get(url), bare_app.test_client().get(url)
    assert found.status_code == made.status_code == status
    assert (found.data, sorted(found.headers)) == (made.data, sorted(made.headers))
    assert len(by_flask) == 1


@pytest.mark.usefixtures("site")
def test_a_query_in_raw_bytes_is_left_to_flask(app: Flask, by_flask: list[str]) -> None:
    answer = app.test_client().get(COMMENTS, environ_overrides={"QUERY_STRING": "page=/Ã¼/"})
    assert answer.get_json()["page"]["key"] == "/ü/"
    assert len(by_flask) == 1


def test_an_answer_for_which_others_would_wait_is_left_to_flask(
    app: Flask, make: Make, site: Site, by_flask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(short, "_MOST", 3)
    client = app.test_client()
    assert len(client.get(COMMENTS, query_string={"page": "/a/"}).get_json()["comments"]) == 3
    assert by_flask == []
    make.comment(site, "One more.", status="approved")
    assert len(client.get(COMMENTS, query_string={"page": "/a/"}).get_json()["comments"]) == 4
    assert len(by_flask) == 1
    # What counts is how many comments an answer holds, and not how many there are on its page.
    assert len(client.get(COMMENTS, query_string={"page": "/a/", "limit": "2"}).get_json()["comments"]) == 2
    assert len(by_flask) == 1
    assert short._MOST < MOST_COMMENTS


@pytest.mark.usefixtures("site")
def test_where_all_places_are_taken_flask_answers(
    app: Flask, by_flask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    way = edge.of(app)._app
    assert isinstance(way, short.ShortWay)
    monkeypatch.setattr(way, "_places", threading.BoundedSemaphore(1))
    with way._places:
        assert app.test_client().get(COMMENTS, query_string={"page": "/a/", "limit": "3"}).status_code == 200
    assert len(by_flask) == 1
    assert app.test_client().get(COMMENTS, query_string={"page": "/a/", "limit": "2"}).status_code == 200
    assert len(by_flask) == 1


@pytest.mark.usefixtures("site")
def test_a_database_that_is_away_is_waited_for_once(
    app: Flask, bare_app: Flask, by_flask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[str] = []

    def away(_connection: object, site_key: str, *_given: object) -> Any:
        waits.append(site_key)
        raise OperationalError("SELECT", None, Exception("away"))

    for module in (short, views):
        monkeypatch.setattr(module, "find_page", away)
    asked: dict[str, Any] = {"query_string": {"page": "/a/"}, "headers": {"Accept-Language": "ur"}}
    found = app.test_client().get(COMMENTS, **asked)
    assert len(waits) == len(by_flask) == 1
    made = bare_app.test_client().get(COMMENTS, **asked)
    assert found.status_code == made.status_code == 503
    assert (found.data, sorted(found.headers)) == (made.data, sorted(made.headers))


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "url", [f"{COMMENTS}?page=/a/", "/v1/sites/demo/counts?page=/a/", "/sites/demo/thread?page=/a/"]
)
def test_whoever_looked_whether_a_kept_answer_is_true_does_not_wait_again(
    app: Flask, by_flask: list[str], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    client = app.test_client()
    assert client.get(url).status_code == 200
    asked: list[str] = []
    monkeypatch.setattr(edge.of(app), "_fresh", lambda _entry: None)
    monkeypatch.setattr(short, "snapshot", lambda _engine: asked.append("by the short way"))
    monkeypatch.setattr(views, "snapshot", lambda: asked.append("by Flask"))
    answer = client.get(url)
    assert answer.status_code == 503
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert asked == []


@pytest.mark.parametrize("rules", [{"a_rule_of_a_newer_version": 1}, {"max_depth": "many"}, []])
def test_what_this_version_cannot_read_fails_as_it_fails_in_flask(
    app: Flask, bare_app: Flask, by_flask: list[str], site: Site, rules: object
) -> None:
    with app.app_context():
        db.session.execute(update(Site).values(rules=rules))
        db.session.commit()
    found, made = (each.test_client().get(COMMENTS, query_string={"page": "/a/"}) for each in (app, bare_app))
    assert found.status_code == made.status_code == 500
    assert (found.data, sorted(found.headers)) == (made.data, sorted(made.headers))
    assert len(by_flask) == 1


def test_bytes_that_are_no_text_are_no_other_pages(app: Flask, make: Make) -> None:
    client = app.test_client()
    make.comment(make.site(), status="approved", page="/Ã¼/")
    for query, key in (
        ("page=/%FC/", "/%FC/"),
        ("page=/%FE/", "/%FE/"),
        ("page=/%EF%BF%BD/", "/\ufffd/"),
        ("page=/%C3%83%C2%BC/", "/Ã¼/"),
        ("page=/Ã¼/", "/ü/"),
    ):
        for _time in range(2):
            answer = client.get(COMMENTS, environ_overrides={"QUERY_STRING": query})
            assert answer.get_json()["page"]["key"] == key


def test_with_nothing_kept_all_is_made_by_flask(bare_app: Flask, site: Site) -> None:
    assert not isinstance(edge.of(bare_app)._app, short.ShortWay)
