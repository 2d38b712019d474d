"""The workshop in a real browser: without JavaScript from a try to a saved rule, and accessible however one looks at it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.pages import press
from tests.browser.test_accessibility import LOOKS, faults, overflows

pytestmark = pytest.mark.browser

TRIED = "policy?hold_everything=no&spam_above=0.8&hold_above=0.4&approve_below=0.02&days=90"


def signed_in(page: Page, demo: Demo) -> Page:
    """A page of somebody who is signed in."""
    page.goto(f"{demo.service}/desk/")
    page.locator("#email").fill(demo.email)
    page.locator("#password").fill(demo.password)
    page.locator("form button").last.click()
    expect(page.locator("article.row").first).to_be_visible()
    return page


def row_with_everything(page: Page, demo: Demo) -> str:
    """The address of the page on which something of a waiting comment is banned."""
    page.goto(f"{demo.service}/desk/demo/")
    return demo.service + str(page.locator("a.deed").first.get_attribute("href"))


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_the_pages_on_rules(demo: Demo, browse: Callable[..., Page], lang: str, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 900}
    page = signed_in(browse(locale=lang, color_scheme=scheme, viewport=viewport, bypass_csp=True), demo)
    # One spam comment that a moderator confirmed, so that there is a curve.
    page.goto(f"{demo.service}/desk/demo/?status=spam")
    confirm = page.locator("button.spam[name=act]")
    if confirm.count():
        confirm.first.click()
        expect(page.locator(".said .line")).to_be_visible()
    ban = row_with_everything(page, demo)
    for address in (
        f"{demo.service}/desk/demo/policy",
        f"{demo.service}/desk/demo/{TRIED}",
        f"{demo.service}/desk/demo/policy?spam_above=2",
        f"{demo.service}/desk/demo/lists?name=hold",
        ban,
        f"{ban}&target=word&word=bus",
        f"{ban}&target=word&word=a",
    ):
        page.goto(address)
        for fold in page.locator("main details").all():
            fold.evaluate("fold => fold.open = true")
        assert faults(page) == [], address
        assert not overflows(page), address
    page.goto(f"{demo.service}/desk/demo/{TRIED}")
    expect(page.locator(".curve path.line")).to_have_count(1)
    page.goto(f"{demo.service}/desk/demo/lists?name=block")
    page.locator("#text").fill("casino\nab\nword:bus")
    page.locator("button[value=try]").click()
    expect(page.get_by_role("alert")).to_contain_text("ab")
    assert faults(page) == []
    page.locator("#text").fill("casino\nword:bus")
    page.locator("button[value=try]").click()
    expect(page.locator("button[value=save]")).to_be_visible()
    assert faults(page) == []
    assert not overflows(page)


def test_without_javascript_a_rule_is_tried_saved_and_put_back(demo: Demo, browse: Callable[..., Page]) -> None:
    page = signed_in(browse(java_script_enabled=False), demo)
    page.goto(f"{demo.service}/desk/demo/policy")
    page.get_by_role("link", name="Rules").first.click()
    for value, was in (("7", "5"), ("5", "7")):
        page.get_by_label("max_depth").fill(value)
        page.get_by_role("button", name="See what would change").click()
        expect(page.locator(".proposal")).to_contain_text(re.compile(rf"max_depth\s+{was} → {value}"))
        page.get_by_role("button", name="Save these rules").click()
        expect(page.get_by_role("status")).to_contain_text("The rules are saved.")
        expect(page.get_by_label("max_depth")).to_have_value(value)


def test_by_keyboard_a_ban_is_made_and_undone(demo: Demo, browse: Callable[..., Page]) -> None:
    page = signed_in(browse(), demo)
    page.goto(f"{demo.service}/desk/demo/")
    page.locator("a.deed").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="See what it would have caught").press("Enter")
    page.get_by_role("button", name="Put it on the block list").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is on the list block now.")
    page.locator("article.row").first.focus()
    press(page, "z")
    expect(page.get_by_role("status")).to_contain_text("is off the list block again.")
