"""A comment's text changes and comes back: every version kept, nothing else moved, readers told when they see it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from moderation import lifecycle
from moderation.extensions import db
from moderation.lifecycle import Overtaken, TooManyVersions, edits
from moderation.models import EMPTIED, STATUSES, Comment, CommentVersion, Event, Moderator, Site, Status, now
from moderation.text.sanitize import sanitize
from tests.factories import Make
from tests.thorough import examples

TEXTS = ("What its author sent.", "**Bold** words.", "<b>Other</b> words.", "A third text.")


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def moderator(make: Make, site: Site) -> Moderator:
    return make.moderator(sites=[site])


def undone(app: Flask, comment: Comment, number: int, moderator: Moderator) -> int | None:
    with app.app_context():
        return lifecycle.undo_edit(comment.id, number, at=now(), moderator=moderator, within=[comment.site_id])


def versions(app: Flask, comment: Comment) -> list[tuple[int, str, int | None]]:
    with app.app_context():
        rows = db.session.scalars(
            select(CommentVersion).where(CommentVersion.comment_id == comment.id).order_by(CommentVersion.number)
        )
        return [(row.number, row.source, row.moderator_id) for row in rows]


def columns(make: Make, comment: Comment) -> dict[str, Any]:
    """All that is stored of a comment, but for the number that only ever grows."""
    loaded = make.load(comment)
    return {column.key: getattr(loaded, column.key) for column in Comment.__table__.columns if column.key != "version"}


def test_an_edit_keeps_what_the_author_sent_and_says_who_changed_it_when(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, TEXTS[0])
    before = columns(make, comment)
    assert make.edit(comment, TEXTS[1], moderator) == 2
    after = make.load(comment)
    assert (after.source, after.html) == (TEXTS[1], "<p><strong>Bold</strong> words.</p>")
    assert after.original == TEXTS[0]
    assert after.edited_at is not None
    assert after.version == comment.version + 1
    assert versions(app, comment) == [(1, TEXTS[0], None), (2, TEXTS[1], moderator.id)]
    changed = {name for name, value in columns(make, comment).items() if value != before[name]}
    assert changed == {"source", "html", "original", "edited_at"}, "a status, a score or a key never moves"


@pytest.mark.parametrize("status", STATUSES)
def test_readers_caches_are_told_of_what_they_see_and_of_nothing_else(
    app: Flask, make: Make, site: Site, moderator: Moderator, status: Status
) -> None:
    make.comment(site, status="approved")
    comment = make.comment(site, status=status)
    version, counts = make.page(site).version, make.counts(site)
    make.edit(comment, TEXTS[1], moderator)
    assert make.page(site).version == version + (status == "approved")
    undone(app, comment, 2, moderator)
    assert make.page(site).version == version + 2 * (status == "approved")
    assert make.counts(site) == make.page(site).counts() == counts


def test_undo_restores_every_column_and_history_tells_of_both(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, TEXTS[0], status="approved")
    was = columns(make, comment)
    make.edit(comment, TEXTS[1], moderator)
    edited = columns(make, comment)
    make.edit(comment, TEXTS[2], moderator)
    assert undone(app, comment, 3, moderator) == 4
    assert columns(make, comment) == edited, "with the time of the first edit"
    assert [source for _, source, _ in versions(app, comment)] == [*TEXTS[:3], TEXTS[1]]
    other = make.comment(site, TEXTS[0], status="approved")
    was = columns(make, other)
    make.edit(other, TEXTS[1], moderator)
    assert undone(app, other, 2, moderator) == 3
    assert columns(make, other) == was
    assert make.load(other).original is None
    with app.app_context():
        told = select(Event.kind, Event.moderator_id, Event.detail).where(Event.comment_id == other.id)
        assert [tuple(row) for row in db.session.execute(told.order_by(Event.id))] == [
            ("comment.edited", moderator.id, {"number": 2}),
            ("comment.edited", moderator.id, {"number": 3, "restores": 1}),
        ]


def test_what_staff_wrote_is_edited_and_restored_alike(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, TEXTS[0], staff=moderator)
    was = columns(make, comment)
    make.edit(comment, TEXTS[1], moderator)
    assert versions(app, comment)[0] == (1, TEXTS[0], moderator.id)
    undone(app, comment, 2, moderator)
    assert columns(make, comment) == was


@examples(25)
@given(st.lists(st.sampled_from([*TEXTS, None]), max_size=9))
def test_any_walk_of_edits_and_undos_comes_back_by_the_way_it_went(
    app: Flask, make: Make, steps: list[str | None]
) -> None:
    """None takes the newest edit back. What the comment was with each text is remembered by the test."""
    site = make.site(f"s{now().timestamp()}".replace(".", ""))
    moderator = make.moderator(f"{site.key}@example.org", sites=[site])
    comment = make.comment(site, TEXTS[0], status="approved")
    was = [columns(make, comment)]
    for text in steps:
        top = max(len(was), 1)
        if text is None:
            if len(was) == 1:
                with pytest.raises(Overtaken):
                    undone(app, comment, top, moderator)
                continue
            assert undone(app, comment, top, moderator) == top + 1
            was.append(was[-2])
        elif text == was[-1]["source"]:
            assert make.edit(comment, text, moderator) is None
        else:
            assert make.edit(comment, text, moderator) == top + 1
            typed_back = len(was) > 1 and was[-2]["source"] == text
            was.append(was[-2] if typed_back else columns(make, comment))
        assert columns(make, comment) == was[-1]
    assert [source for _, source, _ in versions(app, comment)] == [state["source"] for state in was if len(was) > 1]


def test_the_same_text_is_no_edit(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    comment = make.comment(site, TEXTS[0], status="approved")
    was, version = columns(make, comment), make.page(site).version
    assert make.edit(comment, TEXTS[0].replace(".", ".\r\n \n"), moderator) is None
    assert columns(make, comment) == was
    assert make.load(comment).version == 2
    assert versions(app, comment) == []
    assert make.page(site).version == version


def test_of_two_who_edit_what_they_saw_the_second_is_told(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, TEXTS[0])
    outcomes: list[int | str | None] = []

    def edit(text: str) -> None:
        with app.app_context():
            try:
                done = lifecycle.edit(
                    comment.id, sanitize(text), seen=1, at=now(), moderator=moderator, within=[site.id]
                )
                outcomes.append(done)
            except Overtaken:
                outcomes.append("overtaken")
            finally:
                db.session.remove()

    both = [threading.Thread(target=edit, args=(text,)) for text in TEXTS[1:3]]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(map(str, outcomes)) == ["2", "overtaken"]
    assert len(versions(app, comment)) == 2


def test_a_decision_meanwhile_stops_an_edit_but_not_its_undo(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, TEXTS[0])
    make.edit(comment, TEXTS[1], moderator)
    make.decide(comment, "approved", moderator)
    with app.app_context(), pytest.raises(Overtaken):
        lifecycle.edit(comment.id, sanitize("x"), seen=2, at=now(), moderator=moderator, within=[site.id])
    assert undone(app, comment, 2, moderator) == 3
    assert make.load(comment).status == "approved"


def test_an_edit_is_taken_back_once_and_only_while_it_is_the_newest(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, TEXTS[0])
    for number in (0, 1, 2):
        with pytest.raises(Overtaken):
            undone(app, comment, number, moderator)
    make.edit(comment, TEXTS[1], moderator)
    assert undone(app, comment, 2, moderator) == 3
    assert undone(app, comment, 2, moderator) is None
    make.edit(comment, TEXTS[2], moderator)
    with pytest.raises(Overtaken):
        undone(app, comment, 2, moderator)
    make.edit(comment, TEXTS[3], moderator)
    with pytest.raises(Overtaken):
        undone(app, comment, 4, moderator)
    assert make.load(comment).source == TEXTS[3]


def test_what_is_elsewhere_gone_or_emptied_cannot_be_edited(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    theirs, emptied = make.comment(make.site("theirs")), make.comment(site)
    with app.app_context():
        db.session.execute(update(Comment).where(Comment.id == emptied.id).values(place=EMPTIED))
        db.session.commit()
        for comment_id in (theirs.id, emptied.id, 10_000):
            with pytest.raises(Overtaken):
                lifecycle.edit(comment_id, sanitize("x"), seen=1, at=now(), moderator=moderator, within=[site.id])
    assert make.load(theirs).source == "A kind word about the article."


def test_there_is_a_last_version(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "MOST_VERSIONS", 3)
    comment = make.comment(site, TEXTS[0])
    make.edit(comment, TEXTS[1], moderator)
    make.edit(comment, TEXTS[2], moderator)
    was = columns(make, comment)
    with pytest.raises(TooManyVersions):
        make.edit(comment, TEXTS[3], moderator)
    with pytest.raises(TooManyVersions):
        undone(app, comment, 3, moderator)
    assert columns(make, comment) == was
