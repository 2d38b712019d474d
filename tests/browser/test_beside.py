"""Editing by keyboard, notes, and who else has a comment open, in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.pages import press
from tests.browser.test_accessibility import LOOKS, faults, overflows
from tests.browser.test_main_job import public_text, row_of, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
ARTICLE = "/2026/10/night-buses/"


@pytest.fixture(scope="module")
def colleague(demo: Demo) -> Demo:
    """The demo as a second moderator signs in to it."""
    email = "ana@saltmere.example"
    adding = ["moderator", "add", email, "--role", "moderator", "--site", "demo", "--name", "Ana", "--password-stdin"]
    subprocess.run(
        [sys.executable, "-m", "moderation", *adding],
        cwd=demo.folder,
        env={**os.environ, "MODERATION_DATABASE_URL": f"sqlite:///{demo.folder}/var/demo/moderation.db"},
        input=PASSWORD,
        text=True,
        check=True,
        capture_output=True,
    )
    return Demo(demo.service, demo.host, demo.article, email, PASSWORD, demo.folder)


def posted(demo: Demo, page: Page, words: str) -> None:
    """A reader's comment, sent by the hosted form."""
    page.goto(f"{demo.service}/sites/demo/reply?page={demo.article}")
    for name, typed in (("comment", words), ("author", "Noor"), ("email", "noor@example.org")):
        page.locator(f"#{name}").fill(typed)
    page.locator("form button").first.click()
    expect(page.locator(".own")).to_be_visible()


def signed_in(demo: Demo, page: Page) -> Page:
    page.goto(f"{demo.service}/desk/")
    page.locator("#email").fill(demo.email)
    page.locator("#password").fill(demo.password)
    page.locator("form button").last.click()
    expect(page.locator("#password")).to_have_count(0)
    return page


def test_by_keyboard_a_text_is_edited_its_draft_survives_and_it_is_undone(demo: Demo, browse: Browse) -> None:
    words = "The N3 leaves at ten past, not at twelve."
    posted(demo, browse(), words)
    desk = browse()
    sign_in(desk, demo)
    row = row_of(desk, words)
    desk.locator(row).focus()
    press(desk, "q")
    field = desk.locator(f"{row} .edit textarea")
    expect(field).to_be_focused()
    expect(field).to_have_value(words)
    field.fill("The N3 leaves at a quarter past.")
    press(desk, "Escape")
    expect(desk.locator(row)).to_be_focused()
    desk.reload()
    expect(field).to_have_value("The N3 leaves at a quarter past.")
    press(desk, "Escape")
    desk.locator(row).focus()
    press(desk, "e")
    expect(desk).to_have_url(re.compile(r"/comments/\d+\?edit=1$"))
    expect(field).to_be_focused()
    expect(field).to_have_value("The N3 leaves at a quarter past.")
    desk.get_by_role("button", name="Save the text").click()
    expect(desk.locator(f"{row} .text")).to_have_text("The N3 leaves at a quarter past.")
    expect(desk.locator(".diff ins").first).to_contain_text("quarter")
    desk.locator(row).focus()
    press(desk, "z")
    expect(desk.locator(f"{row} .text")).to_have_text(words)
    desk.reload()
    expect(desk.locator(f"{row} .edit textarea")).to_have_value(words)


def test_a_draft_does_not_come_back_over_what_somebody_else_wrote(demo: Demo, colleague: Demo, browse: Browse) -> None:
    words = "A sentence that two people mend."
    posted(demo, browse(), words)
    mine, hers = signed_in(demo, browse()), signed_in(colleague, browse())
    row = row_of(mine, words)
    mine.locator(f"{row} .edit summary").click()
    mine.locator(f"{row} .edit textarea").fill("My way.")
    hers.locator(f"{row} .edit summary").click()
    hers.locator(f"{row} .edit textarea").fill("Her way.")
    hers.locator(f"{row} .edit button").click()
    expect(hers.locator(f"{row} .text")).to_have_text("Her way.")
    mine.reload()
    expect(mine.locator(f"{row} .edit textarea")).to_have_value("Her way.")


