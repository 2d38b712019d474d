"""The figures against a count by hand, over random histories of comments, decisions, confirmations and undos."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from moderation import lifecycle
from moderation.extensions import db
from moderation.models import STATUSES, Comment, Decision, Moderator, Site, Status
from moderation.review import insights_log
from moderation.review.insights import Entry, figures, signals
from moderation.review.insights_log import read
from tests.factories import Make
from tests.review.lantern import arrive, decide

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
GIVEN: tuple[Status, ...] = ("approved", "pending", "spam")
FIRST = (NOON - timedelta(days=6)).date()


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


def act(site: Site, moderator: Moderator, chance: random.Random, steps: int) -> None:
    """A random history of the last nine days, of which the oldest lie before the week that is looked at."""
    made: list[Comment] = []
    batches: list[str] = []
    for step in range(steps):
        at = NOON - timedelta(days=9) * (1 - step / steps)
        does = chance.choice(("arrive", "arrive", "decide", "decide", "undo", "author", "staff", "bulk"))
        one = chance.choice(made) if made else None
        if does == "arrive" or one is None:
            status = chance.choice(GIVEN)
            made.append(arrive(site, at=at, status=status, page=chance.choice(("/a/", "/b/", "/c/"))))
        elif does == "decide":
            batches.append(decide(one, chance.choice(STATUSES), moderator, at))
        elif does == "undo" and batches:
            # What an undo did can be undone by its own batch.
            outcome = lifecycle.undo(chance.choice(batches[-4:]), at=at, moderator=moderator, within=[site.id])
            batches.append(outcome.batch)
        elif does == "author":
            decide(one, "trash", None, at)
        elif does == "staff":
            made.append(arrive(site, "A word of ours", at=at, staff=moderator))
        else:
            ids = [each.id for each in chance.sample(made, min(3, len(made)))]
            done = lifecycle.decide(ids, chance.choice(STATUSES), at=at, moderator=moderator, within=[site.id])
            batches.append(done.batch)


def by_hand(site: Site, first: date, last: date) -> dict[str, Any]:
    """The same figures, comment by comment and in the plainest way, from the two tables."""
    start = datetime.combine(first, time.min, UTC)
    logs = defaultdict(list)
    for entry in db.session.scalars(select(Decision).where(Decision.site_id == site.id).order_by(Decision.id)):
        logs[entry.comment_id].append(entry)
    found: dict[str, Any] = {
        "arrivals": Counter(), "decisions": Counter(), "deciders": Counter(), "finds": Counter(),
        "pages": Counter(), "spam_pages": Counter(), "waits": defaultdict(list), "words": {},
    }  # fmt: skip
    for comment in db.session.scalars(select(Comment).where(Comment.site_id == site.id)):
        log = {entry.id: entry for entry in logs[comment.id]}
        standing: list[Decision] = []
        for entry in logs[comment.id][1:]:
            undone, undos = entry, 0
            while undone.undoes_id is not None:
                undone, undos = log[undone.undoes_id], undos + 1
            # An undo takes a decision away, the undo of an undo brings it back, and so on.
            if undos % 2:
                standing.remove(undone)
            else:
                standing.append(undone)
        standing.sort(key=lambda each: each.id)
        _count(found, comment, [each for each in standing if each.created_at >= start], first, last)
    return found


def _count(found: dict[str, Any], comment: Comment, standing: list[Decision], first: date, last: date) -> None:
    words = [each for each in standing if each.actor == "moderator"]
    for each in words:
        found["decisions"][each.to_status, each.created_at.date()] += 1
    if words and words[-1].to_status in {"spam", "approved"}:
        found["words"][comment.id] = words[-1].to_status
    if comment.staff:
        return
    ended = [each for each in words if each.from_status == "pending" != each.to_status]
    if comment.first_status == "pending" and ended:
        found["waits"][ended[0].created_at.date()].append((ended[0].created_at - comment.created_at).total_seconds())
    day = comment.created_at.date()
    if not first <= day <= last:
        return
    was, word = comment.first_status, words[-1].to_status if words else None
    found["arrivals"][was, day] += 1
    found["pages"][comment.page_id] += 1
    if was != "pending":
        decider = "policy" if word is None else "confirmed" if word == was else "changed"
    elif word in {"approved", "spam", "trash"}:
        decider = "moderator"
    else:
        decider = "withdrawn" if any(each.actor == "author" for each in standing) else "waiting"
    found["deciders"][decider] += 1
    kinds = {
        ("spam", None): "caught", ("spam", "spam"): "caught", ("spam", "trash"): "caught",
        ("spam", "approved"): "rescued", ("approved", "spam"): "public", ("pending", "spam"): "held",
    }  # fmt: skip
    kind = kinds.get((was, word))
    if kind:
        found["finds"][kind, day] += 1
        if kind != "rescued":
            found["spam_pages"][comment.page_id] += 1


def by_day(rows: dict[Any, list[int]], days: list[date]) -> Counter[tuple[str, date]]:
    return Counter({(kind, day): n for kind, row in rows.items() for day, n in zip(days, row, strict=True) if n})


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_are_what_a_count_by_hand_gives(app: Flask, make: Make, moderator: Moderator, seed: int) -> None:
    site, other = make.site(), make.site("other")
    with app.app_context():
        act(site, moderator, random.Random(seed), 90)
        act(other, moderator, random.Random(seed + 100), 15)
        report = read(site.id, 7, NOON)
        made, due = report.figures, by_hand(site, FIRST, NOON.date())
    assert (report.whole, report.shortened) == (True, False)
    assert made.days == [FIRST + timedelta(days=each) for each in range(7)]
    for name in ("arrivals", "decisions", "finds"):
        assert by_day(getattr(made, name), made.days) == due[name], name
    for name in ("deciders", "pages", "spam_pages"):
        assert getattr(made, name) == due[name], name
    assert made.words == due["words"]
    for day, wait in zip(made.days, made.waits, strict=True):
        waited = sorted(due["waits"][day])
        assert (wait is None) == (not waited)
        if wait:
            assert (wait.half, wait.comments) == (median(waited), len(waited))
            assert sum(each <= wait.most for each in waited) >= 0.9 * len(waited)
            assert sum(each < wait.most for each in waited) < 0.9 * len(waited)
    assert made.wait is None or made.wait.comments == sum(map(len, due["waits"].values()))
    assert made.arrived == sum(due["arrivals"].values())


def test_a_day_ends_at_midnight_utc(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    midnight = datetime.combine(FIRST, time.min, UTC)
    east = midnight.astimezone().tzinfo
    with app.app_context():
        for at in (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23, minutes=59)):
            decide(arrive(site, at=at.astimezone(east), status="pending"), "approved", moderator, at)
        decide(arrive(site, at=midnight + timedelta(days=1), status="spam"), "spam", moderator, NOON)
        made = read(site.id, 7, NOON).figures
    assert made.arrivals["pending"] == [2, 0, 0, 0, 0, 0, 0]
    assert made.arrivals["spam"] == [0, 1, 0, 0, 0, 0, 0]
    assert made.decisions["approved"] == [2, 0, 0, 0, 0, 0, 0]
    assert made.decisions["spam"] == [0, 0, 0, 0, 0, 0, 1]


def test_what_waited_since_before_the_week_waited_since_then(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    with app.app_context():
        decide(arrive(site, at=NOON - timedelta(days=20), status="pending"), "spam", moderator, NOON)
        decide(arrive(site, at=NOON - timedelta(days=20), status="approved"), "spam", moderator, NOON)
        made = read(site.id, 7, NOON).figures
    assert made.wait is not None
    assert (made.wait.half, made.wait.comments) == (20 * 86400, 1)
    assert made.arrived == 0
    assert made.decided == 2


def test_what_went_back_and_was_decided_again_waited_once(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    with app.app_context():
        comment = arrive(site, at=NOON - timedelta(days=3), status="pending")
        steps: tuple[Status, ...] = ("approved", "pending", "spam")
        for days, to in zip((2, 1, 0), steps, strict=True):
            decide(comment, to, moderator, NOON - timedelta(days=days))
        made = read(site.id, 7, NOON).figures
    assert made.wait is not None
    assert (made.wait.half, made.wait.comments) == (86400, 1)
    assert (made.decided, made.found("held")) == (3, 1)


def test_a_longer_log_is_cut_and_begins_where_it_is_whole(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        for day in (6, 5, 4, 3, 2, 1, 0):
            for _each in range(2):
                arrive(site, at=NOON - timedelta(days=day), status="approved")
        monkeypatch.setattr(insights_log, "MOST", 5)
        cut = read(site.id, 7, NOON)
        monkeypatch.setattr(insights_log, "MOST", 4)
        even = read(site.id, 7, NOON)
        monkeypatch.setattr(insights_log, "MOST", 1)
        tiny = read(site.id, 7, NOON)
        monkeypatch.setattr(insights_log, "MOST", 14)
        whole = read(site.id, 7, NOON)
    for report in (cut, even):
        assert (report.shortened, report.whole) == (True, True)
        assert report.figures.days[0] == NOON.date() - timedelta(days=1)
        assert report.figures.arrivals["approved"] == [2, 2]
    assert (tiny.whole, tiny.figures.days, tiny.figures.arrived) == (False, [NOON.date()], 1)
    assert (whole.shortened, whole.figures.arrived) == (False, 14)


def test_old_comments_that_were_written_last_hide_nothing_unsaid(
    app: Flask, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import writes arrivals of years ago after those of yesterday."""
    with app.app_context():
        arrive(site, at=NOON - timedelta(days=2), status="approved")
        for year in range(6):
            arrive(site, at=NOON - timedelta(days=400 * (7 - year)), status="approved")
        arrive(site, at=NOON, status="spam")
        monkeypatch.setattr(insights_log, "MOST", 4)
        report = read(site.id, 7, NOON)
    assert report.shortened
    assert report.figures.days == [NOON.date() - timedelta(days=1), NOON.date()]
    assert report.figures.arrived == 1


