"""What moderators teach: bounded, exact, the same in any order, and made anew from the log alone."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update

from moderation import lifecycle
from moderation.extensions import db
from moderation.learning import anew, counts, marks
from moderation.learning.said import Entry, label_after
from moderation.models import (
    TOTAL,
    Base,
    Comment,
    CommentPrint,
    Decision,
    Label,
    LearnedToken,
    Moderator,
    Page,
    Site,
    Status,
    now,
)
from moderation.spam import Submission
from moderation.spam.prints import prints_of
from moderation.spam.tokens import tokens_of
from moderation.spam.view import view_of
from tests.conftest import empty
from tests.factories import Make

WORDS = ("casino", "bus", "night", "pills", "winter", "cheap", "thanks", "timetable")
Marks = tuple[Label | None, bool, bool]
Tokens = dict[str, tuple[int, int]]


@pytest.fixture
def moderator(make: Make) -> Moderator:
    """Somebody who teaches on every site."""
    return make.moderator()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can reach: two of an author stand, three of a site are remembered, on each side."""
    monkeypatch.setattr(marks, "AUTHOR_MOST", 2)
    monkeypatch.setattr(marks, "REMEMBERED", 3)


def marked(app: Flask, site: Site) -> dict[int, Marks]:
    with app.app_context():
        rows = select(Comment.id, Comment.taught, Comment.standing, Comment.learned).where(Comment.site_id == site.id)
        return {row.id: (row.taught, row.standing, row.learned) for row in db.session.execute(rows)}


def counted(app: Flask, site: Site) -> Tokens:
    with app.app_context():
        rows = select(LearnedToken).where(LearnedToken.site_id == site.id)
        return {row.token: (row.spam, row.ham) for row in db.session.scalars(rows)}


def learned(app: Flask, site: Site) -> set[int]:
    return {comment_id for comment_id, (_, _, yes) in marked(app, site).items() if yes}


def due(app: Flask, site: Site) -> tuple[dict[int, Marks], Tokens]:
    """The truth: what the two rules and the tokeniser make of the words that stand now."""
    with app.app_context():
        comments = db.session.scalars(
            select(Comment).where(Comment.site_id == site.id).order_by(Comment.id.desc())
        ).all()
    by_author: Counter[tuple[Label, str | None]] = Counter()
    by_side: Counter[Label] = Counter()
    found: dict[int, Marks] = {}
    tokens: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for comment in comments:
        label = comment.taught
        stands = learns = False
        if label:
            by_author[label, comment.email_key] += 1
            stands = by_author[label, comment.email_key] <= marks.AUTHOR_MOST
            by_side[label] += stands
            learns = stands and by_side[label] <= marks.REMEMBERED
        found[comment.id] = (label, stands, learns)
        if learns:
            for token in (TOTAL, *tokens_read(comment)):
                tokens[token][label == "ham"] += 1
    return found, {token: (spam, ham) for token, (spam, ham) in tokens.items()}


def tokens_read(comment: Comment) -> frozenset[str]:
    typed = Submission(author=comment.author, email=comment.email, url=comment.url or "", text=comment.source)
    return tokens_of(view_of(typed))


