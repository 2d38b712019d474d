"""The owners' pages in a real browser: by axe in every look, without JavaScript, and a file that leaves the page usable."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_accessibility import LOOKS, faults, overflows

pytestmark = pytest.mark.browser


def signed_in(page: Page, demo: Demo) -> Page:
    """The page, after the owner of the demo signed in."""
    page.goto(f"{demo.service}/desk/")
    page.locator("#email").fill(demo.email)
    page.locator("#password").fill(demo.password)
    page.locator("form button").last.click()
    expect(page.locator("#password")).to_have_count(0)
    return page


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_every_page_of_owners_in_every_look(
    demo: Demo, browse: Callable[..., Page], lang: str, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    page = signed_in(browse(locale=lang, color_scheme=scheme, viewport=viewport, bypass_csp=True), demo)
    page.goto(f"{demo.service}/desk/demo/moderators")
    page.locator("#email").fill(f"{lang}-{scheme}-{width}@news.example")
    page.locator("#name").fill("A person with a rather long name of many words")
    page.locator("main form button").click()
    expect(page.locator(".secret")).to_be_visible()
    assert faults(page) == []
    assert not overflows(page)
    for path in (
        "moderators",
        "moderators/one?id=1",
        "moderators/one?id=2",
        "settings",
        "log?policy=yes",
        "log?since=x",
    ):
        page.goto(f"{demo.service}/desk/demo/{path}")
        assert faults(page) == [], path
        assert not overflows(page), path
    page.goto(f"{demo.service}/desk/demo/settings")
    page.locator("#origins").fill("nonsense")
    page.locator("#max_depth").fill("99")
    page.locator("main form button").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    assert faults(page) == []
    assert not overflows(page)


def test_without_javascript_somebody_is_added_and_signs_in_with_the_password_shown(
    demo: Demo, browse: Callable[..., Page]
) -> None:
    page = signed_in(browse(java_script_enabled=False), demo)
    page.get_by_role("link", name="Moderators").click()
    page.locator("#email").fill("plain@news.example")
    page.locator("#name").fill("Plain")
    page.get_by_role("button", name="Add a moderator").click()
    password = page.locator(".secret").inner_text()
    theirs = browse(java_script_enabled=False)
    theirs.goto(f"{demo.service}/desk/")
    theirs.get_by_label("Email address").fill("plain@news.example")
    theirs.get_by_label("Password").fill(password)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.locator(".me")).to_have_text("Plain")
    expect(theirs.locator(".areas")).not_to_contain_text("Settings")
    page.get_by_role("link", name="Back to the moderators").click()
    page.get_by_role("link", name=re.compile("Change\\s+Plain")).click()
    page.get_by_role("button", name="Take access away").click()
    expect(page.locator(".line")).to_contain_text("Plain can no longer sign in.")
    theirs.reload()
    expect(theirs.get_by_label("Email address")).to_be_visible()


def test_the_page_can_be_used_after_a_file_was_taken(demo: Demo, browse: Callable[..., Page]) -> None:
    page = signed_in(browse(), demo)
    page.goto(f"{demo.service}/desk/demo/log")
    for name in ("CSV", "JSON Lines"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename.startswith("log-demo-")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("exported this log")).to_have_count(2)
