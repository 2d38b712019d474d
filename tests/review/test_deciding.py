"""A moderator decides: by a row's button, for all that is ticked, and back again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from moderation.models import Comment, Site, Status
from tests.factories import Make
from tests.review.browser import Browser

NOTHING = {"pending": 0, "approved": 0, "spam": 0, "trash": 0}


def after(browser: Browser, answer: TestResponse) -> str:
    """The page that follows an act."""
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location).text


def bulk(browser: Browser, decision: str, ticked: list[Comment], shown: list[Comment], **more: Any) -> TestResponse:
    """Tick rows and press a button of the bar."""
    seen = [f"{each.id}:{each.version}" for each in shown]
    return browser.post("/desk/demo/decisions", decision=decision, ids=[each.id for each in ticked], seen=seen, **more)


def undo_button(page: str) -> str:
    """The batch that the page's Undo button names."""
    found = re.search(r'name="batch" value="(\w+)"', page)
    assert found, "no Undo button"
    return found[1]


@pytest.mark.parametrize(
    ("act", "status", "says"),
    [
        ("approve", "approved", "Comment {id} is approved."),
        ("spam", "spam", "Comment {id} is marked as spam."),
        ("trash", "trash", "Comment {id} is in the trash."),
    ],
)
def test_a_rows_button_moves_the_comment_and_the_counts(
    browser: Browser, make: Make, site: Site, act: str, status: str, says: str
) -> None:
    comment = make.comment(site)
    page = after(browser, browser.decide("demo", act, comment))
    assert make.load(comment).status == status
    assert make.counts(site) == NOTHING | {status: 1}
    assert says.format(id=comment.id) in page
    assert make.log(comment)[-1] == ("moderator", "pending", status)


