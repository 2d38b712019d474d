"""Approve and trust: what a moderator says of a browser holds for its next comments, and is taken back with the act."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from moderation import lifecycle
from moderation.extensions import db
from moderation.models import Comment, Event, Moderator, Site, TrustedAuthor, now
from tests.factories import Make
from tests.reader import Reader
from tests.review.browser import Browser

# Strangers wait whatever the filter thinks of them, and so do none who are trusted.
OPEN: dict[str, Any] = {
    "hold_everything": False,
    "approve_below": 0.0,
    "hold_above": 0.9999,
    "spam_above": 1.0,
    "trust_after": 5,
}


@pytest.fixture
def site(make: Make) -> Site:
    """The site `demo`, where strangers wait."""
    return make.site(**OPEN)


class Author:
    """A reader whose browser keeps the token."""

    def __init__(self, app: Flask, make: Make) -> None:
        self.reader, self.make, self.token = Reader(app), make, ""

    def post(self, text: str) -> Comment:
        answer = self.reader.post(comment=text, author_token=self.token).get_json()
        self.token = answer["author_token"]
        return self.make.load(Comment(id=answer["id"]))


@pytest.fixture
def author(app: Flask, make: Make, site: Site) -> Author:
    return Author(app, make)


def trust(browser: Browser, comment: Comment, **more: str) -> Any:
    """Press the row's button."""
    return browser.post(
        f"/desk/demo/comments/{comment.id}/trust",
        **{"act": f"approve {comment.id}", "seen": f"{comment.id}:{comment.version}", **more},
    )


def trusted(app: Flask) -> list[tuple[str, int | None]]:
    with app.app_context():
        return [(row.author_key, row.comment_id) for row in db.session.scalars(select(TrustedAuthor))]


def kinds(app: Flask) -> list[tuple[str, int | None, bool]]:
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.kind.not_like("moderator.%")).order_by(Event.id))
        return [(row.kind, row.comment_id, row.moderator_id is not None) for row in rows]


def undo(browser: Browser, page: str) -> Any:
    batch = re.search(r'name="batch"\s+value="(\w+)"', page)
    assert batch is not None
    return browser.post("/desk/demo/undo", batch=batch[1])


def test_the_next_comment_of_the_browser_is_published_and_the_verdict_says_why(
    app: Flask, make: Make, browser: Browser, author: Author
) -> None:
    first = author.post("The first bus leaves at five.")
    assert first.status == "pending"
    answer = trust(browser, first)
    assert answer.status_code == 303
    assert make.load(first).status == "approved"
    assert trusted(app) == [(first.author_key, first.id)]
    assert kinds(app) == [("author.trusted", first.id, True)]
    assert "its author&#39;s browser is trusted from now on." in browser.get("/desk/demo/").text
    second = author.post("And the last one at two.")
    assert second.status == "approved"
    assert second.verdict is not None
    assert second.verdict["facts"]["trusted"] is True
    assert second.verdict["because"].startswith("Approved: a moderator trusts this browser")


def test_a_typed_name_and_address_are_not_trusted(app: Flask, browser: Browser, author: Author, make: Make) -> None:
    trust(browser, author.post("The first bus leaves at five."))
    assert Author(app, make).post("Buy this, says your friend.").status == "pending"


def test_trust_is_of_one_site(app: Flask, make: Make, browser: Browser, author: Author) -> None:
    first = author.post("The first bus leaves at five.")
    trust(browser, first)
    other = make.site("other", **OPEN)
    with app.app_context():
        assert db.session.get(TrustedAuthor, (other.id, first.author_key)) is None


def test_undoing_the_act_takes_the_trust_back(app: Flask, make: Make, browser: Browser, author: Author) -> None:
    first = author.post("The first bus leaves at five.")
    trust(browser, first)
    undo(browser, browser.get("/desk/demo/").text)
    assert make.load(first).status == "pending"
    assert trusted(app) == []
    assert kinds(app) == [("author.trusted", first.id, True), ("author.untrusted", first.id, True)]
    assert author.post("And the last one at two.").status == "pending"


def test_undoing_another_act_leaves_the_trust(app: Flask, make: Make, browser: Browser, author: Author) -> None:
    first, second = author.post("The first bus leaves at five."), author.post("And the last one at two.")
    trust(browser, first)
    browser.get("/desk/demo/")
    trust(browser, second)
    assert len(trusted(app)) == 1, "by the older word"
    undo(browser, browser.get("/desk/demo/").text)
    assert make.load(second).status == "pending"
    assert trusted(app) == [(first.author_key, first.id)]
    assert kinds(app) == [("author.trusted", first.id, True)]


def test_undoing_a_later_act_on_the_same_comment_leaves_the_trust(
    app: Flask, make: Make, browser: Browser, author: Author
) -> None:
    first = author.post("The first bus leaves at five.")
    trust(browser, first)
    with app.app_context():
        moderator = db.session.scalars(select(Moderator)).one()
    make.decide(first, "trash", moderator)
    batch = make.decide(first, "approved", moderator).batch
    with app.app_context():
        lifecycle.undo(batch, at=now(), moderator=moderator, within=[first.site_id])
    assert (make.load(first).status, len(trusted(app))) == ("trash", 1)


