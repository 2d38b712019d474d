"""What a script of another page's gets to read when something is wrong: why, and not that its network failed."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from moderation.intake import views as intake
from moderation.wsgi import Answer, unavailable
from tests.factories import Make
from tests.reader import Reader

FROM = {"Origin": "https://any.example"}
READS = ("/v1/sites/demo/counts", "/v1/sites/demo/feed.atom", "/sites/demo/thread", "/embed.js", "/v1/openapi.json")


@pytest.mark.parametrize("url", READS)
def test_a_method_that_is_not_taken_is_told_to_a_script_of_any_page(client: FlaskClient, make: Make, url: str) -> None:
    make.site()
    answer = client.delete(url, headers=FROM)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (405, "*")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("url", ["/v1/sites/demo/comment", "/v1/sites/demo/comments/", "/v2/", "/nothing"])
def test_an_address_that_is_not_there_is_told_to_a_script_of_any_page(client: FlaskClient, url: str) -> None:
    answer = client.get(url, headers=FROM)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (404, "*")


def test_why_a_comment_cannot_be_sent_now_is_told_to_the_page_that_sends_it(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    reader = Reader(app)
    fields = reader.fields()

    def away(*_given: object) -> None:
        raise OperationalError("SELECT", None, Exception("away"))

    monkeypatch.setattr(intake, "site_or_404", away)
    answer = reader.post(**fields)
    assert answer.status_code == 503
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_a_service_that_is_too_busy_says_so_to_a_script_of_any_page() -> None:
    answer = Answer()
    unavailable(answer.start, "Too many requests are arriving at once.")
    headers = dict(answer.headers)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("url", READS)
def test_the_methods_of_an_address_are_named_in_one_order(client: FlaskClient, make: Make, url: str) -> None:
    make.site()
    answer = client.options(url, headers={**FROM, "Access-Control-Request-Method": "GET"})
    for name in ("Allow", "Access-Control-Allow-Methods"):
        assert answer.headers[name] == "GET, HEAD, OPTIONS"
