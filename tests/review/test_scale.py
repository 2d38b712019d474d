"""A desk with very many comments: every question goes by an index and reads a bounded number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bench.fill import fill as put
from moderation.extensions import db
from moderation.models import Comment, Site, now
from moderation.review import jobs, queue
from moderation.review.queue import SORTS, TABS
from tests import plans
from tests.review.browser import Browser

FEW, MANY = 1_000, 5_000


def fill(app: Flask, site: Site, number: int) -> None:
    with app.app_context():
        # How much is known of the authors on a page is bounded by itself; here it is the same on every page.
        put(db.session.get_one(Site, site.id), number, by_one=1)


def first_pending(app: Flask) -> Comment:
    with app.app_context():
        return db.session.scalars(select(Comment).where(Comment.status == "pending").order_by(Comment.id)).first()  # type: ignore[return-value]


def _tab(tab: str, sort: str) -> Callable[[Browser, Comment], Any]:
    return lambda browser, _first: browser.get(f"/desk/demo/?status={tab}&sort={sort}")


ACTS: dict[str, Callable[[Browser, Comment], Any]] = {
    **{f"{tab} by {sort}": _tab(tab, sort) for tab in TABS for sort in SORTS},
    "a search that finds nothing": lambda browser, _first: browser.get("/desk/demo/?status=all&q=zebra"),
    "a comment": lambda browser, first: browser.get(f"/desk/demo/comments/{first.id}"),
    "all of a list": lambda browser, _first: browser.get("/desk/demo/all?status=spam"),
    "a decision": lambda browser, first: browser.decide("demo", "spam", first),
}


@pytest.fixture
def full(app: Flask, browser: Browser, site: Site) -> Iterator[Browser]:
    browser.get("/desk/demo/")
    fill(app, site, FEW)
    yield browser


@pytest.mark.parametrize("act", ACTS)
def test_no_question_walks_through_a_table(app: Flask, full: Browser, act: str) -> None:
    first = first_pending(app)
    with plans.listening(app) as said:
        assert ACTS[act](full, first).status_code in {200, 303}
    assert plans.questions(said)
    assert plans.walks(app, said) == []


@pytest.mark.parametrize("act", ACTS)
def test_ten_times_as_many_comments_are_no_more_work(
    app: Flask, full: Browser, site: Site, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr(queue, "SCAN", 50)
    monkeypatch.setattr(queue, "PAGE", 20)
    read = []
    for more in (0, MANY - FEW):
        if more:
            fill(app, site, more)
        first = first_pending(app)
        with plans.listening(app) as said:
            ACTS[act](full, first)
        read.append(plans.rows_read(app, said))
    assert read[0] > 0
    assert read[1] <= read[0] * 1.5 + 50, read


def test_a_step_of_a_job_reads_no_more_of_a_large_list(app: Flask, full: Browser, site: Site) -> None:
    read = []
    for more in (0, MANY - FEW):
        if more:
            fill(app, site, more)
        full.get("/desk/demo/all?status=spam")
        full.post("/desk/demo/all?status=spam", decision="trash", upto="2147483647")
        with plans.listening(app) as said, app.app_context():
            assert jobs.work(now())
        read.append(plans.rows_read(app, said))
        assert plans.walks(app, said) == []
        with app.app_context():
            jobs.stop(jobs.latest(site)[0], now())
    assert read[1] <= read[0] * 1.5 + 50, read
