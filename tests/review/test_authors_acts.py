"""What an author did is not undone: nobody has read the new text, and only a decision brings back what was withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation.models import Comment, Moderator, Site
from tests.factories import Make
from tests.learning.state import decide, is_true, relearn, undo
from tests.learning.test_revising import revise
from tests.review.browser import Browser
from tests.review.test_api import body_of, problem
from tests.review.test_deciding import after

READ, UNREAD = "I ride the N1 home.", "Cheap pills, best price."


@pytest.fixture
def moderator(make: Make, site: Site) -> Moderator:
    return make.moderator("second@example.org", sites=[site])


@pytest.fixture
def bearer(make: Make, moderator: Moderator) -> dict[str, str]:
    return make.bearer(moderator)


@pytest.fixture
def comment(app: Flask, make: Make, site: Site, moderator: Moderator) -> Comment:
    """A comment that a moderator read and approved."""
    comment = make.comment(site, READ)
    decide(app, [comment.id], "approved", moderator, site)
    return comment


def swapped(app: Flask, make: Make, comment: Comment) -> Comment:
    """The comment with another text of its author's, which waits."""
    assert revise(app, make, comment, UNREAD, approved=False) == "pending"
    return make.load(comment)


def history(client: FlaskClient, bearer: dict[str, str], comment: Comment) -> list[dict[str, Any]]:
    """What was decided on it, newest first."""
    answer = client.get(f"/v1/moderation/comments/{comment.id}", headers=bearer)
    return list(body_of(answer)["history"])


def state(make: Make, comment: Comment) -> tuple[str, str | None, bool, bool]:
    now = make.load(comment)
    return now.status, now.taught, now.standing, now.learned


WAITS_UNTAUGHT = ("pending", None, False, False)


def test_the_desk_has_no_button_that_publishes_what_nobody_read(
    app: Flask, browser: Browser, make: Make, comment: Comment, client: FlaskClient, bearer: dict[str, str]
) -> None:
    page = f"/desk/demo/comments/{comment.id}"
    assert "Undo this" in browser.get(page).text, "what a moderator decided is undone here"
    swapped(app, make, comment)
    assert "edited by its author" in browser.get(page).text
    assert "Undo this" not in browser.get(page).text
    batch = history(client, bearer, comment)[0]["batch"]
    for only in ("", str(comment.id)):
        said = after(browser, browser.post("/desk/demo/undo", batch=batch, only=only))
        assert "There is nothing to undo." in said
        assert state(make, comment) == WAITS_UNTAUGHT


def test_no_program_publishes_what_nobody_read_by_undoing_an_edit(
    app: Flask, make: Make, site: Site, comment: Comment, client: FlaskClient, bearer: dict[str, str]
) -> None:
    swapped(app, make, comment)
    newest = history(client, bearer, comment)[0]
    assert (newest["actor"], newest["note"]) == ("author", "edited by its author")
    answer = client.post("/v1/moderation/undo", json={"batch": newest["batch"]}, headers=bearer)
    assert "on what its author edited or withdrew, decide anew" in problem(answer, 404)["detail"]
    assert state(make, comment) == WAITS_UNTAUGHT
    assert make.counts(site) == {"pending": 1, "approved": 0, "spam": 0, "trash": 0}
    is_true(app, site)


def test_an_edit_of_what_waits_is_not_said_to_be_undone(
    app: Flask, browser: Browser, make: Make, site: Site, client: FlaskClient, bearer: dict[str, str]
) -> None:
    comment = make.comment(site, READ)
    swapped(app, make, comment)
    assert "Undo this" not in browser.get(f"/desk/demo/comments/{comment.id}").text
    batch = history(client, bearer, comment)[0]["batch"]
    assert "Undone" not in after(browser, browser.post("/desk/demo/undo", batch=batch))
    assert make.log(comment)[-1] == ("author", "pending", "pending")


def test_what_an_author_took_back_comes_back_by_a_decision_and_by_no_undo(
    app: Flask, browser: Browser, make: Make, site: Site, comment: Comment, client: FlaskClient, bearer: dict[str, str]
) -> None:
    batch = decide(app, [comment.id], "trash", None, site)
    assert "Undo this" not in browser.get(f"/desk/demo/comments/{comment.id}").text
    problem(client.post("/v1/moderation/undo", json={"batch": batch}, headers=bearer), 404)
    assert state(make, comment)[:2] == ("trash", None)
    browser.decide("demo", "approve", make.load(comment))
    assert state(make, comment)[:2] == ("approved", "ham")


def test_an_earlier_decision_is_not_undone_over_a_new_text_nor_done_again(
    app: Flask, browser: Browser, make: Make, site: Site, comment: Comment, moderator: Moderator
) -> None:
    """Back and forth before the edit: each of these entries once made the former text public."""
    taken = decide(app, [comment.id], "pending", moderator, site)
    back = undo(app, taken, moderator, site)
    again = undo(app, back, moderator, site)
    assert state(make, comment)[0] == "pending"
    swapped(app, make, comment)
    for batch in (taken, back, again):
        said = after(browser, browser.post("/desk/demo/undo", batch=batch))
        assert f"Comment {comment.id} was decided by somebody else meanwhile: it is now pending." in said
        assert state(make, comment) == WAITS_UNTAUGHT
    assert not relearn(app, site).differed


def test_of_a_batch_those_whose_text_is_another_now_stay_as_they_are(
    app: Flask, make: Make, site: Site, moderator: Moderator, client: FlaskClient, bearer: dict[str, str]
) -> None:
    ids = [make.comment(site, f"{READ} {number}", status="approved").id for number in range(3)]
    batch = decide(app, ids, "trash", moderator, site)
    decide(app, ids[:1], "pending", moderator, site)
    swapped(app, make, Comment(id=ids[0]))
    answer = body_of(client.post("/v1/moderation/undo", json={"batch": batch}, headers=bearer))
    assert (answer["decided"], [moved["id"] for moved in answer["conflicts"]]) == (ids[1:], ids[:1])
    assert state(make, Comment(id=ids[0])) == WAITS_UNTAUGHT


@pytest.mark.parametrize("to", ["approved", "spam", "trash"])
def test_a_decision_on_the_new_text_is_undone_to_where_it_waited_and_no_word_stands(
    app: Flask, make: Make, site: Site, comment: Comment, moderator: Moderator, to: Any
) -> None:
    swapped(app, make, comment)
    batch = decide(app, [comment.id], to, moderator, site)
    undo(app, batch, moderator, site)
    assert state(make, comment) == WAITS_UNTAUGHT, "what was said of the former text is not said of the new one"
    is_true(app, site)
    assert not relearn(app, site).differed
