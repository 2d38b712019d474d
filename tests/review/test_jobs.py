"""Work on more than is on the screen: one button for a bundle, all of a list, progress, stop, and undo as one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from moderation.extensions import db
from moderation.models import Comment, Decision, Event, Job, Moderator, Site, now
from moderation.review import jobs, many, steps
from tests.factories import Make
from tests.learning.test_revising import revise
from tests.review.browser import Browser
from tests.review.test_deciding import after, undo_button


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few comments are many here."""
    monkeypatch.setattr(many, "AT_ONCE", 5)
    monkeypatch.setattr(steps, "CHUNK", 4)


def run(app: Flask) -> int:
    """Let a worker do all there is to do; the steps that took."""
    done = 0
    with app.app_context():
        while jobs.work(now()):
            done += 1
            assert done < 200
    return done


def statuses(app: Flask, site: Site) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Comment.status).where(Comment.site_id == site.id).order_by(Comment.id)))


def events(app: Flask) -> list[tuple[str, dict[str, object]]]:
    """What the log says beside decisions, but for who was given access."""
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.kind.not_like("moderator.%")).order_by(Event.id))
        return [(row.kind, row.detail) for row in rows]


def bundle(make: Make, site: Site, size: int, key: str = "a") -> list[Comment]:
    return [make.comment(site, text_key=key * 32) for _number in range(size)]


def press(browser: Browser, act: str, lead: Comment) -> str:
    """Press the button of a row that stands for a bundle."""
    page = browser.get("/desk/demo/").text
    fields: dict[str, Any] = dict(re.findall(r'name="(bundle|upto)"\s+value="([^"]+)"', page))
    assert fields["bundle"].startswith(f"{lead.id}:")
    return after(browser, browser.decide("demo", act, lead, **fields))


def test_a_bundle_is_one_row_with_its_size(browser: Browser, make: Make, site: Site) -> None:
    first, *rest = bundle(make, site, 4)
    page = browser.get("/desk/demo/").text
    assert f'id="comment-{first.id}"' in page
    assert not any(f'id="comment-{each.id}"' in page for each in rest)
    assert "and 3 nearly the same" in page
    opened = browser.get(f"/desk/demo/?bundle={make.load(first).bundle_id}").text
    assert all(f'id="comment-{each.id}"' in opened for each in (first, *rest))


