"""A reader's browser proves that it comes back, with consent only."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo

pytestmark = pytest.mark.browser

KEPT = "localStorage.getItem('leave-a-reply:author')"


def send(page: Page, words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send a comment; gives what was sent and what was answered."""
    page.get_by_role("textbox", name="Comment").fill(words)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Post Comment").click()
    expect(page.locator("[part~=own]", has_text=words)).to_be_visible()
    return json.loads(answered.value.request.post_data or ""), answered.value.json()


def key_in(token: str) -> str:
    """The key that a token carries."""
    payload = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[0])


def fill_in(page: Page, demo: Demo, name: str) -> None:
    page.goto(demo.article + "#respond")
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Email").fill(f"{name.split()[0].lower()}@example.org")


def test_with_consent_the_next_comment_carries_the_token_of_the_last(demo: Demo, browse: Callable[..., Page]) -> None:
    page = browse()
    fill_in(page, demo, "Ines Moreau")
    page.get_by_role("checkbox").check()
    sent, first = send(page, "The shelter at the bridge has no light.")
    assert sent["author_token"] == ""
    assert json.loads(page.evaluate(KEPT))["author_token"] == first["author_token"]

    sent, second = send(page, "Nor has the one at the school.")
    assert sent["author_token"] == first["author_token"]
    page.reload()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Ines Moreau")
    expect(page.get_by_role("checkbox")).to_be_checked()
    sent, third = send(page, "The one at the hospital has.")
    assert sent["author_token"] == second["author_token"]
    assert len({key_in(answer["author_token"]) for answer in (first, second, third)}) == 1


def test_without_consent_nothing_is_kept_or_sent(demo: Demo, browse: Callable[..., Page]) -> None:
    page = browse()
    fill_in(page, demo, "Karim Haddad")
    page.get_by_role("checkbox").check()
    _, first = send(page, "I would like a bench at the market stop.")
    page.get_by_role("checkbox").uncheck()
    send(page, "Two would be better.")
    assert page.evaluate(KEPT) is None
    sent, last = send(page, "Or one with a back.")
    assert sent["author_token"] == ""
    assert key_in(last["author_token"]) != key_in(first["author_token"])
