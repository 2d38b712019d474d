"""Moderators see who else has a comment open now."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from moderation.extensions import db
from moderation.models import Comment, Moderator, Presence, Site, now
from moderation.review import presence
from tests.factories import Make
from tests.review.browser import PAGE, Browser
from tests.review.test_boundaries import snapshot


@pytest.fixture
def comment(make: Make, site: Site) -> Comment:
    return make.comment(site)


@pytest.fixture
def ana(app: Flask, make: Make, site: Site) -> Browser:
    """The browser of another moderator of the site."""
    make.moderator("ana@example.org", sites=[site], name="Ana")
    browser = Browser(app)
    browser.enter("ana@example.org")
    return browser


def opened(browser: Browser, comment: Comment, site: str = "demo") -> int:
    return browser.post(f"/desk/{site}/comments/{comment.id}/presence").status_code


def seen_by(browser: Browser, *comments: Comment, site: str = "demo") -> dict[str, str]:
    answer = browser.client.get(f"/desk/{site}/presence?ids={','.join(str(each.id) for each in comments)}")
    assert answer.status_code == 200
    found: dict[str, str] = answer.get_json()
    return {each: who.replace("\u2068", "").replace("\u2069", "") for each, who in found.items()}


def rows(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Presence)) or 0


def pass_time(app: Flask, seconds: int) -> None:
    """Let what was seen be older."""
    with app.app_context():
        for row in db.session.scalars(select(Presence)).all():
            db.session.execute(
                update(Presence)
                .where(Presence.comment_id == row.comment_id, Presence.moderator_id == row.moderator_id)
                .values(seen_at=row.seen_at - timedelta(seconds=seconds))
            )
        db.session.commit()


def test_others_are_shown_in_the_queue_and_on_the_page_and_oneself_is_not(
    browser: Browser, ana: Browser, make: Make, site: Site, comment: Comment
) -> None:
    other = make.comment(site)
    assert opened(browser, comment) == 204
    assert seen_by(ana, comment, other) == {str(comment.id): "Mo has this open"}
    assert seen_by(browser, comment, other) == {}
    for path in ("/desk/demo/", f"/desk/demo/comments/{comment.id}"):
        assert "\u2068Mo\u2069 has this open" in ana.get(path).text
        assert "has this open" not in browser.get(path).text


def test_it_is_gone_a_minute_after_the_last_word(app: Flask, browser: Browser, ana: Browser, comment: Comment) -> None:
    opened(browser, comment)
    pass_time(app, 55)
    assert seen_by(ana, comment)
    pass_time(app, 10)
    assert seen_by(ana, comment) == {}
    opened(browser, comment)
    assert seen_by(ana, comment)
    assert rows(app) == 1


def test_what_has_run_out_is_cleared_away_by_whoever_comes_next(
    app: Flask, browser: Browser, ana: Browser, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "_CLEARED", 3)
    comments = [make.comment(site) for _ in range(5)]
    for each in comments:
        opened(browser, each)
    pass_time(app, 61)
    opened(ana, comments[0])
    assert rows(app) == 3
    opened(ana, comments[0])
    assert rows(app) == 1


def test_some_are_named_and_the_others_counted(app: Flask, make: Make, site: Site, comment: Comment) -> None:
    people: list[Moderator] = [make.moderator(f"{name}@example.org", sites=[site], name=name) for name in "abcdef"]
    with app.app_context():
        for one in people:
            assert presence.report(one, comment.id, within=[site.id], at=now())
        said = presence.others(people[0], [comment.id], site.id, now())[comment.id]
    assert said.replace("\u2068", "").replace("\u2069", "") == "b, c, d, and 2 more have this open"


def test_other_sites_comments_are_neither_reported_nor_shown(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    elsewhere = make.site("theirs")
    theirs = make.comment(elsewhere)
    make.moderator("eve@example.org", sites=[elsewhere], name="Eve")
    eve = Browser(app)
    eve.enter("eve@example.org")
    assert opened(eve, theirs, "theirs") == 204
    before = snapshot(app)
    for key in ("demo", "theirs"):
        assert opened(browser, theirs, key) == 404
    assert snapshot(app) == before
    assert seen_by(browser, theirs) == {}
    assert browser.client.get(f"/desk/theirs/presence?ids={theirs.id}", headers=PAGE).status_code == 404


@pytest.mark.parametrize(
    "ids",
    ["", "x", "0", "-1", "1,,2", "%00", "2147483648", "9999999999", "9" * 400, ",".join(["7"] * 900), "%ed%a0%80"],
)
def test_whatever_is_asked_for_is_answered(browser: Browser, ids: str) -> None:
    answer = browser.client.get(f"/desk/demo/presence?ids={ids}")
    assert (answer.status_code, answer.get_json()) == (200, {})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "99999999999999999999"])
def test_a_comment_that_cannot_be_is_none(browser: Browser, number: str) -> None:
    assert browser.post(f"/desk/demo/comments/{number}/presence").status_code == 404


def test_no_more_is_asked_for_than_stands_on_a_screen(
    browser: Browser, ana: Browser, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MOST_ASKED", 2)
    comments = [make.comment(site) for _ in range(3)]
    for each in comments:
        opened(browser, each)
    assert len(seen_by(ana, *comments)) == 2


def test_many_at_once_get_along(app: Flask, make: Make, site: Site, comment: Comment) -> None:
    people = [make.moderator(f"{name}@example.org", sites=[site], name=name) for name in "abcd"]
    faults: list[BaseException] = []

    def beat(one: Moderator) -> None:
        with app.app_context():
            try:
                for turn in range(8):
                    presence.report(one, comment.id, within=[site.id], at=now() - timedelta(seconds=61 * (turn % 2)))
            except BaseException as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=beat, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_without_a_word_nobody_is_there(app: Flask, browser: Browser, ana: Browser, comment: Comment) -> None:
    browser.get(f"/desk/demo/comments/{comment.id}")
    assert rows(app) == 0
    assert "has this open" not in ana.get("/desk/demo/").text
