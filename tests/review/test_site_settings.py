"""An owner changes a site's name, its origins, and the rules that are not the filter's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Event, Site
from moderation.review import sites
from tests.factories import ORIGIN, Make
from tests.review.browser import Browser
from tests.review.test_boundaries import snapshot
from tests.thorough import examples

FORM = {
    "name": "Demo",
    "origins": ORIGIN,
    "close_after_days": "0",
    "empty_after_days": "30",
    "max_depth": "5",
    "edit_minutes": "15",
    "digest_hours": "24",
}


@pytest.fixture
def desk(app: Flask, make: Make, site: Site) -> Browser:
    make.moderator("owner@example.org", role="owner", sites=[site], name="Olga")
    browser = Browser(app)
    browser.enter("owner@example.org")
    return browser


def send(desk: Browser, *, seen: str | None = None, **changes: str) -> TestResponse:
    """Open the page, change some fields and send it."""
    page = desk.get("/desk/demo/settings").text
    return desk.post("/desk/demo/settings", **{**FORM, **changes}, seen=seen or state(page))


def state(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]


def load(app: Flask, site: Site) -> Site:
    with app.app_context():
        return db.session.get_one(Site, site.id)


def changes(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        return [row.detail["changes"] for row in db.session.scalars(select(Event).where(Event.kind == "site.changed"))]


def test_what_is_stored_is_what_was_typed_and_the_log_has_old_and_new(app: Flask, site: Site, desk: Browser) -> None:
    answer = send(
        desk, name="  The   Lantern ", origins=f"{ORIGIN}/\n\n https://WWW.News.example:443 \n{ORIGIN}", max_depth="3"
    )
    assert answer.status_code == 303
    stored = load(app, site)
    assert stored.name == "The Lantern"
    assert stored.origins == [ORIGIN, "https://www.news.example"]
    assert stored.policy.max_depth == 3
    rules = {"close_after_days": 0, "empty_after_days": 30, "max_depth": 3, "edit_minutes": 15, "digest_hours": 24}
    assert stored.rules == rules
    assert changes(app) == [
        {
            "name": ["Demo", "The Lantern"],
            "origins": [[ORIGIN], [ORIGIN, "https://www.news.example"]],
            "max_depth": [5, 3],
        }
    ]
    assert "The settings are stored." in desk.get(answer.location).text


def test_thresholds_are_left_as_they_are(app: Flask, make: Make, desk: Browser, site: Site) -> None:
    send(desk, close_after_days="14")
    policy = load(app, site).policy
    assert policy.close_after_days == 14
    assert policy.to_dict() == {**site.policy.to_dict(), "close_after_days": 14}


def test_nothing_different_is_no_change(app: Flask, site: Site, desk: Browser) -> None:
    before = snapshot(app)
    assert "Nothing was different" in desk.get(send(desk).location).text
    assert snapshot(app) == before


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", " \u200b ", "1 to 200"),
        ("name", "x" * 64_000, "1 to 200"),
        ("origins", "", "at least one origin"),
        ("origins", "news.example", "news.example"),
        ("origins", f"{ORIGIN}\nhttps://*.example", "wildcard"),
        ("origins", "https://news.example/path", "ends after the host"),
        ("origins", "javascript:alert(1)", "https://example.com"),
        ("origins", "\n".join(f"https://n{n}.example" for n in range(51)), "at most 50"),
        ("close_after_days", "-1", "0 to 36500"),
        ("empty_after_days", "99999999999999999999", "0 to 36500"),
        ("max_depth", "0", "1 to 10"),
        ("max_depth", "", "1 to 10"),
        ("max_depth", "٣", "1 to 10"),
        ("max_depth", "2\0", None),
    ],
)
def test_a_value_that_cannot_be_comes_back_with_its_fault_and_the_other_fields_as_typed(
    app: Flask, desk: Browser, field: str, typed: str, says: str | None
) -> None:
    before = snapshot(app)
    answer = send(desk, **{"name": "Kept", field: typed})
    if says is None:
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    fault = re.search(rf'id="{field}-fault">([^<]*)<', answer.text)
    assert fault
    assert says in fault[1]
    assert 'value="Kept"' in answer.text or field == "name"
    assert snapshot(app) == before


def test_every_fault_is_named_at_once(desk: Browser) -> None:
    page = send(desk, name="", origins="x", max_depth="99", close_after_days="x", empty_after_days="1.5").text
    assert len(re.findall(r'id="\w+-fault"', page)) == 5


def test_what_somebody_else_stored_meanwhile_is_not_overwritten_but_shown(
    app: Flask, site: Site, desk: Browser
) -> None:
    seen = state(desk.get("/desk/demo/settings").text)
    assert send(desk, name="Theirs").status_code == 303
    answer = send(desk, seen=seen, name="Mine", max_depth="2")
    assert answer.status_code == 422
    assert "Somebody else changed this site meanwhile" in answer.text
    assert load(app, site).name == "Theirs"
    assert 'value="Mine"' in answer.text
    assert re.search(r"Stored now:\s*<bdi[^>]*>Theirs", answer.text)
    # Who has seen what is there may go on.
    again = desk.post("/desk/demo/settings", **{**FORM, "name": "Mine"}, seen=state(answer.text))
    assert again.status_code == 303
    assert load(app, site).name == "Mine"


def test_who_is_overtaken_in_the_last_moment_sees_it_and_may_go_on(
    app: Flask, site: Site, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, change = state(desk.get("/desk/demo/settings").text), sites.change

    def overtaken(*given: Any, **named: Any) -> object:
        monkeypatch.setattr(sites, "change", change)
        with app.app_context():
            db.session.execute(update(Site).values(name="Theirs"))
            db.session.commit()
        return change(*given, **named)

    monkeypatch.setattr(sites, "change", overtaken)
    answer = send(desk, seen=seen, name="Mine")
    assert answer.status_code == 422
    assert re.search(r"Stored now:\s*<bdi[^>]*>Theirs", answer.text)
    again = desk.post("/desk/demo/settings", **{**FORM, "name": "Mine"}, seen=state(answer.text))
    assert again.status_code == 303


def test_a_change_of_thresholds_elsewhere_does_not_stop_this_page(app: Flask, site: Site, desk: Browser) -> None:
    seen = state(desk.get("/desk/demo/settings").text)
    with app.app_context():
        db.session.get_one(Site, site.id).rules = {"spam_above": 0.99}
        db.session.commit()
    assert send(desk, seen=seen, max_depth="2").status_code == 303
    assert load(app, site).policy.spam_above == 0.99
    assert load(app, site).policy.max_depth == 2


def test_the_page_has_the_tag_to_paste(desk: Browser) -> None:
    page = desk.get("/desk/demo/settings").text
    assert (
        "&lt;script src=&#34;" in page or '&lt;script src="http://comments.example/embed.js" data-site="demo"' in page
    )


@examples(30)
@given(form=st.fixed_dictionaries({name: st.text(max_size=60) for name in (*FORM, "seen")}))
def test_nothing_that_is_sent_breaks_it(desk: Browser, form: dict[str, str]) -> None:
    desk.get("/desk/demo/settings")
    assert desk.post("/desk/demo/settings", **form).status_code == 422
