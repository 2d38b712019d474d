"""A desk with very many comments: every question goes by an index and reads a bounded number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update

from moderation.extensions import db
from moderation.models import Comment, Decision, Page, Site, now
from moderation.review import jobs, queue
from moderation.review.queue import SORTS, TABS
from tests import plans
from tests.review.browser import Browser

FEW, MANY = 1_000, 5_000


def fill(app: Flask, site: Site, number: int) -> None:
    """So many comments, a tenth of them pending, each with its arrival in the log."""
    with app.app_context():
        page = db.session.scalars(select(Page).where(Page.site_id == site.id)).first()
        if page is None:
            page = Page(site_id=site.id, key="/a/")
            db.session.add(page)
            db.session.flush()
        began = db.session.scalar(select(Comment.id).order_by(Comment.id.desc()).limit(1)) or 0
        statuses = ("pending", "approved", "approved", "approved", "spam", "spam", "spam", "spam", "trash", "approved")
        rows = [
            {
                "site_id": site.id,
                "page_id": page.id,
                "author": f"Reader {each}",
                "email": f"reader{each % 50}@example.org",
                "source": f"Word {each} about buses",
                "html": f"<p>Word {each} about buses</p>",
                "sanitiser": "test",
                "status": statuses[each % 10],
                "first_status": statuses[each % 10],
                "probability": (each % 97) / 97,
                "rank": each * 7919 % 100_000,
                "email_key": f"{each % 50:032x}",
                "network_key": f"{each % 40:032x}",
                "text_key": f"{began + each:032x}",
                "created_at": now() - timedelta(seconds=each),
            }
            for each in range(number)
        ]
        db.session.execute(insert(Comment), rows)
        db.session.execute(update(Comment).where(Comment.thread_id.is_(None)).values(thread_id=Comment.id))
        found = db.session.execute(select(Comment.id, Comment.status).where(Comment.id > began)).all()
        db.session.execute(
            insert(Decision),
            [
                {
                    "site_id": site.id,
                    "comment_id": row.id,
                    "actor": "policy",
                    "to_status": row.status,
                    "batch": f"{row.id:032x}",
                }
                for row in found
            ],
        )
        counts = {status: statuses.count(status) * number // 10 for status in set(statuses)}
        for status, more in counts.items():
            db.session.execute(update(Site).where(Site.id == site.id).values({status: getattr(Site, status) + more}))
        db.session.commit()
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("ANALYZE"))
            db.session.commit()


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