def verdict(*signals: tuple[Any, Any]) -> dict[str, Any]:
    return {"signals": [{"name": name, "points": points} for name, points in signals]}


def test_a_signal_is_right_where_moderators_say_the_same() -> None:
    tallies = signals(
        [
            ("spam", verdict(("links.any", 2.0), ("content.start", -3.0), ("author.known", -1.0), ("quiet", 0))),
            ("spam", verdict(("links.any", 1.0), ("links.any", 1.0))),
            ("approved", verdict(("links.any", 0.5), ("author.known", -2.0))),
            ("approved", {}),
        ]
    )
    said = {(each.name, each.leaning): (each.said, each.right) for each in tallies}
    assert said == {("links.any", "spam"): (3, 2), ("author.known", "fine"): (2, 1)}


def test_signals_are_those_of_what_moderators_decided_and_of_nothing_else(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        made = [arrive(site, at=NOON, status="spam", verdict=verdict((f"links.{n}", 1.0))) for n in range(5)]
        for comment in made[:4]:
            decide(comment, "spam", moderator, NOON)
        decide(made[0], "trash", moderator, NOON)
        decide(made[1], "approved", moderator, NOON)
        report = read(site.id, 7, NOON)
        monkeypatch.setattr(insights_log, "JUDGED", 2)
        newest = read(site.id, 7, NOON)
    assert [(each.name, each.said, each.right) for each in report.signals] == [
        ("links.1", 1, 0), ("links.2", 1, 1), ("links.3", 1, 1)
    ]  # fmt: skip
    assert report.judged == 3
    assert [each.name for each in newest.signals] == ["links.1", "links.3"], "the newest words"


def test_nothing_is_no_fault(app: Flask, site: Site) -> None:
    with app.app_context():
        report = read(site.id, 90, NOON)
    assert (report.figures.arrived, report.figures.decided, report.figures.wait) == (0, 0, None)
    assert len(report.figures.days) == 90


ENTRY = st.builds(
    Entry,
    id=st.just(0),
    comment_id=st.integers(1, 4),
    page_id=st.just(1),
    actor=st.sampled_from(["policy", "moderator", "author"]),
    came_from=st.none() | st.sampled_from(STATUSES),
    to=st.sampled_from(STATUSES),
    undoes=st.none() | st.integers(1, 30),
    at=st.datetimes(*map(datetime.fromisoformat, ("2026-03-20", "2026-04-05")), timezones=st.just(UTC)),
)


@given(st.lists(ENTRY, max_size=30))
@settings(max_examples=200)
def test_no_log_however_odd_breaks_the_count(log: list[Entry]) -> None:
    numbered = [each._replace(id=at) for at, each in enumerate(log, 1)]
    made = figures(numbered, FIRST, NOON.date())
    assert made.arrived == sum(map(sum, made.arrivals.values())) == sum(made.pages.values())
    assert made.found(*("caught", "held", "public", "rescued")) <= made.arrived
    assert all(n >= 0 for rows in (made.arrivals, made.decisions, made.finds) for row in rows.values() for n in row)


def test_the_log_is_walked_from_its_end_by_its_index(app: Flask, make: Make, site: Site) -> None:
    owner = make.moderator()
    for other in (site, make.site("other"), make.site("third")):
        comment = make.comment(other)
        for status in ("approved", "spam") * 10:
            make.decide(comment, status, owner)
    with app.app_context():
        db.session.execute(text("ANALYZE"))
        start = datetime.combine(FIRST, time.min, UTC)
        for question in (
            insights_log._entries(site.id, start),
            insights_log._newest(site.id).with_only_columns(Decision.created_at).offset(insights_log.MOST).limit(1),
        ):
            steps = plan(question)
            assert any("ix_decision_of_site" in step for step in steps), steps
            assert not [step for step in steps if step.startswith("SCAN decision") or "Seq Scan" in step], steps


def plan(question: Any) -> list[str]:
    """How the database would answer among many rows."""
    words = question.compile(db.engine, compile_kwargs={"literal_binds": True})
    if db.engine.dialect.name == "sqlite":
        return [row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
    for way in ("seqscan", "bitmapscan", "sort"):
        db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    return list(db.session.scalars(text(f"EXPLAIN {words}")))
