"""The door: one transaction for the log, the status, the counts and the page's version."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from moderation import lifecycle
from moderation.extensions import db
from moderation.lifecycle import ClosedPage, Draft, HiddenParent, TooDeep, acts
from moderation.models import STATUSES, Comment, Decision, Moderator, Page, Site, Status, now
from moderation.review.accounts import create_moderator
from tests.conftest import empty
from tests.factories import PASSWORD, Make
from tests.thorough import examples


def counted(app: Flask, site: Site) -> dict[str, int]:
    """The truth: rows by status, counted."""
    with app.app_context():
        query = (
            select(Comment.status, func.count().label("n")).where(Comment.site_id == site.id).group_by(Comment.status)
        )
        found = {row.status: row.n for row in db.session.execute(query)}
    return {status: found.get(status, 0) for status in STATUSES}


def test_a_received_comment_is_logged_and_counted_and_changes_nothing_visible(app: Flask, make: Make) -> None:
    site = make.site()
    comment = make.comment(site)
    assert make.log(comment) == [("policy", None, "pending")]
    assert make.counts(site) == {"pending": 1, "approved": 0, "spam": 0, "trash": 0}
    assert make.page(site).counts() == make.counts(site)
    assert make.page(site).version == 0


def test_approving_moves_log_status_counts_and_version_together(make: Make) -> None:
    site = make.site()
    comment = make.comment(site)
    outcome = make.decide(comment, "approved")
    assert outcome.decided == [comment.id]
    assert make.load(comment).status == "approved"
    assert make.log(comment)[-1] == ("author", "pending", "approved")
    assert make.counts(site) == {"pending": 0, "approved": 1, "spam": 0, "trash": 0}
    assert make.page(site).version == 1


def test_moving_between_hidden_statuses_leaves_the_version_alone(make: Make) -> None:
    site = make.site()
    comment = make.comment(site, status="spam")
    make.decide(comment, "trash")
    assert make.page(site).version == 0
    assert make.counts(site)["trash"] == 1


def test_deciding_what_is_decided_already_writes_nothing(make: Make) -> None:
    site = make.site()
    comment = make.comment(site, status="approved")
    before = make.log(comment)
    assert make.decide(comment, "approved").unchanged == [comment.id]
    assert make.log(comment) == before
    assert make.page(site).version == 1


def arrived(app: Flask, site: Site, status: Status, **changes: Any) -> Comment:
    """A comment to which policy gave this status; to the trash only its author can move it."""
    with app.app_context():
        comment = lifecycle.receive(draft(site, status="pending" if status == "trash" else status, **changes))
        if status == "trash":
            lifecycle.decide([comment.id], status, at=now(), within=[site.id])
        return comment


def decided(app: Flask, comment: Comment, to: Status, by: Moderator | None, **more: Any) -> lifecycle.Outcome:
    with app.app_context():
        return lifecycle.decide([comment.id], to, at=now(), moderator=by, within=[comment.site_id], **more)


def undone(app: Flask, outcome: lifecycle.Outcome, by: Moderator, site: Site) -> lifecycle.Outcome:
    with app.app_context():
        return lifecycle.undo(outcome.batch, at=now(), moderator=by, within=[site.id])


def seen_by_readers(make: Make, site: Site) -> tuple[int, dict[Status, int], dict[Status, int]]:
    page = make.page(site)
    return page.version, page.counts(), make.counts(site)


@pytest.mark.parametrize("status", STATUSES)
def test_a_moderator_confirms_what_policy_or_the_author_decided_and_readers_see_no_difference(
    app: Flask, make: Make, status: Status
) -> None:
    site, moderator = make.site(), make.moderator()
    comment = arrived(app, site, status)
    before = seen_by_readers(make, site)
    assert decided(app, comment, status, None).unchanged == [comment.id], "only a moderator confirms"
    confirmed = decided(app, comment, status, moderator, note="seen")
    assert (confirmed.decided, confirmed.unchanged) == ([comment.id], [])
    assert make.log(comment)[-1] == ("moderator", status, status)
    logged = make.log(comment)
    again = decided(app, comment, status, make.moderator("b@example.org"))
    assert (again.decided, again.unchanged) == ([], [comment.id]), "a moderator's word stands"
    assert make.log(comment) == logged
    assert seen_by_readers(make, site) == before


@pytest.mark.parametrize("status", STATUSES)
def test_undo_takes_a_confirmation_back_and_it_can_be_given_again(app: Flask, make: Make, status: Status) -> None:
    site, moderator = make.site(), make.moderator()
    comment = arrived(app, site, status)
    before = seen_by_readers(make, site)
    confirmed = decided(app, comment, status, moderator)
    taken_back = undone(app, confirmed, moderator, site)
    assert taken_back.decided == [comment.id]
    assert undone(app, confirmed, moderator, site).unchanged == [comment.id]
    assert decided(app, comment, status, moderator).decided == [comment.id]
    assert undone(app, taken_back, moderator, site).conflicts == [comment.id]
    assert make.load(comment).status == status
    assert seen_by_readers(make, site) == before


def test_where_undo_led_back_to_policys_word_it_can_be_confirmed(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    comment = arrived(app, site, "approved")
    undone(app, decided(app, comment, "spam", moderator), moderator, site)
    assert decided(app, comment, "approved", moderator).decided == [comment.id]


def test_what_staff_wrote_needs_no_confirmation(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    reply = make.comment(site, staff=moderator)
    make.decide(reply, "trash")
    assert decided(app, reply, "trash", moderator).unchanged == [reply.id]


def test_a_confirmation_of_what_was_not_on_the_screen_is_a_conflict(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    comment = arrived(app, site, "spam")
    seen = {comment.id: comment.version}
    assert decided(app, comment, "spam", moderator, seen=seen).decided == [comment.id]
    assert decided(app, comment, "approved", moderator, seen=seen).conflicts == [comment.id]


def test_confirmed_and_moved_together_are_one_batch(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    ids = [arrived(app, site, status).id for status in ("spam", "pending", "approved")]
    with app.app_context():
        outcome = lifecycle.decide(ids, "spam", at=now(), moderator=moderator, within=[site.id])
    assert outcome.decided == ids
    assert undone(app, outcome, moderator, site).decided == ids
    assert make.counts(site) == {"pending": 1, "approved": 1, "spam": 1, "trash": 0}


def test_a_failure_in_the_middle_leaves_nothing_behind(app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make.site()
    comment = make.comment(site)

    def broken(*_args: Any) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr(acts.Shifts, "settle", broken)
    with pytest.raises(RuntimeError):
        make.decide(comment, "approved")
    with pytest.raises(RuntimeError):
        make.comment(site, page="/new/")
    monkeypatch.undo()
    assert make.load(comment).status == "pending"
    assert make.log(comment) == [("policy", None, "pending")]
    assert counted(app, site) == make.counts(site)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Page)) == 1


def test_undo_restores_status_and_counts_and_is_itself_logged(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    first, second = make.comment(site), make.comment(site, status="approved")
    with app.app_context():
        outcome = lifecycle.decide([first.id, second.id], "spam", at=now(), moderator=moderator, within=[site.id])
        undone = lifecycle.undo(outcome.batch, at=now(), moderator=moderator, within=[site.id])
    assert undone.decided == [first.id, second.id]
    assert (make.load(first).status, make.load(second).status) == ("pending", "approved")
    assert make.counts(site) == {"pending": 1, "approved": 1, "spam": 0, "trash": 0}
    assert make.log(first)[-1] == ("moderator", "spam", "pending")
    assert make.page(site).version == 3, "approved, hidden, shown again: readers' caches must see each"


def test_undo_happens_once_and_never_over_a_later_decision(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    first, second = make.comment(site), make.comment(site)
    with app.app_context():
        outcome = lifecycle.decide([first.id, second.id], "trash", at=now(), moderator=moderator, within=[site.id])
        lifecycle.decide([second.id], "approved", at=now(), moderator=moderator, within=[site.id])
        undone = lifecycle.undo(outcome.batch, at=now(), moderator=moderator, within=[site.id])
        again = lifecycle.undo(outcome.batch, at=now(), moderator=moderator, within=[site.id])
        taken_back = lifecycle.undo(undone.batch, at=now(), moderator=moderator, within=[site.id])
    assert (undone.decided, undone.conflicts) == ([first.id], [second.id])
    assert (again.decided, again.unchanged, again.conflicts) == ([], [first.id], [second.id])
    assert make.load(second).status == "approved"
    assert taken_back.decided == [first.id]
    assert make.load(first).status == "trash"


def test_an_arrival_cannot_be_undone(app: Flask, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    comment = make.comment(site)
    with app.app_context():
        batch = db.session.scalars(select(Decision.batch).where(Decision.comment_id == comment.id)).one()
        assert lifecycle.undo(batch, at=now(), moderator=moderator, within=[site.id]).decided == []
    assert make.load(comment).status == "pending"


def test_a_moderator_of_one_site_cannot_move_or_undo_on_another(app: Flask, make: Make) -> None:
    mine, other = make.site("mine"), make.site("other")
    moderator = make.moderator(sites=[mine])
    comment = make.comment(other)
    with app.app_context():
        outcome = lifecycle.decide([comment.id], "approved", at=now(), moderator=moderator, within=[mine.id])
        assert (outcome.decided, outcome.unchanged, outcome.conflicts) == ([], [], [])
        done = lifecycle.decide([comment.id], "spam", at=now(), moderator=moderator, within=[other.id])
        assert lifecycle.undo(done.batch, at=now(), moderator=moderator, within=[mine.id]).decided == []
    assert make.load(comment).status == "spam"


def test_of_two_moderators_on_one_row_one_wins_and_the_other_is_told(app: Flask, make: Make) -> None:
    site = make.site()
    people = [make.moderator("a@example.org"), make.moderator("b@example.org")]
    wanted: list[Status] = ["approved", "spam"]
    for _round in range(20):
        comment = make.comment(site)
        barrier = threading.Barrier(2)
        outcomes: list[lifecycle.Outcome] = []

        def act(
            moderator: Moderator,
            to: Status,
            comment: Comment = comment,
            barrier: threading.Barrier = barrier,
            outcomes: list[lifecycle.Outcome] = outcomes,
        ) -> None:
            with app.app_context():
                barrier.wait()
                seen = {comment.id: 1}
                outcomes.append(
                    lifecycle.decide([comment.id], to, at=now(), moderator=moderator, within=[site.id], seen=seen)
                )

        threads = [threading.Thread(target=act, args=pair) for pair in zip(people, wanted, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted((len(outcome.decided), len(outcome.conflicts)) for outcome in outcomes) == [(0, 1), (1, 0)]
        assert len(make.log(comment)) == 2
    assert counted(app, site) == make.counts(site)


def test_many_writers_at_once_lose_no_count(app: Flask, make: Make) -> None:
    site = make.site()
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for step in range(5):
                comment = make.comment(site, page=f"/{(number + step) % 3}/")
                make.decide(comment, "approved")
        except BaseException as fault:  # the thread's fault is the test's
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert make.counts(site) == counted(app, site) == {"pending": 0, "approved": 30, "spam": 0, "trash": 0}


def test_the_first_approved_comment_names_the_page_and_none_before(make: Make) -> None:
    site = make.site()
    make.comment(site, page_title="BUY NOW", page_url="https://news.example/spam/", status="spam")
    page = make.page(site)
    assert (page.title, page.url) == (None, None)
    make.comment(site, page_title="Night buses stay", page_url="https://news.example/a/", status="approved")
    make.comment(site, page_title="Renamed by a stranger", page_url="https://news.example/b/", status="approved")
    page = make.page(site)
    assert (page.title, page.url) == ("Night buses stay", "https://news.example/a/")


def draft(site: Site, **changes: Any) -> Draft:
    fields = {
        "author": "A",
        "email": "a@example.org",
        "source": "x",
        "html": "<p>x</p>",
        "sanitiser": "1",
        "text_key": "0" * 32,
    }
    return Draft(
        **{
            "site": site,
            "page_key": "/a/",
            "status": "pending",
            "because": "",
            "at": now(),
            "fields": fields,
            **changes,
        }
    )


def test_a_closed_page_takes_nothing_from_readers(app: Flask, make: Make) -> None:
    site = make.site(close_after_days=14)
    make.comment(site, status="approved", at=now() - timedelta(days=15))
    with app.app_context(), pytest.raises(ClosedPage):
        lifecycle.receive(draft(site))
    assert make.counts(site)["pending"] == 0


@pytest.mark.parametrize("status", ["pending", "spam", "trash"])
def test_a_reply_to_a_comment_that_is_not_public_is_refused(app: Flask, make: Make, status: Status) -> None:
    site = make.site()
    parent = make.comment(site, status=status)
    with app.app_context(), pytest.raises(HiddenParent):
        lifecycle.receive(draft(site, parent_id=parent.id))


def test_a_reply_to_a_comment_of_another_page_is_refused(app: Flask, make: Make) -> None:
    site = make.site()
    parent = make.comment(site, page="/b/", status="approved")
    make.comment(site)
    with app.app_context(), pytest.raises(HiddenParent):
        lifecycle.receive(draft(site, parent_id=parent.id))


def test_threads_are_as_deep_as_the_policy_says(app: Flask, make: Make) -> None:
    site = make.site(max_depth=3)
    parent = make.comment(site, status="approved")
    for depth in (2, 3):
        parent = make.comment(site, parent=parent, status="approved")
        assert parent.depth == depth
    with app.app_context(), pytest.raises(TooDeep):
        lifecycle.receive(draft(site, parent_id=parent.id))


def test_too_many_at_once_are_refused_whole(app: Flask, make: Make) -> None:
    site = make.site()
    with app.app_context(), pytest.raises(ValueError, match="at most 500"):
        lifecycle.decide(range(1, 502), "spam", at=now(), within=[site.id])


steps = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(STATUSES), st.booleans()), max_size=8)


@examples(100)
@given(acts=steps)
def test_whatever_is_done_and_undone_the_kept_counts_are_the_true_ones(
    app: Flask, acts: list[tuple[int, Status, bool]]
) -> None:
    empty(app)
    make = Make(app)
    site = make.site()
    with app.app_context():
        moderator = create_moderator("mod@example.org", "Mo", "moderator", None, PASSWORD) if acts else None
    comments = [make.comment(site, page=f"/{number % 2}/") for number in range(3)]
    for index, to, take_back in acts:
        assert moderator is not None
        with app.app_context():
            outcome = lifecycle.decide([comments[index].id], to, at=now(), moderator=moderator, within=[site.id])
            if take_back:
                lifecycle.undo(outcome.batch, at=now(), moderator=moderator, within=[site.id])
    assert make.counts(site) == counted(app, site)
    pages = [make.page(site, "/0/").counts(), make.page(site, "/1/").counts()]
    assert {status: sum(page[status] for page in pages) for status in STATUSES} == make.counts(site)
