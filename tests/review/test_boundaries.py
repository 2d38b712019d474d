"""The walls around the desk: other people's sites, other people's pages, requests that only look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from moderation.extensions import db
from moderation.models import Base, Comment, DeskSession, Site
from tests.factories import Make
from tests.review.browser import PAGE, Browser

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.fixture
def comment(make: Make) -> Comment:
    return make.comment(make.site())


@pytest.fixture
def browser(app: Flask, make: Make, comment: Comment) -> Browser:
    make.moderator()
    browser = Browser(app)
    browser.enter()
    return browser


def routes(app: Flask, method: str, comment_id: int = 1) -> Iterator[str]:
    """Every address on the desk that takes a method."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("desk.") and method in (rule.methods or ()):
            yield rule.rule.replace("<site_key>", "demo").replace("<int:comment_id>", str(comment_id))


def snapshot(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for when a session was last used."""
    with app.app_context():
        return {
            table.name: [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
            if table.name != DeskSession.__tablename__
        }


def test_no_form_is_taken_without_its_token(app: Flask, browser: Browser, comment: Comment) -> None:
    unsafe = list(routes(app, "POST"))
    assert len(unsafe) >= 5
    before = snapshot(app)
    for path in unsafe:
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": browser.token[:-4] + "AAAA"}):
            data = {"act": f"spam {comment.id}", "seen": f"{comment.id}:1", "text": "words", **token}
            assert browser.client.post(path, data=data, headers=PAGE).status_code == 400, path
    assert snapshot(app) == before
    assert browser.get("/desk/demo/").status_code == 200, "still signed in"


def test_a_token_of_another_browser_is_worth_nothing(app: Flask, browser: Browser, comment: Comment) -> None:
    stranger = Browser(app)
    stranger.get("/desk/login")
    browser.token = stranger.token
    assert browser.decide("demo", "spam", comment).status_code == 400


FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "http://comments.example.evil.example"},
    {"Origin": "http://comments.example@evil.example"},
    {"Origin": "localhost"},
    {"Origin": "http://[localhost"},
    {"Origin": ""},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_what_another_sites_page_sends_is_refused_even_with_a_good_token(
    app: Flask, browser: Browser, comment: Comment, headers: dict[str, str]
) -> None:
    before = snapshot(app)
    data = {"act": f"spam {comment.id}", "seen": f"{comment.id}:1", "text": "words", "csrf_token": browser.token}
    for path in routes(app, "POST", comment.id):
        answer = browser.client.post(path, data=data, headers={**PAGE, **headers})
        assert answer.status_code == 403, path
        assert "Open the desk itself" in answer.text, path
        assert answer.headers["Cache-Control"] == "no-store"
    assert snapshot(app) == before
    assert browser.client.get("/desk/demo/", headers={**PAGE, **headers}).status_code == 200, "a link may lead here"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "HTTP://LOCALHOST:80"},
        {"Origin": "http://comments.example"},
        {"Origin": "https://comments.example:443"},
    ],
    ids=str,
)
def test_what_the_desks_own_pages_send_is_taken_behind_a_proxy_too(
    browser: Browser, make: Make, comment: Comment, headers: dict[str, str]
) -> None:
    data = {"act": f"spam {comment.id}", "seen": f"{comment.id}:1", "csrf_token": browser.token}
    answer = browser.client.post("/desk/demo/decisions", data=data, headers={**PAGE, **headers})
    assert answer.status_code == 303
    assert make.load(comment).status == "spam"


def test_looking_changes_nothing(app: Flask, browser: Browser, comment: Comment) -> None:
    before = snapshot(app)
    looked = 0
    for path in routes(app, "GET", comment.id):
        for method in ("GET", "HEAD"):
            looked += browser.client.open(path, method=method, headers=PAGE).status_code in {200, 302}
    assert looked >= 8
    assert snapshot(app) == before


def test_what_takes_a_form_does_not_answer_to_looking(app: Flask, browser: Browser) -> None:
    for path in set(routes(app, "POST")) - set(routes(app, "GET")):
        assert browser.get(path).status_code in {308, 404, 405}, path


def test_every_page_of_the_desk_has_its_headers_errors_too(app: Flask, browser: Browser, comment: Comment) -> None:
    pages = [browser.get(path) for path in routes(app, "GET", comment.id) if path != "/desk/demo/check"]
    pages += [
        browser.get("/desk/demo/?status=nonsense"),
        browser.get("/desk/nowhere/"),
        browser.post("/desk/demo/decisions"),
    ]
    pages += [browser.client.post("/desk/login"), app.test_client().get("/desk/demo/")]
    assert {page.status_code for page in pages} >= {200, 302, 400, 404}
    for page in pages:
        assert {name: page.headers.get(name) for name in HEADERS} == HEADERS


def test_only_the_page_that_opens_an_article_may_hear_from_it(browser: Browser) -> None:
    opened = "same-origin-allow-popups"
    page = browser.get("/desk/demo/check")
    assert {name: page.headers.get(name) for name in HEADERS} == HEADERS | {"Cross-Origin-Opener-Policy": opened}


def test_a_stranger_sees_nothing_of_the_desk(app: Flask, comment: Comment) -> None:
    for path in routes(app, "GET", comment.id):
        answer = app.test_client().get(path, headers=PAGE)
        assert "Amina" not in answer.text
        assert answer.status_code == (200 if path == "/desk/login" else 302), path


def test_a_stranger_with_a_good_token_can_do_nothing(app: Flask, comment: Comment) -> None:
    stranger = Browser(app)
    stranger.get("/desk/login")
    before = snapshot(app)
    for path in set(routes(app, "POST")) - {"/desk/login"}:
        assert stranger.post(path, act="spam 1", seen="1:1", text="words").status_code == 403, path
    assert snapshot(app) == before


@pytest.fixture
def theirs(make: Make, browser: Browser) -> Site:
    """A site with a comment, and `browser` signed in as a moderator of another one."""
    site = make.site("theirs")
    make.comment(site)
    make.moderator("local@example.org", sites=[make.site("mine")])
    browser.client.delete_cookie("moderation")
    browser.enter("local@example.org")
    return site


def test_another_sites_queue_looks_like_one_that_does_not_exist(browser: Browser, theirs: Site) -> None:
    assert browser.get("/desk/mine/").status_code == 200
    foreign, nowhere = browser.get("/desk/theirs/"), browser.get("/desk/nowhere/")
    assert foreign.status_code == nowhere.status_code == 404
    assert foreign.text == nowhere.text


def test_another_sites_comment_cannot_be_seen_or_moved_by_any_way(
    app: Flask, browser: Browser, make: Make, theirs: Site, comment: Comment
) -> None:
    batch = _batch_of_theirs(app, comment, make)
    before = snapshot(app)
    for key in ("mine", "theirs", "demo"):
        assert browser.get(f"/desk/{key}/comments/{comment.id}").status_code == 404
        assert browser.decide(key, "spam", make.load(comment)).status_code == 404
        reply = browser.post(f"/desk/{key}/comments/{comment.id}/reply", text="Hello", seen="1", nonce="n" * 20)
        assert reply.status_code == 404
        browser.post(f"/desk/{key}/undo", batch=batch)
    assert snapshot(app) == before


def _batch_of_theirs(app: Flask, comment: Comment, make: Make) -> str:
    return make.decide(comment, "approved").batch


def test_the_first_page_names_no_site_of_others(browser: Browser, theirs: Site) -> None:
    assert "Theirs" not in browser.get("/desk/mine/").text


def test_a_moderator_without_a_site_is_told_so(app: Flask, make: Make) -> None:
    make.moderator("new@example.org", sites=[])
    browser = Browser(app)
    browser.enter("new@example.org")
    page = browser.get("/desk/")
    assert page.status_code == 200
    assert "No site yet" in page.text
