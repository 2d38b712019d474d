"""An author writes a comment anew: the filter never learns a text that no moderator read."""

from __future__ import annotations

from typing import cast

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from moderation import lifecycle
from moderation.extensions import db
from moderation.intake import mine
from moderation.lifecycle import Overtaken, Revision
from moderation.models import Bundle, Comment, Moderator, Site, Status, now
from moderation.spam import Submission
from moderation.spam.prints import prints_of
from moderation.spam.view import view_of
from moderation.text.sanitize import sanitize
from tests.factories import Make
from tests.learning.state import WORDS, counted, decide, is_true, relearn, undo
from tests.learning.test_editing import STATUSES, undo_edit
from tests.thorough import examples


def revise(app: Flask, make: Make, comment: Comment, text: str, *, approved: bool = True) -> Status | None:
    """The author's new text, judged as it is in `Make.comment`."""
    loaded = make.load(comment)
    view = view_of(Submission(author=loaded.author, email=loaded.email, url=loaded.url or "", text=text))
    revision = Revision(
        text=sanitize(text),
        approved=approved,
        probability=0.5,
        verdict={"signals": []},
        text_key=f"{abs(hash(text)):032x}"[:32],
        hosts=frozenset(),
        prints=prints_of(view),
    )
    with app.app_context():
        return lifecycle.revise(loaded.id, revision, seen=loaded.version, at=now(), within=[loaded.site_id])


def test_no_author_makes_the_filter_forget_what_a_moderator_called_spam(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    comment = make.comment(site, "cheap pills")
    decide(app, [comment.id], "spam", moderator, site)
    known = counted(app, site)
    assert revise(app, make, comment, "a timetable for the night bus") is None
    assert make.load(comment).source == "cheap pills"
    with app.app_context():
        mine.withdraw(db.session.get_one(Site, site.id), db.session.get_one(Comment, comment.id), now())
    assert make.load(comment).status == "spam"
    assert counted(app, site) == known
    assert "pills" in known
    assert not relearn(app, site).differed


def test_a_word_ends_with_the_text_that_it_was_about(app: Flask, make: Make, moderator: Moderator) -> None:
    site = make.site()
    was = counted(app, site)
    comment = make.comment(site, "cheap pills")
    decide(app, [comment.id], "approved", moderator, site)
    assert counted(app, site) != was
    assert revise(app, make, comment, "a timetable for the night bus") == "approved"
    assert counted(app, site) == was, "the words that were counted are uncounted"
    assert not relearn(app, site).differed
    decide(app, [comment.id], "approved", moderator, site)
    known = counted(app, site)
    assert "timetable" in known
    assert "pills" not in known
    assert not relearn(app, site).differed


def test_a_text_that_was_swapped_before_the_decision_is_what_is_learned(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    comment = make.comment(site, "a timetable for the night bus")
    revise(app, make, comment, "cheap pills")
    decide(app, [comment.id], "spam", moderator, site)
    assert "pills" in counted(app, site)
    assert "timetable" not in counted(app, site), "words of a text that nobody read are not poisoned"


def test_one_of_many_alike_is_not_decided_on_with_them_once_it_is_another(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    alike = [make.comment(site, "the same kind words again and again", text_key="k" * 32) for _ in range(3)]
    bundle = make.load(alike[0]).bundle_id
    assert bundle is not None
    revise(app, make, alike[0], "cheap pills")
    left = make.load(alike[0])
    assert (left.bundle_id, left.place) == (None, 0)
    places = sorted(make.load(comment).place for comment in alike[1:])
    assert places == [0, 1], "of those that stay one is shown"
    with app.app_context():
        assert db.session.get_one(Bundle, bundle).pending == 2
    is_true(app, site)


@examples(30)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("decide"), st.integers(0, 2), st.sampled_from(STATUSES)),
            st.tuples(st.just("edit"), st.integers(0, 2), st.sampled_from(WORDS)),
            st.tuples(st.just("revise"), st.integers(0, 2), st.sampled_from(WORDS)),
            st.tuples(st.just("undo"), st.integers(0, 2), st.just("")),
            st.tuples(st.just("undo edit"), st.integers(0, 2), st.just("")),
        ),
        max_size=12,
    )
)
def test_no_mixture_of_what_author_and_moderators_do_moves_what_is_learned_off_the_truth(
    app: Flask, make: Make, steps: list[tuple[str, int, str]]
) -> None:
    site = make.site(f"s{now().timestamp()}".replace(".", ""))
    moderator = make.moderator(f"{site.key}@example.org")
    comments = [make.comment(site, f"{word} and more {word}") for word in WORDS[:3]]
    batches = [""] * 3
    numbers = [1] * 3
    for what, place, value in steps:
        comment = comments[place]
        try:
            if what == "decide":
                batches[place] = decide(app, [comment.id], cast(Status, value), moderator, site)
            elif what == "edit":
                numbers[place] = make.edit(comment, f"{value} instead", moderator) or numbers[place]
            elif what == "revise":
                revise(app, make, comment, f"{value} rather", approved=len(value) % 2 == 0)
            elif what == "undo":
                undo(app, batches[place], moderator, site)
            else:
                undo_edit(app, comment, numbers[place], moderator, site)
        except Overtaken:
            continue
    is_true(app, site)
    assert not relearn(app, site).differed


def test_what_a_moderator_restores_is_shown_and_what_the_author_sent_last_is_learned(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site: Site = make.site()
    comment = make.comment(site, "the first text")
    revise(app, make, comment, "the second text")
    decide(app, [comment.id], "approved", moderator, site)
    known = counted(app, site)
    undo_edit(app, comment, 2, moderator, site)
    loaded = make.load(comment)
    assert (loaded.source, loaded.original, loaded.edited_at) == ("the first text", "the second text", None)
    assert counted(app, site) == known
    assert not relearn(app, site).differed
