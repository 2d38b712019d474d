"""A site's lists decide on what comes in."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment, Site, SiteList, now
from moderation.models.lists import lists_of, store, text_of
from moderation.spam.entries import ListName
from moderation.spam.lists import Line, read
from tests.factories import Make
from tests.reader import Reader

# Whatever the filter thinks of these few words, lists and rules alone decide.
OPEN: dict[str, Any] = {"hold_everything": False, "approve_below": 0.9998, "hold_above": 0.9999, "spam_above": 1.0}
OFFICE = "9.9.9.9"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    """What the process keeps ready: nothing yet."""
    ready: dict[Any, Any] = {}
    monkeypatch.setattr("moderation.models.lists._kept", ready)
    return ready


def put(app: Flask, site: Site, name: ListName, *lines: str) -> None:
    """Make these lines the list."""
    taken, refused = read("\n".join(lines), name)
    assert not refused
    with app.app_context(), writing() as session:
        store(session, site.id, name, taken)


def newest(app: Flask) -> Comment:
    with app.app_context():
        found = db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()
        assert found.verdict is not None
        return found


def because(app: Flask) -> str:
    verdict = newest(app).verdict
    assert verdict is not None
    return str(verdict["because"])


def test_what_the_block_list_names_is_spam_and_looks_like_waiting_from_outside(app: Flask, make: Make) -> None:
    site = make.site(**OPEN)
    assert Reader(app).post(comment="Before the list there was no casino rule.").status_code == 201
    put(app, site, "block", "casino")
    answer = Reader(app).post(comment="The online CASINO again.")
    assert (answer.status_code, answer.get_json()["status"]) == (202, "pending")
    assert "casino" not in str({**answer.get_json(), "author_token": ""})
    assert (newest(app).status, because(app)) == ("spam", 'Spam: the block list has "casino" in the text.')
    assert make.log(newest(app)) == [("policy", None, "spam")]
    put(app, site, "block")
    assert Reader(app).post(comment="Without the list: casino.").status_code == 201


def test_what_the_hold_list_names_waits(app: Flask, make: Make) -> None:
    site = make.site(**OPEN)
    put(app, site, "hold", "word:refund*", "ip:192.0.2.0/24 until 2020-01-01")
    assert Reader(app).post(comment="Where are the refunds?").status_code == 202
    assert (newest(app).status, because(app)) == ("pending", 'Held: the hold list has "word:refund*" in the text.')
    assert Reader(app).post(comment="Where is the bus?").status_code == 201, "the other entry is over"


def test_lists_are_of_one_site(app: Flask, make: Make) -> None:
    put(app, make.site("other", **OPEN), "block", "casino")
    make.site(**OPEN)
    assert Reader(app, site="other").post(comment="A casino was there once.").status_code == 202
    assert Reader(app).post(comment="A casino was here once.").status_code == 201


def test_an_allowed_network_passes_the_rules_that_hold_and_nothing_else_does(app: Flask, make: Make) -> None:
    site = make.site(**OPEN | {"approve_below": 0.0, "hold_above": 0.0, "hold_first": 1, "hold_links": 1})
    put(app, site, "allow", f"ip:{OFFICE}")
    text = "See https://buses.example/ for number {}."
    assert Reader(app).post(comment=text.format(1)).status_code == 202
    assert Reader(app, address=OFFICE).post(comment=text.format(2)).status_code == 201
    assert because(app) == f'Approved: the allow list has "ip:{OFFICE}".'
    claimed = {"X-Forwarded-For": OFFICE, "X-Real-IP": OFFICE, "Forwarded": f"for={OFFICE}", "CF-Connecting-IP": OFFICE}
    assert Reader(app).post(comment=text.format(3), headers=claimed).status_code == 202
    put(app, site, "block", "buses.example")
    assert Reader(app, address=OFFICE).post(comment=text.format(4)).status_code == 202
    assert newest(app).status == "spam", "the block list is stricter"


def test_an_allowed_network_does_not_pass_a_site_that_holds_everything(app: Flask, make: Make) -> None:
    site = make.site()
    put(app, site, "allow", f"ip:{OFFICE}")
    assert Reader(app, address=OFFICE).post().status_code == 202


def test_spam_from_an_allowed_network_waits(app: Flask, make: Make) -> None:
    site = make.site(**OPEN | {"approve_below": 0.0, "hold_above": 0.0001, "spam_above": 0.0002})
    put(app, site, "allow", f"ip:{OFFICE}")
    Reader(app).post(comment="As spam goes, this one is short.")
    assert newest(app).status == "spam"
    Reader(app, address=OFFICE).post(comment="As spam goes, this one is shorter.")
    assert newest(app).status == "pending"
    assert f'only the allow list with "ip:{OFFICE}" keeps it from the spam' in because(app)


def test_a_link_to_an_allowed_domain_does_not_count(app: Flask, make: Make) -> None:
    site = make.site(**OPEN | {"hold_links": 1})
    put(app, site, "allow", "domain:buses.example")
    assert Reader(app).post(comment="See https://www.buses.example/n1 for it.").status_code == 201
    assert Reader(app).post(comment="See https://buses.example.shop/ for it.").status_code == 202
    assert Reader(app).post(comment="See http://x@shop.example/buses.example for it.").status_code == 202


def test_a_list_is_read_once_and_again_when_it_changed(app: Flask, make: Make) -> None:
    site = make.site()
    put(app, site, "block", "casino", "# nothing else")
    with app.app_context():
        statements: list[str] = []

        def note(*words: Any) -> None:
            if words[2] != "BEGIN":
                statements.append(words[2])

        event.listen(db.engine, "before_cursor_execute", note)
        first = lists_of(db.session(), site.id)["block"]
        assert len(statements) == 2
        assert "site_list.text" in statements.pop()
        statements.clear()
        assert lists_of(db.session(), site.id)["block"] is first
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(statements) == 1
        assert "site_list.text" not in statements[0]
    put(app, site, "block", "casino", "poker")
    with app.app_context():
        assert lists_of(db.session(), site.id)["block"].size == 2


def test_a_list_that_changes_while_it_is_read_is_never_kept_for_the_one_before(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site(**OPEN)
    put(app, site, "block", "casino")

    def changed_first(session: Session, site_id: int, name: ListName) -> str:
        session.commit()
        with ThreadPoolExecutor() as owner:
            owner.submit(put, app, site, "block", "poker").result()
        return text_of(session, site_id, name)

    with app.app_context(), monkeypatch.context() as patch:
        patch.setattr("moderation.models.lists.text_of", changed_first)
        lists_of(db.session(), site.id)
    put(app, site, "block", "casino")
    Reader(app).post(comment="Poker is a game of cards.")
    assert newest(app).status == "approved"
    Reader(app).post(comment="The online casino again.")
    assert newest(app).status == "spam"


def test_what_processes_keep_ready_is_bounded(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch, kept: dict[Any, Any]
) -> None:
    site = make.site()
    monkeypatch.setattr("moderation.models.lists._MOST_KEPT", 50)
    for number in range(8):
        put(app, site, "block", *(f"word{number}x{entry}" for entry in range(20)))
        with app.app_context():
            assert lists_of(db.session(), site.id)["block"].size == 20
    assert len(kept) == 2


def test_a_stored_line_that_cannot_be_read_any_more_is_passed_over_and_logged_without_its_words(
    app: Flask, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    site = make.site(**OPEN)
    put(app, site, "block", "casino")
    with app.app_context(), writing() as session:
        stored = session.get_one(SiteList, (site.id, "block"))
        stored.text, stored.digest = "colour:secret-word\ncasino", "another"
    with caplog.at_level(logging.WARNING):
        Reader(app).post(comment="Casino, once more.")
    assert newest(app).status == "spam"
    assert "has 1 lines that cannot be read" in caplog.text
    assert "secret-word" not in caplog.text


def test_storing_a_list_says_when(app: Flask, make: Make) -> None:
    site = make.site()
    before = now() - timedelta(seconds=2)
    with app.app_context():
        with writing() as session:
            store(session, site.id, "hold", [Line("# nothing yet", None)])
        found = db.session.scalars(select(SiteList)).one()
        assert (found.text, found.name, found.changed_at > before) == ("# nothing yet", "hold", True)


def test_links_of_a_stranger_wait_where_the_owner_says_so(app: Flask, make: Make) -> None:
    make.site(**OPEN | {"hold_links": 2})
    assert Reader(app).post(comment="One link: https://a.example/").status_code == 201
    assert Reader(app).post(comment="Two: https://a.example/ and <a href='https://b.example/'>b</a>").status_code == 202
    assert because(app) == "Held: links: 2, and this site holds from 2 on (hold_links)."
    assert Reader(app).post(comment="Spelt out: shop dot com and https://b.example/").status_code == 202
