"""A reader's comment comes in, as JSON from the embed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from moderation.extensions import db
from moderation.models import Comment, CommentLink, Page
from moderation.spam import Score, Submission, score
from moderation.spam.signals import REGISTRY
from tests.conftest import empty
from tests.factories import Make
from tests.reader import AGENT, PAGE, Reader
from tests.thorough import examples


def stored(app: Flask) -> list[Comment]:
    with app.app_context():
        return list(db.session.scalars(select(Comment).order_by(Comment.id)))


def points(comment: Comment) -> dict[str, float]:
    assert comment.verdict is not None
    return {signal["name"]: signal["points"] for signal in comment.verdict["signals"]}


def test_a_comment_is_accepted_held_and_stored_as_typed_and_as_served(app: Flask, make: Make) -> None:
    site = make.site()
    answer = Reader(app).post(comment="I ride *every* night.\r\n\r\n<script>alert(1)</script>", url="example.org/me")
    assert answer.status_code == 202
    body = answer.get_json()
    assert body.keys() == {"id", "status", "message", "manage_url", "author_token"}
    assert (body["status"], body["message"]) == ("pending", "Your comment is awaiting moderation.")
    assert body["manage_url"].startswith("http://comments.example/sites/demo/mine/")
    [comment] = stored(app)
    assert comment.id == body["id"]
    assert comment.source == "I ride *every* night.\n\n<script>alert(1)</script>"
    assert comment.html.startswith("<p>I ride <em>every</em> night.</p>")
    assert "<script" not in comment.html
    assert comment.sanitiser
    assert comment.url == "https://example.org/me"
    assert make.log(comment) == [("policy", None, "pending")]
    assert make.page(site, PAGE).pending == 1


def test_every_signal_is_stored_with_its_points_and_a_sentence(app: Flask, make: Make) -> None:
    make.site()
    Reader(app).post()
    [comment] = stored(app)
    assert comment.verdict is not None
    signals = comment.verdict["signals"]
    assert len(signals) >= 10
    assert all(
        signal["evaluated"] and signal["reason"] and isinstance(signal["points"], int | float) for signal in signals
    )
    assert comment.probability == pytest.approx(comment.verdict["probability"], abs=1e-4)
    assert comment.verdict["because"]
    with app.app_context():
        kept = db.session.scalar(text("SELECT CAST(verdict AS TEXT) FROM comment"))
    assert len(kept) < len(json.dumps(comment.verdict)) / 3


def test_where_not_everything_is_held_a_harmless_comment_is_published_at_once(app: Flask, make: Make) -> None:
    site = make.site(hold_everything=False, approve_below=0.9)
    answer = Reader(app).post(page_title="Night buses", page_url="https://news.example/2026/10/night-buses/#top")
    assert answer.status_code == 201
    assert answer.get_json()["status"] == "approved"
    page = make.page(site, PAGE)
    assert (page.approved, page.version, page.title, page.url) == (
        1, 1, "Night buses", "https://news.example/2026/10/night-buses/",
    )  # fmt: skip


def test_what_is_taken_for_spam_reads_as_pending_from_outside(app: Flask, make: Make) -> None:
    make.site(spam_above=0.5)
    answer = Reader(app).post(
        author="cheap casino bonus", url="http://casino-bonus.xyz",
        comment='<a href="http://casino-bonus.xyz">casino</a> [url=http://pills.top]cheap viagra[/url] http://casino-bonus.xyz',
        contact_me_by_fax="http://casino-bonus.xyz",
    )  # fmt: skip
    assert answer.status_code == 202
    assert answer.get_json()["status"] == "pending"
    assert answer.get_json()["message"] == "Your comment is awaiting moderation."
    [comment] = stored(app)
    assert comment.status == "spam"


def test_a_signal_that_fails_is_recorded_and_the_comment_is_held(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site(hold_everything=False, approve_below=0.9)
    name = next(iter(REGISTRY))

    def broken(_case: object) -> tuple[float, str]:
        raise RuntimeError("a fault in a signal")

    monkeypatch.setitem(REGISTRY, name, replace(REGISTRY[name], look=broken))
    assert Reader(app).post().status_code == 202
    [comment] = stored(app)
    assert comment.status == "pending"
    assert comment.verdict is not None
    assert [signal["name"] for signal in comment.verdict["signals"] if not signal["evaluated"]] == [name]


@pytest.mark.parametrize("send", [Reader.post, Reader.submit])
def test_a_post_without_a_user_agent_is_seen_and_none_is_stored(
    app: Flask, make: Make, send: Callable[..., object]
) -> None:
    make.site()
    for number in range(2):
        reader = Reader(app)
        if number:
            del reader.client.environ_base["HTTP_USER_AGENT"]
        send(reader, comment=f"The same bus, number {number}.")
    browser, program = stored(app)
    assert points(browser)["behaviour.no_agent"] == 0 < points(program)["behaviour.no_agent"]
    assert (browser.user_agent, program.user_agent) == (AGENT, None)


@pytest.mark.parametrize("send", [Reader.post, Reader.submit])
@pytest.mark.parametrize(
    ("header", "field"), [("USER_AGENT", "user_agent"), ("REFERER", "referrer"), ("ACCEPT_LANGUAGE", "language")]
)
def test_the_filter_reads_what_browsers_send_and_is_told_what_was_not_sent(
    app: Flask,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    send: Callable[..., object],
    header: str,
    field: str,
) -> None:
    make.site()
    read: list[Submission] = []

    def noted(submission: Submission, *more: Any) -> Score:
        read.append(submission)
        return score(submission, *more)

    monkeypatch.setattr("moderation.intake.judging.score", noted)
    for number, value in enumerate([None, " as\x00 sent ", "x" * 400]):
        reader = Reader(app)
        reader.client.environ_base.pop(f"HTTP_{header}", None)
        if value is not None:
            reader.client.environ_base[f"HTTP_{header}"] = value
        send(reader, comment=f"The same bus, number {number}.")
    assert [getattr(submission, field) for submission in read] == ["", " as sent", "x" * 300]


def test_the_hosts_of_links_are_remembered_for_later_comments(app: Flask, make: Make) -> None:
    make.site()
    Reader(app).post(comment="See https://www.example.net/x and http://example.com/", url="https://example.org")
    with app.app_context():
        hosts = set(db.session.scalars(select(CommentLink.host)))
    assert hosts == {"example.net", "example.com", "example.org"}


def test_earlier_spam_with_the_same_link_counts_against_a_comment(app: Flask, make: Make) -> None:
    make.site(spam_above=1.0)  # so that the first one waits for a moderator, who then teaches
    reader = Reader(app)
    first = reader.post(comment="Look at https://shop.example.net/ now").get_json()["id"]
    make.decide(make.load(Comment(id=first)), "spam", make.moderator())
    reader.post(comment="Another word on https://shop.example.net/ here", email="other@example.org", author="Other")
    before, after = stored(app)
    assert points(before)["history.link_spam"] == 0 < points(after)["history.link_spam"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("author", "", "Please type your name."),
        ("author", " \u200b\u2066 ", "Please type your name."),
        ("author", "x" * 246, "246 characters long; at most 245 fit"),
        ("email", "", "Please type your email address."),
        ("email", "nobody", "name@example.com"),
        ("email", "a@" + "x" * 260 + ".org", "at most 254 fit"),
        ("url", "javascript:alert(1)", "http"),
        ("url", "http://user:pw@example.org", ""),
        ("url", "https://example.org/" + "x" * 200, "at most 200 fit"),
        ("comment", "", "Please type your comment."),
        ("comment", "\u200b\n\u3164", "Please type your comment."),
        ("comment", "x" * 10_001, "10001 characters long; at most 10000 fit"),
        ("comment", "<b>" * 201, "at most 200"),
        ("parent_id", -1, "number"),
        ("parent_id", 2**31, "number"),
        ("parent_id", "one", "no comment with this number"),
        ("author", 7, "This must be text."),
        ("comment", ["x"], "This must be text."),
        ("email", {"x": 1}, "This must be text."),
        ("parent_id", True, "number of a comment"),
    ],
)
def test_a_faulty_field_is_named_with_a_sentence_and_nothing_is_stored(
    app: Flask, make: Make, field: str, value: Any, sentence: str
) -> None:
    make.site()
    answer = Reader(app).post(**{field: value})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["type"] == "/problems/invalid"
    assert problem["errors"].keys() == {field}
    assert sentence in problem["errors"][field][0]
    with app.app_context():
        assert db.session.scalars(select(Comment)).first() is None
        assert db.session.scalars(select(Page)).first() is None


def test_all_faulty_fields_are_told_at_once(app: Flask, make: Make) -> None:
    make.site()
    assert Reader(app).post(author="", email="x", comment="").get_json()["errors"].keys() == {
        "author",
        "email",
        "comment",
    }


def test_longest_values_fit(app: Flask, make: Make) -> None:
    make.site()
    local, domain = "a" * 64, ".".join(["b" * 61] * 3) + ".org"
    answer = Reader(app).post(
        author="ا" * 245,
        email=f"{local}@{domain}"[:254],
        comment="字" * 10_000,
        url="https://example.org/".ljust(200, "x"),
    )
    assert answer.status_code == 202, answer.get_json()


def test_a_limit_can_be_set(app_with: Any, make: Make) -> None:
    make.site()
    app = app_with(max_comment=20)
    assert Reader(app).post(comment="x" * 21).status_code == 422
    assert Reader(app).post(comment="x" * 20).status_code == 202


def test_a_page_must_be_one_of_the_site(app: Flask, make: Make) -> None:
    make.site()
    reader = Reader(app)
    for page in ("", "https://elsewhere.example/a", "a\nb", "x" * 501):
        answer = reader.post(page=page, token="any")
        assert answer.status_code == 422
        assert answer.get_json()["errors"].keys() == {"page"}


def test_a_page_is_the_same_by_key_and_by_address(app: Flask, make: Make) -> None:
    site = make.site()
    Reader(app, page="https://news.example/2026/10/night-buses/?utm_source=x#top").post()
    page = make.page(site, PAGE)
    assert page.pending == 1
    assert stored(app)[0].page_url == "https://news.example/2026/10/night-buses/", "that is told to everybody"


def test_an_address_of_a_foreign_page_is_not_believed(app: Flask, make: Make) -> None:
    make.site()
    Reader(app).post(page_url="https://phish.example/login", page_title="x" * 5_000)
    [comment] = stored(app)
    assert comment.page_url is None
    assert len(comment.page_title or "") == 300


def test_a_reply_hangs_below_its_parent(app: Flask, make: Make) -> None:
    site = make.site()
    parent = make.comment(site, page=PAGE, status="approved")
    assert Reader(app).post(parent_id=parent.id).status_code == 202
    reply = stored(app)[1]
    assert (reply.parent_id, reply.thread_id, reply.depth) == (parent.id, parent.id, 2)


def test_a_reply_to_a_comment_that_is_not_public_is_refused(app: Flask, make: Make) -> None:
    site = make.site()
    waiting = make.comment(site, page=PAGE)
    elsewhere = make.comment(site, page="/other/", status="approved")
    for parent_id in (waiting.id, elsewhere.id, 999_999):
        answer = Reader(app).post(parent_id=parent_id)
        assert answer.status_code == 403
        assert answer.get_json()["type"] == "/problems/parent"
        assert answer.get_json()["detail"] == "Sorry, replies to unapproved comments are not allowed."


def test_a_reply_below_the_deepest_level_is_refused(app: Flask, make: Make) -> None:
    site = make.site(max_depth=2)
    parent = make.comment(site, page=PAGE, status="approved")
    reply = make.comment(site, page=PAGE, parent=parent, status="approved")
    answer = Reader(app).post(parent_id=reply.id)
    assert answer.status_code == 403
    assert "as deep as it can be" in answer.get_json()["detail"]


def test_a_closed_page_says_so(app: Flask, make: Make) -> None:
    site = make.site()
    make.comment(site, page=PAGE)
    with app.app_context():
        page = db.session.scalars(select(Page)).one()
        page.closed = True
        db.session.commit()
    reader = Reader(app)
    answer = reader.post()
    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/closed"
    assert answer.get_json()["detail"] == "Sorry, comments are closed for this item."
    assert reader.client.get("/v1/sites/demo/form", query_string={"page": PAGE}).get_json()["open"] is False


def test_an_unknown_site_is_not_found(app: Flask, make: Make) -> None:
    make.site()
    for key in ("nowhere", "de%00mo", "%F0%9F%98%80"):
        answer = app.test_client().post(
            f"/v1/sites/{key}/comments", json={}, headers={"Origin": "https://news.example"}
        )
        assert answer.status_code == 404
        assert answer.get_json()["type"] == "/problems/not-found"


field_text = st.text(max_size=300) | st.sampled_from(
    ["\0", "\ud800", "<" * 300, "' OR 1=1 --", "{{7*7}}", "=1+1", "\u202egpj"]
)


@examples(60)
@given(author=field_text, email=field_text, url=field_text, comment=field_text, title=field_text)
def test_no_text_in_any_field_breaks_the_service(
    app: Flask, author: str, email: str, url: str, comment: str, title: str
) -> None:
    empty(app)
    Make(app).site()
    reader = Reader(app)
    answer = reader.post(author=author, email=email, url=url, comment=comment, page_title=title)
    assert answer.status_code in (202, 422, 400)
    valid = reader.post(author=f"A{author[:200]}", comment=f"x {comment}", page_title=title)
    assert valid.status_code in (202, 400, 409)
