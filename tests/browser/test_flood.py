"""A flooded site: the reader's browser does the sum unasked, and nobody is turned away who cannot."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from moderation.models import now
from moderation.spam.flood import QUIET, Flood
from moderation.spam.packing import unpacked
from tests.browser.conftest import Demo
from tests.browser.test_accessibility import ARTICLE, LOOKS, faults, overflows
from tests.browser.test_main_job import sign_in

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
SOLVED, MISSING = "Came with its proof of work.", "Came without its proof of work."


def write(demo: Demo, statement: str, *values: object) -> list[Any]:
    """One statement to the demo's own database."""
    with closing(sqlite3.connect(demo.folder / "var" / "demo" / "moderation.db", timeout=5)) as connection, connection:
        return connection.execute(statement, values).fetchall()


@pytest.fixture
def flooded(demo: Demo) -> Iterator[Demo]:
    """The demo, flooded for a few minutes."""
    began = now().replace(microsecond=0)
    flood = Flood(began, began + QUIET, 0.25, "rate")
    mode = "UPDATE site SET rules = json_set(rules, '$.flood_mode', ?), last_flood = ? WHERE key = 'demo'"
    write(demo, mode, "auto", json.dumps(flood.to_dict()))
    yield demo
    write(demo, mode, "off", None)


def found_in(demo: Demo, words: str) -> str:
    """What the filter says of the proof of the comment with these words."""
    [(verdict,)] = write(demo, "SELECT verdict FROM comment WHERE source = ?", words)
    [reason] = [
        each["reason"] for each in unpacked(json.loads(verdict))["signals"] if each["name"] == "behaviour.proof"
    ]
    return str(reason)