def test_undo_brings_everything_back(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    page = after(browser, browser.decide("demo", "spam", comment))
    said = after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    assert f"Undone: comment {comment.id} is back." in said
    assert make.load(comment).status == "pending"
    assert make.counts(site) == NOTHING | {"pending": 1}
    again = after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    assert "This was undone already." in again


def test_what_somebody_decided_after_me_is_not_undone_by_me(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    page = after(browser, browser.decide("demo", "spam", comment))
    make.decide(comment, "trash")
    said = after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    assert f"Comment {comment.id} was decided by somebody else meanwhile: it is now in the trash." in said
    assert make.load(comment).status == "trash"


@pytest.mark.parametrize("batch", ["", "0" * 32, "nul\0nul", "x" * 5000, "' OR 1=1 --"])
def test_undoing_what_never_was_says_so(browser: Browser, batch: str) -> None:
    assert "There is nothing to undo." in after(browser, browser.post("/desk/demo/undo", batch=batch))


def test_all_that_is_ticked_moves_as_one_and_comes_back_as_one(browser: Browser, make: Make, site: Site) -> None:
    comments = [make.comment(site) for _ in range(4)]
    page = after(browser, bulk(browser, "approve", comments[1:], comments))
    assert "3 comments are approved." in page
    assert make.counts(site) == NOTHING | {"pending": 1, "approved": 3}
    assert make.page(site).approved == 3
    said = after(browser, browser.post("/desk/demo/undo", batch=undo_button(page)))
    assert "Undone: 3 comments are back." in said
    assert make.counts(site) == NOTHING | {"pending": 4}


def test_a_rows_own_button_leaves_the_ticked_ones_alone(browser: Browser, make: Make, site: Site) -> None:
    mine, ticked = make.comment(site), make.comment(site)
    seen = [f"{each.id}:{each.version}" for each in (mine, ticked)]
    after(browser, browser.post("/desk/demo/decisions", act=f"spam {mine.id}", ids=[ticked.id], seen=seen))
    assert (make.load(mine).status, make.load(ticked).status) == ("spam", "pending")


def test_pressing_the_bar_with_nothing_ticked_changes_nothing_and_says_so(
    browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(site)
    page = after(browser, bulk(browser, "spam", [], [comment]))
    assert "Nothing was ticked" in page
    assert make.load(comment).status == "pending"


def test_two_moderators_on_one_row_the_second_is_told_and_nothing_is_overwritten(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    make.moderator("second@example.org", sites=[site])
    second = Browser(app)
    second.enter("second@example.org")
    comment = make.comment(site)
    after(browser, browser.decide("demo", "spam", comment))
    page = after(second, second.decide("demo", "approve", comment))
    assert f"Comment {comment.id} was decided by somebody else meanwhile: it is now spam." in page
    assert 'name="batch"' not in page, "there is nothing of mine to undo"
    assert make.load(comment).status == "spam"
    assert len(make.log(comment)) == 2


def test_in_a_bulk_act_only_the_row_that_moved_meanwhile_is_left(browser: Browser, make: Make, site: Site) -> None:
    moved, still = make.comment(site), make.comment(site)
    make.decide(moved, "approved")
    page = after(browser, bulk(browser, "trash", [moved, still], [moved, still]))
    assert (make.load(moved).status, make.load(still).status) == ("approved", "trash")
    assert f"Comment {still.id} is in the trash." in page
    assert f"Comment {moved.id} was decided by somebody else meanwhile: it is now approved." in page


def test_a_second_press_of_the_same_button_says_where_the_comment_is(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    after(browser, browser.decide("demo", "spam", comment))
    present = make.load(comment)
    assert f"Comment {comment.id} was there already." in after(browser, browser.decide("demo", "spam", present))


@pytest.mark.parametrize(
    ("status", "act", "key", "label"),
    [("spam", "spam", "s", "Confirm spam"), ("approved", "approve", "a", "Confirm approval")],
)
def test_what_policy_decided_can_be_confirmed_until_a_moderators_word_stands(
    browser: Browser, make: Make, site: Site, status: Status, act: str, key: str, label: str
) -> None:
    comment, tab = make.comment(site, status=status), f"/desk/demo/?status={status}"
    counts = make.counts(site)
    button = re.compile(
        rf'<button[^>]*name="act"[^>]*value="{act} {comment.id}"[^>]*data-key="{key}"[^>]*>\s*{label}\b', re.DOTALL
    )
    assert button.search(browser.get(tab).text)
    page = after(browser, browser.decide("demo", act, make.load(comment), next=tab))
    assert f"Comment {comment.id} is " in page
    assert label not in page
    assert make.log(comment)[-1] == ("moderator", status, status)
    assert make.counts(site) == counts
    assert button.search(after(browser, browser.post("/desk/demo/undo", batch=undo_button(page), next=tab)))


def test_only_what_teaches_is_offered_for_confirmation(browser: Browser, make: Make, site: Site) -> None:
    for status in ("pending", "trash"):
        make.comment(site, status=status)
    make.comment(site, staff=make.moderator("staff@example.org"))
    assert "Confirm" not in browser.get("/desk/demo/?status=all").text


def test_one_goes_on_with_the_next_row_and_at_the_end_with_the_one_before(
    browser: Browser, make: Make, site: Site
) -> None:
    first, middle, last = (make.comment(site) for _ in range(3))
    shown = [f"{each.id}:{each.version}" for each in (last, middle, first)]

    def goes_to(act: str) -> str:
        answer = browser.post(
            "/desk/demo/decisions", act=act, seen=shown, next="/desk/demo/?status=pending&sort=oldest"
        )
        return answer.location

    assert goes_to(f"approve {middle.id}") == f"/desk/demo/?status=pending&sort=oldest#comment-{first.id}"
    assert goes_to(f"approve {first.id}") == f"/desk/demo/?status=pending&sort=oldest#comment-{middle.id}"


def test_a_note_is_kept_in_the_history(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    after(browser, browser.decide("demo", "trash", comment, note="off topic <b>\0"))
    assert "off topic &lt;b&gt;" in browser.get(f"/desk/demo/comments/{comment.id}").text


def test_a_note_that_is_too_long_is_refused_before_anything_is_done(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    answer = browser.decide("demo", "trash", comment, note="n" * 501)
    assert answer.status_code == 422
    assert "501" in answer.text
    assert make.load(comment).status == "pending"


def test_a_notes_length_is_counted_as_it_is_stored(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    answer = browser.decide("demo", "trash", comment, note="\ufb2c" * 500)
    assert answer.status_code == 422, "each of these letters is stored as three characters"
    assert "1500" in answer.text
    assert make.load(comment).status == "pending"
    after(browser, browser.decide("demo", "trash", comment, note="\ufb2c" * 166 + " " * 500))
    assert make.load(comment).status == "trash"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"act": "delete 1"},
        {"act": "approve 1"},
        {"act": "approve 1", "seen": "2:1"},
        {"decision": "explode", "ids": "1", "seen": "1:1"},
        {"decision": "approve", "ids": "1", "seen": "x"},
    ],
)
def test_a_form_that_cannot_be_read_changes_nothing(
    browser: Browser, make: Make, site: Site, data: dict[str, str]
) -> None:
    comment = make.comment(site)
    assert browser.post("/desk/demo/decisions", **data).status_code == 400
    assert make.load(comment).status == "pending"


@pytest.mark.parametrize("number", [999_999, 2**31, 9_999_999_999])
def test_a_comment_that_does_not_exist_is_not_found(browser: Browser, number: int) -> None:
    assert browser.post("/desk/demo/decisions", act=f"approve {number}", seen=f"{number}:1").status_code == 404
    assert browser.get(f"/desk/demo/comments/{number}").status_code == 404