def test_without_javascript_a_text_is_edited_and_readers_see_it(demo: Demo, browse: Browse) -> None:
    words = "Edited by somebody whose browser runs nothing."
    posted(demo, browse(), words)
    desk = browse(java_script_enabled=False)
    sign_in(desk, demo)
    row = desk.locator(row_of(desk, words))
    row.get_by_role("button", name=re.compile("^Approve comment")).click()
    expect(row).to_have_count(0)
    assert words in public_text(demo, ARTICLE)
    desk.goto(f"{demo.service}/desk/demo/?status=approved")
    row = desk.locator(row_of(desk, words))
    row.locator(".edit summary").press("Enter")
    row.locator(".edit textarea").fill("Edited, and better for it.")
    row.get_by_role("button", name="Save the text").press("Enter")
    expect(row.locator(".text")).to_have_text("Edited, and better for it.")
    assert "Edited, and better for it." in public_text(demo, ARTICLE)
    desk.get_by_role("button", name="Undo").click()
    expect(row.locator(".text")).to_have_text(words)
    assert words in public_text(demo, ARTICLE)


def test_who_stays_on_a_row_or_a_page_is_seen_by_others(demo: Demo, colleague: Demo, browse: Browse) -> None:
    words = "Two moderators look at this one."
    posted(demo, browse(), words)
    mine, hers = signed_in(demo, browse()), signed_in(colleague, browse())
    row = row_of(hers, words)
    complaints: list[str] = []
    for page in (mine, hers):
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    # The scripts that notice it are deferred.
    hers.wait_for_load_state("load")
    with hers.expect_response("**/presence") as told:
        hers.locator(row).focus()
    assert told.value.status == 204
    mine.reload()
    expect(mine.locator(f"{row} .present")).to_have_text(re.compile("Ana.* has this open"))
    with mine.expect_response("**/presence") as told:
        mine.goto(mine.url.split("#")[0] + f"comments/{row.split('-')[1]}")
    assert told.value.status == 204
    expect(hers.locator(f"{row} .present")).to_be_hidden()
    with hers.expect_response("**/presence?ids=*"):
        hers.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(hers.locator(f"{row} .present")).to_have_text(re.compile("Lantern.* has this open"))
    assert complaints == []


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_the_own_page_with_everything_on_it(
    demo: Demo, colleague: Demo, browse: Browse, lang: str, scheme: str, width: int
) -> None:
    words = f"Everything stands beside this, in {lang} at {width}."
    posted(demo, browse(), words)
    hers = signed_in(colleague, browse())
    own = demo.service + str(
        hers.locator(row_of(hers, words)).locator("a[href*='/comments/']").first.get_attribute("href")
    )
    hers.goto(own)
    with hers.expect_response("**/presence"):
        hers.reload()
    hers.locator("#new-note").fill("A note by Ana, " + "very" * 60 + " long.")
    hers.get_by_role("button", name="Keep the note").click()
    expect(hers.locator("#new-note")).to_be_empty()
    viewport = {"width": width, "height": 900}
    page = signed_in(demo, browse(locale=lang, color_scheme=scheme, viewport=viewport, bypass_csp=True))
    for text in (f"{words} **More.**", "اردو کا جملہ۔ " + "W" * 300):
        page.goto(f"{own}?edit=1")
        page.locator(".edit textarea").fill(text)
        page.locator(".edit button").click()
        expect(page.locator(".line.undo-edit")).to_be_visible()
    assert faults(page) == []
    page.locator("#new-note").fill("x" * 1000)
    page.locator(".noteform button").click()
    page.goto(f"{own}?edit=1")
    expect(page.locator(".present")).to_be_visible()
    for fold in page.locator("main details").all():
        fold.evaluate("fold => fold.open = true")
    assert faults(page) == []
    assert not overflows(page)
    page.locator(".edit textarea").fill(" ")
    page.locator(".edit button").click()
    expect(page.locator("[aria-invalid=true]")).to_be_focused()
    assert faults(page) == []
    assert not overflows(page)
    page.goto(f"{demo.service}/desk/demo/")
    for fold in page.locator("main details").all():
        fold.evaluate("fold => fold.open = true")
    assert faults(page) == []
    assert not overflows(page)
    # Other tests act on the first row of the queue; they need one of their own kind there.
    row = page.locator(f"#comment-{own.rsplit('/', 1)[1]}")
    row.locator("button.trash").click()
    expect(row).to_have_count(0)
