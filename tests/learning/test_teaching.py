"""Whose word teaches the filter, and how it is taken back."""

from __future__ import annotations

import pytest
from flask import Flask

from moderation import lifecycle
from moderation.learning.said import Entry, label_after
from moderation.models import (
    TOTAL,
    Moderator,
    Status,
    now,
)
from tests.factories import Make
from tests.learning.state import (
    WORDS,
    counted,
    decide,
    everything,
    is_true,
    relearn,
    undo,
)

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


def test_what_an_author_withdrew_is_not_undone_and_the_moderators_word_stays_away(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    comment = make.comment(site)
    decide(app, [comment.id], "spam", moderator, site)
    undo(app, decide(app, [comment.id], "trash", None, site), moderator, site)
    assert (make.load(comment).status, make.load(comment).taught) == ("trash", None)
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


def test_a_log_in_which_an_authors_edit_was_undone_teaches_nothing_of_the_new_text() -> None:
    """Such an undo is refused now, but no log is changed: what was learned by one goes when it is learned anew."""
    log = [Entry(1, "policy", "pending", None), Entry(2, "moderator", "approved", None)]
    assert label_after([*log, Entry(3, "author", "pending", None), Entry(4, "moderator", "approved", 3)]) is None
    assert label_after([*log, Entry(3, "author", "trash", None), Entry(4, "moderator", "approved", 3)]) == "ham"
