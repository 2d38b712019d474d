"""A moderator answers a reader."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from moderation.extensions import db
from moderation.models import Comment, Moderator, Site
from tests.factories import Make
from tests.review.browser import Browser


@pytest.fixture
def site(make: Make) -> Site:
    return make.site(max_depth=3)


@pytest.fixture
def moderator(make: Make, site: Site) -> Moderator:
    return make.moderator(sites=[site], name="Mo Moderator")


@pytest.fixture
def browser(app: Flask, moderator: Moderator) -> Browser:
    browser = Browser(app)
    browser.enter()
    return browser


def hidden(page: str, comment: Comment) -> dict[str, str]:
    """The hidden fields of the reply form under a comment."""
    form = page.split(f'/comments/{comment.id}/reply"', 1)[1].split("</form>", 1)[0]
    return dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))


def replies(app: Flask, comment: Comment) -> list[Comment]:
    with app.app_context():
        return list(db.session.scalars(select(Comment).where(Comment.parent_id == comment.id)))


def test_a_reply_is_at_once_public_and_signed_by_the_moderator(
    app: Flask, browser: Browser, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site, status="approved")
    form = hidden(browser.get("/desk/demo/?status=approved").text, comment)
    answer = browser.post(
        f"/desk/demo/comments/{comment.id}/reply", **form, text="Thank you, **corrected**. <script>1</script>"
    )
    assert (answer.status_code, answer.location) == (303, f"/desk/demo/?status=approved#comment-{comment.id}")
    (reply,) = replies(app, comment)
    assert (reply.status, reply.author, reply.email) == ("approved", "Mo Moderator", "mod@example.org")
    assert reply.moderator_id == moderator.id
    assert reply.staff
    assert "<strong>corrected</strong>" in reply.html
    assert "<script" not in reply.html
    assert make.page(site).approved == 2
    assert f"Your reply to comment {comment.id} is posted." in browser.get(answer.location).text


def test_replying_to_a_waiting_comment_approves_it_and_the_button_says_so(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(site)
    page = browser.get("/desk/demo/").text
    assert "Approve and reply" in page
    answer = browser.post(f"/desk/demo/comments/{comment.id}/reply", **hidden(page, comment), text="Welcome")
    assert make.load(comment).status == "approved"
    assert len(replies(app, comment)) == 1
    assert f"Comment {comment.id} is approved and your reply is posted." in browser.get(answer.location).text


def test_the_same_form_sent_twice_makes_one_reply(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    form = hidden(browser.get("/desk/demo/").text, comment)
    for _time in range(2):
        form["seen"] = str(make.load(comment).version)
        answer = browser.post(f"/desk/demo/comments/{comment.id}/reply", **form, text="Welcome")
        assert answer.status_code == 303
    assert len(replies(app, comment)) == 1
    assert "This reply was posted already." in browser.get(answer.location).text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The reply is empty."),
        (" \n\u200b\u3164 ", "The reply is empty."),
        ("x" * 10_001, "10001 characters"),
        ("<b>" * 201, "201 pieces of markup"),
    ],
)
def test_a_reply_that_cannot_be_taken_keeps_its_words_and_approves_nothing(
    app: Flask, browser: Browser, make: Make, site: Site, text: str, says: str
) -> None:
    comment = make.comment(site)
    form = hidden(browser.get("/desk/demo/").text, comment)
    answer = browser.post(f"/desk/demo/comments/{comment.id}/reply", **form, text=text)
    assert answer.status_code == 422
    assert says in answer.text
    assert f">{text.replace('<', '&lt;').replace('>', '&gt;')}</textarea>" in answer.text
    assert make.load(comment).status == "pending"
    assert replies(app, comment) == []


def test_when_somebody_else_decided_meanwhile_the_reply_is_not_posted_and_its_words_are_kept(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(site)
    form = hidden(browser.get("/desk/demo/").text, comment)
    make.decide(comment, "spam")
    answer = browser.post(f"/desk/demo/comments/{comment.id}/reply", **form, text="My careful words")
    assert answer.status_code == 422
    assert "My careful words" in answer.text
    assert "Readers cannot see this comment." in answer.text
    assert replies(app, comment) == []
    assert make.load(comment).status == "spam"


def test_a_reply_meets_a_version_that_moved_away_and_back(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    form = hidden(browser.get("/desk/demo/").text, comment)
    make.decide(comment, "spam")
    make.decide(comment, "pending")
    answer = browser.post(f"/desk/demo/comments/{comment.id}/reply", **form, text="My careful words")
    assert answer.status_code == 422
    assert "decided by somebody else meanwhile" in answer.text
    assert "My careful words" in answer.text
    assert replies(app, comment) == []
    again = browser.post(
        f"/desk/demo/comments/{comment.id}/reply", **hidden(answer.text, comment), text="My careful words"
    )
    assert again.status_code == 303, "now that the moderator has seen how it stands, it can be sent"


def test_a_thread_at_its_depth_takes_no_reply_and_offers_none(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    parent = make.comment(site, status="approved")
    for _level in range(2):
        parent = make.comment(site, status="approved", parent=parent)
    page = browser.get(f"/desk/demo/comments/{parent.id}").text
    assert "/reply" not in page
    answer = browser.post(f"/desk/demo/comments/{parent.id}/reply", seen="2", nonce="n" * 20, text="Too deep")
    assert answer.status_code == 422
    assert "Too deep" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 3


@pytest.mark.parametrize("field", ["seen", "nonce"])
@pytest.mark.parametrize("value", ["", "x", "\0", "1" * 80])
def test_a_form_that_was_tampered_with_is_refused_and_keeps_the_words(
    app: Flask, browser: Browser, make: Make, site: Site, field: str, value: str
) -> None:
    comment = make.comment(site)
    form = hidden(browser.get("/desk/demo/").text, comment) | {field: value}
    answer = browser.post(f"/desk/demo/comments/{comment.id}/reply", **form, text="Words to keep")
    assert answer.status_code == 422
    assert "Words to keep" in answer.text
    assert replies(app, comment) == []


def test_a_reply_is_possible_on_a_page_that_is_closed_to_readers(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(site)
    with app.app_context():
        page = make.page(site)
        page.closed = True
        db.session.merge(page)
        db.session.commit()
    form = hidden(browser.get("/desk/demo/").text, comment)
    assert browser.post(f"/desk/demo/comments/{comment.id}/reply", **form, text="A last word").status_code == 303
    assert len(replies(app, comment)) == 1
