"""The hosted form: a reader without JavaScript, and a plain form on the article's own page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import itsdangerous.timed
import pytest
from flask import Flask
from sqlalchemy import select

from moderation.extensions import db
from moderation.intake import mine_views
from moderation.models import Comment, Mail, Status, now
from tests.factories import ORIGIN, Make
from tests.reader import BROWSER, PAGE, Reader


def value(html: str, name: str) -> str:
    """What stands in a field of the form."""
    if name == "comment":
        found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", html, re.DOTALL)
    else:
        found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', html)
    assert found, f"no field {name}"
    return unescape(found[1])


def test_a_reader_posts_from_the_hosted_form_and_is_told_that_the_comment_waits(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    form = reader.client.get("/sites/demo/reply", query_string={"page": PAGE}, headers=BROWSER)
    assert form.status_code == 200
    html = form.get_data(as_text=True)
    assert "Leave a Reply" in html
    assert "Your email address will not be published." in html
    answer = reader.submit(token=value(html, "token"))
    assert answer.status_code == 303
    sent = reader.client.get(answer.headers["Location"])
    assert sent.status_code == 200
    assert "Your comment is awaiting moderation." in sent.get_data(as_text=True)
    assert "I ride the N1 home" in sent.get_data(as_text=True)


def test_the_language_of_the_form_is_that_of_the_private_page_and_of_the_letters_asked_for_there(
    app_with: Callable[..., Flask], make: Make
) -> None:
    make.site()
    app = app_with(smtp_url="smtp://localhost", mail_from="comments@news.example")
    reader = Reader(app)
    form = reader.client.get("/sites/demo/reply", query_string={"page": PAGE, "lang": "ur"}, headers=BROWSER).text
    action = unescape(re.findall(r'<form[^>]*action="([^"]*)"', form)[0])
    sent = reader.submit(to=action, headers={"Origin": "http://comments.example"}, token=value(form, "token"))
    private = reader.client.get(sent.headers["Location"], headers=BROWSER).text
    assert '<html lang="ur" dir="rtl">' in private
    [asking] = [unescape(url) for url in re.findall(r'action="([^"]*)"', private) if "/replies" in url]
    reader.client.post(asking, headers=BROWSER)
    with app.app_context():
        assert db.session.scalars(select(Mail.lang)).one() == "ur"
    # A link that was kept without a language speaks the browser's.
    plain = reader.client.get(sent.headers["Location"].split("?")[0], headers=BROWSER).text
    assert '<html lang="en" dir="ltr">' in plain


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/v1/sites/demo/form", ["page", "lang"]),
        ("/sites/demo/reply", ["page", "parent_id", "page_url", "page_title", "lang"]),
    ],
)
def test_what_is_given_twice_is_named_and_not_chosen_from(
    app: Flask, make: Make, address: str, names: list[str]
) -> None:
    make.site()
    client = app.test_client()
    for name in names:
        query = [("page", "/a/"), *[(name, value) for value in ("/b/", "/c/")]]
        answer = client.get(address, query_string=query[name == "page" :])
        assert answer.status_code == 400
        sentence = f"The parameter {name} is given more than once. Give it once."
        assert answer.get_json()["errors"] == {name: [sentence]}
        page = client.get(address, query_string=query, headers=BROWSER)
        assert (page.status_code, page.mimetype) == (400, "text/html")
        assert sentence in page.text
    # A language that nobody speaks here keeps no reader from the form: it speaks the browser's.
    answer = client.get(address, query_string={"page": "/a/", "lang": "xx"}, headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    assert "Kommentar" in answer.text


def test_the_form_comes_back_with_every_typed_word_and_the_faults_named(app: Flask, make: Make) -> None:
    make.site()
    typed: dict[str, Any] = {
        "author": 'Amina "A" <b>',
        "email": "not an address",
        "url": "example.org",
        "comment": "Line one\n\nLine <two> & three",
    }
    answer = Reader(app).submit(**typed)
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    for name, text in typed.items():
        assert value(html, name) == text
    assert 'href="#email"' in html, "the summary leads to the field"
    assert re.search(
        r'<input[^>]*name="email"[^>]*aria-invalid="true"|<input[^>]*aria-invalid="true"[^>]*name="email"', html
    )
    assert "<b>" not in html.split("<form")[1]
    again = Reader(app).submit(**{**typed, "email": "amina@example.org", "token": value(html, "token")})
    assert again.status_code == 303


def test_a_corrected_form_keeps_its_token_and_so_its_age(app: Flask, make: Make) -> None:
    make.site()
    token = Reader(app).token()
    html = Reader(app).submit(token=token, email="x").get_data(as_text=True)
    assert value(html, "token") == token


def test_a_form_that_stood_open_too_long_comes_back_fresh_and_full(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    reader = Reader(app)
    token = reader.token()
    later = int((now() + timedelta(hours=25)).timestamp())
    monkeypatch.setattr(itsdangerous.timed.TimestampSigner, "get_timestamp", lambda _self: later)
    answer = reader.submit(token=token)
    assert answer.status_code == 403
    html = answer.get_data(as_text=True)
    assert value(html, "comment") == "I ride the N1 home from the bakery every night."
    assert value(html, "token") != token
    assert reader.submit(token=value(html, "token")).status_code == 303


def test_too_quick_a_second_comment_keeps_its_words(app_with: Callable[..., Flask], make: Make) -> None:
    make.site()
    reader = Reader(app_with(flood_seconds=15))
    assert reader.submit().status_code == 303
    answer = reader.submit(comment="A second one")
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers
    assert value(answer.get_data(as_text=True), "comment") == "A second one"


def test_a_plain_form_on_the_article_leads_back_to_the_article(app: Flask, make: Make) -> None:
    make.site()
    answer = Reader(app).submit(to="/v1/sites/demo/comments", page_url=f"{ORIGIN}{PAGE}?from=letter")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{ORIGIN}{PAGE}?from=letter#reply-pending"


def test_a_published_comment_leads_to_its_place(app: Flask, make: Make) -> None:
    make.site(hold_everything=False, approve_below=0.9)
    answer = Reader(app).submit(to="/v1/sites/demo/comments", page=f"{ORIGIN}{PAGE}")
    with app.app_context():
        comment = db.session.scalars(select(Comment)).one()
    assert answer.headers["Location"] == f"{ORIGIN}{PAGE}#comment-{comment.id}"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "javascript:alert(1)",
        f"{ORIGIN}.evil.example/",
        f"{ORIGIN}@evil.example/",
    ],
)
def test_a_form_post_never_leads_elsewhere(app: Flask, make: Make, target: str) -> None:
    make.site()
    answer = Reader(app).submit(to="/v1/sites/demo/comments", page_url=target)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("http://comments.example/sites/demo/mine/")


def test_a_program_that_sends_a_form_reads_json(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    answer = reader.client.post("/v1/sites/demo/comments", data=reader.fields(), headers={"Origin": ORIGIN})
    assert answer.status_code == 202
    assert answer.get_json()["status"] == "pending"
    refused = reader.client.post("/v1/sites/demo/comments", data=reader.fields(author=""), headers={"Origin": ORIGIN})
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"


def test_a_post_from_elsewhere_is_refused_with_a_page_that_says_why(app: Flask, make: Make) -> None:
    make.site()
    answer = Reader(app).submit(headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert answer.mimetype == "text/html"
    assert "moderation site set demo" in answer.get_data(as_text=True)


def test_a_page_that_closed_meanwhile_gives_the_typed_words_back(app: Flask, make: Make) -> None:
    site = make.site(close_after_days=1)
    make.comment(site, page=PAGE, status="approved", at=now() - timedelta(days=2))
    answer = Reader(app).submit(comment="An hour of typing")
    assert answer.status_code == 403
    assert "Comments are closed." in answer.get_data(as_text=True)
    assert "An hour of typing" in answer.get_data(as_text=True)


def test_a_reply_names_whom_it_answers(app: Flask, make: Make) -> None:
    site = make.site()
    parent = make.comment(site, page=PAGE, status="approved", author="Ben <i>")
    html = (
        app.test_client()
        .get("/sites/demo/reply", query_string={"page": PAGE, "parent_id": parent.id})
        .get_data(as_text=True)
    )
    assert "Leave a Reply to" in html
    assert "Ben &lt;i&gt;" in html
    assert value(html, "parent_id") == str(parent.id)


def test_a_waiting_comment_is_not_named_by_its_number(app: Flask, make: Make) -> None:
    site = make.site()
    waiting = make.comment(site, page=PAGE, author="Secret Sue")
    for number in (waiting.id, "x", -1, 2**31, 8_414_830_002, 2**40):
        refused = Reader(app).submit(parent_id=number, comment=f"To {number}")
        assert refused.status_code in (403, 422)
        assert f"To {number}" in refused.get_data(as_text=True)
        answer = app.test_client().get("/sites/demo/reply", query_string={"page": PAGE, "parent_id": number})
        assert answer.status_code == 200
        assert "Secret Sue" not in answer.get_data(as_text=True)


def test_name_email_and_website_are_remembered_with_consent_alone(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    forgetting = Reader(app).submit(email="b@example.org").headers["Set-Cookie"]
    assert "Max-Age=0" in forgetting
    assert "example.org" not in forgetting
    answer = reader.submit(consent="y", author="امینہ", url="https://example.org/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/sites/demo/reply" in cookie
    html = reader.client.get("/sites/demo/reply", query_string={"page": PAGE}).get_data(as_text=True)
    assert (value(html, "author"), value(html, "email"), value(html, "url")) == (
        "امینہ",
        "amina@example.org",
        "https://example.org/",
    )
    reader.submit(comment="And forget me now")
    html = reader.client.get("/sites/demo/reply", query_string={"page": PAGE}).get_data(as_text=True)
    assert value(html, "email") == ""


@pytest.mark.parametrize("cookie", ["x", "!!!!", "e30", "W10", "eyJhdXRob3IiOjF9"])
def test_a_spoilt_cookie_is_no_obstacle(app: Flask, make: Make, cookie: str) -> None:
    make.site()
    client = app.test_client()
    client.set_cookie("reply-demo", cookie, path="/sites/demo/reply")
    assert client.get("/sites/demo/reply", query_string={"page": PAGE}).status_code == 200


def test_only_the_sites_pages_may_frame_the_form(app: Flask, make: Make) -> None:
    make.site()
    headers = app.test_client().get("/sites/demo/reply", query_string={"page": PAGE}).headers
    assert f"frame-ancestors {ORIGIN}" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
    assert headers["Cache-Control"] == "no-store"


def test_the_form_speaks_urdu(app: Flask, make: Make) -> None:
    make.site()
    html = app.test_client().get("/sites/demo/reply", query_string={"page": PAGE, "lang": "ur"}).get_data(as_text=True)
    assert re.search(r'<html[^>]*lang="ur"[^>]*dir="rtl"', html)
    assert "Leave a Reply" not in html
    faulty = Reader(app).submit(
        to="/sites/demo/reply?lang=ur", headers={"Origin": "http://comments.example"}, author=""
    )
    assert "Please type your name." not in faulty.get_data(as_text=True)


# The private link


def private(app: Flask, make: Make, **rules: Any) -> tuple[str, Comment]:
    make.site(**rules)
    body = Reader(app).post().get_json()
    return body["manage_url"].removeprefix("http://comments.example"), make.load(Comment(id=body["id"]))


def test_the_private_link_tells_what_became_of_the_comment(app: Flask, make: Make) -> None:
    path, comment = private(app, make)
    told: dict[Status, str] = {
        "spam": "awaiting moderation",
        "approved": "is published",
        "trash": "withdrawn or not published",
    }
    for status, sentence in told.items():
        make.decide(comment, status)
        html = app.test_client().get(path).get_data(as_text=True)
        assert sentence in html
        assert "spam" not in html


def test_a_waiting_comment_can_be_withdrawn_by_post_and_never_by_get(app: Flask, make: Make) -> None:
    path, comment = private(app, make)
    client = app.test_client()
    assert client.get(f"{path}/withdraw").status_code == 405
    assert make.load(comment).status == "pending"
    assert client.post(f"{path}/withdraw").status_code == 303
    assert make.load(comment).status == "trash"
    assert make.log(comment)[-1] == ("author", "pending", "trash")


def test_a_published_comment_is_not_withdrawn_by_an_old_page(app: Flask, make: Make) -> None:
    path, comment = private(app, make, edit_minutes=0)
    make.decide(comment, "approved")
    assert app.test_client().post(f"{path}/withdraw").status_code == 409
    assert make.load(comment).status == "approved"


def test_a_guessed_or_old_link_leads_nowhere(app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _comment = private(app, make)
    client = app.test_client()
    make.site("other")
    signed = path.rsplit("/", 1)[1]
    for bad in ("1", "MQ.x", signed[:-1], signed + "x"):
        assert client.get(f"/sites/demo/mine/{bad}").status_code == 404
    assert client.get(f"/sites/other/mine/{signed}").status_code == 404
    monkeypatch.setattr(mine_views, "now", lambda: now() + timedelta(days=91))
    assert client.get(path).status_code == 404
