"""What a page looks like to those who see it otherwise: on paper, by voice, by keyboard, with a thumb."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from moderation.models import Comment
from tests.browser.conftest import Demo
from tests.browser.pages import ELEMENT, plant, planting, serve
from tests.browser.test_main_job import row_of, sign_in

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]


def test_a_list_in_a_comment_keeps_its_marks_and_is_no_quotation(demo: Demo, browse: Browse) -> None:
    (number,) = plant(demo, "/lists/", [None])
    with planting(demo) as session:
        comment = session.get_one(Comment, number)
        comment.html = "<ul><li>Bread</li></ul><ol><li>Bake</li></ol><ol></ol>"
    page = browse()
    page.goto(serve(page, demo, "/lists/", ELEMENT) + "#comments")
    for words, marks in (("Bread", "disc|circle|square"), ("Bake", "decimal")):
        item = page.locator("[part=body] li", has_text=words)
        expect(item).to_have_css("list-style-type", re.compile(marks))
        expect(item.locator("..")).to_have_css("border-inline-start-width", "0px")
        expect(item.locator("..")).not_to_have_css("padding-inline-start", "0px")
    expect(page.locator("[part=list]")).to_have_css("list-style-type", "none")


def test_on_paper_stand_the_comments_without_what_is_for_pressing(demo: Demo, browse: Browse) -> None:
    plant(demo, "/paper/", [None, 0, *[1] * 6])
    page = browse()
    page.goto(serve(page, demo, "/paper/", ELEMENT) + "#respond")
    expect(page.locator("[part=submit]")).to_be_visible()
    page.emulate_media(media="print")
    for part in ("respond", "reply", "sort"):
        expect(page.locator(f"[part={part}]").first).to_be_hidden()
    for part in ("heading", "author", "body", "fold"):
        expect(page.locator(f"[part={part}]").first).to_be_visible()


def test_every_field_that_is_wrong_stands_out(demo: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(f"{demo.service}/sites/demo/reply?page={demo.host}/looks/&lang=en")
    page.locator("#author").fill("Kay")
    page.get_by_role("button", name="Post Comment").click()
    frame = page.locator(".errors").evaluate("each => getComputedStyle(each).border")
    for name in ("comment", "email"):
        expect(page.locator(f"#{name}")).to_have_css("border", frame)
    expect(page.locator("#author")).not_to_have_css("border", frame)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_wrong_has_the_focus_on_the_pages_without_scripts(demo: Demo, browse: Browse, scripts: bool) -> None:
    page = browse(java_script_enabled=scripts)
    page.goto(f"{demo.service}/sites/demo/reply?page={demo.host}/looks/&lang=en")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator(".errors")).to_be_focused()
    # From there the next key leads to the first fault, and that to its field.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    words = f"By keyboard alone, with scripts: {scripts}."
    page.keyboard.type(words)
    page.locator("#author").fill("Kay")
    page.locator("#email").fill("kay@example.org")
    page.keyboard.press("Enter")
    page.get_by_text("Edit this comment").click()
    page.locator("#comment").fill(" ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator(".own")).to_contain_text(words)


def test_what_was_done_is_spoken_since_it_comes_onto_the_page_after_the_page(demo: Demo, browse: Browse) -> None:
    with planting(demo) as session:
        waiting = session.scalars(select(Comment).where(Comment.status == "pending").order_by(Comment.id)).first()
        assert waiting is not None
        words = waiting.source[:30]
    page = browse()
    sign_in(page, demo)
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => window.early = document.querySelector('.said').innerText)"
    )
    page.locator(row_of(page, words)).get_by_role("button", name="Spam").click()
    said = page.get_by_role("status")
    expect(said).to_contain_text("is marked as spam")
    assert page.evaluate("early").strip() == ""
    said.get_by_role("button", name="Undo").click()
    expect(page.locator("article.row", has_text=words)).to_have_count(1)


def test_the_faults_of_the_form_are_far_enough_apart_for_a_thumb(demo: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(serve(page, demo, "/thumb/", ELEMENT) + "#respond")
    page.locator("[part=submit]").click()
    faults = page.locator("[part=errors] a")
    expect(faults).to_have_count(3)
    assert [box["height"] >= 24 for each in faults.all() if (box := each.bounding_box())] == [True] * 3


def test_what_would_have_been_is_on_the_screen_when_it_was_asked_for(demo: Demo, browse: Browse) -> None:
    page = browse(viewport={"width": 390, "height": 700})
    sign_in(page, demo)
    outcome, asking = page.get_by_role("heading", name="Not saved yet"), page.locator("main form button.strong").first
    page.goto(f"{demo.service}/desk/demo/policy")
    page.get_by_label("max_depth").fill("4")
    asking.click()
    expect(outcome).to_be_in_viewport()
    page.goto(f"{demo.service}/desk/demo/policy")
    page.get_by_label("approve_below").fill("7")
    asking.click()
    expect(page.get_by_role("alert")).to_be_in_viewport()
    page.goto(f"{demo.service}/desk/demo/lists")
    page.get_by_label("One entry a line").fill("word:hats")
    page.get_by_role("button", name="See what would change").click()
    expect(outcome).to_be_in_viewport()
    page.goto(f"{demo.service}/desk/demo/?status=spam")
    page.get_by_role("link", name="Ban…").first.click()
    asking.click()
    expect(outcome).to_be_in_viewport()
