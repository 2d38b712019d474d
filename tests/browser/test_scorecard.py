"""The score card in a real browser: opened by keyboard, without JavaScript, readable where colours are forced."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_accessibility import LOOKS, faults, overflows

pytestmark = pytest.mark.browser


def spam(page: Page, demo: Demo) -> Page:
    """The tab with the spam, signed in."""
    page.goto(f"{demo.service}/desk/")
    page.locator("#email").fill(demo.email)
    page.locator("#password").fill(demo.password)
    page.locator("form button").last.click()
    page.goto(f"{demo.service}/desk/demo/?status=spam")
    return page


def test_by_keyboard_and_without_javascript_it_opens_and_leads_to_what_found_nothing(
    demo: Demo, browse: Callable[..., Page]
) -> None:
    page = spam(browse(java_script_enabled=False), demo)
    card = page.locator("details.verdict").first
    expect(card.locator("table")).to_be_hidden()
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(card.locator("table")).to_be_visible()
    expect(card.get_by_role("rowheader").first).to_contain_text("content.start")
    expect(card.locator(".flips")).to_contain_text("it would be held")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/comments/\d+#silent$"))
    page.locator("details.silent summary").press("Enter")
    expect(page.locator("details.silent li").first).to_be_visible()


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_the_own_page_with_every_part_open(
    demo: Demo, browse: Callable[..., Page], lang: str, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    page = spam(browse(locale=lang, color_scheme=scheme, viewport=viewport, bypass_csp=True), demo)
    page.goto(demo.service + str(page.locator("article.row a[href*='/comments/']").first.get_attribute("href")))
    for fold in page.locator("main details").all():
        fold.evaluate("fold => fold.open = true")
    assert faults(page) == []
    assert not overflows(page)


def test_where_colours_are_forced_the_bars_are_still_there(demo: Demo, browse: Callable[..., Page]) -> None:
    page = spam(browse(forced_colors="active"), demo)
    page.locator("details.verdict").first.evaluate("card => card.open = true")
    colours = page.locator("tr.spam rect").first.evaluate(
        "bar => [getComputedStyle(bar).fill, getComputedStyle(document.querySelector('.signals')).color]"
    )
    assert colours[0] == colours[1], "a bar has the colour of text"
