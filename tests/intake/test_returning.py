"""An author who comes back is trusted for what only their browser was given, and for nothing that can be typed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation import lifecycle
from moderation.extensions import db
from moderation.intake import returning
from moderation.models import Comment, Moderator, Site, now
from moderation.settings import current
from tests.conftest import empty
from tests.factories import Make
from tests.reader import PAGE, Reader
from tests.thorough import examples

# Strangers wait whatever the filter thinks of them, and so do none who are trusted.
OPEN: dict[str, Any] = {"hold_everything": False, "approve_below": 0.0, "hold_above": 0.9999, "spam_above": 1.0}


class Regular:
    """An author with a browser, two of whose comments a moderator approved."""

    def __init__(self, app: Flask, make: Make, moderator: Moderator) -> None:
        self.app = app
        self.reader = Reader(app)
        self.make = make
        self.moderator = moderator
        self.token = ""
        self.comments: list[Comment] = []
        for text in ("The first bus leaves at five.", "And the last one at two in the morning."):
            assert self.post(text) == "pending", "a stranger waits"
            make.decide(self.comments[-1], "approved", moderator)

    def post(self, text: str, **changes: Any) -> str:
        """Send the next comment with the token of the last answer; gives its status."""
        answer = self.reader.post(**{"comment": text, "author_token": self.token, **changes}).get_json()
        self.token = answer["author_token"]
        self.comments.append(self.make.load(Comment(id=answer["id"])))
        return str(answer["status"])

    def under(self) -> list[str | None]:
        """Under which key each comment was stored."""
        return [comment.author_key for comment in self.comments]


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


@pytest.fixture
def regular(app: Flask, make: Make, moderator: Moderator) -> Regular:
    """A regular of a site where strangers wait and those who come back are trusted."""
    make.site(**OPEN)
    return Regular(app, make, moderator)


def test_who_comes_back_is_published_at_once_and_the_verdict_says_why(regular: Regular) -> None:
    assert regular.post("A third word on the night bus.") == "approved"
    assert len(set(regular.under())) == 1
    verdict = regular.comments[-1].verdict
    assert verdict is not None
    assert verdict["because"].startswith("Approved: this browser has 2 approved comments (trust_after is 2)")


def test_approvals_of_policy_count_once_a_moderator_has_confirmed_them(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site(**OPEN | {"approve_below": 0.9998})
    reader = Reader(app)

    def post(text: str, token: str = "") -> tuple[Comment, str]:
        answer = reader.post(comment=text, author_token=token).get_json()
        return make.load(Comment(id=answer["id"])), answer["author_token"]

    first, token = post("The first bus leaves at five.")
    second, token = post("And the last one at two in the morning.", token)
    assert (first.status, second.status) == ("approved", "approved")
    with app.app_context():
        db.session.get_one(Site, site.id).rules = OPEN
        db.session.commit()
    before, token = post("A third word on the night bus.", token)
    for comment in (first, second):
        make.decide(comment, "approved", moderator)
    after, token = post("A fourth word on the night bus.", token)
    assert (before.status, after.status) == ("pending", "approved")


def test_name_and_email_from_another_browser_give_nothing(app: Flask, regular: Regular) -> None:
    typed = Reader(app, address="198.51.100.9").post(comment="Buy this, says your friend.")
    assert typed.status_code == 202
    assert regular.make.load(Comment(id=typed.get_json()["id"])).author_key not in regular.under()
    assert regular.post("It is still me.") == "approved"


def altered(token: str) -> list[str]:
    return [
        token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:],
        ("A" if token[0] != "A" else "B") + token[1:],
        token.partition(".")[0],
        token.partition(".")[0] + ".",
        token * 5,
        "x" * 5_000,
        "\u0663" * 20,
    ]


def test_an_altered_token_gives_nothing_and_costs_no_error(regular: Regular) -> None:
    for number, token in enumerate(altered(regular.token)):
        assert regular.post(f"Comment number {number} of a forger.", author_token=token) == "pending"
        assert regular.under()[-1] not in regular.under()[:2]


def test_a_borrowed_computer_gives_nothing(regular: Regular) -> None:
    token = regular.token
    assert regular.post("I only sit here for a minute.", email="guest@example.org") == "pending"
    assert regular.under()[-1] not in regular.under()[:2]
    assert regular.post("And I am back.", author_token=token) == "approved"


def test_another_spelling_of_the_same_address_is_the_same_author(regular: Regular) -> None:
    assert regular.post("With a capital this time.", email="Amina@Example.org") == "approved"


def test_a_token_of_another_site_gives_nothing(app: Flask, make: Make, regular: Regular) -> None:
    other = make.site("other", **OPEN)
    for number in range(2):
        # Even if the same number were given there.
        same = make.comment(other, f"Word {number}.", email="amina@example.org", author_key=regular.under()[0])
        make.decide(same, "approved", regular.moderator)
    elsewhere = Reader(app, site="other").post(author_token=regular.token)
    assert elsewhere.status_code == 202
    assert make.load(Comment(id=elsewhere.get_json()["id"])).author_key not in regular.under()


def test_a_token_holds_a_year_from_the_last_comment(app: Flask, make: Make, regular: Regular) -> None:
    key, email = regular.under()[0], "amina@example.org"
    for days, known in ((364, True), (366, False)):
        at = now() - timedelta(days=days)
        site = Site(id=regular.comments[0].site_id, key="demo", rules={})
        old = make.comment(site, f"Said {days} days ago.", email=email, at=at, author_key=key)
        with app.app_context():
            token = returning.issue(current(), site, old)
        assert regular.post(f"After {days} days.", author_token=token) == ("approved" if known else "pending")


def test_what_the_policy_published_proves_nothing(app: Flask, make: Make) -> None:
    make.site(**OPEN | {"approve_below": 0.9999})
    reader, token = Reader(app), ""
    for text in ("One kind word.", "Another kind word.", "A third kind word."):
        token = reader.post(comment=text, author_token=token).get_json()["author_token"]
    with app.app_context():
        site = db.session.scalars(select(Site)).one()
        site.rules = OPEN
        db.session.commit()
    assert reader.post(comment="And a fourth.", author_token=token).status_code == 202


def test_spam_ends_the_trust_and_taking_it_back_restores_it(app: Flask, regular: Regular) -> None:
    assert regular.post("Trusted so far.") == "approved"
    outcome = regular.make.decide(regular.comments[-1], "spam", regular.moderator)
    assert regular.post("Am I still welcome?") == "pending"
    verdict = regular.comments[-1].verdict
    assert verdict is not None
    assert "this browser sent what a moderator marked as spam" in verdict["because"]
    with app.app_context():
        undone = lifecycle.undo(
            outcome.batch, at=now(), moderator=regular.moderator, within=[regular.comments[0].site_id]
        )
    assert undone.decided
    assert regular.post("I am welcome again.") == "approved"


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ({"hold_everything": True}, "pending"),
        ({"trust_after": 0}, "pending"),
        ({"trust_after": 3}, "pending"),
        ({"hold_first": 2}, "approved"),
        ({"hold_first": 3}, "pending"),
        ({"hold_links": 1}, "pending"),
        ({"hold_above": 0.0}, "pending"),
    ],
)
def test_no_trust_outweighs_a_rule_that_holds(regular: Regular, rules: dict[str, Any], status: str) -> None:
    with regular.app.app_context():
        db.session.scalars(select(Site)).one().rules = OPEN | rules
        db.session.commit()
    assert regular.post("As it says on https://buses.example/ today.") == status


def test_spam_of_a_trusted_author_is_spam(regular: Regular) -> None:
    with regular.app.app_context():
        db.session.scalars(select(Site)).one().rules = OPEN | {"hold_above": 0.0001, "spam_above": 0.0002}
        db.session.commit()
    assert regular.post("It is as if somebody else sat here.") == "pending"
    assert regular.comments[-1].status == "spam"


def test_the_token_is_in_no_log(regular: Regular, caplog: pytest.LogCaptureFixture) -> None:
    token = regular.token
    with caplog.at_level(logging.DEBUG):
        regular.post("Logged or not?")
    assert token not in caplog.text
    assert regular.token not in caplog.text
    assert str(regular.under()[-1]) not in caplog.text


@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}, True])
def test_a_token_of_the_wrong_kind_is_named(app: Flask, make: Make, value: object) -> None:
    make.site()
    answer = Reader(app).post(author_token=value)
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {"author_token": ["This must be text."]}


@given(token=st.text(max_size=400))
@examples(25)
def test_any_text_in_its_place_is_a_stranger(app: Flask, make: Make, token: str) -> None:
    empty(app)
    make.site(**OPEN)
    assert Reader(app).post(author_token=token).status_code in (202, 400)


def test_a_repeated_post_gets_the_same_token_and_makes_no_second_comment(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    reader = Reader(app)
    fields = reader.fields()
    assert reader.post(**fields).get_json() == reader.post(**fields).get_json()


def test_a_comment_from_before_there_were_tokens_has_none(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    reader = Reader(app)
    fields = reader.fields()
    first = reader.post(**fields).get_json()["id"]
    with app.app_context():
        db.session.get_one(Comment, first).author_key = None
        db.session.commit()
    assert reader.post(**fields).get_json()["author_token"] is None


def stored(app: Flask) -> list[Comment]:
    with app.app_context():
        return list(db.session.scalars(select(Comment).order_by(Comment.id)))


def statuses(app: Flask) -> list[str]:
    return [comment.status for comment in stored(app)]


def test_the_hosted_form_keeps_the_token_in_its_cookie(app: Flask, make: Make, moderator: Moderator) -> None:
    make.site(**OPEN)
    reader = Reader(app)
    for number in range(3):
        assert reader.submit(comment=f"Word number {number}.", consent="y").status_code == 303
        if number < 2:
            make.decide(stored(app)[-1], "approved", moderator)
    assert statuses(app) == ["approved"] * 3
    form = reader.client.get("/sites/demo/reply", query_string={"page": PAGE}).get_data(as_text=True)
    assert "author_token" not in form, "a page that could be saved or shown holds no secret"
    # Typed into a form by somebody else it is not looked at: only the browser's own cookie is.
    with app.app_context():
        token = returning.issue(current(), Site(key="demo"), stored(app)[-1])
    assert Reader(app).submit(comment="With a stolen token.", author_token=token).status_code == 303
    assert statuses(app)[3] == "pending"


def test_without_consent_the_hosted_form_keeps_nothing(app: Flask, make: Make, moderator: Moderator) -> None:
    make.site(**OPEN)
    reader = Reader(app)
    for number in range(3):
        assert reader.submit(comment=f"Word number {number}.").status_code == 303
        assert reader.client.get_cookie("reply-demo", path="/sites/demo/reply") is None
        make.decide(stored(app)[-1], "approved", moderator)
    assert len({comment.author_key for comment in stored(app)}) == 3
    assert {comment.first_status for comment in stored(app)} == {"pending"}


def test_a_cookie_that_was_tampered_with_is_a_stranger(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    for value in ("x", "e30", "W10", "eyJhdXRob3JfdG9rZW4iOiA1fQ", "eyJhdXRob3JfdG9rZW4iOiAieC55In0"):
        reader = Reader(app)
        reader.client.set_cookie("reply-demo", value, path="/sites/demo/reply", domain="localhost")
        assert reader.submit(comment=f"Hello from {value}.").status_code == 303
    assert set(statuses(app)) == {"pending"}


def test_after_a_change_of_the_secret_key_an_author_starts_anew(
    app: Flask, app_with: Callable[..., Flask], regular: Regular
) -> None:
    """The hash by which the address is recognised changes too; the token itself is still read."""
    with app.app_context():
        former = current().secret_key
    fresh = app_with(secret_key="another-secret-for-tests-0123456789-abcdef", secret_key_fallbacks=(former,))
    answer = Reader(fresh).post(comment="After the change.", author_token=regular.token)
    assert answer.status_code == 202


def test_a_token_says_when_it_was_given_and_nothing_of_the_author(app: Flask, make: Make) -> None:
    site = make.site()
    with app.app_context():
        comment = Comment(author_key="k" * 32, created_at=datetime.fromisoformat("2026-10-01T00:00:00Z"))
        token = returning.issue(current(), site, comment)
    assert token is not None
    assert len(token) < 200