def test_its_button_decides_on_all_of_it_and_undo_brings_all_back(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    first = bundle(make, site, 4)[0]
    other = make.comment(site)
    page = press(browser, "spam", first)
    assert "4 comments are marked as spam." in page
    assert statuses(app, site) == ["spam"] * 4 + ["pending"]
    after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    assert statuses(app, site) == ["pending"] * 5
    assert make.load(other).version == 1


def test_what_came_in_after_the_page_was_made_is_not_decided_on(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    first = bundle(make, site, 3)[0]
    browser.get("/desk/demo/")
    upto = first.id + 2
    late = bundle(make, site, 1)[0]
    browser.decide("demo", "spam", first, bundle=f"{first.id}:{make.load(first).bundle_id}:pending", upto=upto)
    assert statuses(app, site) == ["spam"] * 3 + ["pending"]
    assert make.load(late).place == 0


def test_a_large_bundle_is_a_job_with_progress_undone_as_one(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    first = bundle(make, site, 11)[0]
    page = press(browser, "spam", first)
    assert "11 comments are being worked on." in page
    assert statuses(app, site) == ["pending"] * 11
    path = re.search(r'data-job="([^"]+)"', page)
    assert path
    with app.app_context():
        assert jobs.work(now())
    shown = browser.client.get(path[1]).get_json()
    assert shown == {"state": "running", "percent": round(100 * 4 / 11), "done": 4}
    run(app)
    assert browser.client.get(path[1]).get_json() == {"state": "done", "percent": 100, "done": 11}
    assert statuses(app, site) == ["spam"] * 11
    assert make.counts(site)["spam"] == 11
    after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    run(app)
    assert statuses(app, site) == ["pending"] * 11


def test_undo_stops_a_job_that_is_still_under_way(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    first = bundle(make, site, 11)[0]
    page = press(browser, "spam", first)
    with app.app_context():
        jobs.work(now())
    after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    run(app)
    assert statuses(app, site) == ["pending"] * 11


def test_ticked_rows_and_bundles_together_are_one_act(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    first = bundle(make, site, 9)[0]
    single = make.comment(site)
    page = browser.get("/desk/demo/").text
    upto = re.search(r'name="upto" value="(\d+)"', page)
    assert upto
    answer = browser.post(
        "/desk/demo/decisions",
        decision="trash",
        ids=[first.id, single.id],
        seen=[f"{first.id}:{first.version}", f"{single.id}:1"],
        bundle=f"{first.id}:{make.load(first).bundle_id}:pending",
        upto=upto[1],
    )
    page = after(browser, answer)
    assert make.load(single).status == "trash"
    run(app)
    assert statuses(app, site) == ["trash"] * 10
    after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    run(app)
    assert statuses(app, site) == ["pending"] * 10


def test_all_that_matches_a_search_is_decided_on_and_nothing_else(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    for number in range(9):
        make.comment(site, "buy pills" if number % 2 == 0 else "a kind word")
    page = browser.get("/desk/demo/all?q=PILLS").text
    assert "buy pills" in page
    upto = re.search(r'name="upto" value="(\d+)"', page)
    assert upto
    make.comment(site, "pills that came later")
    browser.post("/desk/demo/all?q=PILLS", decision="spam", upto=upto[1])
    run(app)
    assert statuses(app, site) == ["spam", "pending"] * 4 + ["spam", "pending"]


def test_a_whole_tab_can_be_decided_on(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    for _number in range(9):
        make.comment(site, status="spam")
    make.comment(site)
    browser.get("/desk/demo/all?status=spam")
    browser.post("/desk/demo/all?status=spam", decision="trash", upto="2147483647")
    run(app)
    assert statuses(app, site) == ["trash"] * 9 + ["pending"]


@pytest.mark.parametrize("upto", ["", "x", "0", "99999999999"])
def test_what_cannot_be_meant_is_refused(browser: Browser, make: Make, site: Site, upto: str) -> None:
    make.comment(site)
    browser.get("/desk/demo/all")
    assert browser.post("/desk/demo/all", decision="spam", upto=upto).status_code == 400
    assert browser.post("/desk/demo/all", decision="nothing", upto="1").status_code == 400


def test_a_worker_that_died_is_relieved(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    press(browser, "spam", bundle(make, site, 9)[0])
    with app.app_context():
        job_id = jobs._claim(now())  # and then the process was killed
        assert job_id is not None
        assert not jobs.work(now())
        assert jobs.work(now() + jobs.CLAIM + timedelta(seconds=1))
    run(app)
    assert statuses(app, site) == ["spam"] * 9


def test_a_step_that_is_done_twice_does_no_harm(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    first = bundle(make, site, 9)[0]
    press(browser, "spam", first)
    with app.app_context():
        jobs.work(now())
        db.session.execute(update(Job).values(after=0, claimed_until=None))
        db.session.commit()
    run(app)
    assert statuses(app, site) == ["spam"] * 9
    assert make.log(first) == [("policy", None, "pending"), ("moderator", "pending", "spam")]


def test_the_job_of_a_moderator_who_was_sent_away_stops(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    press(browser, "spam", bundle(make, site, 9)[0])
    with app.app_context():
        db.session.execute(update(Moderator).values(active=False))
        db.session.commit()
    run(app)
    assert statuses(app, site) == ["pending"] * 9
    with app.app_context():
        assert db.session.scalars(select(Job.state)).one() == "stopped"


def test_a_stopped_job_goes_no_further(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    press(browser, "spam", bundle(make, site, 9)[0])
    with app.app_context():
        jobs.work(now())
        job_id = db.session.scalars(select(Job.id)).one()
    assert "Stop" in browser.get("/desk/demo/jobs").text
    page = after(browser, browser.post("/desk/demo/jobs/stop", id=job_id))
    assert "stopped" in page
    run(app)
    assert statuses(app, site).count("spam") == 4


def test_a_job_that_fails_says_so_and_does_not_hold_up_the_next(
    app: Flask, browser: Browser, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(browser, "spam", bundle(make, site, 9)[0])

    def broken(_job: Job, _at: object) -> steps.Step:
        raise RuntimeError("a fault")

    with monkeypatch.context() as patched:
        patched.setitem(steps.STEPS, "decide", broken)
        run(app)
    assert "failed" in browser.get("/desk/demo/jobs").text
    browser.get("/desk/demo/all")
    browser.post("/desk/demo/all", decision="trash", upto="2147483647")
    run(app)
    assert statuses(app, site) == ["trash"] * 9


def test_jobs_of_another_site_are_not_there(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    other = make.site("other")
    with app.app_context():
        job = jobs.begin_emptying(other, "spam", now(), days=0, moderator=None)
        job_id = job.id
    assert browser.client.get(f"/desk/demo/jobs/progress?id={job_id}").status_code == 404
    assert browser.post("/desk/demo/jobs/stop", id=job_id).status_code == 404
    for typed in ("", "0", "x", "99999999999", "\0"):
        assert browser.client.get("/desk/demo/jobs/progress", query_string={"id": typed}).status_code == 404


def test_spam_is_emptied_by_hand_after_a_page_that_says_what_that_means(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    for _number in range(9):
        make.comment(site, status="spam")
    kept = make.comment(site, status="trash")
    assert "9 comments are deleted for good" in browser.get("/desk/demo/empty?status=spam").text
    assert make.counts(site)["spam"] == 9
    browser.post("/desk/demo/empty", status="spam", upto="2147483647")
    run(app)
    assert make.counts(site) == {"pending": 0, "approved": 0, "spam": 0, "trash": 1}
    assert statuses(app, site) == ["trash"]
    assert make.load(kept).status == "trash"
    assert [kind for kind, _detail in events(app)] == ["job.started", "spam.emptied"]
    assert events(app)[-1][1] == {"number": 9}
    assert browser.client.get("/desk/demo/empty?status=approved").status_code == 400


def test_what_has_been_there_for_as_long_as_the_rules_say_is_emptied_by_itself(
    app: Flask, make: Make, site: Site
) -> None:
    long_ago = now() - timedelta(days=40)
    old = make.comment(site, at=long_ago, status="spam")
    fresh = make.comment(site, at=long_ago, status="spam")
    untouched = make.comment(site, at=long_ago)
    with app.app_context():
        db.session.execute(update(Decision).where(Decision.comment_id == old.id).values(created_at=long_ago))
        db.session.commit()
        jobs.begin_daily(now())
        jobs.begin_daily(now())
        assert len(db.session.scalars(select(Job)).all()) == 1
    run(app)
    with app.app_context():
        left = set(db.session.scalars(select(Comment.id)))
    assert left == {fresh.id, untouched.id}
    assert events(app) == [("spam.expired", {"number": 1})]


def test_a_site_that_never_empties_is_left_alone(app: Flask, make: Make) -> None:
    site = make.site("keeper", empty_after_days=0)
    make.comment(site, status="spam")
    with app.app_context():
        jobs.begin_daily(now() + timedelta(days=400))
        assert db.session.scalars(select(Job)).all() == []


def test_after_new_rules_the_queue_is_put_in_order(app: Flask, make: Make, site: Site) -> None:
    comments = [make.comment(site, "buy pills now http://pills.example " * number) for number in range(6)]
    with app.app_context():
        db.session.execute(update(Comment).values(rank=0))
        db.session.commit()
        jobs.begin(site, "rank", None, now())
    run(app)
    with app.app_context():
        ranks = {row.id: row.rank for row in db.session.execute(select(Comment.id, Comment.rank))}
    assert ranks == {each.id: make.load(each).rank for each in comments}
    assert all(ranks.values())


def test_what_its_author_changes_after_the_button_was_pressed_is_left_to_be_read(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    comments = [make.comment(site, f"Night bus number {number}") for number in range(8)]
    browser.get("/desk/demo/all?status=pending")
    browser.post("/desk/demo/all?status=pending", decision="approve", upto="2147483647")
    assert revise(app, make, comments[6], "Something quite different", approved=False) == "pending"
    run(app)
    assert [status for status in statuses(app, site) if status != "approved"] == ["pending"]
    assert make.load(comments[6]).status == "pending"
    with app.app_context():
        assert db.session.scalars(select(Job.conflicts)).one() == 1


def begun(app: Flask, site: Site, moderator: Moderator) -> int:
    """A job that marks as spam what a search for an address finds."""
    with app.app_context():
        spec: dict[str, Any] = {
            "tab": "pending",
            "search": "amina@example.org",
            "note": "Amina again",
            "to": "spam",
            "upto": 2**31 - 1,
        }
        return jobs.begin(site, "decide", moderator, now(), **spec).id


@pytest.mark.parametrize("how", ["done", "stopped", "stopped while it waited", "failed", "sent away"])
def test_what_was_searched_for_is_forgotten_once_a_job_has_ended(
    app: Flask, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    mine, other = make.comment(site, email="amina@example.org"), make.comment(site)
    job_id = begun(app, site, make.moderator("other@example.org", sites=[] if how == "sent away" else [site]))
    if how == "failed":
        monkeypatch.setattr(steps, "matching", None)
    with app.app_context():
        assert "amina" in str(db.session.get_one(Job, job_id).spec)
        if how == "stopped":
            jobs.work(now())
        if how.startswith("stopped"):
            jobs.stop(db.session.get_one(Job, job_id), now())
    run(app)
    with app.app_context():
        job = db.session.get_one(Job, job_id)
        assert job.state == {"stopped while it waited": "stopped", "sent away": "stopped"}.get(how, how)
        assert job.finished_at
        assert "amina" not in str(job.spec).lower()
        assert job.spec["to"] == "spam"
    assert make.load(mine).status == ("spam" if how in ("done", "stopped") else "pending")
    assert make.load(other).status == "pending"


def test_a_job_that_is_stopped_as_its_step_begins_decides_on_nothing(
    app: Flask, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.comment(site)
    job_id = begun(app, site, make.moderator("other@example.org", sites=[site]))
    claim = jobs._claim

    def claimed_and_stopped(at: datetime) -> int | None:
        found = claim(at)
        if found:
            jobs.stop(db.session.get_one(Job, found), at)
        return found

    monkeypatch.setattr(jobs, "_claim", claimed_and_stopped)
    run(app)
    assert statuses(app, site) == ["pending"]
    with app.app_context():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.claimed_until) == ("stopped", None), "the next job need not wait"
