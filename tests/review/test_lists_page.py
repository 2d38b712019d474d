"""A site's lists at the desk: typed, tried on what was decided, saved by owners, and by command the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation.database import writing
from moderation.extensions import db
from moderation.models import Event, Moderator, Site
from moderation.models.lists import text_of
from moderation.review import entries
from moderation.spam.entries import ListName
from moderation.spam.lists import read
from tests.factories import Make
from tests.review.browser import Browser
from tests.thorough import examples

LISTS = "/desk/demo/lists"


@pytest.fixture
def owner(app: Flask, make: Make, site: Site) -> Browser:
    """The browser of an owner, on the page of the lists."""
    make.moderator("owner@example.org", role="owner", name="Olga")
    browser = Browser(app)
    browser.enter("owner@example.org")
    browser.get(LISTS)
    return browser


def stored(app: Flask, site: Site, name: ListName = "block") -> str:
    with app.app_context():
        return text_of(db.session(), site.id, name)


def events(app: Flask) -> list[tuple[str, int | None, dict[str, Any]]]:
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.kind.not_like("moderator.%")).order_by(Event.id))
        return [(each.kind, each.moderator_id, each.detail) for each in rows]


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found is not None
    return found[1]


def save(browser: Browser, text: str, name: str = "block", **more: str) -> Any:
    form = {"seen": seen(browser.get(f"{LISTS}?name={name}").text), **more}
    return browser.post(LISTS, do="save", name=name, text=text, **form)


def test_a_list_is_tried_and_then_saved(app: Flask, make: Make, site: Site, owner: Browser) -> None:
    decider = make.moderator("decides@example.org")
    spam, honest = make.comment(site, "A casino near you."), make.comment(site, "The old casino burnt down.")
    make.decide(spam, "spam", decider)
    make.decide(honest, "approved", decider)
    text = "word:casino until 2999-01-31  # March\r\n# a remark of its own"
    tried = owner.post(LISTS, do="try", name="block", text=text, seen=seen(owner.get(LISTS).text))
    assert tried.status_code == 200
    assert "2 comments would have gone another way" in tried.text
    assert "1 legitimate comment would go among the spam" in tried.text
    assert "1 more spam comment would be caught" in tried.text
    assert f"/desk/demo/comments/{honest.id}" in tried.text
    assert "Save this list" in tried.text
    assert (stored(app, site), events(app)) == ("", []), "tried is not saved"
    answer = save(owner, text)
    assert (answer.status_code, answer.location) == (303, f"{LISTS}?name=block")
    assert stored(app, site) == "word:casino until 2999-01-31 # March\n# a remark of its own"
    ((kind, who, detail),) = events(app)
    assert (kind, who is not None) == ("list.changed", True)
    assert detail == {"list": "block", "added": 2, "removed": 0, "entries": 1}
    page = owner.get(answer.location)
    assert "The list block is saved: 1 entry." in page.text
    assert "word:casino until 2999-01-31 # March" in page.text


def test_every_line_that_cannot_be_taken_is_named_and_nothing_is_saved(app: Flask, site: Site, owner: Browser) -> None:
    text = "casino\nab\n\nip:0.0.0.0/0\nemial:a@b.example"
    for do in ("try", "save"):
        answer = owner.post(LISTS, do=do, name="block", text=text, seen=seen(owner.get(LISTS).text))
        assert answer.status_code == 422
        assert re.findall(r"Line (\d+):", answer.text) == ["2", "4", "5"]
        assert "too broad" in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert "emial:a@b.example" in answer.text.partition("<textarea")[2], "what was typed is kept"
    assert (stored(app, site), events(app)) == ("", [])


def test_the_allow_list_says_what_it_takes(owner: Browser) -> None:
    answer = save(owner, "email:friend@example.org", "allow")
    assert (answer.status_code, "The allow list takes ip: and domain: only" in answer.text) == (422, True)


def test_a_list_that_is_too_long_says_by_how_much(owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_LINES", 3)
    answer = save(owner, "word1\nword2\nword3\nword4\nword1")
    assert (answer.status_code, "The list has 1 line too many." in answer.text) == (422, True)


def test_a_moderator_may_try_and_not_save(app: Flask, site: Site, browser: Browser) -> None:
    token = seen(browser.get(LISTS).text)
    tried = browser.post(LISTS, do="try", name="block", text="casino", seen=token)
    assert (tried.status_code, "Save this list" in tried.text) == (200, False)
    assert browser.post(LISTS, do="save", name="block", text="casino", seen=token).status_code == 403
    assert (stored(app, site), events(app)) == ("", [])


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(app: Flask, site: Site, owner: Browser) -> None:
    old = seen(owner.get(LISTS).text)
    assert save(owner, "casino").status_code == 303
    answer = owner.post(LISTS, do="save", name="block", text="poker", seen=old)
    assert answer.status_code == 409
    assert "Somebody else changed this list meanwhile." in answer.text
    assert "poker" in answer.text.partition("<textarea")[2]
    assert stored(app, site) == "casino"
    assert owner.post(LISTS, do="save", name="block", text="casino\npoker", seen=seen(answer.text)).status_code == 303
    assert stored(app, site) == "casino\npoker"


def test_saving_the_same_again_writes_nothing(app: Flask, owner: Browser) -> None:
    save(owner, "casino")
    save(owner, "casino")
    assert len(events(app)) == 1


def test_a_list_too_long_for_a_form_is_edited_by_command(
    app: Flask, site: Site, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(owner, "casino\npoker")
    monkeypatch.setattr(entries, "LONGEST_TEXT", 10)
    page = owner.get(LISTS).text
    assert "moderation site block demo" in page
    assert "<textarea" not in page


def test_by_command_it_is_written_down_too(app: Flask, site: Site) -> None:
    lines, _refused = read("casino\npoker", "hold")
    with app.app_context():
        for change in (entries.adding(lines), entries.adding(lines), entries.removing(lines[:1])):
            with writing() as session:
                entries.edit(session, site, "hold", change, None)
    assert stored(app, site, "hold") == "poker"
    assert [detail for _kind, _who, detail in events(app)] == [
        {"list": "hold", "added": 2, "removed": 0, "entries": 2},
        {"list": "hold", "added": 0, "removed": 1, "entries": 1},
    ]


@pytest.mark.parametrize("name", ["grey", "\0", "x" * 64_000])
def test_there_are_three_lists_and_no_other(owner: Browser, name: str) -> None:
    assert owner.client.get(LISTS, query_string={"name": name[:500]}).status_code == 400
    assert owner.post(LISTS, do="try", name=name, text="casino").status_code == 400


@examples(40)
@given(
    text=st.text(max_size=300),
    name=st.sampled_from(["block", "hold", "allow"]),
    do=st.sampled_from(["try", "save", "x"]),
)
def test_whatever_is_typed_nothing_breaks(app: Flask, make: Make, text: str, name: str, do: str) -> None:
    browser = _kept_owner(app, make)
    sent = text.encode("utf-8", "replace").decode()
    page = browser.get(f"/desk/kept/lists?name={name}").text
    answer = browser.post("/desk/kept/lists", do=do, name=name, text=sent, seen=seen(page))
    assert answer.status_code in {200, 303, 422}


_browsers: dict[Flask, Browser] = {}


def _kept_owner(app: Flask, make: Make) -> Browser:
    """An owner's browser, made with the first example and there for the others."""
    with app.app_context():
        there = db.session.scalars(select(Site).where(Site.key == "kept")).one_or_none()
    if there is None:
        make.site("kept")
        make.moderator("kept@example.org", role="owner")
        _browsers[app] = Browser(app)
        _browsers[app].sign_in("kept@example.org")
    return _browsers[app]


def test_a_form_that_is_larger_than_any_is_refused(owner: Browser) -> None:
    assert owner.post(LISTS, do="try", name="block", text="x" * 300_000).status_code == 413


def test_sixty_thousand_characters_are_read(make: Make, owner: Browser, site: Site) -> None:
    make.decide(make.comment(site), "spam", Moderator(id=1))
    lines = "\n".join(f"word{number}" for number in range(5_000))
    assert owner.post(LISTS, do="try", name="block", text=lines).status_code == 200
