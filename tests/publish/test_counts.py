"""Counts for lists of articles."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection

from moderation.publish.statements import Statement
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


def test_a_hundred_pages_take_two_queries(client: FlaskClient, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make.comment(make.site(), status="approved")
    asked: list[str] = []
    run = Statement.run

    def note(self: Statement, connection: Connection, **values: object) -> list[Any]:
        asked.append(self.sql(connection.dialect).text)
        return run(self, connection, **values)

    monkeypatch.setattr(Statement, "run", note)
    answer = client.get(URL, query_string={"page": [f"/{n}/" for n in range(99)] + ["/a/"]})
    assert len(answer.get_json()["counts"]) == 100
    assert answer.get_json()["counts"]["/a/"] == 1
    assert len(asked) == 2


@pytest.mark.parametrize("pages", [[], ["/a/"] * 101, [""], ["/a/", "https://elsewhere.example/"]])
def test_too_many_too_few_or_impossible_pages_are_refused(client: FlaskClient, make: Make, pages: list[str]) -> None:
    make.site()
    answer = client.get(URL, query_string={"page": pages})
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == ["page"]
