"""A comment as it would be shown: before it is sent, and without a trace of it anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Comment, now
from tests.factories import ORIGIN, Make
from tests.intake.test_hosted import value
from tests.reader import BROWSER, PAGE, Reader
from tests.thorough import examples

TEXT = "A *kind* word,\nand <b>a bold</b> one & <script>alert(1)</script>"
SENTENCE = "Please check your comment and post it."


def preview(app: Flask, body: Any, origin: str | None = ORIGIN, **request: Any) -> TestResponse:
    headers = {"Origin": origin} if origin else {}
    return app.test_client().post("/v1/sites/demo/preview", json=body, headers=headers, **request)


def stored(app: Flask) -> list[Comment]:
    with app.app_context():
        return list(db.session.scalars(select(Comment)))


def test_a_preview_is_the_very_html_that_is_served_later_and_stores_nothing(app: Flask, make: Make) -> None:
    make.site()
    answer = preview(app, {"comment": TEXT})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert stored(app) == []
    Reader(app).post(comment=TEXT)
    assert answer.get_json() == {"html": stored(app)[0].html}


@examples(40)
@given(st.text(min_size=1, max_size=300))
def test_whatever_is_typed_is_shown_as_it_is_stored_or_refused_as_the_post_is(
    app: Flask, make: Make, text: str
) -> None:
    key = f"s{now().timestamp()}".replace(".", "")
    make.site(key)
    reader = Reader(app, site=key)
    shown = reader.client.post(f"/v1/sites/{key}/preview", json={"comment": text}, headers={"Origin": ORIGIN})
    sent = reader.post(comment=text)
    if shown.status_code == 200:
        assert sent.status_code == 202, sent.get_json()
        assert shown.get_json()["html"] == make.load(Comment(id=sent.get_json()["id"])).html
    else:
        assert (shown.status_code, sent.status_code) == (422, 422)
        assert shown.get_json()["errors"] == sent.get_json()["errors"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"comment": "x" * 10_001}, "This is 10001 characters long; at most 10000 fit. Please shorten it."),
        ({"comment": "<b>" * 201}, "There are 201 pieces of markup in this; at most 200 are taken. Please use fewer."),
        ({"comment": " \n\u200b"}, "Please type your comment."),
        ({}, "Please type your comment."),
        ({"comment": 5}, "This must be text."),
    ],
)
def test_what_could_not_be_sent_is_told_as_it_would_be_then(
    app: Flask, make: Make, body: dict[str, Any], sentence: str
) -> None:
    make.site()
    answer = preview(app, body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {"comment": [sentence]}


def test_other_sites_get_no_preview_and_no_preflight_that_helps(app: Flask, make: Make) -> None:
    make.site()
    for origin in ("https://evil.example", "null", None):
        answer = preview(app, {"comment": "x"}, origin)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    asked = app.test_client().options("/v1/sites/demo/preview", headers={"Origin": ORIGIN})
    assert asked.status_code == 204
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    plain = app.test_client().post("/v1/sites/demo/preview", data="{}", headers={"Origin": ORIGIN})
    assert plain.status_code == 415


def test_previews_are_limited_and_the_form_keeps_its_words_even_then(
    make: Make, app_with: Callable[..., Flask]
) -> None:
    make.site()
    app = app_with(refused_limit=3)
    assert [preview(app, {"comment": "x"}).status_code for _ in range(4)] == [200, 200, 200, 429]
    reader = Reader(app, address="127.0.0.1")
    answer = reader.submit(preview="1", comment="An hour of typing")
    assert answer.status_code == 429
    assert value(answer.text, "comment") == "An hour of typing"
    assert reader.submit(comment="An hour of typing").status_code == 303, "a comment is no preview"


def test_the_hosted_form_shows_the_comment_above_itself_and_keeps_everything(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    token = reader.token()
    typed: dict[str, Any] = {"author": "Amina <i>", "email": "not yet", "url": "x", "comment": TEXT}
    typed |= {"consent": "y", "token": token}
    answer = reader.submit(preview="1", **typed)
    assert answer.status_code == 200
    before, form = answer.text.split("<form")
    assert "<em>kind</em>" in before
    assert SENTENCE in before
    assert 'class="errors"' not in answer.text
    assert {name: value(form, name) for name in typed if name != "consent"} == {
        name: text for name, text in typed.items() if name != "consent"
    }
    assert "checked" in form
    assert stored(app) == []
    assert reader.submit(token=token).status_code == 303, "the token is not used up"


def test_a_comment_that_cannot_be_shown_comes_back_with_the_reason(app: Flask, make: Make) -> None:
    make.site()
    answer = Reader(app).submit(preview="1", comment="x" * 10_001)
    assert answer.status_code == 422
    assert 'href="#comment"' in answer.text
    assert value(answer.text, "comment") == "x" * 10_001


# A form on a static page, which has no token


def test_a_form_without_a_token_lands_on_a_page_with_one_and_with_every_word(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    typed: dict[str, Any] = {
        "author": "Amina <i>",
        "email": "a@example.org",
        "url": "https://a.example/",
        "comment": TEXT,
    }
    answer = reader.submit(
        to="/v1/sites/demo/comments", token=None, page=f"{ORIGIN}{PAGE}", page_title="Buses", **typed
    )
    assert answer.status_code == 200
    assert SENTENCE in answer.text
    assert "<em>kind</em>" in answer.text.split("<form")[0]
    assert 'class="errors"' not in answer.text
    assert "aria-invalid" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert stored(app) == []
    kept: dict[str, Any] = {name: value(answer.text, name) for name in (*typed, "page", "page_title", "token")}
    assert {name: kept[name] for name in typed} == typed
    sent = reader.submit(to=action(answer), headers={"Origin": "http://comments.example"}, **kept)
    assert sent.status_code == 303
    assert sent.headers["Location"] == f"{ORIGIN}{PAGE}#reply-pending"
    assert stored(app)[0].page_title == "Buses"


def test_who_is_corrected_on_the_way_is_led_back_to_the_article_all_the_same(app: Flask, make: Make) -> None:
    make.site(hold_everything=False, approve_below=0.9)
    reader = Reader(app)
    here: dict[str, Any] = {"page": f"{ORIGIN}{PAGE}"}
    first = reader.submit(to="/v1/sites/demo/comments", token="", **here)
    own = {"Origin": "http://comments.example"}
    wrong = reader.submit(to=action(first), headers=own, token=value(first.text, "token"), email="x", **here)
    assert wrong.status_code == 422
    assert f"form-action 'self' {ORIGIN};" in wrong.headers["Content-Security-Policy"]
    sent = reader.submit(to=action(wrong), headers=own, token=value(wrong.text, "token"), **here)
    assert sent.headers["Location"] == f"{ORIGIN}{PAGE}#comment-{stored(app)[0].id}"


def action(answer: TestResponse) -> str:
    return answer.text.split('action="')[1].split('"')[0].replace("&amp;", "&")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example"])
def test_another_origin_cannot_put_words_into_a_readers_mouth(app: Flask, make: Make, origin: str) -> None:
    make.site()
    answer = Reader(app).submit(
        to="/v1/sites/demo/comments", token=None, comment="Not my words", headers={"Origin": origin}
    )
    assert answer.status_code == 403
    assert 'name="token"' not in answer.text
    assert "Not my words" in answer.text, "if they were, nothing is lost"


def test_a_token_that_is_there_and_wrong_stays_a_fault(app: Flask, make: Make) -> None:
    make.site()
    answer = Reader(app).submit(to="/v1/sites/demo/comments", token="made-up")
    assert answer.status_code == 403
    assert 'class="errors"' in answer.text


def test_programs_and_the_hosted_form_hear_that_the_token_is_missing(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    assert reader.post(token=None).get_json()["type"] == "/problems/token"
    form = reader.client.post("/v1/sites/demo/comments", data=reader.fields(token=None), headers={"Origin": ORIGIN})
    assert (form.status_code, form.get_json()["type"]) == (403, "/problems/token")
    json = reader.client.post(
        "/v1/sites/demo/comments", json=reader.fields(token=None), headers={**BROWSER, "Origin": ORIGIN}
    )
    assert json.status_code == 403
    assert reader.submit(token=None).status_code == 403


def test_the_age_of_the_token_counts_from_the_page_that_carried_it(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    page = reader.submit(to="/v1/sites/demo/comments", token=None)
    sent = reader.submit(
        to=action(page), headers={"Origin": "http://comments.example"}, token=value(page.text, "token")
    )
    assert sent.status_code == 303
    verdict = stored(app)[0].verdict
    assert verdict is not None
    assert "behaviour.too_fast" in {signal["name"] for signal in verdict["signals"] if signal["points"] > 0}