def complaints_of(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    return said


@pytest.mark.parametrize("lang", ["en", "ur"])
def test_the_embed_proves_by_keyboard_alone(flooded: Demo, browse: Browse, lang: str) -> None:
    page = browse(locale=lang)
    complaints = complaints_of(page)
    page.goto(flooded.host + ARTICLE[lang] + "#respond")
    words = f"A word on the buses, typed in the midst of a flood ({lang})."
    expect(page.locator("#comment")).to_be_visible()
    page.locator("#comment").focus()
    page.keyboard.type(words)
    for typed in ("Noor", "noor@example.org"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("[part~=own]", has_text=words)).to_be_focused()
    assert found_in(flooded, words) == SOLVED
    assert complaints == []


@pytest.mark.parametrize("lang", ["en", "ur"])
def test_a_reader_who_sends_before_the_sum_is_done_hears_why_it_takes_a_moment(
    flooded: Demo, browse: Browse, lang: str
) -> None:
    waiting: list[Route] = []
    page = browse(locale=lang)
    page.route("**/proof.js", lambda route: waiting.append(route))
    page.goto(flooded.host + ARTICLE[lang] + "#respond")
    words = f"Sent in haste ({lang})."
    for name, typed in (("comment", words), ("author", "Noor"), ("email", "noor@example.org")):
        page.locator(f"#{name}").fill(typed)
    page.locator("[part=submit]").click()
    status = page.locator("[part=notice]")
    expect(status).to_have_attribute("role", "status")
    expect(status).to_contain_text("robots" if lang == "en" else "روبوٹ")
    waiting[0].continue_()
    expect(page.locator("[part~=own]", has_text=words)).to_be_visible()
    expect(status).to_be_empty()
    assert found_in(flooded, words) == SOLVED


def test_a_second_comment_has_a_proof_of_its_own(flooded: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(flooded.article + "#respond")
    for words in ("The first of two from one page.", "The second of two from one page."):
        for name, typed in (("comment", words), ("author", "Noor"), ("email", "noor@example.org")):
            page.locator(f"#{name}").fill(typed)
        page.locator("[part=submit]").click()
        expect(page.locator("[part~=own]", has_text=words)).to_be_visible()
        assert found_in(flooded, words) == SOLVED


@pytest.mark.parametrize("hindrance", ["no crypto", "no script"])
def test_a_browser_that_cannot_prove_is_held_and_not_turned_away(flooded: Demo, browse: Browse, hindrance: str) -> None:
    page = browse()
    if hindrance == "no crypto":  # as on a page without https
        page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    else:
        page.route("**/proof.js", lambda route: route.abort())
    page.goto(flooded.article + "#respond")
    words = f"From a browser with {hindrance}."
    for name, typed in (("comment", words), ("author", "Noor"), ("email", "noor@example.org")):
        page.locator(f"#{name}").fill(typed)
    page.locator("[part=submit]").click()
    expect(page.get_by_text("Your comment is awaiting moderation.")).to_be_visible()
    assert found_in(flooded, words) == MISSING


def test_without_a_flood_nothing_is_loaded_for_it(demo: Demo, browse: Browse) -> None:
    page = browse()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    # The form asks for its token when it has the focus.
    with page.expect_response("**/form?*"):
        page.goto(demo.article + "#respond")
    expect(page.locator("#comment")).to_be_focused()
    page.goto(f"{demo.service}/sites/demo/reply?page={demo.article}")
    page.locator("#comment").focus()
    assert not [url for url in loaded if url.endswith(("proof.js", "reply.js"))]


@pytest.mark.parametrize("lang", ["en", "ur"])
def test_the_hosted_form_proves_by_keyboard_alone(flooded: Demo, browse: Browse, lang: str) -> None:
    page = browse(locale=lang)
    complaints = complaints_of(page)
    page.goto(f"{flooded.service}/sites/demo/reply?page={flooded.article}&lang={lang}")
    words = f"Hosted, and typed in the midst of a flood ({lang})."
    expect(page.locator("#comment")).to_be_visible()
    page.locator("#comment").focus()
    page.keyboard.type(words)
    for typed in ("Noor", "noor@example.org"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator(".own")).to_contain_text(words)
    assert found_in(flooded, words) == SOLVED
    assert complaints == []


def test_the_hosted_form_says_why_it_takes_a_moment(flooded: Demo, browse: Browse) -> None:
    page = browse()
    # The browser's own part of the sum is made to wait for a word.
    page.add_init_script(
        "const derive = crypto.subtle.deriveBits.bind(crypto.subtle);"
        "const go = new Promise((done) => { window.go = done; });"
        "crypto.subtle.deriveBits = async (...all) => { await go; return derive(...all); }"
    )
    page.goto(f"{flooded.service}/sites/demo/reply?page={flooded.article}")
    for name, typed in (("comment", "Hosted, and sent in haste."), ("author", "Noor"), ("email", "noor@example.org")):
        page.locator(f"#{name}").fill(typed)
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_role("status")).to_contain_text("robots")
    page.get_by_role("button", name="Post Comment").click()
    page.evaluate("go()")
    expect(page.locator(".own")).to_be_visible()
    assert found_in(flooded, "Hosted, and sent in haste.") == SOLVED


def test_with_javascript_off_the_hosted_form_is_held(flooded: Demo, browse: Browse) -> None:
    page = browse(java_script_enabled=False)
    page.goto(f"{flooded.service}/sites/demo/reply?page={flooded.article}")
    for name, typed in (("comment", "Hosted, without scripts."), ("author", "Noor"), ("email", "noor@example.org")):
        page.locator(f"#{name}").fill(typed)
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_text("Your comment is awaiting moderation.")).to_be_visible()
    assert found_in(flooded, "Hosted, without scripts.") == MISSING


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_the_desk_tells_calmly(flooded: Demo, browse: Browse, lang: str, scheme: str, width: int) -> None:
    page = browse(locale=lang, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    page.goto(f"{flooded.service}/desk/")
    page.locator("#email").fill(flooded.email)
    page.locator("#password").fill(flooded.password)
    page.locator("form button").last.click()
    notice = page.locator(".flood")
    expect(notice).to_have_attribute("role", "status")
    expect(notice.locator("p")).to_have_count(3)
    assert faults(page) == []
    assert not overflows(page)


def test_the_desk_says_nothing_of_floods_where_there_is_none(demo: Demo, browse: Browse) -> None:
    page = browse()
    sign_in(page, demo)
    expect(page.locator(".flood")).to_have_count(0)
