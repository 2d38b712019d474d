"""Who gets to the desk, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from moderation.extensions import db
from moderation.models import DeskSession, Moderator, now
from moderation.review import sessions
from tests.factories import PASSWORD, Make
from tests.review.browser import Browser

WRONG = "not the password at all"


@pytest.fixture
def browser(app: Flask, make: Make) -> Browser:
    make.moderator(sites=[make.site()])
    return Browser(app)


def test_the_right_password_leads_to_the_queue(browser: Browser) -> None:
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (303, "/desk/")
    assert browser.get("/desk/demo/").status_code == 200


def test_the_email_address_may_be_typed_in_any_case_and_with_spaces(browser: Browser) -> None:
    assert browser.sign_in("  Mod@Example.ORG ").status_code == 303


def test_a_wrong_password_keeps_the_typed_address_and_never_shows_the_password(browser: Browser) -> None:
    answer = browser.sign_in(password=WRONG)
    assert answer.status_code == 422
    assert 'value="mod@example.org"' in answer.text
    assert WRONG not in answer.text
    assert browser.get("/desk/demo/").status_code == 302


def test_a_blank_form_names_both_fields(browser: Browser) -> None:
    answer = browser.sign_in("", "")
    assert answer.status_code == 422
    assert "Please enter your email address." in answer.text
    assert "Please enter your password." in answer.text


def test_an_unknown_address_gets_the_same_answer_as_a_wrong_password(browser: Browser) -> None:
    known = browser.sign_in("mod@example.org", WRONG)
    unknown = browser.sign_in("nob@example.org", WRONG)
    assert known.status_code == unknown.status_code
    assert _plain(known.text) == _plain(unknown.text)


def _plain(page: str) -> str:
    lines = [line for line in page.splitlines() if "csrf_token" not in line]
    return "\n".join(lines).replace("nob@", "mod@")


def test_a_stranger_is_sent_to_the_login_page_and_afterwards_where_he_wanted_to_go(browser: Browser) -> None:
    answer = browser.get("/desk/demo/?status=spam")
    assert answer.status_code == 302
    assert answer.location == "/desk/login?next=/desk/demo/?status%3Dspam"
    assert 'value="/desk/demo/?status=spam"' in browser.get(answer.location).text
    assert browser.sign_in(next="/desk/demo/?status=spam").location == "/desk/demo/?status=spam"


def test_a_place_with_a_search_in_it_is_found_again(browser: Browser) -> None:
    target = "/desk/demo/?q=a..b%2F*+%C3%A9&status=all&cursor=0.5~41"
    assert browser.sign_in(next=target).location == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/desk/",
        "/desk//evil.example",
        "/\\evil.example",
        "/v1/moderation/comments",
        "/desk/../v1/",
        "/desk/%2E%2e/v1/",
        "/desk/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/desk/" + "a" * 5000,
    ],
)
def test_nobody_is_sent_anywhere_but_to_the_desk(browser: Browser, target: str) -> None:
    assert browser.sign_in(next=target).location == "/desk/"


def test_signing_in_begins_a_new_session_so_that_a_planted_cookie_is_worth_nothing(
    app: Flask, browser: Browser
) -> None:
    browser.get("/desk/login")
    planted = browser.client.get_cookie("moderation")
    assert planted is not None
    browser.sign_in()
    thief = app.test_client()
    thief.set_cookie("moderation", planted.value)
    assert thief.get("/desk/demo/").status_code == 302


def test_a_form_token_from_before_signing_in_is_worth_nothing_after(browser: Browser) -> None:
    browser.get("/desk/login")
    planted = browser.token
    browser.sign_in()
    browser.token = planted
    assert browser.post("/desk/logout").status_code == 400


def test_signing_in_again_ends_the_session_before(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    first = browser.client.get_cookie("moderation")
    assert first is not None
    browser.post("/desk/login", email="mod@example.org", password=PASSWORD)
    copy = app.test_client()
    copy.set_cookie("moderation", first.value)
    assert copy.get("/desk/demo/").status_code == 302
    assert browser.get("/desk/demo/").status_code == 200


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(browser: Browser) -> None:
    cookie = browser.sign_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_after_signing_out_a_copied_cookie_opens_nothing(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    copy = browser.client.get_cookie("moderation")
    assert copy is not None
    thief = app.test_client()
    thief.set_cookie("moderation", copy.value)
    assert thief.get("/desk/demo/").status_code == 200
    assert browser.post("/desk/logout").status_code == 303
    assert thief.get("/desk/demo/").status_code == 302


def test_a_moderator_who_was_switched_off_is_out_at_the_next_request(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    with app.app_context():
        db.session.execute(update(Moderator).values(active=False))
        db.session.commit()
    assert browser.get("/desk/demo/").status_code == 302
    assert browser.sign_in().status_code == 422


@pytest.mark.parametrize(
    ("seen", "made", "lives"),
    [
        (timedelta(hours=11), timedelta(days=13), True),
        (timedelta(hours=12, minutes=1), timedelta(days=1), False),
        (timedelta(minutes=1), timedelta(days=14, minutes=1), False),
    ],
)
def test_a_session_ends_after_twelve_idle_hours_and_after_fourteen_days(
    app: Flask, browser: Browser, seen: timedelta, made: timedelta, lives: bool
) -> None:
    browser.sign_in()
    with app.app_context():
        db.session.execute(update(DeskSession).values(seen_at=now() - seen, created_at=now() - made))
        db.session.commit()
    assert browser.get("/desk/demo/").status_code == (200 if lives else 302)


def test_use_keeps_a_session_alive(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    with app.app_context():
        db.session.execute(update(DeskSession).values(seen_at=now() - timedelta(hours=11)))
        db.session.commit()
    browser.get("/desk/demo/")
    with app.app_context():
        assert now() - db.session.scalars(select(DeskSession.seen_at)).one() < timedelta(minutes=1)


def test_sessions_that_ran_out_are_cleared_away_at_the_next_sign_in(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    with app.app_context():
        db.session.execute(update(DeskSession).values(seen_at=now() - timedelta(days=2)))
        db.session.commit()
    browser.sign_in()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(DeskSession)) == 1


def test_the_database_holds_no_token_that_could_be_used(app: Flask, make: Make) -> None:
    moderator = make.moderator()
    with app.app_context():
        token = sessions.begin(moderator, now()).get_id()
        stored = db.session.scalars(select(DeskSession.token_hash)).one()
        assert token not in stored
        assert sessions.find(stored, now()) is None
        assert sessions.find(token, now()) is not None


def test_a_text_that_was_being_written_when_the_session_ended_comes_back(
    app: Flask, browser: Browser, make: Make
) -> None:
    browser.sign_in()
    with app.app_context():
        db.session.execute(update(DeskSession).values(seen_at=now() - timedelta(days=1)))
        db.session.commit()
    answer = browser.post("/desk/demo/comments/1/reply", text="Half an hour of <writing>")
    assert answer.status_code == 403
    assert "Half an hour of &lt;writing&gt;" in answer.text
