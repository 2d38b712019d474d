"""The main job, end to end: a reader posts from an article on another origin, a moderator approves, the article shows it."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.pages import press

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]


def sign_in(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.service}/desk/")
    page.get_by_label("Email").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#password")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def row_of(page: Page, words: str) -> str:
    """A selector for the row of the comment with these words."""
    row = page.locator("article.row", has_text=words)
    expect(row).to_have_count(1)
    return f"#{row.get_attribute('id')}"


def public_texts(demo: Demo) -> str:
    """What a host's own server reads as JSON, of both articles."""
    return " ".join(
        public_text(demo, path) for path in (urllib.parse.urlsplit(demo.article).path, "/ur/2026/10/raat-ki-basein/")
    )


def public_text(demo: Demo, key: str) -> str:
    with urllib.request.urlopen(f"{demo.service}/v1/sites/demo/comments?page={key}&limit=100", timeout=60) as answer:
        return " ".join(comment["html"] for comment in json.load(answer)["comments"])


def test_a_reader_posts_a_moderator_approves_by_keyboard_and_the_article_shows_it(demo: Demo, browse: Browse) -> None:
    words = "The two o'clock bus is the only one that waits for the late shift."
    article = browse()
    complaints: list[str] = []
    article.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    article.on("pageerror", lambda fault: complaints.append(str(fault)))
    article.goto(demo.article + "#respond")
    expect(article.get_by_role("heading", level=1)).to_be_visible()
    expect(article.get_by_text("Posted on")).to_be_visible()
    expect(article.get_by_role("heading", name="Leave a Reply")).to_be_visible()

    article.get_by_role("textbox", name="Comment").fill(words)
    article.get_by_role("textbox", name="Name").fill("Rashid Olabi")
    article.get_by_role("button", name="Post Comment").click()
    alert = article.get_by_role("alert")
    expect(alert).to_contain_text("email")
    expect(alert).to_be_focused()
    expect(article.locator("#email")).to_have_attribute("aria-invalid", "true")
    expect(article.locator("#comment")).to_have_value(words)
    expect(article.locator("#author")).to_have_value("Rashid Olabi")

    article.get_by_role("textbox", name="Email").fill("rashid@example.org")
    article.get_by_role("button", name="Post Comment").click()
    expect(article.get_by_text("Your comment is awaiting moderation.")).to_be_visible()
    assert "late shift" not in public_texts(demo)

    desk = browse()
    sign_in(desk, demo)
    row = row_of(desk, words)
    expect(desk.locator(row)).to_contain_text("%")
    for _step in range(40):
        if desk.evaluate("document.activeElement.id") == row[1:]:
            break
        press(desk, "j")
    assert desk.evaluate("document.activeElement.id") == row[1:], "j leads to every row"
    press(desk, "a")
    expect(desk.locator(row)).to_have_count(0)
    expect(desk.get_by_role("button", name="Undo")).to_be_visible()

    article.reload()
    comment = article.locator("[part~=comment]", has_text=words)
    expect(comment).to_be_visible()
    expect(comment).to_contain_text("Rashid Olabi")
    assert "late shift" in public_texts(demo)
    assert "rashid@example.org" not in article.content()
    assert not [line for line in complaints if "422" not in line], complaints


def test_the_same_with_javascript_off(demo: Demo, browse: Browse) -> None:
    words = "I read this without scripts and still have an opinion about the cannery estate."
    article = browse(java_script_enabled=False)
    article.goto(demo.article)
    article.get_by_role("link", name="Leave a Reply").click()
    article.get_by_role("textbox", name="Comment").fill(words)
    article.get_by_role("textbox", name="Name").fill("Tove Lind")
    article.get_by_role("button", name="Post Comment").click()
    expect(article.get_by_text("Please type your email address.").first).to_be_visible()
    expect(article.get_by_role("textbox", name="Comment")).to_have_value(words)
    expect(article.get_by_role("textbox", name="Name")).to_have_value("Tove Lind")
    article.get_by_role("textbox", name="Email").fill("tove@example.org")
    article.get_by_role("button", name="Post Comment").click()
    expect(article.get_by_text("Your comment is awaiting moderation.")).to_be_visible()
    article.get_by_role("link", name="Back to the article").click()
    expect(article).to_have_url(re.compile(rf"{re.escape(demo.article)}(#|$)"))

    desk = browse(java_script_enabled=False)
    sign_in(desk, demo)
    approve = desk.locator(row_of(desk, words)).get_by_role("button", name=re.compile("^Approve comment"))
    approve.focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("article.row", has_text=words)).to_have_count(0)
    expect(desk.get_by_role("button", name="Undo")).to_be_visible()

    article.goto(demo.article)
    frame = article.frame_locator("iframe")
    expect(frame.get_by_text(words)).to_be_visible()
    assert "cannery estate" in public_texts(demo)


def test_undo_takes_an_approval_back_from_the_article(demo: Demo, browse: Browse) -> None:
    desk = browse()
    sign_in(desk, demo)
    row = desk.locator("article.row", has=desk.locator(f"a[href*='{urllib.parse.urlsplit(demo.article).path}']")).first
    text = row.locator(".text, .body").first.inner_text().strip()[:60]
    row.get_by_role("button", name=re.compile("^Approve comment")).click()
    expect(desk.locator("article.row", has_text=text)).to_have_count(0)
    assert text in public_texts(demo)
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator("article.row", has_text=text)).to_have_count(1)
    assert text not in public_texts(demo)


def test_a_key_confirms_what_policy_took_for_spam_and_another_takes_that_back(demo: Demo, browse: Browse) -> None:
    desk = browse()
    sign_in(desk, demo)
    desk.goto(f"{demo.service}/desk/demo/?status=spam")
    row = desk.locator(f"#{desk.locator('article.row').first.get_attribute('id')}")
    confirm = row.get_by_role("button", name=re.compile("^Confirm spam"))
    expect(confirm).to_be_visible()
    row.focus()
    press(desk, "s")
    expect(confirm).to_have_count(0)
    expect(row).to_be_visible()
    press(desk, "z")
    expect(confirm).to_be_visible()


def test_the_hosts_own_address_leads_to_the_article(demo: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(demo.host)
    assert page.url == demo.article
    page.locator("leave-a-reply").scroll_into_view_if_needed()
    expect(page.locator("[part~=comment]").first).to_be_visible()
    page.goto(demo.service)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_article_in_urdu_reads_from_right_to_left(demo: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(f"{demo.host}/ur/2026/10/raat-ki-basein/#respond")
    form = page.locator("[part~=respond]")
    expect(form).to_be_visible()
    assert form.evaluate("element => getComputedStyle(element).direction") == "rtl"
    expect(page.get_by_role("button", name="Post Comment")).to_have_count(0)
    assert page.locator("[part~=comment]").count() >= 1


def test_the_embed_runs_under_a_strict_content_security_policy(demo: Demo, browse: Browse) -> None:
    page = browse()
    violations: list[str] = []
    headers = urllib.request.urlopen(demo.article, timeout=60).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    page.on(
        "console",
        lambda message: violations.append(message.text) if "Content Security Policy" in message.text else None,
    )

    page.goto(demo.article + "#respond")
    expect(page.get_by_role("button", name="Post Comment")).to_be_visible()
    expect(page.locator("[part~=comment]").first).to_be_visible()
    assert violations == []
