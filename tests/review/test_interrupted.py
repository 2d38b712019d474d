"""A session that ran out while somebody worked: what was typed comes back, and signing in leads to where one was."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Comment, DeskSession, Site
from tests.factories import Make
from tests.review.browser import PAGE, Browser, Owner
from tests.review.test_boundaries import routes

QUEUE = "/desk/demo/?status=spam&q=hats"


@pytest.fixture
def comment(make: Make, site: Site) -> Comment:
    return make.comment(site)


def run_out(app: Flask) -> None:
    """End every session, as time does."""
    with app.app_context():
        db.session.execute(delete(DeskSession))
        db.session.commit()


def following(page: TestResponse) -> str:
    """Where the form on the login page leads to."""
    found = re.search(r'name="next" value="([^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])


def kept(page: TestResponse) -> list[str]:
    """What stands on the page to be copied."""
    return [unescape(each) for each in re.findall(r"<textarea[^>]*readonly[^>]*>\n?([^<]*)<", page.text)]


def address(path: str, comment: Comment) -> str:
    """Where a form is sent to."""
    return "/desk/logout" if path == "logout" else f"/desk/demo/{path}".replace("ID", str(comment.id))


def numbered(form: dict[str, str], comment: Comment) -> dict[str, str]:
    """A form with the number of the comment in it."""
    return {name: value.replace("ID", str(comment.id)) for name, value in form.items()}


SETTINGS = {"name": "A new name", "origins": "https://a.example\nhttps://b.example", "max_depth": "3", "seen": "x"}


@pytest.mark.parametrize(
    ("path", "form", "typed"),
    [
        (
            "decisions",
            {"act": "spam 1", "seen": "1:1", "note": "he comes every week", "next": QUEUE},
            ["he comes every week"],
        ),
        ("comments/ID/ban", {"target": "word", "word": "cheap hats", "list": "block"}, ["cheap hats"]),
        ("settings", SETTINGS, ["A new name", "https://a.example\nhttps://b.example", "3"]),
        ("moderators", {"email": "n@x.example", "name": "Nadia", "password": "secret words"}, ["n@x.example", "Nadia"]),
        ("comments/ID/reply", {"text": "\nDear  reader"}, ["\nDear  reader"]),
        ("comments/ID/notes", {"text": "<b>& so on"}, ["<b>& so on"]),
        ("lists", {"name": "block", "text": "word:hats", "do": "save"}, ["word:hats"]),
        ("decisions", {"act": "spam 1", "seen": "1:1", "note": " "}, []),
        ("moderators/password", {"id": "1", "seen": "x", "password": "secret words"}, []),
    ],
)
def test_what_was_typed_comes_back_to_be_copied(
    app: Flask, comment: Comment, here: Owner, path: str, form: dict[str, str], typed: list[str]
) -> None:
    run_out(app)
    answer = here.post(address(path, comment), **form)
    assert answer.status_code == 403
    assert "You were signed out." in answer.text
    assert [each.replace("\r\n", "\n") for each in kept(answer)] == typed
    assert ("Copy it before you sign in" in answer.text) == bool(typed)


@pytest.mark.parametrize(
    ("path", "form", "back"),
    [
        ("decisions", {"act": "spam 1", "seen": "1:1", "next": QUEUE}, QUEUE),
        ("decisions", {"act": "spam 1", "seen": "1:1"}, "/desk/demo"),
        ("undo", {"batch": "x", "next": "/desk/demo/comments/ID"}, "/desk/demo/comments/ID"),
        ("comments/ID/reply", {"text": "x", "next": QUEUE}, QUEUE),
        ("comments/ID/notes", {"text": "x"}, "/desk/demo/comments/ID"),
        ("comments/ID/edit/undo", {"seen": "1"}, "/desk/demo/comments/ID"),
        (
            "comments/ID/ban",
            {"target": "word", "word": "cheap hats", "list": "block", "until": "", "next": "/desk/demo/"},
            "/desk/demo/comments/ID/ban?target=word&word=cheap+hats&list=block&next=/desk/demo/",
        ),
        ("settings", SETTINGS, "/desk/demo/settings"),
        ("moderators", {"email": "n@x.example", "password": "secret words"}, "/desk/demo/moderators"),
        ("moderators/password", {"id": "1", "password": "secret words"}, "/desk/demo/moderators/one?id=1"),
        ("moderators/tokens", {"id": "1"}, "/desk/demo/moderators/one?id=1"),
        ("policy", {"spam_above": "0.9", "days": "30", "seen": "x"}, "/desk/demo/policy?spam_above=0.9&days=30"),
        ("lists", {"name": "hold", "text": "x", "do": "try"}, "/desk/demo/lists?name=hold"),
        ("all?status=spam&q=hats", {"decision": "spam", "upto": "1"}, "/desk/demo/all?status=spam&q=hats"),
        ("empty", {"status": "spam"}, "/desk/demo/empty?status=spam"),
        ("log/export", {"format": "csv", "what": "spam"}, "/desk/demo/log?what=spam"),
        ("logout", {}, "/desk/"),
    ],
)
def test_signing_in_leads_to_the_page_one_was_on(
    app: Flask, comment: Comment, here: Owner, path: str, form: dict[str, str], back: str
) -> None:
    run_out(app)
    target = following(here.post(address(path, comment), **numbered(form, comment)))
    assert target == back.replace("ID", str(comment.id))
    answer = here.sign_in("local@example.org", next=target)
    assert (answer.status_code, answer.location) == (303, target)
    assert here.client.get(target, follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example",
        "/desk/..//evil.example",
        "/desk//evil.example",
        "javascript:alert(1)",
        "/v1/",
    ],
)
def test_where_one_was_is_a_page_of_the_desk_and_nothing_else(
    app: Flask, comment: Comment, here: Owner, evil: str
) -> None:
    run_out(app)
    sent: list[tuple[str, dict[str, Any]]] = [
        ("decisions", {"act": "spam 1", "seen": "1:1", "next": evil}),
        ("comments/ID/reply", {"text": "x", "next": evil}),
    ]
    for path, form in sent:
        assert evil not in following(here.post(address(path, comment), **form))


def test_no_address_shows_a_password_or_a_token_of_what_was_sent(app: Flask, comment: Comment, here: Owner) -> None:
    run_out(app)
    for path in routes(app, "POST", comment.id):
        if path != "/desk/login":
            page = here.post(path, password="secret-words", seen="secret-words", token="secret-words", id="1", name="n")
            assert "secret-words" not in page.text, path
            assert "You were signed out." in page.text, path


def test_a_moderators_page_is_what_it_was_for_a_stranger(app: Flask, site: Site) -> None:
    stranger = Browser(app)
    assert stranger.get("/desk/demo/settings").location == "/desk/login?next=/desk/demo/settings"


@pytest.mark.parametrize(
    ("path", "form", "typed"),
    [
        ("comments/ID/reply", {"text": "Dear reader"}, ["Dear reader"]),
        ("decisions", {"act": "spam 1", "seen": "1:1", "note": "every week", "next": QUEUE}, ["every week"]),
        ("settings", SETTINGS, ["A new name", "https://a.example\nhttps://b.example", "3"]),
    ],
)
def test_who_signed_out_in_another_tab_is_asked_who_it_is_and_keeps_the_words(
    comment: Comment, here: Owner, path: str, form: dict[str, str], typed: list[str]
) -> None:
    of_this_tab = here.token
    here.post("/desk/logout")
    here.token = of_this_tab
    answer = here.post(address(path, comment), **form)
    assert answer.status_code == 403
    assert "You were signed out." in answer.text
    assert [each.replace("\r\n", "\n") for each in kept(answer)] == typed
    target = following(answer)
    assert here.sign_in("local@example.org", next=target).location == target


@pytest.mark.parametrize(
    ("path", "form", "typed"),
    [
        ("comments/ID/reply", {"text": "Dear reader"}, "Dear reader"),
        ("comments/ID/ban", {"target": "word", "word": "cheap hats", "list": "block"}, "cheap hats"),
        ("moderators", {"email": "n@x.example", "name": "Nadia", "password": "secret"}, "n@x.example\n\nNadia"),
    ],
)
def test_who_signed_in_anew_in_another_tab_keeps_the_words_too(
    comment: Comment, here: Owner, path: str, form: dict[str, str], typed: str
) -> None:
    of_this_tab = here.token
    here.sign_in("local@example.org")
    here.post("/desk/logout")
    here.sign_in("local@example.org")
    here.token = of_this_tab
    answer = here.post(address(path, comment), **form)
    assert answer.status_code == 400
    assert "This page stood open too long." in answer.text
    assert [each.replace("\r\n", "\n") for each in kept(answer)] == [typed]


def test_another_sites_page_puts_no_words_on_the_page_that_asks_who_it_is(
    app: Flask, comment: Comment, here: Owner
) -> None:
    run_out(app)
    answer = here.client.post(
        address("comments/ID/reply", comment),
        data={"text": "call 555"},
        headers=PAGE | {"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code in {400, 403}
    assert "call 555" not in answer.text
