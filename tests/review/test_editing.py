"""A moderator changes a comment's text at the desk, sees what was changed, and takes it back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Comment, CommentVersion, Event, Moderator, Site, now
from moderation.review import edits
from tests.factories import Make
from tests.review.browser import Browser
from tests.review.test_queue import HOSTILE
from tests.thorough import examples

PUBLIC = (
    "/v1/sites/demo/comments?page=/a/",
    "/v1/sites/demo/feed.atom",
    "/v1/sites/demo/feed.json",
    "/sites/demo/thread?page=/a/",
)
OWN = "/desk/demo/comments/{}"


@pytest.fixture
def other(make: Make, site: Site) -> Moderator:
    return make.moderator("ana@example.org", sites=[site], name="Ana")


def save(browser: Browser, comment: Comment, text: str, *, seen: int | str = 1, **more: Any) -> TestResponse:
    return browser.post(f"/desk/demo/comments/{comment.id}/edit", text=text, seen=str(seen), **more)


def field(page: str, comment: Comment) -> str:
    """What stands in the form, as a browser reads it."""
    found = re.search(rf'<textarea id="edit-{comment.id}".*?>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def versions(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(CommentVersion)) or 0


def state(client: FlaskClient) -> list[tuple[str, str]]:
    answers = [client.get(url) for url in PUBLIC]
    return [(answer.headers["ETag"], answer.text) for answer in answers]


def test_a_quick_edit_from_the_queue_is_saved_and_undone(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site, "Bad lnaguage.")
    page = browser.get("/desk/demo/").text
    assert field(page, comment) == "Bad lnaguage."
    answer = save(browser, comment, "Good **language**.", next="/desk/demo/?sort=oldest")
    assert (answer.status_code, answer.location) == (303, f"/desk/demo/?sort=oldest#comment-{comment.id}")
    said = browser.get(answer.location).text
    assert f"The text of comment {comment.id} is changed." in said
    assert "<strong>language</strong>" in said
    assert f'action="/desk/demo/comments/{comment.id}/edit/undo"' in said
    undone = browser.post(f"/desk/demo/comments/{comment.id}/edit/undo", number="2", next="/desk/demo/")
    assert undone.status_code == 303
    assert f"Undone: comment {comment.id} has its former text again." in browser.get(undone.location).text
    after = make.load(comment)
    assert (after.source, after.html, after.edited_at, after.original) == (comment.source, comment.html, None, None)
    again = browser.post(f"/desk/demo/comments/{comment.id}/edit/undo", number="2")
    assert "This was undone already." in browser.get(again.location).text


def test_readers_see_the_new_text_its_time_and_a_new_tag_and_the_old_one_after_undo(
    client: FlaskClient, browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(site, "As **sent**.", status="approved")
    before = state(client)
    save(browser, comment, "As *edited*.", seen=2)
    edited = state(client)
    for (old_tag, old), (new_tag, new) in zip(before, edited, strict=True):
        assert new_tag != old_tag
        assert "sent" in old
        assert "sent" not in new
        assert "edited" in new
    [shown] = client.get(PUBLIC[0]).get_json()["comments"]
    assert shown["html"] == "<p>As <em>edited</em>.</p>"
    assert shown["edited_at"] >= shown["created_at"]
    assert client.get(PUBLIC[0], headers={"If-None-Match": before[0][0]}).status_code == 200
    browser.post(f"/desk/demo/comments/{comment.id}/edit/undo", number="2")
    assert [text for _, text in state(client)] == [text for _, text in before]
    assert client.get(PUBLIC[0]).get_json()["comments"][0]["edited_at"] is None


@pytest.mark.parametrize("status", ["pending", "spam", "trash"])
def test_to_edit_what_readers_do_not_see_changes_nothing_public(
    client: FlaskClient, browser: Browser, make: Make, site: Site, status: Any
) -> None:
    make.comment(site, status="approved")
    comment = make.comment(site, "Hidden words.", status=status)
    before = state(client)
    assert save(browser, comment, "Other hidden words.", seen=make.load(comment).version).status_code == 303
    assert make.load(comment).source == "Other hidden words."
    assert state(client) == before


def test_when_two_edit_the_second_keeps_their_words_and_sees_the_others(
    browser: Browser, make: Make, site: Site, other: Moderator
) -> None:
    comment = make.comment(site, "As sent.")
    browser.get("/desk/demo/")
    make.edit(comment, "As Ana has it.", other)
    answer = save(browser, comment, "As I have it.")
    assert answer.status_code == 422
    assert f"Somebody else changed comment {comment.id} meanwhile" in answer.text
    assert field(answer.text, comment) == "As I have it."
    assert "As Ana has it." in answer.text
    assert make.load(comment).source == "As Ana has it."
    assert save(browser, comment, "As I have it.", seen=2).status_code == 303, "now that both were seen"


def test_an_edit_that_was_overtaken_cannot_be_undone(
    browser: Browser, make: Make, site: Site, other: Moderator
) -> None:
    comment = make.comment(site, "As sent.")
    save(browser, comment, "As I have it.")
    make.edit(comment, "As Ana has it.", other)
    answer = browser.post(f"/desk/demo/comments/{comment.id}/edit/undo", number="2")
    assert "This edit cannot be undone" in browser.get(answer.location).text
    assert make.load(comment).source == "As Ana has it."


@pytest.mark.parametrize("number", ["", "0", "1", "-1", "x", "\0", "2147483648", "9999999999", "9" * 400])
def test_to_undo_what_never_was_is_told_in_a_line(browser: Browser, make: Make, site: Site, number: str) -> None:
    comment = make.comment(site)
    answer = browser.post(f"/desk/demo/comments/{comment.id}/edit/undo", number=number)
    assert answer.status_code == 303
    assert "This edit cannot be undone" in browser.get(answer.location).text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The text is empty."),
        (" \n\u200b\u3164 ", "The text is empty."),
        ("x" * 10_001, "10001 characters"),
        ("x" * 65_536, "65536 characters"),
        ("<b>" * 201, "201 pieces of markup"),
    ],
)
def test_a_text_that_cannot_be_taken_comes_back_with_the_reason(
    app: Flask, browser: Browser, make: Make, site: Site, text: str, says: str
) -> None:
    comment = make.comment(site)
    answer = save(browser, comment, text)
    assert answer.status_code == 422
    assert says in answer.text
    assert field(answer.text, comment) == text
    assert versions(app) == 0


@pytest.mark.parametrize("seen", ["", "0", "x", "\0", "1" * 80])
def test_a_form_that_was_tampered_with_keeps_the_words(
    app: Flask, browser: Browser, make: Make, site: Site, seen: str
) -> None:
    comment = make.comment(site)
    answer = save(browser, comment, "Words to keep", seen=seen)
    assert answer.status_code == 422
    assert field(answer.text, comment) == "Words to keep"
    assert versions(app) == 0


def test_to_save_the_text_as_it_is_changes_nothing(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site, "\n\n  Two\nlines.", status="approved")
    shown = field(browser.get(OWN.format(comment.id)).text, comment)
    answer = save(browser, comment, shown.replace("\n", "\r\n"), seen=2)
    assert "nothing was changed" in browser.get(answer.location).text
    assert versions(app) == 0
    assert make.page(site).version == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_cleaned_as_a_readers_is(
    client: FlaskClient, browser: Browser, make: Make, site: Site, text: str
) -> None:
    comment = make.comment(site, "As sent.", status="approved")
    assert save(browser, comment, text, seen=2).status_code == 303
    for page in (browser.get(OWN.format(comment.id)).text, browser.get("/desk/demo/?status=approved").text):
        for dangerous in ("<script>alert", "<img", "</main></textarea>", "603729"):
            assert dangerous not in page
        assert page.count("<textarea") == page.count("</textarea>")
    assert "<script" not in client.get(PUBLIC[0]).get_json()["comments"][0]["html"]
    assert make.load(comment).original == "As sent."


@examples(25)
@given(st.text(st.characters(exclude_categories=[]), min_size=1, max_size=300))
def test_no_text_breaks_the_desk_or_what_readers_get(
    client: FlaskClient, browser: Browser, make: Make, site: Site, text: str
) -> None:
    comment = make.comment(site, "As sent.", status="approved")
    sent = text.encode("utf-8", "surrogatepass")
    answer = browser.client.post(
        f"/desk/demo/comments/{comment.id}/edit",
        data={"csrf_token": browser.token, "seen": "2", "text": sent},
    )
    assert answer.status_code in {303, 422}
    assert browser.get(OWN.format(comment.id)).status_code == 200
    assert client.get(PUBLIC[0]).status_code == 200
    with make.app.app_context():
        number = db.session.scalar(
            select(func.max(CommentVersion.number)).where(CommentVersion.comment_id == comment.id)
        )
    if number:
        browser.post(f"/desk/demo/comments/{comment.id}/edit/undo", number=str(number))
    assert make.load(comment).html == "<p>As sent.</p>"


def test_the_own_page_shows_every_version_with_what_it_changed(
    browser: Browser, make: Make, site: Site, other: Moderator
) -> None:
    comment = make.comment(site, "The cat sat.")
    assert "Versions of the text" not in browser.get(OWN.format(comment.id)).text
    save(browser, comment, "The dog sat.")
    make.edit(comment, "The dog sat down.", other)
    make.edit(comment, "The dog sat.", other)
    page = browser.get(OWN.format(comment.id)).text
    assert [int(number) for number in re.findall(r"<b>Version (\d+)</b>", page)] == [4, 3, 2, 1]
    assert re.search(r"<del>.*removed:.*cat.*</del><ins>.*added:.*dog.*</ins>", page)
    assert "as version 2" in page
    assert "As its author sent it." in page
    assert "Ana" in page


def test_of_many_versions_the_newest_are_shown(browser: Browser, make: Make, site: Site, other: Moderator) -> None:
    comment = make.comment(site)
    for number in range(edits.VERSIONS_SHOWN + 3):
        make.edit(comment, f"Text {number}.", other)
    page = browser.get(OWN.format(comment.id)).text
    assert page.count("<b>Version ") == edits.VERSIONS_SHOWN
    assert "As its author sent it." not in page


def test_a_long_text_is_edited_on_its_own_page(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site, "A long story. " * 100)
    queue = browser.get("/desk/demo/").text
    own = f"/desk/demo/comments/{comment.id}?edit=1"
    assert f'id="edit-{comment.id}"' not in queue
    assert own in queue
    page = browser.get(own).text
    assert field(page, comment) == comment.source
    assert re.search(r'<details class="edit" open>', page)


def test_what_was_done_is_written_down_without_a_word_of_the_text(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(site, "Secret words.")
    save(browser, comment, "Other secret words.")
    with app.app_context():
        [event] = db.session.scalars(select(Event).where(Event.comment_id == comment.id))
        assert (event.kind, event.detail, event.site_id) == ("comment.edited", {"number": 2}, site.id)
        assert event.created_at <= now()


def test_a_comment_of_another_site_cannot_be_edited(browser: Browser, make: Make) -> None:
    theirs = make.comment(make.site("theirs"))
    for key in ("demo", "theirs"):
        for path in ("edit", "edit/undo"):
            answer = browser.post(f"/desk/{key}/comments/{theirs.id}/{path}", text="Mine", seen="1", number="2")
            assert answer.status_code == 404
    assert make.load(theirs).source == theirs.source


def test_who_was_signed_out_gets_the_words_back(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    browser.client.delete_cookie("moderation")
    browser.get("/desk/login")
    answer = save(browser, comment, "My careful words")
    assert answer.status_code == 403
    assert "My careful words" in answer.text
