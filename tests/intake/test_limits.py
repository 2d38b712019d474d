"""What slows a sender down: repeats, floods, refusals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.intake import requests as intake_requests
from moderation.models import Comment, now
from moderation.text import emails
from tests.factories import ORIGIN, Make
from tests.intake.test_hosted import value
from tests.reader import Reader

URL = "/v1/sites/demo/comments"


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Comment)) or 0


def test_a_double_click_makes_one_comment_and_every_answer_is_the_same(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    fields = reader.fields()
    barrier = threading.Barrier(8)
    answers: list[tuple[int, Any]] = []

    def click() -> None:
        own = app.test_client()
        barrier.wait()
        answer = own.post(URL, json=fields, headers={"Origin": ORIGIN})
        answers.append((answer.status_code, answer.get_json()))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers), answers
    assert answers[0][0] == 202
    assert count(app) == 1


def test_a_retry_is_answered_as_the_first_time_even_after_a_decision(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    fields = reader.fields()
    headers = {"Idempotency-Key": "one-attempt"}
    first = reader.post(headers=headers, **fields)
    make.decide(make.load(Comment(id=first.get_json()["id"])), "approved")
    again = reader.post(headers=headers, **{**fields, "token": reader.token()})
    # Only what proves a browser is kept back: the key may be known to others, the first form's token was not.
    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json() | {"author_token": None})
    assert count(app) == 1


def test_an_idempotency_key_with_another_comment_is_refused(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    headers = {"Idempotency-Key": "k"}
    assert reader.post(headers=headers).status_code == 202
    answer = reader.post(headers=headers, comment="Something else")
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/idempotency-key"
    for key in ("x" * 256, "two words", " k", "k\t", "cl\u00e9"):
        answer = reader.post(headers={"Idempotency-Key": key}, comment="Another")
        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.get_json()["detail"]


def test_a_second_comment_with_a_used_token_keeps_its_words_and_gets_a_fresh_token(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    token = reader.token()
    assert reader.post(token=token).status_code == 202
    answer = reader.post(token=token, comment="A second thought")
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/token-used"
    assert reader.post(token=answer.get_json()["token"], comment="A second thought").status_code == 202


def test_the_same_again_is_a_duplicate(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    assert reader.post().status_code == 202
    answer = reader.post(comment="I ride the N1  home from the BAKERY every night. ")
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/duplicate"
    assert reader.post(page="/another/").status_code == 202, "on another page it may be said again"
    assert reader.post(email="someone@example.org").status_code == 202, "somebody else may say it too"


def test_what_went_to_the_trash_may_be_said_again(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    first = reader.post().get_json()["id"]
    make.decide(make.load(Comment(id=first)), "trash")
    assert reader.post().status_code == 202


# Too quick


def test_an_author_waits_fifteen_seconds_between_two_comments(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(flood_seconds=15)
    assert Reader(app).post().status_code == 202
    answer = Reader(app, address="198.51.100.9").post(comment="And another thing")
    assert answer.status_code == 429
    assert answer.get_json()["type"] == "/problems/too-many"
    assert 1 <= int(answer.headers["Retry-After"]) <= 15
    assert count(app) == 1


def test_who_has_to_wait_is_told_first_what_is_wrong_with_the_fields(
    make: Make, app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    reader = Reader(app_with(flood_seconds=15))
    assert reader.post().status_code == 202
    answer = reader.post(author="", email="amina@", comment=" ")
    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) == {"author", "email", "comment"}
    assert "Retry-After" not in answer.headers
    page = reader.submit(author="", comment="A second one")
    assert page.status_code == 422
    assert value(page.text, "comment") == "A second one"
    assert "Please type your name." in page.text

    def asked() -> None:
        raise AssertionError("nobody out there is asked for those who have to wait")

    monkeypatch.setattr(emails, "_resolver", asked)
    asking = Reader(app_with(flood_seconds=15, email_deliverability=True))
    assert asking.post(comment="A second one").status_code == 429


def test_a_network_waits_too_and_an_ipv6_customer_is_one_network(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(flood_seconds=15)
    assert Reader(app, address="2001:db8:1:1::7").post().status_code == 202
    assert Reader(app, address="2001:db8:1:1:aaaa::9").post(email="b@example.org", comment="b").status_code == 429
    assert Reader(app, address="2001:db8:1:2::7").post(email="c@example.org", comment="c").status_code == 202


def test_clients_without_an_address_do_not_share_one(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(flood_seconds=15)
    assert Reader(app, address="").post().status_code == 202
    assert Reader(app, address="").post(email="b@example.org", comment="b").status_code == 202


def test_the_pause_ends(make: Make, app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    make.site()
    app = app_with(flood_seconds=15)
    assert Reader(app).post().status_code == 202
    monkeypatch.setattr(intake_requests, "now", lambda: now() + timedelta(seconds=16))
    assert Reader(app).post(comment="later").status_code == 202


def test_a_clock_set_back_locks_nobody_out(
    make: Make, app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    app = app_with(flood_seconds=15)
    assert Reader(app).post().status_code == 202
    monkeypatch.setattr(intake_requests, "now", lambda: now() - timedelta(hours=2))
    assert Reader(app).post(comment="earlier").status_code == 202


def test_a_brake_slows_everybody_together(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(flood_limit=3)
    for number in range(3):
        assert Reader(app, address=f"192.0.2.{number}").post(email=f"r{number}@example.org").status_code == 202
    answer = Reader(app, address="192.0.2.99").post(email="late@example.org")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 60


def test_a_flood_in_parallel_gets_one_comment_through(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(flood_seconds=15)
    readers = [Reader(app) for _ in range(6)]
    tokens = [reader.token() for reader in readers]
    barrier = threading.Barrier(6)
    codes: list[int] = []

    def send(number: int) -> None:
        barrier.wait()
        codes.append(readers[number].post(token=tokens[number], comment=f"Comment {number}").status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [202, 429, 429, 429, 429, 429]
    assert count(app) == 1


def test_refused_posts_are_counted_and_then_not_looked_at(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(refused_limit=3)
    assert [Reader(app).post(author="").status_code for _ in range(4)] == [422, 422, 422, 429]
    answer = Reader(app).post()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert Reader(app, address="203.0.113.9").post().status_code == 202, "another network goes on"
    page = Reader(app).submit(comment="Every word of this")
    assert page.status_code == 429


def test_taken_posts_are_not_counted_as_refused(make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    app = app_with(refused_limit=3)
    assert [Reader(app).post(comment=f"Number {number}").status_code for number in range(5)] == [202] * 5


def test_one_customer_with_many_ipv6_networks_keeps_nobody_else_from_commenting(
    make: Make, app_with: Callable[..., Flask]
) -> None:
    make.site()
    app = app_with(flood_seconds=15, flood_limit=60)

    def post(network: str, name: str) -> TestResponse:
        return Reader(app, address=f"2001:db8:{network}::7").post(email=f"{name}@example.org", comment=name)

    codes = [post(f"1:{number:x}", f"r{number}").status_code for number in range(70)]
    assert codes == [202] * 32 + [429] * 38, "eight networks' worth in a minute"
    refused = post("1:ffff", "again")
    assert int(refused.headers["Retry-After"]) == 60
    assert "Your text is kept" in refused.get_json()["detail"]
    assert post("2:1", "honest").status_code == 202
    assert Reader(app, address="192.0.2.1").post(email="old@example.org", comment="old").status_code == 202
