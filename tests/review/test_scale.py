"""A desk with very many comments: every question goes by an index and reads a bounded number of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
from tests.conftest import empty
from tests.factories import Make
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


@dataclass(slots=True)
class Cost:
    """What an act asks of the database: the steps that read a table from end to end, and how much it reads of few and of many."""

    status: int
    asked: int
    walks: list[str]
    read: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def costs(shared_app: Flask) -> dict[str, Cost]:
    """Every act among few comments, and again among many. One filling serves them all: it is what takes long here."""
    empty(shared_app)
    make, found = Make(shared_app), {}
    site, browser = make.site(), Browser(shared_app)
    make.moderator(sites=[site])
    browser.enter()
    browser.get("/desk/demo/")
    fill(shared_app, site, FEW)
    for name, act in ACTS.items():
        first = first_pending(shared_app)
        with plans.listening(shared_app) as said:
            status = act(browser, first).status_code
        found[name] = Cost(status, len(plans.questions(said)), plans.walks(shared_app, said))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "SCAN", 50)
        patch.setattr(queue, "PAGE", 20)
        for more in (0, MANY - FEW):
            if more:
                fill(shared_app, site, more)
            for name, act in ACTS.items():
                first = first_pending(shared_app)
                with plans.listening(shared_app) as said:
                    act(browser, first)
                found[name].read.append(plans.rows_read(shared_app, said))
    return found


@pytest.mark.parametrize("act", ACTS)
def test_no_question_walks_through_a_table(costs: dict[str, Cost], act: str) -> None:
    assert costs[act].status in {200, 303}
    assert costs[act].asked
    assert costs[act].walks == []


@pytest.mark.parametrize("act", ACTS)
def test_ten_times_as_many_comments_are_no_more_work(costs: dict[str, Cost], act: str) -> None:
    few, many = costs[act].read
    assert few > 0
    assert many <= few * 1.5 + 50


@pytest.fixture
def full(app: Flask, browser: Browser, site: Site) -> Browser:
    browser.get("/desk/demo/")
    fill(app, site, FEW)
    return browser


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
