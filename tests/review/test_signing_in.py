"""Who gets to the desk, and for how long."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from moderation.extensions import db
from moderation.models import DeskSession, Moderator, now
from moderation.problems import TooMany
from moderation.review import accounts, passwords, sessions
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


def test_an_unknown_address_costs_as_much_time_as_a_wrong_password(app: Flask, browser: Browser) -> None:
    def seconds(email: str) -> float:
        start = time.perf_counter()
        accounts.verify(email, WRONG, now())
        return time.perf_counter() - start

    with app.test_request_context():
        known, unknown = [], []
        for number in range(4):
            known.append(seconds("mod@example.org"))
            unknown.append(seconds(f"timing-{number}@example.org"))
    assert 0.5 < median(known) / median(unknown) < 2


def test_an_unknown_address_is_slowed_down_like_a_known_one(app: Flask, browser: Browser) -> None:
    def waits(email: str) -> list[int]:
        at, found = now(), []
        for _attempt in range(9):
            try:
                accounts.verify(email, WRONG, at)
                found.append(0)
            except TooMany as fault:
                found.append(fault.retry_after or -1)
        return found

    with app.test_request_context():
        stranger = f"{uuid.uuid4().hex}@example.org"
        assert waits("mod@example.org") == waits(stranger) == [0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_after_five_failures_even_the_right_password_waits_and_then_works(app: Flask, browser: Browser) -> None:
    at = now()
    with app.test_request_context():
        for _attempt in range(accounts.FREE_ATTEMPTS):
            assert accounts.verify("mod@example.org", WRONG, at) is None
        with pytest.raises(TooMany):
            accounts.verify("mod@example.org", PASSWORD, at)
        later = at + timedelta(seconds=1)
        assert accounts.verify("mod@example.org", PASSWORD, later) is not None
        assert accounts.verify("mod@example.org", WRONG, later) is None, "success forgives the failures before"


def test_waiting_doubles_and_never_grows_beyond_five_minutes(app: Flask, browser: Browser) -> None:
    at = now()
    with app.test_request_context():
        for failures, wait in ((5, 1), (6, 2), (9, 16), (14, 300), (10_000_000, 300)):
            db.session.execute(update(Moderator).values(failed_logins=failures, last_failed_at=at))
            db.session.commit()
            with pytest.raises(TooMany):
                accounts.verify("mod@example.org", PASSWORD, at + timedelta(seconds=wait - 0.5))
            assert accounts.verify("mod@example.org", PASSWORD, at + timedelta(seconds=wait)) is not None


def test_the_page_says_how_long_to_wait_and_keeps_the_address(app: Flask, browser: Browser) -> None:
    with app.app_context():
        db.session.execute(update(Moderator).values(failed_logins=12, last_failed_at=now()))
        db.session.commit()
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert 120 <= int(answer.headers["Retry-After"]) <= 129
    assert 'value="mod@example.org"' in answer.text


def test_guesses_sent_all_at_once_do_not_slip_through_together(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(passwords, "matches", lambda _stored, password: looked.append(password))
    barrier = threading.Barrier(12)

    def guess(number: int) -> None:
        with app.test_request_context():
            barrier.wait()
            with suppress(TooMany):
                accounts.verify("mod@example.org", f"{WRONG} {number}", at)

    at = now()
    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == accounts.FREE_ATTEMPTS


def test_one_network_gets_so_many_attempts_a_minute(app_with: Callable[..., Flask], make: Make) -> None:
    make.moderator(sites=[make.site()])
    browser = Browser(app_with(login_rate=3))
    browser.get("/desk/login")
    answers = [browser.post("/desk/login", email=f"n{n}@example.org", password=WRONG) for n in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].headers["Cache-Control"] == "no-store"
    assert browser.get("/desk/login").status_code == 200, "looking at the form is free"


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