def test_what_is_marked_as_spam_later_ends_it(app: Flask, make: Make, browser: Browser, author: Author) -> None:
    first = author.post("The first bus leaves at five.")
    trust(browser, first)
    second = author.post("Cheap pills.")
    assert second.status == "approved"
    with app.app_context():
        moderator = db.session.scalars(select(Moderator)).one()
    make.decide(second, "spam", moderator)
    assert author.post("And the last one at two.").status == "pending"
    make.decide(second, "trash", moderator)
    assert author.post("It was a joke on the bus.").status == "approved"


@pytest.mark.parametrize(
    "rule", [{"hold_everything": True}, {"hold_above": 0.0, "approve_below": 0.0}, {"hold_links": 1}]
)
def test_rules_that_hold_still_hold(
    app: Flask, make: Make, browser: Browser, author: Author, site: Site, rule: dict[str, Any]
) -> None:
    trust(browser, author.post("The first bus leaves at five."))
    with app.app_context():
        db.session.get_one(Site, site.id).rules = OPEN | rule
        db.session.commit()
    assert author.post("See https://buses.example/ for more.").status == "pending"


def test_a_comment_that_somebody_decided_on_meanwhile_is_left_alone(
    app: Flask, make: Make, browser: Browser, author: Author
) -> None:
    first = author.post("The first bus leaves at five.")
    make.decide(first, "spam")
    assert trust(browser, first).status_code == 303
    assert "was decided by somebody else meanwhile" in browser.get("/desk/demo/").text
    assert (make.load(first).status, trusted(app)) == ("spam", [])


def test_a_form_that_asks_for_something_else_does_nothing(
    app: Flask, make: Make, site: Site, browser: Browser, author: Author
) -> None:
    first, other = author.post("The first bus leaves at five."), author.post("And the last one at two.")
    for more in (
        {"act": f"spam {first.id}"},
        {"act": f"approve {other.id}", "seen": f"{other.id}:1"},
        {"act": ""},
        {"seen": ""},
    ):
        assert trust(browser, first, **more).status_code == 400
    assert trust(browser, first, note="x" * 501).status_code == 422
    unproved = make.comment(site)
    assert trust(browser, unproved).status_code == 400
    assert [make.load(each).status for each in (first, other, unproved)] == ["pending"] * 3
    assert trusted(app) == []


def test_the_button_stands_where_a_browser_is_known(make: Make, site: Site, browser: Browser, author: Author) -> None:
    proved, unproved = author.post("The first bus leaves at five."), make.comment(site)
    page = browser.get("/desk/demo/").text
    assert f"/desk/demo/comments/{proved.id}/trust" in page
    assert f"/desk/demo/comments/{unproved.id}/trust" not in page


def test_trust_is_listed_and_revoked(app: Flask, make: Make, site: Site, browser: Browser, author: Author) -> None:
    first = author.post("The first bus leaves at five.")
    trust(browser, first)
    page = browser.get("/desk/demo/policy").text.partition('id="trusted"')[2]
    assert f"/desk/demo/comments/{first.id}" in page
    assert "trusted by Mo" in page
    key = re.search(r'name="author_key" value="(\w+)"', page)
    assert key is not None
    other = make.site("other")
    make.moderator("theirs@example.org", sites=[other])
    stranger = Browser(app)
    stranger.enter("theirs@example.org")
    for where in ("demo", "other"):
        assert stranger.post(f"/desk/{where}/untrust", author_key=key[1]).status_code == 404
    for wrong in ("", "\0", "x" * 64_000, "nobody"):
        assert browser.post("/desk/demo/untrust", author_key=wrong).status_code == 404
    assert len(trusted(app)) == 1
    assert browser.post("/desk/demo/untrust", author_key=key[1]).location == "/desk/demo/policy#trusted"
    assert trusted(app) == []
    assert kinds(app)[-1] == ("author.untrusted", first.id, True)
    assert author.post("And the last one at two.").status == "pending"
    assert browser.post("/desk/demo/untrust", author_key=key[1]).status_code == 404


def test_of_one_browser_in_a_bulk_act_one_trust_is_kept(app: Flask, make: Make, site: Site, author: Author) -> None:
    moderator = make.moderator("bulk@example.org")
    ids = [author.post("The first bus leaves at five.").id, author.post("And the last one at two.").id]
    with app.app_context():
        done = lifecycle.decide(ids, "approved", at=now(), moderator=moderator, within=[site.id], trusts=True)
        assert len(db.session.scalars(select(TrustedAuthor)).all()) == 1
        lifecycle.undo(done.batch, at=now(), moderator=moderator, within=[site.id])
    assert trusted(app) == []
