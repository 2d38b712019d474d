"""The checks of the public post, each alone and in their order."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import itsdangerous.timed
import orjson
import pytest
from flask import Flask
from sqlalchemy import func, select

from moderation.extensions import db
from moderation.intake import requests as intake_requests
from moderation.models import Comment, now
from tests.factories import ORIGIN, Make
from tests.reader import BROWSER, PAGE, Reader

URL = "/v1/sites/demo/comments"


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Comment)) or 0


# Origin


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://news.example.evil.example"},
        {"Origin": "https://sub.news.example"},
        {"Origin": "http://news.example"},
        {"Origin": "https://news.example:444"},
        {"Origin": ""},
        {"Referer": "https://evil.example/?https://news.example/"},
        {},
    ],
)
def test_a_post_from_elsewhere_is_refused(app: Flask, make: Make, headers: dict[str, str]) -> None:
    make.site()
    reader = Reader(app)
    answer = reader.client.post(URL, json=reader.fields(), headers=headers)
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert count(app) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ORIGIN},
        {"Origin": "https://news.example:443"},
        {"Referer": "https://news.example/2026/10/night-buses/"},
        {"Origin": "http://comments.example"},
    ],
)
def test_a_post_from_the_sites_pages_or_the_hosted_form_is_taken(
    app: Flask, make: Make, headers: dict[str, str]
) -> None:
    make.site()
    reader = Reader(app)
    assert reader.client.post(URL, json=reader.fields(), headers=headers).status_code == 202


def test_only_the_sites_own_pages_may_read_the_answers(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    for answer in (
        reader.post(),
        reader.post(author=""),
        reader.client.get("/v1/sites/demo/form", query_string={"page": PAGE}, headers={"Origin": ORIGIN}),
        reader.client.options(URL, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    stranger = reader.client.options(URL, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_a_preflight_allows_what_the_embed_sends(app: Flask, make: Make) -> None:
    make.site()
    answer = app.test_client().options(URL, headers={"Origin": ORIGIN})
    assert answer.status_code == 204
    assert {"Content-Type", "Idempotency-Key"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))


# Kind of content and size


KINDS = [None, "text/plain", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "text/json"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_content_must_be_said_and_be_one_of_two(app: Flask, make: Make, kind: str | None) -> None:
    make.site()
    reader = Reader(app)
    body = orjson.dumps(reader.fields())
    answer = reader.client.post(URL, data=body, content_type=kind, headers={"Origin": ORIGIN})
    assert answer.status_code == 415
    assert count(app) == 0


def test_a_compressed_body_is_refused_unread(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    assert reader.post(headers={"Content-Encoding": "gzip"}).status_code == 415


def test_a_body_larger_than_any_comment_is_refused(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    assert reader.post(comment="x" * 300_000).status_code == 413
    assert reader.submit(comment="x" * 300_000).status_code == 413


NOT_AN_OBJECT = [
    b"",
    b"[" * 30_000,
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b'{"comment": "\xff"}',
    b'{"comment": "\\ud800"}',
    b"9" * 5000,
    b'{"a":' * 5000,
]


@pytest.mark.parametrize("body", NOT_AN_OBJECT)
def test_a_body_that_is_not_a_json_object_is_malformed(app: Flask, make: Make, body: bytes) -> None:
    make.site()
    answer = app.test_client().post(URL, data=body, content_type="application/json", headers={"Origin": ORIGIN})
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/problems/malformed"


def test_bytes_that_are_not_utf8_in_a_form_do_not_break_it(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    body = f"page={PAGE}&author=%ff%fe&email=a%40example.org&comment=%c0%af+hello&token={reader.token()}"
    kind = "application/x-www-form-urlencoded"
    answer = reader.client.post(URL, data=body, content_type=kind, headers={"Origin": ORIGIN})
    assert answer.status_code == 202


# Token


def test_a_post_without_its_token_is_refused_with_a_fresh_one(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    for bad in (None, "", "x", "a.b.c", "x" * 10_000, reader.token()[:-1] + "!"):
        answer = reader.post(token=bad)
        assert answer.status_code == 403
        assert answer.get_json()["type"] == "/problems/token"
        assert reader.post(token=answer.get_json()["token"], comment=f"After {bad!r:.20}").status_code == 202


def test_a_token_is_good_for_its_own_site_and_page_alone(app: Flask, make: Make) -> None:
    make.site()
    make.site("other")
    reader, other = Reader(app), Reader(app, site="other")
    assert reader.post(token=reader.token("/another/")).status_code == 403
    assert reader.post(token=other.token()).status_code == 403


def test_an_expired_token_is_its_own_problem_and_brings_a_fresh_one(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    reader = Reader(app)
    token = reader.token()
    later = int((now() + timedelta(hours=25)).timestamp())
    monkeypatch.setattr(itsdangerous.timed.TimestampSigner, "get_timestamp", lambda _self: later)
    answer = reader.post(token=token)
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/token-expired"
    assert reader.post(token=answer.get_json()["token"]).status_code == 202


def test_a_token_signed_with_a_former_key_still_counts(app: Flask, make: Make, app_with: Callable[..., Flask]) -> None:
    make.site()
    token = Reader(app).token()
    former = app.config["SECRET_KEY"]
    renewed = app_with(secret_key="another-secret-of-more-than-32-characters", secret_key_fallbacks=(former,))
    assert Reader(renewed).post(token=token).status_code == 202


def test_the_age_of_the_form_reaches_the_filter(app: Flask, make: Make) -> None:
    make.site()
    Reader(app).post()
    with app.app_context():
        verdict = db.session.scalars(select(Comment)).one().verdict
    assert verdict is not None
    [signal] = [signal for signal in verdict["signals"] if signal["name"] == "behaviour.too_fast"]
    assert signal["points"] > 0, "sent in no time at all"


def test_another_token_does_not_make_an_honest_reader_too_fast(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    reader = Reader(app)
    token = reader.token()
    later = now() + timedelta(minutes=5)
    monkeypatch.setattr(intake_requests, "now", lambda: later)
    monkeypatch.setattr(itsdangerous.timed.TimestampSigner, "get_timestamp", lambda _self: int(later.timestamp()))
    assert reader.post(token=token).status_code == 202
    second = reader.post(token=token, comment="A second thought").get_json()
    assert second["type"] == "/problems/token-used"
    assert reader.post(token=second["token"], comment="A second thought").status_code == 202
    with app.app_context():
        verdicts = db.session.scalars(select(Comment.verdict)).all()
    for verdict in verdicts:
        assert verdict is not None
        assert [signal["points"] for signal in verdict["signals"] if signal["name"] == "behaviour.too_fast"] == [0]


# Order


def test_the_checks_come_in_their_order(make: Make, app_with: Callable[..., Flask]) -> None:
    """Each post has every fault from its own on; the first fault is the one that is told."""
    make.site()
    app = app_with(flood_seconds=15)
    reader = Reader(app)
    used = reader.token()
    assert reader.post(token=used).status_code == 202
    wrong_fields: dict[str, Any] = {"author": "", "email": "amina@example.org", "comment": "Other"}
    client = reader.client

    def send(kind: str, origin: str, token: str, size: int = 0) -> tuple[int, str]:
        body = orjson.dumps({"page": PAGE, "token": token, **wrong_fields, "url": "x" * size})
        base = {"REMOTE_ADDR": reader.address}
        answer = client.post(URL, data=body, content_type=kind, headers={"Origin": origin}, environ_base=base)
        return answer.status_code, answer.get_json()["type"].removeprefix("/problems/")

    assert send("application/json", ORIGIN, "bad", size=300_000) == (413, "too-large")
    assert send("text/plain", "https://evil.example", "bad") == (403, "origin")
    assert send("text/plain", ORIGIN, "bad") == (415, "unsupported")
    assert send("application/json", ORIGIN, "bad") == (403, "token")
    assert send("application/json", ORIGIN, reader.token()) == (422, "invalid")
    assert reader.post(comment="Other", parent_id=999).get_json()["type"] == "/problems/too-many"
    again = reader.post(token=used)
    assert again.status_code == 202, (
        "a repeat of what was stored is answered before the limits: it is no second comment"
    )
    calm = Reader(app_with(), address="203.0.113.5")
    answer = calm.post(token=used, **wrong_fields)
    assert answer.get_json()["type"] == "/problems/token-used"
    assert calm.post(**wrong_fields).status_code == 422
    assert calm.post(comment="Other", parent_id=999).get_json()["type"] == "/problems/parent"


# Forwarded addresses


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "Forwarded", "X-Client-IP"])
def test_a_forwarded_address_from_a_stranger_is_not_believed(app: Flask, make: Make, header: str) -> None:
    make.site()
    assert Reader(app).post(headers={header: "203.0.113.1"}).status_code == 202
    with app.app_context():
        assert db.session.scalars(select(Comment.ip)).one() == "192.0.2.7"


def test_behind_a_named_proxy_the_client_is_the_nearest_hop_that_is_not_ours(
    make: Make, app_with: Callable[..., Flask]
) -> None:
    make.site()
    app = app_with(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))
    Reader(app, address="10.0.0.2").post(headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.4, 10.1.1.1"})
    with app.app_context():
        assert db.session.scalars(select(Comment.ip)).one() == "198.51.100.4"


# Logs


def test_logs_carry_no_people(app: Flask, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    make.site()
    reader = Reader(app, address="198.51.100.77")
    with caplog.at_level("DEBUG"):
        reader.post(author="Canary Name", email="canary@example.org", comment="canary words")
        reader.post(author="Canary Name", email="canary@example.org", comment="")
        reader.submit(headers=BROWSER, author="Canary Name", email="canary@bad", comment="canary words")
    assert not re.search("canary|198.51.100.77", caplog.text, re.IGNORECASE)
