"""What else came from where a comment came from: counted right, bounded, of this site alone."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from moderation.extensions import db
from moderation.models import EMPTIED, STATUSES, Comment, Site, Status
from moderation.review import past
from moderation.review.past import Tally
from tests.factories import Make
from tests.review.browser import Browser

KEYS = {"email": "email_key", "browser": "author_key", "network": "network_key"}


def own(comment: Comment) -> str:
    return f"/desk/demo/comments/{comment.id}"


def crowd(make: Make, site: Site, number: int = 40) -> list[Comment]:
    """Comments of a few people in every status, some without a key."""
    chance = random.Random(7)
    made = []
    for place in range(number):
        keys: dict[str, Any] = {column: chance.choice(["a", "b", "c", None]) for column in KEYS.values()}
        made.append(make.comment(site, f"Words {place}", status=chance.choice(STATUSES), **keys))
    return made


def truth(comments: list[Comment], one: Comment, column: str) -> dict[Status, int]:
    """What a count by hand gives."""
    key = getattr(one, column)
    found = Counter(each.status for each in comments if each.id != one.id and key and getattr(each, column) == key)
    return dict(found)


def test_the_counts_are_those_of_a_count_by_hand_for_every_row_and_page(app: Flask, make: Make, site: Site) -> None:
    crowd(make, make.site("other"))
    ids = [each.id for each in crowd(make, site)]
    with app.app_context():
        comments = list(db.session.scalars(select(Comment).where(Comment.id.in_(ids))))
        rows = past.tallies(comments, site.id)
        for one in comments:
            assert (one.id in rows) == bool(one.email_key)
            if one.email_key:
                assert {status: n for status, n in rows[one.id].counts.items() if n} == truth(
                    comments, one, "email_key"
                )
                assert not rows[one.id].full
            found = {each.party: each for each in past.of(one)}
            assert set(found) == {party for party, column in KEYS.items() if getattr(one, column)}
            for party, each in found.items():
                by_hand = truth(comments, one, KEYS[party])
                assert each.tally.counts == by_hand
                assert len(each.newest) == min(sum(by_hand.values()), past.LISTED)
                numbers = [line.id for line in each.newest]
                assert numbers == sorted(numbers, reverse=True)
                assert one.id not in numbers


def test_a_row_says_what_its_author_did_before(browser: Browser, make: Make, site: Site) -> None:
    for status in ("approved", "approved", "approved", "spam"):
        make.comment(site, status=status, email="amina@example.org")
    make.comment(site, email="amina@example.org")
    make.comment(site, email="other@example.org")
    page = " ".join(re.sub(r"<[^>]+>", "", browser.get("/desk/demo/").text).split())
    assert page.count("Same email") == 1, "who is new has no such line"
    assert "Same email 3 approved · 1 spam" in page


def test_the_page_lists_what_was_counted(browser: Browser, make: Make, site: Site) -> None:
    first = make.comment(site, "The <b>first</b> words", status="spam", author="<i>Amina", network_key="n")
    comment = make.comment(site, network_key="n")
    page = browser.get(own(comment)).text
    assert "Same network" in page
    assert "Same browser" not in page
    assert f'href="{own(first)}"' in page
    assert "The &lt;b&gt;first&lt;/b&gt; words" in page
    assert "&lt;i&gt;Amina" in page


def test_counting_ends_somewhere_and_says_so(
    app: Flask, browser: Browser, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "DEPTH", 4)
    monkeypatch.setattr(past, "LISTED", 2)
    comments = [make.comment(site, status="approved", email="amina@example.org") for _ in range(6)]
    page = browser.get(own(comments[0])).text
    assert "4+ approved" in page
    assert "These are the newest 2." in page
    monkeypatch.setattr(past, "ROW_DEPTH", 3)
    past._by_email.cache_clear()
    with app.app_context():
        loaded = list(db.session.scalars(select(Comment).order_by(Comment.id)))
        rows = past.tallies(loaded, site.id)
    past._by_email.cache_clear()
    assert rows[loaded[-1].id] == Tally({"approved": 3}, full=True)
    assert rows[loaded[0].id] == Tally({"approved": 4}, full=True)
    assert rows[loaded[0].id].shown() == [("approved", "4+")]


def test_what_waits_on_the_same_page_is_one_press_away(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    assert "Also waiting on this page" not in browser.get(own(comment)).text
    waiting = [make.comment(site, f"Waiting {number}") for number in range(past.WAITING_LISTED + 2)]
    hidden = [make.comment(site, "Elsewhere", page="/b/"), make.comment(site, "Decided", status="spam")]
    page = browser.get(own(comment)).text
    part = page.split('id="waiting"', 1)[1].split("</section>", 1)[0]
    assert [int(number) for number in re.findall(r'href="/desk/demo/comments/(\d+)"', part)] == [
        each.id for each in reversed(waiting[2:])
    ]
    assert f"These are the newest {past.WAITING_LISTED}." in part
    assert not [each for each in hidden if own(each) + '"' in part]


def test_other_sites_count_for_nothing(browser: Browser, make: Make, site: Site) -> None:
    shared: dict[str, Any] = {"email": "amina@example.org", "network_key": "n", "author_key": "a"}
    theirs = make.comment(make.site("theirs"), "Their words", status="spam", **shared)
    comment = make.comment(site, **shared)
    assert "Same email" not in browser.get("/desk/demo/").text
    page = browser.get(own(comment)).text
    assert "Their words" not in page
    assert own(theirs) not in page
    assert page.count("nothing else") == 3


def test_what_was_emptied_is_neither_counted_nor_listed(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    gone = make.comment(site, "Emptied words", status="spam", email="amina@example.org")
    comment = make.comment(site, email="amina@example.org")
    with app.app_context():
        db.session.execute(update(Comment).where(Comment.id == gone.id).values(place=EMPTIED))
        db.session.commit()
    assert "Same email" not in browser.get("/desk/demo/").text
    page = browser.get(own(comment)).text
    assert "nothing else" in page
    assert "Emptied words" not in page


def test_the_looks_use_the_indexes(app: Flask, make: Make, site: Site) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("how PostgreSQL looks depends on how much there is")
        ids = [make.comment(site, author_key="a", network_key="n").id for _ in range(2)]
        asked: list[tuple[str, Any]] = []

        def note(_connection: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
            asked.append((statement, given))

        comments = list(db.session.scalars(select(Comment).where(Comment.id.in_(ids))))
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            past.tallies(comments, site.id)
            past.of(comments[0])
            past.waiting_beside(comments[0])
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        for statement, given in asked:
            plan = str(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all())
            assert "SCAN comment" not in plan, statement
        assert len(asked) == 10
