"""The queue: what stands in it, in which order, and that no row and no search breaks it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import event

from moderation.extensions import db
from moderation.models import STATUSES, Site, now
from moderation.review import queue
from moderation.review.queue import SORTS, BadCursor, Question, Sort, Tab, listing
from tests.factories import Make
from tests.review.browser import Browser
from tests.thorough import examples

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '"\' onmouseover=alert(1) x="',
    "template": "{{ 777*777 }}{% raw %}",
    "bidi": "\u202eeteled\u2066\u2069 \u200f",
    "zalgo": "z" + "\u0301" * 900,
    "long": "W" * 1000,
    "closing": "</article></main></textarea></script>-->]]>",
}


def shown(page: str) -> list[int]:
    """The ids of the rows on a page, from the top."""
    return [int(number) for number in re.findall(r'<article class="row \w+"\s+id="comment-(\d+)"', page)]


def walk(
    app: Flask, site: Site, *, tab: Tab = "pending", sort: Sort = "newest", limit: int, search: str = ""
) -> list[int]:
    """All ids of a list, page by page."""
    cursor: str | None = ""
    ids: list[int] = []
    with app.app_context():
        while cursor is not None:
            page = listing(Question([site.id], tab, sort, cursor, search, limit))
            assert len(page.comments) <= limit
            ids += [comment.id for comment in page.comments]
            cursor = page.next
    return ids


def test_pending_comes_first_and_every_tab_has_its_own(browser: Browser, make: Make, site: Site) -> None:
    ids = {status: make.comment(site, status=status).id for status in STATUSES}
    assert shown(browser.get("/desk/demo/").text) == [ids["pending"]]
    for status, comment_id in ids.items():
        assert shown(browser.get(f"/desk/demo/?status={status}").text) == [comment_id]
    assert shown(browser.get("/desk/demo/?status=all").text) == sorted(ids.values(), reverse=True)


def test_tabs_carry_their_counts(browser: Browser, make: Make, site: Site) -> None:
    for status in ("pending", "pending", "spam"):
        make.comment(site, status=status)
    page = browser.get("/desk/demo/").text
    assert re.findall(r'([A-Z]\w+) <span class="count">(\d+)</span>', page) == [
        ("Pending", "2"), ("Approved", "0"), ("Spam", "1"), ("Trash", "0"), ("All", "3")
    ]  # fmt: skip


def test_a_row_says_who_where_when_and_why(browser: Browser, make: Make, site: Site) -> None:
    root = make.comment(site, status="approved", author="Root")
    comment = make.comment(
        site,
        "Buy pills at https://pills.example now",
        author="Bilal",
        email="b@example.org",
        url="https://bilal.example/",
        parent=root,
        ip="192.0.2.7",
        page_title="Night buses",
        at=now() - timedelta(hours=3),
    )
    page = browser.get("/desk/demo/").text.replace("<wbr>", "")
    for part in (
        "Bilal",
        "b@example.org",
        'href="https://bilal.example/"',
        "192.0.2.7",
        "Night buses",
        "3 hours ago",
        "Root",
    ):
        assert part in page
    assert comment.verdict is not None
    assert comment.verdict["because"] in page
    for signal in comment.verdict["signals"]:
        assert not signal["points"] or signal["name"] in page, "every signal that spoke is shown"


def test_the_detail_page_has_source_html_address_verdict_history_and_thread(
    browser: Browser, make: Make, site: Site
) -> None:
    root = make.comment(site, "I am *root*", status="approved", author="Root")
    comment = make.comment(site, "Some **bold** words", parent=root, ip="192.0.2.9", user_agent="Agent/1.0")
    make.decide(comment, "spam")
    page = browser.get(f"/desk/demo/comments/{comment.id}").text
    for part in (
        "Some **bold** words",
        "<strong>bold</strong>",
        "&lt;strong&gt;bold",
        "192.0.2.9",
        "Agent/1.0",
        "I am *root*",
    ):
        assert part in page
    assert "the comment&#39;s author" in page
    assert page.count('class="verdict"') == 1


def test_a_long_text_is_folded_and_is_all_there(browser: Browser, make: Make, site: Site) -> None:
    make.comment(site, "word " * 600 + "the very end")
    page = browser.get("/desk/demo/").text
    assert 'class="fold"' in page
    assert "the very end" in page


def test_an_empty_site_teaches_the_tag_to_paste(browser: Browser) -> None:
    page = browser.get("/desk/demo/").text
    assert "&lt;script src=&#34;" not in page
    assert '&lt;script src="http://comments.example/embed.js" data-site="demo" defer&gt;&lt;/script&gt;' in page
    assert "https://news.example" in page


def test_a_cleared_queue_says_that_all_is_done(browser: Browser, make: Make, site: Site) -> None:
    make.comment(site, status="approved")
    assert "All done" in browser.get("/desk/demo/").text


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE.keys())
def test_one_hostile_row_never_breaks_the_page(browser: Browser, make: Make, site: Site, attack: str) -> None:
    rooms = {
        "author": 1000,
        "email": 254,
        "url": 2000,
        "page_title": 300,
        "page_url": 2000,
        "ip": 45,
        "user_agent": 300,
    }
    rows = [make.comment(site)]
    for field, room in rooms.items():
        hostile: dict[str, Any] = {field: attack[:room]}
        rows += [make.comment(site, "words", **hostile), make.comment(site)]
    paths = ["/desk/demo/", *(f"/desk/demo/comments/{row.id}" for row in rows)]
    for path in paths:
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "603729" not in page.text
        assert page.text.count("<main") == page.text.count("</main>") == 1
    assert shown(browser.get("/desk/demo/?sort=newest").text) == [row.id for row in rows[::-1]]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://user@evil.example"]
)
def test_an_address_that_is_not_safe_is_shown_and_is_no_link(
    browser: Browser, make: Make, site: Site, url: str
) -> None:
    make.comment(site, url=url, page_url=url)
    page = browser.get("/desk/demo/").text
    assert url in page
    assert f'href="{url}' not in page


@pytest.mark.parametrize(
    "verdict", [None, {}, {"probability": 2}, {"signals": [{}]}, {"probability": 0.5, "signals": []}]
)
def test_a_verdict_of_any_shape_is_shown(
    browser: Browser, make: Make, site: Site, verdict: dict[str, object] | None
) -> None:
    make.comment(site, verdict=verdict)
    assert browser.get("/desk/demo/").status_code == 200


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("tab", ["pending", "all"])
def test_every_comment_is_shown_once_whatever_the_page_is_cut_to(
    app: Flask, make: Make, site: Site, sort: Sort, tab: Tab
) -> None:
    chances = (0.9, 0.0, 0.1, 0.9, 0.9, 0.0, 1.0, 0.0, 3e-7, 0.1 + 0.2)
    comments = [make.comment(site, probability=chance, verdict=None) for chance in chances]
    others = [make.comment(site, status="spam")] if tab == "all" else []
    ids = [comment.id for comment in comments + others]
    whole = walk(app, site, tab=tab, sort=sort, limit=50)
    assert sorted(whole) == ids
    if sort == "oldest":
        assert whole == ids
    if sort == "newest":
        assert whole == ids[::-1]
    if sort == "score" and not others:
        by_score = sorted(comments, key=lambda each: (each.probability, each.id))
        assert whole == [each.id for each in by_score[::-1]]
    for limit in (1, 2, 3):
        assert walk(app, site, tab=tab, sort=sort, limit=limit) == whole


def test_comments_that_arrive_meanwhile_shift_nothing(app: Flask, make: Make, site: Site) -> None:
    old = [make.comment(site).id for _ in range(4)]
    with app.app_context():
        first = listing(Question([site.id], limit=2))
    make.comment(site)
    with app.app_context():
        second = listing(Question([site.id], limit=2, cursor=first.next or ""))
    assert [comment.id for comment in first.comments + second.comments] == old[::-1]


@pytest.mark.parametrize("cursor", ["x", "-1", "0.5~3~", "nan~3", "inf~3", "9" * 40, "2147483648", "٣", "0.5~3"])
def test_a_cursor_of_nowhere_is_refused(app: Flask, browser: Browser, site: Site, cursor: str) -> None:
    with app.app_context(), pytest.raises(BadCursor):
        listing(Question([site.id], cursor=cursor))
    assert browser.client.get("/desk/demo/", query_string={"cursor": cursor}).status_code == 400


def test_search_looks_into_name_email_and_text_and_takes_signs_literally(
    browser: Browser, make: Make, site: Site
) -> None:
    by_name = make.comment(site, author="Zarqa")
    by_email = make.comment(site, email="zarqa@example.org")
    by_text = make.comment(site, "I met Zarqa, 100% sure")
    make.comment(site, "something else, 100 of them")
    assert set(shown(browser.get("/desk/demo/?q=ZARQA").text)) == {by_name.id, by_email.id, by_text.id}
    assert shown(browser.get("/desk/demo/?q=100%25").text) == [by_text.id]
    assert shown(browser.get("/desk/demo/?q=_").text) == []


def test_a_search_reads_so_many_comments_and_goes_on_from_there(
    app: Flask, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SCAN", 3)
    wanted = [make.comment(site, "needle" if number % 4 == 0 else "hay").id for number in range(13)][::4]
    with app.app_context():
        first = listing(Question([site.id], search="needle", limit=50))
        assert [comment.id for comment in first.comments] == wanted[-1:]
        assert first.next is not None
    for sort in SORTS:
        for tab in ("pending", "all"):
            assert sorted(walk(app, site, tab=tab, sort=sort, limit=2, search="needle")) == wanted


@examples(40)
@given(words=st.text(max_size=300))
@example(words="\0")
@example(words="%_\\/'\"--;")
@example(words="\u202e\u200b")
def test_no_search_ever_breaks_the_queue(browser: Browser, words: str) -> None:
    for tab in ("pending", "all"):
        answer = browser.client.get("/desk/demo/", query_string={"q": words.encode("utf-8", "replace"), "status": tab})
        assert answer.status_code == 200


@pytest.mark.parametrize("query", ["status=gone", "sort=up", "status=%00", "cursor=%00"])
def test_a_list_that_does_not_exist_is_a_clear_error(browser: Browser, query: str) -> None:
    assert browser.get(f"/desk/demo/?{query}").status_code == 400


def test_a_full_page_takes_a_handful_of_queries(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    root = make.comment(site, status="approved")
    for number in range(12):
        make.comment(site, page=f"/{number}/" if number % 2 else "/a/", parent=None if number % 2 else root)
    assert _queries(app, browser) <= 11


def _queries(app: Flask, browser: Browser, query: str = "") -> int:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            browser.get(f"/desk/demo/{query}")
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
    return len([each for each in statements if each.startswith("SELECT")])
