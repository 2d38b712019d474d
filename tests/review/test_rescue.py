"""Where mistakes of the filter are found: the order is exact, page by page, and deciding works as in the queue."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from moderation.extensions import db
from moderation.models import FOLDED, Comment, Moderator, Site, now
from moderation.review import rescue
from moderation.review.queue import BadCursor
from moderation.review.rescue import DOUBTS, Doubt, Search, doubtful
from tests.factories import Make
from tests.review.browser import Browser
from tests.review.lantern import arrive, decide
from tests.review.test_queue import shown

SCORES = (0.0, 5e-05, 1e-16, 0.1, 0.25, 0.30000000000000004, 0.5, 0.9999, 1.0)


def some(site: Site, scores: Sequence[float], status: Doubt = "spam", **columns: Any) -> list[int]:
    at = now() - timedelta(hours=1)
    return [arrive(site, at=at, status=status, probability=score, **columns).id for score in scores]


def walk(site: Site, status: Doubt, *, confirmed: bool = True, limit: int = 2) -> list[int]:
    """All ids of a list, page by page."""
    cursor: str | None = ""
    ids: list[int] = []
    while cursor is not None:
        page = doubtful(Search(site.id, status, confirmed, cursor, limit))
        assert len(page.comments) <= limit
        ids += [comment.id for comment in page.comments]
        assert len(ids) == len(set(ids)), "no comment twice"
        cursor = page.next
    return ids


@pytest.mark.parametrize("status", DOUBTS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_most_doubtful_come_first_and_no_page_skips_or_repeats_one(
    app: Flask, make: Make, site: Site, status: Doubt, limit: int
) -> None:
    scores = [score for score in SCORES for _twin in range(2)]
    random.Random(5).shuffle(scores)
    with app.app_context():
        ids = some(site, scores, status)
        some(site, SCORES, "approved" if status == "spam" else "spam")
        some(make.site("other"), SCORES, status)
        due = sorted(zip(scores, ids, strict=True), reverse=status == "approved")
        assert walk(site, status, limit=limit) == [comment_id for _score, comment_id in due]


def test_what_a_moderator_has_confirmed_is_there_only_when_asked_for(
    app: Flask, make: Make, site: Site, browser: Browser
) -> None:
    moderator = make.moderator("second@example.org")
    with app.app_context():
        first, second, third = some(site, (0.2, 0.3, 0.4))
        decide(make.load(Comment(id=second)), "spam", moderator, now())
    assert shown(browser.get("/desk/demo/rescue").text) == [first, third]
    assert shown(browser.get("/desk/demo/rescue?show=all").text) == [first, second, third]


def test_a_row_behind_another_and_what_staff_wrote_are_not_there(app: Flask, make: Make, site: Site) -> None:
    moderator = make.moderator()
    with app.app_context():
        [row, folded] = some(site, (0.5, 0.6), "approved")
        db.session.execute(update(Comment).where(Comment.id == folded).values(place=FOLDED))
        db.session.commit()
        arrive(site, "Ours", at=now(), staff=moderator)
        assert walk(site, "approved") == [row]


@pytest.mark.parametrize("status", DOUBTS)
def test_a_look_is_bounded_and_goes_on_where_it_ended(
    app: Flask, make: Make, site: Site, status: Doubt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue, "SCAN", 3)
    moderator = make.moderator()
    with app.app_context():
        ids = some(site, [at / 20 for at in range(20)], status)
        for comment_id in ids[2:15]:
            decide(make.load(Comment(id=comment_id)), status, moderator, now())
        left = [*ids[:2], *ids[15:]]
        assert walk(site, status, confirmed=False) == (left if status == "spam" else left[::-1])


def test_deciding_leads_back_teaches_and_can_be_undone(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    with app.app_context():
        first, second = some(site, (0.2, 0.3))
    here = "/desk/demo/rescue?status=spam"
    page = browser.get(here).text
    assert f'name="next" value="{here}"' in page.replace("&amp;", "&")
    assert f'value="spam {first}"' in page, "it can be confirmed"
    answer = browser.decide("demo", "approve", make.load(Comment(id=first)), next=here)
    assert (answer.status_code, answer.location) == (303, here)
    rescued = make.load(Comment(id=first))
    assert (rescued.status, rescued.taught) == ("approved", "ham")
    page = browser.get(here).text
    assert shown(page) == [second]
    batch = re.findall(r'name="batch" value="(\w+)"', page)[0]
    browser.post("/desk/demo/undo", batch=batch, next=here)
    assert shown(browser.get(here).text) == [first, second]
    browser.decide("demo", "spam", make.load(Comment(id=second)), next=here)
    assert make.load(Comment(id=second)).taught == "spam"
    assert shown(browser.get(here).text) == [first]


def test_the_way_back_from_a_later_page_is_that_page(
    app: Flask, make: Make, site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        ids = some(site, SCORES)
    monkeypatch.setattr("moderation.review.rescue_views.Search", lambda **asked: Search(**asked, limit=2))
    page, seen = browser.get("/desk/demo/rescue?show=all").text, []
    while True:
        seen += shown(page)
        found = re.search(r'rel="next"\s+href="([^"]+)"', page)
        if found is None:
            break
        here = found[1].replace("&amp;", "&")
        page = browser.get(here).text
        row = shown(page)[0]
        answer = browser.decide("demo", "trash", make.load(Comment(id=row)), seen=999, next=here)
        assert answer.location.split("#")[0] == here
    assert sorted(seen) == sorted(ids)


@pytest.mark.parametrize(
    "query",
    [
        "status=pending",
        "status=trash",
        "status=x%00",
        "show=none",
        "show=%F0%9F",
        "cursor=1",
        "cursor=0.5~",
        "cursor=nan~1",
        "cursor=0.5~9999999999",
        "cursor=9e999~1",
        "cursor=0.5~1~1",
        "cursor=%00",
        "cursor=0.5~%D9%A1",
        "cursor=" + "9" * 64_000,
    ],
)
def test_other_lists_and_places_are_refused_in_words(browser: Browser, query: str) -> None:
    answer = browser.get(f"/desk/demo/rescue?{query}")
    assert answer.status_code == 400
    assert "list" in answer.text


def test_no_cursor_but_its_own_is_taken(app: Flask, site: Site) -> None:
    with app.app_context(), pytest.raises(BadCursor):
        doubtful(Search(site.id, cursor="1"))


def test_each_empty_list_says_why(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    assert "Nothing left to check" in browser.get("/desk/demo/rescue").text
    assert "No comment has this status" in browser.get("/desk/demo/rescue?show=all").text
    assert "That was the last page" in browser.get("/desk/demo/rescue?cursor=0.5~1").text


def test_confirmed_ones_alone_lead_on(
    app: Flask, make: Make, site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue, "SCAN", 2)
    moderator: Moderator = make.moderator("second@example.org")
    with app.app_context():
        for comment_id in some(site, (0.1, 0.2, 0.3)):
            decide(make.load(Comment(id=comment_id)), "spam", moderator, now())
    page = browser.get("/desk/demo/rescue").text
    assert "there are more" in page
    assert 'rel="next"' in page


def test_another_sites_mistakes_look_like_none(make: Make, browser: Browser) -> None:
    make.site("theirs")
    foreign, nowhere = browser.get("/desk/theirs/rescue"), browser.get("/desk/nowhere/rescue")
    assert foreign.status_code == nowhere.status_code == 404
    assert foreign.text == nowhere.text


@pytest.mark.parametrize("status", DOUBTS)
@pytest.mark.parametrize("cursor", ["", "0.5~7"])
def test_the_list_is_a_walk_of_its_index(app: Flask, site: Site, status: Doubt, cursor: str) -> None:
    with app.app_context():
        question = rescue._window(Search(site.id, status, cursor=cursor))
        words = question.compile(db.engine, compile_kwargs={"literal_binds": True})
        if db.engine.dialect.name == "sqlite":
            steps = [row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
        else:
            for way in ("seqscan", "bitmapscan", "sort"):
                db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            steps = list(db.session.scalars(text(f"EXPLAIN {words}")))
    assert any("ix_comment_by_score" in step for step in steps), steps
    assert not [step for step in steps if "B-TREE" in step or "Sort" in step or "Seq Scan" in step], steps
