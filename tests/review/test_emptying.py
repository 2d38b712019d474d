"""Spam and trash are emptied of what the page showed before the button was pressed, and of nothing else."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from moderation.extensions import db
from moderation.models import Comment, Job, Moderator, Site, Status
from tests.factories import Make
from tests.learning.state import decide, undo
from tests.learning.test_revising import revise
from tests.review.browser import Browser
from tests.review.test_jobs import run, statuses


@pytest.fixture
def colleague(make: Make, site: Site) -> Moderator:
    return make.moderator("second@example.org", sites=[site])


def opened(browser: Browser, status: Status = "trash") -> str:
    """The mark that the page before emptying puts into its form."""
    found = re.search(r'name="upto"\s+value="(\d+)"', browser.get(f"/desk/demo/empty?status={status}").text)
    assert found
    return found[1]


def pressed(app: Flask, browser: Browser, upto: str, status: Status = "trash") -> str:
    """What the page of jobs says once the button was pressed and all is done."""
    assert browser.post("/desk/demo/empty", status=status, upto=upto).status_code == 303
    run(app)
    return browser.get("/desk/demo/jobs").text


def test_what_somebody_moved_to_the_trash_after_the_page_was_made_stays_there_and_can_be_undone(
    app: Flask, browser: Browser, make: Make, site: Site, colleague: Moderator
) -> None:
    # The older number comes to the trash later: no number of a comment tells what the page showed.
    other, shown = make.comment(site), make.comment(site, status="trash")
    page = browser.get("/desk/demo/empty?status=trash").text
    assert "1 comment is deleted for good" in page
    upto = opened(browser)
    batch = decide(app, [other.id], "trash", colleague, site)
    said = pressed(app, browser, upto)
    with app.app_context():
        assert db.session.scalars(select(Comment.id)).all() == [other.id], f"{shown.id} alone was on the page"
        assert db.session.scalars(select(Job.done)).one() == 1
    assert "1 came there since and was left alone" in said
    assert make.counts(site) == {"pending": 0, "approved": 0, "spam": 0, "trash": 1}
    undo(app, batch, colleague, site)
    assert make.load(other).status == "pending"
    decide(app, [other.id], "trash", colleague, site)
    pressed(app, browser, opened(browser))
    assert statuses(app, site) == []


def test_what_left_the_trash_and_came_back_meanwhile_stays(
    app: Flask, browser: Browser, make: Make, site: Site, colleague: Moderator
) -> None:
    comment = make.comment(site, status="trash")
    upto = opened(browser)
    decide(app, [comment.id], "pending", colleague, site)
    decide(app, [comment.id], "trash", colleague, site)
    pressed(app, browser, upto)
    assert statuses(app, site) == ["trash"]


def test_spam_that_came_in_or_was_changed_by_its_author_since_stays(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    shown, changed = make.comment(site, status="spam"), make.comment(site, status="spam")
    upto = opened(browser, "spam")
    late = make.comment(site, status="spam")
    assert revise(app, make, changed, "A kinder word", approved=False) == "spam"
    said = pressed(app, browser, upto, "spam")
    with app.app_context():
        assert db.session.scalars(select(Comment.id).order_by(Comment.id)).all() == [changed.id, late.id], shown.id
    assert "2 came there since and were left alone" in said


@pytest.mark.parametrize("upto", [None, "", "x", "-1", "99999999999", "\0"])
def test_without_the_pages_mark_nothing_is_emptied(
    app: Flask, browser: Browser, make: Make, site: Site, upto: str | None
) -> None:
    make.comment(site, status="trash")
    browser.get("/desk/demo/empty?status=trash")
    answer = browser.post("/desk/demo/empty", status="trash", **({} if upto is None else {"upto": upto}))
    assert answer.status_code == 400
    assert "reload the page and try again" in answer.text
    run(app)
    assert statuses(app, site) == ["trash"]


def test_a_mark_that_is_yet_to_come_spares_what_comes_after_the_press(
    app: Flask, browser: Browser, make: Make, site: Site, colleague: Moderator
) -> None:
    make.comment(site, status="trash")
    other = make.comment(site)
    browser.get("/desk/demo/empty?status=trash")
    browser.post("/desk/demo/empty", status="trash", upto="2147483647")
    decide(app, [other.id], "trash", colleague, site)
    run(app)
    assert statuses(app, site) == ["trash"]


def test_another_sites_log_does_not_move_the_mark(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    make.comment(site, status="trash")
    upto = opened(browser)
    make.comment(make.site("other"), status="trash")
    assert opened(browser) == upto