def everything(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table but the log, and but the numbers that only ever grow."""
    growing = {Decision.__tablename__, "alembic_version"}
    with app.app_context():
        return {
            table.name: sorted(
                repr([value for name, value in row._mapping.items() if name != "version"])
                for row in db.session.execute(select(table))
            )
            for table in Base.metadata.sorted_tables
            if table.name not in growing
        }


def decide(app: Flask, ids: Iterable[int], to: Status, by: Moderator | None, site: Site) -> str:
    with app.app_context():
        return lifecycle.decide(list(ids), to, at=now(), moderator=by, within=[site.id]).batch


def undo(app: Flask, batch: str, by: Moderator, site: Site) -> str:
    with app.app_context():
        return lifecycle.undo(batch, at=now(), moderator=by, within=[site.id]).batch


def relearn(app: Flask, site: Site) -> anew.Relearned:
    with app.app_context():
        return anew.relearn(site)


def is_true(app: Flask, site: Site) -> None:
    assert (marked(app, site), counted(app, site)) == due(app, site)


# Who teaches


def test_a_moderators_word_is_learned_with_the_decision(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    bad, good = make.comment(site, "cheap pills, cheap pills"), make.comment(site, "cheap tickets")
    make.decide(bad, "spam", moderator)
    make.decide(good, "approved", moderator)
    found = counted(app, site)
    assert found[TOTAL] == (1, 1)
    assert found["pills"] == (1, 0), "a comment counts each of its words once"
    assert found["cheap"] == (1, 1)
    is_true(app, site)


@pytest.mark.parametrize("status", ["pending", "trash"])
def test_waiting_and_trash_teach_nothing_and_take_a_word_away(
    app: Flask, make: Make, moderator: Moderator, status: Status
) -> None:
    site = make.site()
    comment = make.comment(site, status="spam")
    make.decide(comment, "approved", moderator)
    make.decide(comment, status, moderator)
    assert make.load(comment).taught is None
    assert counted(app, site) == {}


def test_what_policy_decides_by_itself_is_never_learned(app: Flask, make: Make) -> None:
    site = make.site()
    fields = {"author": "A", "email": "a@x.example", "source": "x", "html": "x", "sanitiser": "1", "text_key": "0"}
    statuses: tuple[Status, ...] = ("spam", "approved")
    with app.app_context():
        for status in statuses:
            lifecycle.receive(lifecycle.Draft(site, "/a/", status, "", now(), fields))
    assert counted(app, site) == {}
    assert not relearn(app, site).differed


@pytest.mark.parametrize(("status", "total"), [("spam", (1, 0)), ("approved", (0, 1))])
def test_a_moderator_who_confirms_what_policy_decided_teaches_it(
    app: Flask, make: Make, moderator: Moderator, status: Status, total: tuple[int, int]
) -> None:
    site = make.site()
    fields = {"author": "A", "email": "a@x.example", "source": "casino", "html": "x", "sanitiser": "1", "text_key": "0"}
    with app.app_context():
        comment = lifecycle.receive(lifecycle.Draft(site, "/a/", status, "", now(), fields))
    was = everything(app)
    batch = decide(app, [comment.id], status, moderator, site)
    assert (counted(app, site)[TOTAL], counted(app, site)["casino"]) == (total, total)
    is_true(app, site)
    undo(app, batch, moderator, site)
    assert everything(app) == was, "undo takes back exactly what was taught"
    decide(app, [comment.id], status, moderator, site)
    assert not relearn(app, site).differed


def test_an_author_teaches_nothing_and_takes_the_word_along(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    comment = make.comment(site)
    make.decide(comment, "spam", moderator)
    assert counted(app, site)
    make.decide(comment, "trash")
    assert counted(app, site) == {}
    is_true(app, site)


def test_what_staff_wrote_teaches_nothing_whatever_becomes_of_it(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    reply = make.comment(site, staff=moderator)
    make.decide(reply, "spam", moderator)
    make.decide(reply, "approved", moderator)
    assert counted(app, site) == {}
    assert not relearn(app, site).differed


def test_what_one_site_learns_the_next_one_does_not_know(app: Flask, make: Make, moderator: Moderator) -> None:
    mine, other = make.site("mine"), make.site("other")
    comments = [make.comment(mine), make.comment(other)]
    with app.app_context():
        ids = [comment.id for comment in comments]
        lifecycle.decide(ids[:1], "spam", at=now(), moderator=moderator, within=[mine.id, other.id])
        assert counted(app, other) == {}
        lifecycle.decide(ids, "approved", at=now(), moderator=moderator, within=[mine.id, other.id])
    for site in (mine, other):
        is_true(app, site)
        assert counted(app, site)[TOTAL] == (0, 1)


# Undo


@pytest.mark.parametrize("before", ["pending", "approved", "spam", "trash"])
@pytest.mark.parametrize("to", ["approved", "spam", "trash"])
def test_to_learn_and_undo_leaves_every_table_as_it_was(
    app: Flask, make: Make, moderator: Moderator, before: Status, to: Status
) -> None:
    site = make.site()
    for word in WORDS[:3]:
        make.decide(make.comment(site, f"{word} and more {word}"), "spam", moderator)
    ids = [make.comment(site, f"some words about {word}").id for word in WORDS]
    decide(app, ids, before, moderator, site)
    was = everything(app)
    batch = decide(app, ids[2:6], to, moderator, site)
    assert (everything(app) == was) == (before == to)
    undo(app, batch, moderator, site)
    assert everything(app) == was


def test_undo_and_undoing_the_undo_lead_back_to_the_word_before(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    comment = make.comment(site)
    decide(app, [comment.id], "approved", moderator, site)
    batch = decide(app, [comment.id], "spam", moderator, site)
    words = [make.load(comment).taught]
    for _ in range(4):
        batch = undo(app, batch, moderator, site)
        words.append(make.load(comment).taught)
    assert words == ["spam", "ham", "spam", "ham", "spam"]
    assert not relearn(app, site).differed


def test_taking_back_what_an_author_withdrew_brings_the_moderators_word_back(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    comment = make.comment(site)
    decide(app, [comment.id], "spam", moderator, site)
    undo(app, decide(app, [comment.id], "trash", None, site), moderator, site)
    assert make.load(comment).taught == "spam"
    is_true(app, site)


def test_undoing_a_correction_of_policy_leaves_no_word(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    comment = make.comment(site)
    undo(app, decide(app, [comment.id], "approved", moderator, site), moderator, site)
    assert make.load(comment).taught is None
    assert counted(app, site) == {}


def test_an_empty_log_teaches_nothing() -> None:
    assert label_after([]) is None
    assert label_after([Entry(1, "policy", "spam", None)]) is None
    assert label_after([Entry(1, "policy", "pending", None), Entry(2, "author", "approved", None)]) is None


# The two bounds


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


def some_comments(make: Make, site: Site) -> list[int]:
    """Ten comments of four authors (one without an address) with words in common."""
    return [
        make.comment(
            site,
            f"{WORDS[number % 8]} {WORDS[(number * 3 + 1) % 8]}",
            email_key=[None, "a", "b", "c"][number % 4],
            author="Amina",
            email="reader@example.org",
        ).id
        for number in range(10)
    ]


@given(acts=steps)
@hypothesis_settings(max_examples=25)
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
@hypothesis_settings(max_examples=15)
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

    monkeypatch.setattr(lifecycle.Shifts, "settle", broken)
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
    placed, place = threading.Event(), lifecycle._place

    def slowly(*given: Any) -> Any:
        found = place(*given)
        placed.set()
        time.sleep(0.3)
        return found

    monkeypatch.setattr(lifecycle, "_place", slowly)

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


# Made anew


@pytest.mark.parametrize(
    "damage",
    [
        update(LearnedToken).where(LearnedToken.token == "cheap").values(spam=9),
        delete(LearnedToken),
        delete(LearnedToken).where(LearnedToken.token == TOTAL),
        update(Comment).values(taught=None, standing=False, learned=False),
        update(Comment).values(learned=False),
        update(Comment).values(standing=True, learned=True),
        update(Comment).values(taught="ham"),
        update(LearnedToken).where(LearnedToken.token == TOTAL).values(made_with="0"),
    ],
    ids=["count", "all counts", "total", "words", "learned", "marks", "wrong words", "older version"],
)
@pytest.mark.usefixtures("small")
def test_the_log_alone_makes_the_state_again(app: Flask, make: Make, moderator: Moderator, damage: Any) -> None:
    site, other = make.site(), make.site("other")
    for number, comment_id in enumerate(some_comments(make, site)):
        decide(app, [comment_id], "spam" if number % 3 else "approved", moderator, site)
    make.decide(make.comment(other), "spam", moderator)
    good, untouched = (marked(app, site), counted(app, site)), counted(app, other)
    with app.app_context():
        db.session.execute(damage)
        db.session.commit()
    told = relearn(app, site)
    assert told.differed
    assert (marked(app, site), counted(app, site)) == good
    assert (told.total, told.tokens) == (good[1][TOTAL], len(good[1]) - 1)
    assert not relearn(app, site).differed
    relearn(app, other)
    assert counted(app, other) == untouched


def test_decisions_of_before_there_was_learning_are_learned_at_the_first_relearning(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    comment = make.comment(site, "A long enough text about the night buses of this town, of which there are few.")
    make.decide(comment, "approved", moderator)
    was = counted(app, site)
    with app.app_context():
        db.session.execute(update(Comment).values(taught=None, standing=False, learned=False))
        db.session.execute(delete(LearnedToken))
        db.session.commit()
        assert [found.key for found in anew.stale_sites()] == ["demo"]
        anew.relearn(site)
        assert anew.stale_sites() == []
        prints = set(db.session.scalars(select(CommentPrint.print).where(CommentPrint.comment_id == comment.id)))
    assert counted(app, site) == was
    assert prints == prints_of(view_of(Submission(author="", email="", url="", text=comment.source)))


def test_a_site_on_which_no_moderator_decided_anything_has_nothing_to_learn_anew(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    quiet, said = make.site("quiet"), make.site("said")
    make.comment(quiet, status="spam")
    make.comment(quiet, staff=moderator)
    make.decide(make.comment(said), "approved", moderator)
    with app.app_context():
        assert anew.stale_sites() == []
        db.session.execute(update(Comment).values(taught=None, standing=False, learned=False))
        db.session.execute(delete(LearnedToken))
        db.session.commit()
        assert [site.key for site in anew.stale_sites()] == ["said"]
        db.session.add(LearnedToken(site_id=quiet.id, token=TOTAL, spam=1, ham=0, made_with="older"))
        db.session.commit()
        assert [site.key for site in anew.stale_sites()] == ["quiet", "said"]


def test_which_sites_have_something_to_learn_is_looked_up_by_indexes(app: Flask, make: Make) -> None:
    make.site()
    with app.app_context():
        words = anew._stale().compile(db.engine, compile_kwargs={"literal_binds": True})
        if db.engine.dialect.name == "sqlite":
            steps = [row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
            slow = [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN site")]
        else:
            # How it looks depends on how much there is; here it must look as it would among many.
            for way in ("seqscan", "bitmapscan", "sort"):
                db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            steps = list(db.session.scalars(text(f"EXPLAIN {words}")))
            slow = [step for step in steps if "Seq Scan" in step]
    slow += [step for step in steps if "B-TREE" in step or "Sort" in step]
    assert slow == []
    assert any("ix_decision_by_moderator" in step for step in steps), steps


def test_a_state_of_another_tokeniser_is_made_anew_before_a_word_is_taken_back(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    kept, gone = make.comment(site, "cheap pills"), make.comment(site, "cheap bus")
    decide(app, [kept.id, gone.id], "spam", moderator, site)
    with app.app_context():
        db.session.execute(update(LearnedToken).values(token=func.replace(LearnedToken.token, "cheap", "older")))
        db.session.execute(update(LearnedToken).where(LearnedToken.token == TOTAL).values(made_with="0"))
        db.session.commit()
    decide(app, [gone.id], "trash", moderator, site)
    is_true(app, site)


def test_other_bounds_of_another_version_are_put_right_at_the_next_decision(
    app: Flask, make: Make, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    ids = some_comments(make, site)
    decide(app, ids[:9], "spam", moderator, site)
    monkeypatch.setattr(marks, "AUTHOR_MOST", 1)
    monkeypatch.setattr(counts, "MADE_WITH", "2")
    decide(app, ids[9:], "spam", moderator, site)
    assert learned(app, site) == set(ids[6:])
    is_true(app, site)


# What is read


typed = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


@given(author=typed, source=typed, title=typed, key=typed, agent=typed, honeypot=typed)
def test_what_is_not_stored_changes_no_token_and_no_fingerprint(
    author: str, source: str, title: str, key: str, agent: str, honeypot: str
) -> None:
    stored = counts.stored_submission(
        author=author, email="a@b.example", url=None, source=source, page_title=title, page_url=None
    )
    whole = Submission(
        author=author,
        email="a@b.example",
        url="",
        text=source,
        page_key=key,
        page_title=title,
        user_agent=agent,
        referrer=agent,
        seconds_to_fill=1.0,
        honeypot=honeypot,
        removed=("script",),
        has_parent=True,
        via="form",
        proof=True,
    )
    assert tokens_of(view_of(stored)) == tokens_of(view_of(whole))
    assert prints_of(view_of(stored)) == prints_of(view_of(whole))


def test_the_looks_at_the_border_of_a_large_site_use_the_indexes(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("how PostgreSQL looks depends on how much there is")
        given = {"site": 1, "label": "spam", "author": "x", "changes": 1}
        for whose in ("author", "nobody", "site"):
            for look in marks._looks(whose):
                question = look.compile(db.engine)
                values = question.construct_params(given)
                plan = str(
                    db.session.connection()
                    .exec_driver_sql(
                        f"EXPLAIN QUERY PLAN {question}", tuple(values[name] for name in question.positiontup or ())
                    )
                    .all()
                )
                assert ("ix_comment_learned" if whose == "site" else "ix_comment_standing") in plan
                assert "SCAN" not in plan
                assert "B-TREE" not in plan, "sorted"
