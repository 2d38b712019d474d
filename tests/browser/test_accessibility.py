"""Every page a reader or moderator meets, by axe: light and dark, English and Urdu, narrow and wide."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_main_job import sign_in

pytestmark = pytest.mark.browser

_AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("en", "light", 1280), ("en", "dark", 320), ("ur", "light", 320), ("ur", "dark", 1280)]
ARTICLE = {"en": "/2026/10/night-buses/", "ur": "/ur/2026/10/raat-ki-basein/"}


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it stands; the host's policy is no obstacle to the debugger."""
    page.evaluate(_AXE + "; 0")
    options = {"runOnly": {"type": "tag", "values": _RULES}}
    found = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Whether the page has to be pushed sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def look(request: pytest.FixtureRequest, browse: Callable[..., Page]) -> tuple[Page, str]:
    """A window with a language, a colour scheme and a width, and the language."""
    lang, scheme, width = request.param
    page = browse(locale=lang, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    return page, lang


def test_the_article_with_its_comments_and_form(demo: Demo, look: tuple[Page, str]) -> None:
    page, lang = look
    page.goto(demo.host + ARTICLE[lang] + "#respond")
    expect(page.locator("[part~=comment]").first).to_be_visible()
    page.locator("[part=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults(page) == []
    assert not overflows(page)


def test_the_hosted_form_its_errors_and_its_thanks(demo: Demo, look: tuple[Page, str]) -> None:
    page, lang = look
    page.goto(f"{demo.service}/sites/demo/reply?page={demo.host}{ARTICLE[lang]}&lang={lang}")
    assert faults(page) == []
    page.get_by_role("textbox").first.fill(f"A word by {page.viewport_size} in {lang}")
    page.locator("form button").first.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert faults(page) == []
    assert not overflows(page)
    page.locator("#author").fill("Axel")
    page.locator("#email").fill("axel@example.org")
    page.locator("form button").first.click()
    expect(page.locator(".own")).to_be_visible()
    assert faults(page) == []
    assert not overflows(page)


def test_the_comments_in_a_frame(demo: Demo, look: tuple[Page, str]) -> None:
    page, lang = look
    page.goto(f"{demo.service}/sites/demo/thread?page={ARTICLE[lang]}&lang={lang}&framed=1")
    expect(page.locator("article").first).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.compatMode") == "CSS1Compat"
    # The frame may be longer than what it holds.
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert not overflows(page)


def test_the_page_of_a_problem(demo: Demo, look: tuple[Page, str]) -> None:
    page, _lang = look
    page.goto(f"{demo.service}/sites/nowhere/reply?page=/x/")
    assert faults(page) == []


def test_the_desk(demo: Demo, look: tuple[Page, str]) -> None:
    page, _lang = look
    page.goto(f"{demo.service}/desk/")
    assert faults(page) == []
    page.locator("#email").fill(demo.email)
    page.locator("#password").fill(demo.password)
    page.locator("form button").last.click()
    for path in (
        "/desk/demo/",
        "/desk/demo/?status=spam",
        "/desk/demo/?status=approved",
        "/desk/demo/?q=nothing-has-this-in-it",
    ):
        page.goto(demo.service + path)
        for fold in page.locator("main details").all():
            fold.evaluate("fold => fold.open = true")
        assert faults(page) == [], path
        assert not overflows(page), path
    page.goto(f"{demo.service}/desk/demo/?status=approved")
    page.goto(demo.service + str(page.locator("article.row a[href*='/comments/']").first.get_attribute("href")))
    assert faults(page) == []
    assert not overflows(page)


def test_the_desk_in_english_signs_in_by_its_labels(demo: Demo, browse: Callable[..., Page]) -> None:
    page = browse()
    sign_in(page, demo)
    assert faults(page) == []
