"""What is wrong with a post is said in the reader's language, all of it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Make
from tests.reader import Reader

OTHERS = ["ar", "de", "ur"]
EMAILS = [
    "bad",
    "ann@",
    "ann@ann@example.com",
    "ann lee@example.com",
    "ann@example",
    "ann@mail.test",
    "Ann <a@b.example>",
]
WEBSITES = ["x y", "hello", "https://ann@example.com", "https://example.com:99999", "https://exa_mple..com"]
PAGES = ["", "a\u202eb", "x" * 501, "https://elsewhere.example/a", "https://news.example:x/"]


def sentences(told: str) -> list[str]:
    return [each for each in re.split(r"(?<=\.) ", told) if each.endswith(".")]


def told(body: dict[str, Any], field: str) -> str:
    [said] = body["errors"][field]
    return str(said)


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize(
    ("field", "value"), [("email", each) for each in EMAILS] + [("url", each) for each in WEBSITES]
)
def test_a_field_that_cannot_be_taken_is_explained_in_the_readers_language(
    app: Flask, make: Make, lang: str, field: str, value: str
) -> None:
    make.site()
    typed: dict[str, Any] = {field: value}
    english = told(Reader(app).post(**typed).get_json(), field)
    asked = Reader(app).post(headers={"Accept-Language": lang}, **typed)
    shown = Reader(app).submit(
        to=f"/sites/demo/reply?lang={lang}", headers={"Origin": "http://comments.example"}, **typed
    )
    assert asked.status_code == shown.status_code == 422
    other = told(asked.get_json(), field)
    assert sentences(english)
    assert [each for each in sentences(english) if each in other or each in unescape(shown.text)] == []
    assert other in unescape(shown.text)


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: ascii(page)[:30])
def test_a_page_that_cannot_be_one_is_explained_in_the_readers_language(
    app: Flask, client: FlaskClient, make: Make, lang: str, page: str
) -> None:
    make.site()
    english = told(Reader(app).post(page=page, token="x").get_json(), "page")
    posted = Reader(app).post(page=page, token="x", headers={"Accept-Language": lang})
    asked = client.get("/v1/sites/demo/comments", query_string={"page": page, "lang": lang})
    counted = client.get("/v1/sites/demo/counts", query_string={"page": page, "lang": lang})
    form = client.get("/v1/sites/demo/form", query_string={"page": page, "lang": lang})
    assert sentences(english)
    assert [each.status_code for each in (posted, asked, counted, form)] == [422, 400, 400, 422]
    for answer in (posted, asked, counted, form):
        said = told(answer.get_json(), "page")
        assert [each for each in sentences(english) if each in said or each in answer.get_json()["detail"]] == []
