"""Counts for lists of articles."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from moderation.extensions import db
from tests.factories import ORIGIN, Make

URL = "/v1/sites/demo/counts"


def test_counts_are_keyed_by_what_was_asked(client: FlaskClient, make: Make) -> None:
    site = make.site()
    for _ in range(2):
        make.comment(site, status="approved")
    make.comment(site)
    make.comment(make.site("other"), status="approved", page="/b/")
    pages = ["/b/", "/a/", f"{ORIGIN}/a/?x#y", "/a/", "کلید"]
    answer = client.get(URL, query_string={"page": pages})
    assert answer.get_json() == {"counts": {"/b/": 0, "/a/": 2, f"{ORIGIN}/a/?x#y": 2, "کلید": 0}}


def test_a_count_is_the_number_of_comments_served(client: FlaskClient, make: Make) -> None:
    site = make.site()
    first = make.comment(site, status="approved")
    make.comment(site, status="approved", parent=first)
    make.decide(first, "spam")
    served = client.get("/v1/sites/demo/comments?page=/a/").get_json()
    count = client.get(f"{URL}?page=/a/").get_json()["counts"]["/a/"]
    assert count == served["page"]["count"] == len(served["comments"]) == 1


def test_a_hundred_pages_take_two_queries(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved")
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = client.get(URL, query_string={"page": [f"/{n}/" for n in range(99)] + ["/a/"]})
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(answer.get_json()["counts"]) == 100
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2


@pytest.mark.parametrize("pages", [[], ["/a/"] * 101, [""], ["/a/", "https://elsewhere.example/"]])
def test_too_many_too_few_or_impossible_pages_are_refused(client: FlaskClient, make: Make, pages: list[str]) -> None:
    make.site()
    answer = client.get(URL, query_string={"page": pages})
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == ["page"]
