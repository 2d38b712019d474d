"""Moderators tell each other about a comment, and nobody else gets to know."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from moderation.extensions import db
from moderation.models import Comment, CommentNote, Event, Moderator, Site
from moderation.review import notes
from tests.factories import Make
from tests.publish.test_privacy import public_answers
from tests.review.browser import Browser
from tests.review.test_queue import HOSTILE
from tests.thorough import examples

WORDS = "Zebra-words that only moderators read"


@pytest.fixture
def comment(make: Make, site: Site) -> Comment:
    return make.comment(site, status="approved")


@pytest.fixture
def ana(app: Flask, make: Make, site: Site) -> Browser:
    """The browser of another moderator of the site."""
    make.moderator("ana@example.org", sites=[site], name="Ana")
    browser = Browser(app)
    browser.enter("ana@example.org")
    return browser


def own(comment: Comment, path: str = "") -> str:
    return f"/desk/demo/comments/{comment.id}{path}"


def kept(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(CommentNote.text).order_by(CommentNote.id)))


def removable(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'name="note" value="(\d+)"', page)]


def test_a_note_stands_on_the_comments_page_the_newest_last_and_in_short_in_the_queue(
    browser: Browser, ana: Browser, comment: Comment
) -> None:
    answer = browser.post(own(comment, "/notes"), text="The first note.")
    assert (answer.status_code, answer.location) == (303, own(comment) + "#notes")
    ana.post(own(comment, "/notes"), text="The second,\nof two lines.")
    page = browser.get(own(comment)).text
    assert page.index("The first note.") < page.index("The second,")
    queue = browser.get("/desk/demo/?status=approved").text
    assert "2 notes" in queue
    assert "The second," in queue
    assert "The first note." not in queue


def test_ones_own_note_can_be_removed_and_no_other(
    app: Flask, browser: Browser, ana: Browser, comment: Comment
) -> None:
    browser.post(own(comment, "/notes"), text="Mine")
    ana.post(own(comment, "/notes"), text="Hers")
    mine, hers = removable(browser.get(own(comment)).text), removable(ana.get(own(comment)).text)
    assert len(mine) == len(hers) == 1
    refused = browser.post(own(comment, "/notes/remove"), note=str(hers[0]))
    absent = browser.post(own(comment, "/notes/remove"), note="99999")
    assert refused.status_code == absent.status_code == 404
    assert refused.text == absent.text
    assert browser.post(own(comment, "/notes/remove"), note=str(mine[0])).status_code == 303
    assert browser.post(own(comment, "/notes/remove"), note=str(mine[0])).status_code == 404
    assert kept(app) == ["Hers"]


def test_a_note_is_removed_by_the_comment_that_it_is_on(
    app: Flask, browser: Browser, make: Make, site: Site, comment: Comment
) -> None:
    browser.post(own(comment, "/notes"), text="Mine")
    [number] = removable(browser.get(own(comment)).text)
    assert browser.post(own(make.comment(site), "/notes/remove"), note=str(number)).status_code == 404
    assert kept(app) == ["Mine"]


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "\0", "2147483648", "9999999999", "9" * 400])
def test_a_number_that_no_note_has_is_none(browser: Browser, comment: Comment, number: str) -> None:
    assert browser.post(own(comment, "/notes/remove"), note=number).status_code == 404


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The note is empty."),
        (" \n\u200b\0", "The note is empty."),
        ("x" * 2001, "2001 characters"),
        ("x" * 65_536, "65536 characters"),
    ],
)
def test_a_note_that_cannot_be_kept_comes_back_with_the_reason(
    app: Flask, browser: Browser, comment: Comment, text: str, says: str
) -> None:
    answer = browser.post(own(comment, "/notes"), text=text)
    assert answer.status_code == 422
    assert says in answer.text
    assert f"{text.strip()}</textarea>" in answer.text
    assert kept(app) == []


def test_no_more_notes_are_kept_than_are_shown(
    app: Flask, browser: Browser, comment: Comment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST", 2)
    for _note in range(2):
        browser.post(own(comment, "/notes"), text="A note")
    answer = browser.post(own(comment, "/notes"), text="One too many")
    assert answer.status_code == 422
    assert "This comment has 2 notes" in answer.text
    assert "One too many</textarea>" in answer.text
    assert len(kept(app)) == 2


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_note_is_words_and_nothing_else(browser: Browser, comment: Comment, text: str) -> None:
    assert browser.post(own(comment, "/notes"), text=text).status_code == 303
    for page in (browser.get(own(comment)).text, browser.get("/desk/demo/?status=approved").text):
        for dangerous in ("<script>alert", "<img", "</main></textarea>", "603729"):
            assert dangerous not in page


@examples(25)
@given(st.text(st.characters(exclude_categories=[]), max_size=2100))
def test_no_note_breaks_the_desk(browser: Browser, comment: Comment, text: str) -> None:
    answer = browser.client.post(
        own(comment, "/notes"),
        data={"csrf_token": browser.token, "text": text.encode("utf-8", "surrogatepass")},
    )
    assert answer.status_code in {303, 422}
    assert browser.get(own(comment)).status_code == 200


def test_no_public_answer_has_a_note_nor_a_text_that_was_replaced(
    client: FlaskClient, browser: Browser, make: Make, site: Site, comment: Comment
) -> None:
    moderator = make.moderator("eve@example.org", sites=[site], name="Quagga-name")
    browser.post(own(comment, "/notes"), text=WORDS)
    other = make.comment(site, "Okapi-words as sent.", status="approved")
    make.edit(other, "Words as edited.", moderator)
    everything = ""
    for url in public_answers(client):
        answer = client.get(url)
        everything += f"{answer.headers}\n{answer.text}"
    assert "Words as edited." in everything
    for text in ("Zebra", "Okapi", "Quagga"):
        assert text not in everything
    program = client.get(f"/v1/moderation/comments/{comment.id}", headers=make.bearer(moderator))
    assert program.status_code == 200
    assert "Zebra" not in program.text


def test_what_was_done_is_written_down_without_a_word(app: Flask, browser: Browser, comment: Comment) -> None:
    browser.post(own(comment, "/notes"), text=WORDS)
    [number] = removable(browser.get(own(comment)).text)
    browser.post(own(comment, "/notes/remove"), note=str(number))
    with app.app_context():
        events = db.session.scalars(select(Event).where(Event.kind.not_like("moderator.%")).order_by(Event.id)).all()
        assert [(event.kind, event.detail, event.comment_id) for event in events] == [
            ("note.added", {"note": number}, comment.id),
            ("note.removed", {"note": number}, comment.id),
        ]


def test_a_comment_of_another_site_takes_no_note_and_shows_none(app: Flask, browser: Browser, make: Make) -> None:
    elsewhere = make.site("theirs")
    theirs = make.comment(elsewhere)
    make.moderator("eve@example.org", sites=[elsewhere], name="Eve")
    eve = Browser(app)
    eve.enter("eve@example.org")
    assert eve.post(f"/desk/theirs/comments/{theirs.id}/notes", text=WORDS).status_code == 303
    for key in ("demo", "theirs"):
        assert browser.post(f"/desk/{key}/comments/{theirs.id}/notes", text="Mine").status_code == 404
    with app.app_context():
        number = db.session.scalar(select(func.max(CommentNote.id)))
    assert browser.post(f"/desk/demo/comments/{theirs.id}/notes/remove", note=str(number)).status_code == 404
    assert kept(app) == [WORDS]
    assert "Zebra" not in browser.get("/desk/demo/?status=all").text


def test_notes_are_asked_for_all_rows_at_once(app: Flask, make: Make, site: Site, comment: Comment) -> None:
    author: Moderator = make.moderator("eve@example.org", sites=[site], name="Eve")
    other = make.comment(site)
    with app.app_context():
        for number in range(5):
            db.session.add(CommentNote(comment_id=comment.id, moderator_id=author.id, text=f"Note {number}"))
        db.session.add(CommentNote(comment_id=other.id, moderator_id=author.id, text="Alone"))
        db.session.commit()
        found = notes.newest([comment.id, other.id, 10_000])
        assert {each: (one.number, one.note.text) for each, one in found.items()} == {
            comment.id: (5, "Note 4"),
            other.id: (1, "Alone"),
        }
        assert notes.newest([]) == {}
