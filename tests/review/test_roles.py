"""What an owner may and a moderator may not, over every address of the desk."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from moderation.models import Comment, Moderator, Site
from tests.factories import Make
from tests.review.browser import Browser
from tests.review.test_boundaries import routes, snapshot

OWNERS_ONLY = {
    "GET": {"moderators", "moderators/one", "settings", "log"},
    "POST": {
        "moderators",
        "moderators/rights",
        "moderators/password",
        "moderators/tokens",
        "moderators/access",
        "settings",
        "log/export",
    },
}
SENTENCE = "Only an owner may do this. Ask one of the site"


@pytest.fixture
def comment(make: Make, site: Site) -> Comment:
    return make.comment(site)


@pytest.fixture
def owner(make: Make, site: Site) -> Moderator:
    return make.moderator("owner@example.org", role="owner", sites=[site], name="Olga")


def form_for(owner: Moderator) -> dict[str, object]:
    """Whatever a form of these pages could hold."""
    return {
        "id": str(owner.id),
        "email": "mole@example.org",
        "name": "Mole",
        "role": "owner",
        "every": "yes",
        "offered": ["1"],
        "sites": ["1"],
        "origins": "https://evil.example",
        "max_depth": "1",
        "digest_hours": "24",
        "close_after_days": "1",
        "empty_after_days": "1",
        "password": "a password of the mole",
        "active": "no",
        "format": "csv",
        "seen": "",
        "text": "words",
    }


def ask(browser: Browser, method: str, path: str, owner: Moderator) -> TestResponse:
    if method == "GET":
        return browser.get(f"{path}?id={owner.id}")
    return browser.post(path, **form_for(owner))


def refused(app: Flask, browser: Browser, method: str, owner: Moderator, comment: Comment) -> set[str]:
    """The addresses that are answered by the sentence that only owners may."""
    return {
        path.removeprefix("/desk/demo/")
        for path in routes(app, method, comment.id)
        if path.startswith("/desk/demo/") and SENTENCE in ask(browser, method, path, owner).text
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_moderator_gets_a_clear_refusal_of_all_that_is_the_owners(
    app: Flask, browser: Browser, owner: Moderator, comment: Comment, method: str
) -> None:
    before = snapshot(app)
    for path in OWNERS_ONLY[method]:
        answer = ask(browser, method, f"/desk/demo/{path}", owner)
        assert answer.status_code == 403, path
        assert SENTENCE in answer.text, path
    assert snapshot(app) == before
    assert refused(app, browser, method, owner, comment) >= OWNERS_ONLY[method]


def test_every_part_that_the_navigation_keeps_from_moderators_is_kept_by_its_page_too(
    app: Flask, make: Make, browser: Browser, owner: Moderator, comment: Comment
) -> None:
    own = Browser(app)
    own.enter("owner@example.org")
    links = {link for link in routes(app, "GET", comment.id) if f'href="{link}"' in navigation(own)}
    hidden = {link for link in links if f'href="{link}"' not in navigation(browser)}
    assert {"/desk/demo/moderators", "/desk/demo/settings", "/desk/demo/log"} <= hidden
    assert {link.removeprefix("/desk/demo/") for link in hidden} <= refused(app, browser, "GET", owner, comment)
    assert all(own.get(link).status_code == 200 for link in links)


def navigation(browser: Browser) -> str:
    """The part of the page with the parts of the desk."""
    page = browser.get("/desk/demo/").text
    return page.partition('<nav class="areas"')[2].partition("</nav>")[0]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_to_the_owner_of_another_site_there_is_no_such_site(
    app: Flask, make: Make, owner: Moderator, comment: Comment, method: str
) -> None:
    make.moderator("other@example.org", role="owner", sites=[make.site("other")])
    browser = Browser(app)
    browser.enter("other@example.org")
    before = snapshot(app)
    for path in OWNERS_ONLY[method]:
        answer = ask(browser, method, f"/desk/demo/{path}", owner)
        assert answer.status_code == 404, path
        assert "Olga" not in answer.text
    assert snapshot(app) == before


def test_a_stranger_is_sent_to_the_door(app: Flask, owner: Moderator, comment: Comment) -> None:
    stranger = Browser(app)
    stranger.get("/desk/login")
    before = snapshot(app)
    for path in OWNERS_ONLY["GET"]:
        answer = ask(stranger, "GET", f"/desk/demo/{path}", owner)
        assert answer.status_code == 302, path
        assert "/desk/login" in answer.location
    for path in OWNERS_ONLY["POST"]:
        answer = ask(stranger, "POST", f"/desk/demo/{path}", owner)
        assert answer.status_code == 403, path
        assert "You were signed out" in answer.text
    assert snapshot(app) == before


def test_an_owner_who_is_demoted_while_signed_in_is_one_no_longer(
    app: Flask, make: Make, site: Site, owner: Moderator, comment: Comment
) -> None:
    make.moderator("first@example.org", role="owner", name="First")
    first, second = Browser(app), Browser(app)
    first.enter("first@example.org")
    second.enter("owner@example.org")
    assert second.get("/desk/demo/log").status_code == 200
    page = first.get(f"/desk/demo/moderators/one?id={owner.id}").text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    form = {"id": owner.id, "seen": seen, "role": "moderator", "sites": site.id, "offered": site.id}
    assert first.post("/desk/demo/moderators/rights", **form).status_code == 303
    assert second.get("/desk/demo/log").status_code == 403
    assert second.get("/desk/demo/").status_code == 200


@pytest.mark.parametrize(("path", "status"), [("settings", 403), ("comments/999", 404)])
def test_a_page_that_is_not_to_be_had_leads_back_to_the_queue(
    app: Flask, make: Make, site: Site, path: str, status: int
) -> None:
    make.moderator(sites=[site])
    browser = Browser(app)
    browser.enter()
    answer = browser.get(f"/desk/demo/{path}")
    assert answer.status_code == status
    assert '<a href="/desk/">Back to the queue</a>' in answer.text
    assert "Back to the queue" not in browser.get("/sites/demo/mine/nobodys").text
