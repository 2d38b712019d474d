"""What a moderator makes of a comment's text teaches nothing: learned is what its author sent."""

from __future__ import annotations

from typing import cast

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from moderation import lifecycle
from moderation.lifecycle import Overtaken
from moderation.models import Comment, Moderator, Site, Status, now
from tests.factories import Make
from tests.learning.state import WORDS, counted, decide, everything, is_true, relearn, undo
from tests.thorough import examples

STATUSES: tuple[Status, ...] = ("approved", "spam", "pending", "trash")


def undo_edit(app: Flask, comment: Comment, number: int, moderator: Moderator, site: Site) -> None:
    with app.app_context():
        lifecycle.undo_edit(comment.id, number, at=now(), moderator=moderator, within=[site.id])


@pytest.mark.parametrize("to", ["approved", "spam"])
def test_to_learn_edit_and_undo_leaves_what_was_learned_as_it_was(
    app: Flask, make: Make, moderator: Moderator, to: Status
) -> None:
    site = make.site()
    make.decide(make.comment(site, "cheap winter"), "spam", moderator)
    comment = make.comment(site, "cheap pills")
    was = counted(app, site)
    batch = decide(app, [comment.id], to, moderator, site)
    with_it = counted(app, site)
    make.edit(comment, "a timetable for the night bus", moderator)
    assert counted(app, site) == with_it
    assert not relearn(app, site).differed
    undo(app, batch, moderator, site)
    assert counted(app, site) == was, "the words that were counted are uncounted, not those that stand there now"
    decide(app, [comment.id], to, moderator, site)
    assert counted(app, site) == with_it, "what is learned of an edited comment is what its author sent"
    undo_edit(app, comment, 2, moderator, site)
    assert counted(app, site) == with_it
    assert not relearn(app, site).differed


@examples(30)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("decide"), st.integers(0, 2), st.sampled_from(STATUSES)),
            st.tuples(st.just("edit"), st.integers(0, 2), st.sampled_from(WORDS)),
            st.tuples(st.just("undo"), st.integers(0, 2), st.just("")),
            st.tuples(st.just("undo edit"), st.integers(0, 2), st.just("")),
        ),
        max_size=12,
    )
)
def test_no_mixture_of_decisions_edits_and_undos_moves_what_is_learned_off_the_truth(
    app: Flask, make: Make, steps: list[tuple[str, int, str]]
) -> None:
    site = make.site(f"s{now().timestamp()}".replace(".", ""))
    moderator = make.moderator(f"{site.key}@example.org")
    comments = [make.comment(site, f"{word} and more {word}") for word in WORDS[:3]]
    batches = [""] * 3
    numbers = [1] * 3
    for what, place, value in steps:
        comment = comments[place]
        if what == "decide":
            batches[place] = decide(app, [comment.id], cast(Status, value), moderator, site)
        elif what == "edit":
            numbers[place] = make.edit(comment, f"{value} instead", moderator) or numbers[place]
        elif what == "undo":
            undo(app, batches[place], moderator, site)
        else:
            try:
                undo_edit(app, comment, numbers[place], moderator, site)
            except Overtaken:
                continue
    is_true(app, site)
    assert not relearn(app, site).differed


def test_an_edit_touches_nothing_of_what_is_known_about_the_text(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    comment = make.comment(site, "cheap pills at https://pills.example")
    make.decide(comment, "spam", moderator)
    was = everything(app)
    make.edit(comment, "nothing of that", moderator)
    now_is = everything(app)
    assert {name for name in was if was[name] != now_is[name]} == {"comment", "comment_version", "event"}
