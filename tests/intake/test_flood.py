"""Flood mode at the door: a flood turns it on, honest comments during it are held and none is lost, it stands down."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from moderation.extensions import db
from moderation.intake import flood, proof
from moderation.models import Site, now
from moderation.spam.flood import FEWEST, QUIET, WINDOW
from tests.factories import Make
from tests.flooding import (
    MINUTE,
    OPEN,
    ask,
    begun,
    count,
    live_through,
    newest,
    overrun,
    pour,
    said_of_the_proof,
    solve,
    wait,
)
from tests.reader import Reader
from tests.thorough import size

OVER = QUIET + WINDOW


@pytest.fixture(autouse=True)
def short_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_NUMBERS", 4)


def is_on(app: Flask) -> bool:
    with app.app_context():
        return db.session.scalars(select(Site).where(Site.key == "demo")).one().flood(now()) is not None


# It begins, goes on and stands down


def test_a_flood_of_hundreds_turns_it_on_and_no_comment_is_lost(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    many = size(500, 120)
    assert pour(app, many) == [201] * (FEWEST - 1) + [202] * (many - FEWEST + 1)
    assert is_on(app)
    wait(app, timedelta(minutes=5))
    answer = Reader(app).post(token=begun(app, MINUTE), comment="An honest word on the bus that nobody waits for.")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "pending")
    assert count(app) == many + 1
    comment = newest(app)
    assert comment.status == "pending"
    assert comment.verdict is not None
    assert comment.verdict["because"].startswith(
        "Held: no proof of work came with the comment, as flood mode asks for."
    )
    assert make.log(comment) == [("policy", None, "pending")]


def test_spam_during_a_flood_goes_among_the_spam_and_not_into_the_queue(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    pour(app, FEWEST)
    bait = '<a href="http://pills.top/">cheap pills online</a> ' * 3
    assert Reader(app).post(author="cheap pills online", url="http://pills.top/", comment=bait).status_code == 202
    assert newest(app).status == "spam"
    assert "In flood mode" in str(newest(app).verdict)


def test_it_stands_down_by_itself_and_says_so_in_the_log(
    app: Flask, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    site = make.site(**OPEN)
    with caplog.at_level(logging.INFO, "moderation"):
        pour(app, 30)
        wait(app, OVER - timedelta(minutes=6))
        assert is_on(app)
        assert Reader(app).post(comment="Still in the flood, which is nine minutes old.").status_code == 202
        wait(app, timedelta(minutes=6))
        assert not is_on(app)
        assert ask(Reader(app))["challenge"] is None
        assert Reader(app).post(comment="After the flood, when all is calm again.").status_code == 201
    said = [record.getMessage() for record in caplog.records if "flood" in record.getMessage()]
    assert said == [
        f"flood mode on: site {site.id}, {FEWEST} comments in 5 minutes, usual 0 an hour, 0 alike",
        f"flood mode off: site {site.id}, after 0:00:00",
    ]


def test_a_flood_that_goes_on_keeps_it_on(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    pour(app, FEWEST)
    for wave in range(1, 4):
        wait(app, timedelta(minutes=8))
        assert set(pour(app, FEWEST // 2, first=100 * wave)) == {202}
    wait(app, OVER)
    assert Reader(app).post().status_code == 201


def test_a_quiet_site_with_a_few_readers_at_once_is_left_alone(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    assert set(pour(app, FEWEST - 1)) == {201}
    assert not is_on(app)


def test_the_usual_rush_of_a_busy_site_is_no_flood(app: Flask, make: Make) -> None:
    busy, quiet = make.site(**OPEN), make.site("quiet", **OPEN)
    live_through(app, busy, 7, a_minute=5)
    assert set(pour(app, 3 * FEWEST)) == {201}
    assert not is_on(app)
    assert 202 in pour(app, 3 * FEWEST, site=quiet.key)
    assert not is_on(app), "a flood on one site is none on another"


def test_a_flood_of_yesterday_does_not_make_todays_usual(app: Flask, make: Make) -> None:
    site = make.site(**OPEN)
    live_through(app, site, 2, a_minute=20)
    assert 202 in pour(app, FEWEST)


def test_near_duplicates_turn_it_on_at_any_rate(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    reader = Reader(app)
    for number in range(12):
        reader.address = f"10.9.{number}.1"
        words = f"The council has {number} plans for the harbour bridge and the night buses that cross it every hour."
        reader.post(author=f"S {number}", email=f"s{number}@example.org", comment=words)
        wait(app, timedelta(minutes=4))
    with app.app_context():
        on = db.session.scalars(select(Site)).one().flood(now())
    assert on is not None
    assert on.cause == "alike"


def test_another_process_and_the_next_start_know_of_it(app: Flask, make: Make, app_with: Callable[..., Flask]) -> None:
    make.site(**OPEN)
    pour(app, FEWEST)
    other = app_with()
    assert ask(Reader(other))["challenge"] is not None
    assert Reader(other).post(comment="Sent through another process of the same service.").status_code == 202


def test_of_several_that_see_it_begin_one_says_so(
    app: Flask, make: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site(**OPEN)
    pour(app, FEWEST - 1)
    ready = threading.Barrier(4)
    look = flood.arrivals

    def together(*args: Any, **named: Any) -> Any:
        seen = look(*args, **named)
        ready.wait(timeout=10)
        return seen

    monkeypatch.setattr(flood, "arrivals", together)
    statuses: list[int] = []
    posts = [
        threading.Thread(target=lambda each=each: statuses.extend(pour(app, 1, first=each))) for each in range(100, 104)
    ]
    for post in posts:
        post.start()
    for post in posts:
        post.join()
    assert statuses == [202] * 4
    assert len([record for record in caplog.records if "flood mode on" in record.getMessage()]) == 1


# The owner's setting


def test_an_owner_who_switches_it_on_has_it_on_and_it_does_not_end(app: Flask, make: Make) -> None:
    make.site(**OPEN, flood_mode="on")
    form = ask(Reader(app))
    assert form["challenge"] is not None
    assert Reader(app).post(token=form["token"], altcha=solve(form["challenge"])).status_code == 201
    wait(app, timedelta(days=2))
    assert Reader(app).post(comment="Two days later, and without a proof.").status_code == 202
    assert said_of_the_proof(newest(app))[0] > 0


def test_an_owner_who_switches_it_off_is_left_alone(app: Flask, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    make.site(**OPEN, flood_mode="off")
    overrun(app)
    assert set(pour(app, 2 * FEWEST)) == {201}
    assert ask(Reader(app))["challenge"] is None
    assert not [record for record in caplog.records if "flood" in record.getMessage()]


def test_detection_reads_one_index_and_no_more_rows_than_it_may(app: Flask, make: Make) -> None:
    site, other = make.site(), make.site("other")
    live_through(app, site, 7, a_minute=30)
    live_through(app, other, 7, a_minute=30)
    with app.app_context():
        session = db.session()
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ANALYZE"))
        plans = []

        def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            if statement.startswith("SELECT"):
                plans.append((statement, values))

        event.listen(db.engine, "before_cursor_execute", explain)
        try:
            seen = flood.arrivals(session, site.id, alike=30, on=False, at=now())
        finally:
            event.remove(db.engine, "before_cursor_execute", explain)
        assert seen.usual == 20, "counted up to the bound and no further"
        assert len(plans) == 3
        how = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        for statement, values in plans:
            rows = session.connection().exec_driver_sql(f"{how} {statement}", values).all()
            lines = [" ".join(map(str, row)) for row in rows]
            scans = [line for line in lines if re.search(r"Scan.* on comment|(SCAN|SEARCH) comment", line)]
            assert scans
            assert all("ix_comment_by_arrival" in line for line in scans), "\n".join(lines)
