"""The thread fragment's lists: whatever the depths, every list that opens is closed and every comment stands in one."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, render_template
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from moderation.locations import STATIC, TEMPLATES
from moderation.strings import install

PAGE = {"key": "/a/", "url": "https://news.example/a/", "title": "A", "open": True, "count": 2, "depth": 9}
app = Flask("moderation", template_folder=str(TEMPLATES), static_folder=str(STATIC))
Babel().init_app(app)
install(app)


class Lists(HTMLParser):
    """Follows ol, li and article, and notes how deep each comment stands."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.depths: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "article":
            assert self.open[-1] == "li"
            self.depths.append(self.open.count("ol"))
        if tag in ("ol", "li"):
            assert (self.open[-1:] or ["start"]) == (["ol"] if tag == "li" else ["li"] if self.open else ["start"])
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "li"):
            assert self.open.pop() == tag


def comment(number: int, depth: int, **more: Any) -> dict[str, Any]:
    author = {"name": "Sana <b>", "url": None, "staff": False}
    return {
        "id": number,
        "parent_id": None,
        "author": author,
        "html": "<p>x</p>",
        "created_at": "2026-10-14T06:05:00Z",
        "edited_at": None,
        "permalink": "https://news.example/a/#comment-1",
        "depth": depth,
    } | more


def fragment(comments: list[dict[str, Any]], **more: Any) -> str:
    context = {
        "page": PAGE,
        "comments": comments,
        "reply_url": "/sites/demo/reply?page=%2Fa%2F",
        "next_url": None,
        "lang": "en",
    }
    with app.test_request_context():
        return render_template(f"pages/{'framed' if more.get('framed') else 'thread'}.html", **(context | more))


def depths(html: str) -> list[int]:
    lists = Lists()
    lists.feed(html)
    assert lists.open == []
    return lists.depths


@pytest.mark.parametrize("thread", [[], [1], [1, 1], [1, 2, 3, 1], [1, 2, 2, 3, 1, 2], [1, 2, 3, 4, 5, 2, 1]])
def test_replies_stand_one_list_deeper_than_what_they_reply_to(thread: list[int]) -> None:
    assert depths(fragment([comment(number, depth) for number, depth in enumerate(thread)])) == thread


@given(st.lists(st.integers(1, 9), max_size=12))
def test_a_thread_served_in_pieces_still_makes_whole_lists(thread: list[int]) -> None:
    assert len(depths(fragment([comment(number, depth) for number, depth in enumerate(thread)]))) == len(thread)


def test_a_name_is_text_and_the_comment_is_markup() -> None:
    html = fragment([comment(41, 1)])
    assert "Sana &lt;b&gt;" in html
    assert "Sana <b>" not in html
    assert "<p>x</p>" in html


def test_a_reply_link_names_its_comment_and_a_closed_page_has_none() -> None:
    assert "/sites/demo/reply?page=%2Fa%2F&amp;parent_id=41" in fragment([comment(41, 1)])
    closed = fragment([comment(41, 1)], page=PAGE | {"open": False})
    assert "parent_id" not in closed
    assert "Comments are closed." in closed


def test_only_a_framed_thread_brings_its_own_style_sheet() -> None:
    assert "stylesheet" not in fragment([])
    assert "reader.css" in fragment([], framed=True)
