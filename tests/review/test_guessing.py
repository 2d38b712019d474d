"""Whoever guesses passwords is slowed down, learns nothing, and slows down nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update

from moderation.extensions import db
from moderation.models import Moderator, now
from moderation.problems import TooMany
from moderation.review import accounts, passwords
from moderation.review.attempts import FREE_ATTEMPTS, LONGEST_WAIT, Attempts, Guesser
from tests.factories import PASSWORD, Make
from tests.review.browser import PAGE, Browser

WRONG = "not the password at all"
HOME, ELSEWHERE = "192.0.2.7", "203.0.113.66"


@pytest.fixture
def browser(app: Flask, make: Make) -> Browser:
    make.moderator(sites=[make.site()])
    return Browser(app)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def guess(browser: Browser, network: str, password: str = WRONG) -> int:
    """Send the form from a network; the status of the answer."""
    data = {"csrf_token": browser.token, "email": "mod@example.org", "password": password}
    return browser.client.post(
        "/desk/login", data=data, headers=PAGE, environ_base={"REMOTE_ADDR": network}
    ).status_code


def test_guesses_from_one_network_do_not_delay_the_owner_on_another(app: Flask, browser: Browser) -> None:
    attacker = Browser(app)
    attacker.get("/desk/login")
    assert [guess(attacker, ELSEWHERE) for _ in range(7)] == [422] * 5 + [429] * 2
    browser.get("/desk/login")
    assert guess(browser, HOME, PASSWORD) == 303
    assert guess(attacker, ELSEWHERE, PASSWORD) == 429, "the owner's success forgives nobody else"


def test_the_networks_of_one_customer_are_one(app: Flask, browser: Browser) -> None:
    browser.get("/desk/login")
    answers = [guess(browser, f"2001:db8:0:1::{number}") for number in range(6)]
    assert answers == [422] * 5 + [429]
    assert guess(browser, "2001:db8:0:2::1") == 422


def test_all_the_networks_that_a_customer_may_have_are_slowed_down_together(app: Flask, browser: Browser) -> None:
    browser.get("/desk/login")
    codes = [guess(browser, f"2001:db8:7:{number:x}::1") for number in range(8 * FREE_ATTEMPTS + 1)]
    assert codes == [422] * 8 * FREE_ATTEMPTS + [429]
    assert guess(browser, "2001:db8:7:ffff::1") == 429
    assert guess(browser, "2001:db8:8:1::1", PASSWORD) == 303, "another customer"


def test_an_unknown_address_is_slowed_down_like_a_known_one(app: Flask, browser: Browser) -> None:
    def waits(email: str) -> list[int]:
        at, found = now(), []
        for _attempt in range(9):
            try:
                accounts.verify(email, WRONG, at, HOME)
                found.append(0)
            except TooMany as fault:
                found.append(fault.retry_after or -1)
        return found

    with app.test_request_context():
        assert waits("mod@example.org") == waits("stranger@example.org") == [0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_a_failed_attempt_writes_nothing_whether_there_is_an_account_or_not(app: Flask, browser: Browser) -> None:
    with app.test_request_context():
        sent = {}
        for email in ("mod@example.org", "stranger@example.org"):
            with statements() as sent[email]:
                assert accounts.verify(email, WRONG, now(), HOME) is None
        known, unknown = sent.values()
        assert known == unknown
        assert [each.split()[0] for each in known if not each.startswith("BEGIN")] == ["SELECT"]


def test_an_unknown_address_costs_as_much_time_as_a_wrong_password(
    as_served: None, app: Flask, browser: Browser
) -> None:
    def seconds(email: str) -> float:
        start = time.process_time()
        accounts.verify(email, WRONG, now(), HOME)
        return time.process_time() - start

    with app.test_request_context():
        known, unknown = [], []
        for _number in range(4):
            known.append(seconds("mod@example.org"))
            unknown.append(seconds("stranger@example.org"))
    assert 0.5 < median(known) / median(unknown) < 2


def test_after_five_failures_even_the_right_password_waits_and_then_works(app: Flask, browser: Browser) -> None:
    at = now()
    with app.test_request_context():
        for _attempt in range(FREE_ATTEMPTS):
            assert accounts.verify("mod@example.org", WRONG, at, HOME) is None
        with pytest.raises(TooMany):
            accounts.verify("mod@example.org", PASSWORD, at, HOME)
        later = at + timedelta(seconds=1)
        assert accounts.verify("mod@example.org", PASSWORD, later, HOME) is not None
        assert accounts.verify("mod@example.org", WRONG, later, HOME) is None, "success forgives the failures before"


def test_a_moderator_who_was_switched_off_is_forgiven_nothing(app: Flask, browser: Browser) -> None:
    at = now()
    with app.test_request_context():
        db.session.execute(update(Moderator).values(active=False))
        db.session.commit()
        for _attempt in range(FREE_ATTEMPTS):
            assert accounts.verify("mod@example.org", PASSWORD, at, HOME) is None
        with pytest.raises(TooMany):
            accounts.verify("mod@example.org", PASSWORD, at, HOME)


def test_waiting_doubles_and_never_grows_beyond_five_minutes(app: Flask) -> None:
    attempts, guesser, at = Attempts(), Guesser("mod@example.org", HOME), now()
    with app.test_request_context():
        for wait in [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] + [300] * 2000:
            if wait:
                with pytest.raises(TooMany) as refused:
                    attempts.count(guesser, at + timedelta(seconds=wait - 0.5))
                assert refused.value.retry_after == 1
            at += timedelta(seconds=wait)
            attempts.count(guesser, at)


def test_a_clock_set_back_locks_nobody_out(app: Flask) -> None:
    attempts, guesser, at = Attempts(), Guesser("mod@example.org", HOME), now()
    with app.test_request_context():
        for _attempt in range(FREE_ATTEMPTS):
            attempts.count(guesser, at)
        attempts.count(guesser, at - timedelta(days=1))


def test_however_many_guess_the_memory_is_bounded_and_the_longest_silent_is_forgotten(app: Flask) -> None:
    attempts, at = Attempts(kept=3), now()
    with app.test_request_context():
        first, second = Guesser("first@example.org", HOME), Guesser("second@example.org", HOME)
        for _attempt in range(FREE_ATTEMPTS):
            attempts.count(second, at)
            attempts.count(first, at)
        for number in range(2):
            attempts.count(Guesser(f"n{number}@example.org", HOME), at)
        with pytest.raises(TooMany):
            attempts.count(first, at)
        attempts.count(second, at)


def test_the_page_says_how_long_to_wait_and_keeps_the_address(app: Flask, browser: Browser) -> None:
    with app.test_request_context():
        for number in reversed(range(12)):
            accounts.verify("mod@example.org", WRONG, now() - number * timedelta(seconds=LONGEST_WAIT), "127.0.0.1")
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert 120 <= int(answer.headers["Retry-After"]) <= 128
    assert 'value="mod@example.org"' in answer.text


def test_guesses_sent_all_at_once_do_not_slip_through_together(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(passwords, "matches", lambda _stored, password: looked.append(password))
    barrier = threading.Barrier(12)

    def attempt(number: int) -> None:
        with app.test_request_context():
            barrier.wait()
            with suppress(TooMany):
                accounts.verify("mod@example.org", f"{WRONG} {number}", at, HOME)

    at = now()
    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == FREE_ATTEMPTS


def test_one_network_gets_so_many_attempts_a_minute(app_with: Callable[..., Flask], make: Make) -> None:
    make.moderator(sites=[make.site()])
    browser = Browser(app_with(login_rate=3))
    browser.get("/desk/login")
    answers = [browser.post("/desk/login", email=f"n{n}@example.org", password=WRONG) for n in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].headers["Cache-Control"] == "no-store"
    assert browser.get("/desk/login").status_code == 200, "looking at the form is free"
