"""What is learned is bounded, exact, and the same in any order, by however many at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from moderation import lifecycle
from moderation.extensions import db
from moderation.lifecycle import acts, arrivals
from moderation.models import (
    Comment,
    Moderator,
    Page,
    Site,
    Status,
    now,
)
from tests.conftest import empty
from tests.factories import Make
from tests.learning.state import (
    WORDS,
    counted,
    decide,
    everything,
    is_true,
    learned,
    marked,
    relearn,
    some_comments,
    undo,
)
from tests.thorough import examples


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("email_key", ["one hand", None])
def test_only_the_newest_of_one_author_count(
    app: Flask, make: Make, moderator: Moderator, email_key: str | None
) -> None:
    site = make.site()
    ids = [make.comment(site, word, email_key=email_key).id for word in WORDS[:4]]
    for comment_id in (ids[3], ids[0], ids[2], ids[1]):
        decide(app, [comment_id], "spam", moderator, site)
        is_true(app, site)
    assert learned(app, site) == set(ids[2:])
    decide(app, ids[3:], "trash", moderator, site)
    assert learned(app, site) == set(ids[1:3]), "when a newer one goes, an older one comes back"
    is_true(app, site)


@pytest.mark.usefixtures("small")
def test_of_many_authors_the_newest_of_the_site_are_remembered(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    ids = [make.comment(site, word).id for word in WORDS]
    batches = {comment_id: decide(app, [comment_id], "approved", moderator, site) for comment_id in reversed(ids)}
    assert learned(app, site) == set(ids[-3:])
    is_true(app, site)
    undo(app, batches[ids[-1]], moderator, site)
    undo(app, batches[ids[-3]], moderator, site)
    assert learned(app, site) == {ids[3], ids[4], ids[6]}
    is_true(app, site)


@pytest.mark.usefixtures("small")
def test_an_author_that_falls_back_makes_room_for_others(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    others = [make.comment(site, word).id for word in WORDS[:3]]
    same = [make.comment(site, word, email_key="one hand").id for word in WORDS[3:7]]
    decide(app, [*others, *same], "spam", moderator, site)
    assert learned(app, site) == {others[2], *same[2:]}
    decide(app, same[2:], "approved", moderator, site)
    assert learned(app, site) == {others[2], *same}
    is_true(app, site)


steps = st.lists(
    st.tuples(
        st.sets(st.integers(0, 9), min_size=1, max_size=6),
        st.sampled_from(["approved", "spam", "pending", "trash"]),
        st.sampled_from(["moderator", "moderator", "moderator", "author", "undo"]),
    ),
    max_size=10,
)


@given(acts=steps)
@examples(25)
@pytest.mark.usefixtures("small")
def test_whatever_is_done_and_undone_the_state_is_what_the_words_say_and_what_the_log_says(
    app: Flask, acts: list[tuple[set[int], Status, str]]
) -> None:
    empty(app)
    make = Make(app)
    site, moderator = make.site(), make.moderator()
    ids = some_comments(make, site)
    batches: list[str] = []
    for which, to, who in acts:
        if who == "undo" and batches:
            undo(app, batches.pop(), moderator, site)
        else:
            by = None if who == "author" else moderator
            batches.append(decide(app, [ids[number] for number in which], to, by, site))
        is_true(app, site)
    assert not relearn(app, site).differed
    is_true(app, site)


@given(
    said=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["approved", "spam"])), max_size=10, unique_by=lambda x: x[0]
    ),
    order=st.randoms(use_true_random=False),
)
@examples(15)
@pytest.mark.usefixtures("small")
def test_the_same_decisions_in_any_order_and_in_any_pieces_give_the_same_state(
    app: Flask, said: list[tuple[int, Status]], order: random.Random
) -> None:
    empty(app)
    make = Make(app)
    moderator = make.moderator()
    states = []
    for key in ("one-by-one", "shuffled", "in-bulk"):
        site = make.site(key)
        ids = some_comments(make, site)
        if key == "in-bulk":
            for status in ("spam", "approved"):
                decide(app, [ids[number] for number, to in said if to == status], status, moderator, site)
        else:
            for number, to in said if key == "one-by-one" else order.sample(said, len(said)):
                decide(app, [ids[number]], to, moderator, site)
        found = marked(app, site)
        states.append(([found[comment_id] for comment_id in ids], counted(app, site)))
    assert states[0] == states[1] == states[2]


# All or nothing, one after another


def test_a_failure_after_learning_leaves_nothing_learned(
    app: Flask, make: Make, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    first, second = make.comment(site), make.comment(site)
    batch = decide(app, [first.id], "spam", moderator, site)
    was = everything(app)

    def broken(*_args: Any) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr(acts.Shifts, "settle", broken)
    with pytest.raises(RuntimeError):
        decide(app, [first.id, second.id], "approved", moderator, site)
    with pytest.raises(RuntimeError):
        undo(app, batch, moderator, site)
    monkeypatch.undo()
    assert everything(app) == was


def together(*works: Callable[[], object]) -> None:
    """Run these at once; the fault of one is the test's."""
    faults: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


@pytest.mark.usefixtures("small")
def test_moderators_who_decide_at_once_wait_for_each_other_and_lose_nothing(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    """Each decision also marks comments that others have in hand, and replies hold their parents meanwhile."""
    sites = [make.site("one"), make.site("two")]
    within = [site.id for site in sites]
    parents = [make.comment(site, status="approved") for site in sites]
    ids = [parent.id for parent in parents] + [found for site in sites for found in some_comments(make, site)]

    def decides(number: int) -> None:
        for turn in range(12):
            # Every worker goes round in steps of its own, forwards or backwards.
            start, length = (number * 7 + turn * (2 * number + 3)) % len(ids), 1 + (number + turn) % 8
            some = [ids[at % len(ids)] for at in range(start, start + length)][:: 1 if number % 2 else -1]
            to: Status = ("approved", "spam", "trash")[(number + turn) % 3]
            with app.app_context():
                done = lifecycle.decide(some, to, at=now(), moderator=moderator, within=within)
                if turn % 3 == 0:
                    lifecycle.undo(done.batch, at=now(), moderator=moderator, within=within)

    def replies(number: int) -> None:
        for _ in range(12):
            make.comment(sites[number], parent=parents[number], staff=moderator)

    together(*(partial(decides, number) for number in range(4)), *(partial(replies, number) for number in range(2)))
    for site in sites:
        is_true(app, site)
        assert not relearn(app, site).differed


def test_a_reply_and_a_decision_on_its_thread_do_not_wait_in_a_circle(
    app: Flask, make: Make, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply holds its parent and then needs the thread's first comment; a moderator may take them the other way."""
    site = make.site()
    first = make.comment(site, status="approved")
    parent = make.comment(site, parent=first)
    placed, place = threading.Event(), arrivals._place

    def slowly(*given: Any) -> Any:
        found = place(*given)
        placed.set()
        time.sleep(0.3)
        return found

    monkeypatch.setattr(arrivals, "_place", slowly)

    def decides() -> None:
        placed.wait()
        decide(app, [first.id, parent.id], "spam", moderator, site)

    together(lambda: make.comment(site, parent=parent, staff=moderator), decides)
    is_true(app, site)


def test_five_hundred_at_once_are_learned_and_taken_back(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    first = make.comment(site, "Casino nights and cheap pills for everybody", page="/bulk/")
    with app.app_context():
        columns = {
            column.name: getattr(first, column.key) for column in Comment.__table__.columns if column.name != "id"
        }
        rows = [columns | {"email_key": f"author {number % 40}", "text_key": str(number)} for number in range(499)]
        db.session.execute(insert(Comment), rows)
        db.session.execute(update(Page).values(pending=500))
        db.session.execute(update(Site).values(pending=500))
        db.session.commit()
        ids = list(db.session.scalars(select(Comment.id)))
    was = everything(app)
    batch = decide(app, ids, "spam", moderator, site)
    is_true(app, site)
    assert counted(app, site)["casino"] == (500, 0)
    undo(app, batch, moderator, site)
    assert everything(app) == was
