"""Caches: an entity tag names bytes, nothing personal is in the key, and nobody is told a page is older than it is."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from moderation.extensions import db
from moderation.models import Comment, Page
from moderation.publish import comments, edge
from tests.factories import Make

COMMENTS = "/v1/sites/demo/comments?page=/a/"
CACHED = (
    COMMENTS,
    "/v1/sites/demo/counts?page=/a/",
    "/v1/sites/demo/feed.atom",
    "/v1/sites/demo/feed.atom?page=/a/",
    "/v1/sites/demo/feed.json",
    "/sites/demo/thread?page=/a/",
    "/sites/demo/wp-json/wp/v2/comments?post=/a/",
    "/sites/demo/wp-json",
    "/embed.js",
    "/v1/openapi.json",
    "/problems/closed",
)
CHANGING = CACHED[:7]


@pytest.mark.parametrize("url", CACHED)
def test_what_a_client_has_already_is_not_sent_again(client: FlaskClient, make: Make, url: str) -> None:
    make.comment(make.site(), status="approved")
    full = client.get(url)
    tag = full.headers["ETag"]
    assert tag.startswith('"')
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*", f'W/"x",{tag} , "y"'):
        short = client.get(url, headers={"If-None-Match": given})
        assert (short.status_code, short.data) == (304, b""), given
        assert "Content-Type" not in short.headers
        for name in set(full.headers.keys()) - {"Content-Type", "Content-Length"}:
            assert short.headers.get(name) == full.headers[name], name
    for given in ('"other"', "", f'"x{tag.strip(chr(34))}"'):
        assert client.get(url, headers={"If-None-Match": given}).data == full.data


@pytest.mark.parametrize("url", CHANGING)
def test_the_tag_moves_with_everything_that_readers_see_and_with_nothing_else(
    client: FlaskClient, make: Make, url: str
) -> None:
    site = make.site()
    first = make.comment(site, status="approved")
    seen = [_state(client, url)]
    waiting = make.comment(site, "This one waits.", parent=first)
    assert _state(client, url) == seen[0]
    make.decide(waiting, "spam")
    assert _state(client, url) == seen[0]
    make.decide(waiting, "approved")
    seen.append(_state(client, url))
    make.decide(first, "trash")
    seen.append(_state(client, url))
    make.decide(waiting, "trash")
    seen.append(_state(client, url))
    if "counts" in url:
        # Which of two comments is the one that counts, a number does not tell.
        del seen[2]
    assert len({tag for tag, _body in seen}) == len({body for _tag, body in seen}) == len(seen)


def _state(client: FlaskClient, url: str) -> tuple[str, bytes]:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.headers["ETag"], answer.data


def test_equal_tags_mean_equal_bytes_over_all_that_can_be_asked(client: FlaskClient, make: Make) -> None:
    for site in (make.site(), make.site("other")):
        for page in ("/a/", "/b/"):
            for _ in range(3):
                make.comment(site, status="approved", page=page)
    bodies: dict[str, bytes] = {}
    for key, page, query, path in itertools.product(
        ("demo", "other"),
        ("/a/", "/b/", "/none/", "/none2/"),
        ("", "&limit=1", "&limit=2", "&sort=newest", "&sort=newest&limit=1"),
        ("/v1/sites/{}/comments", "/sites/{}/thread", "/sites/{}/thread?lang=ur", "/sites/{}/thread?framed=1"),
    ):
        start = path.format(key)
        url: str | None = f"{start}{'&' if '?' in start else '?'}page={page}{query}"
        while url:
            answer = client.get(url)
            assert bodies.setdefault(answer.headers["ETag"], answer.data) == answer.data
            following = answer.get_json()["next"] if answer.is_json else None
            url = f"{start}?page={page}{query}&cursor={following}" if following else None
    assert len(bodies) > 80


@pytest.mark.parametrize("url", [url for url in CHANGING if "counts" not in url])
def test_a_tag_from_before_a_backup_was_restored_names_no_other_bytes(
    app: Flask, client: FlaskClient, make: Make, url: str
) -> None:
    """With the versions of pages a restored database begins where it was, and counts on to the same numbers."""
    site = make.site()
    make.comment(site, "Kept by the backup.", status="approved")
    since = make.comment(site, "Written since.", status="approved")
    tag, body = _state(client, url)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            update(Comment).where(Comment.id == since.id).values(author="Bilal", html="<p>Written instead.</p>")
        )
    # As by the start behind the restored database.
    edge.of(client.application).clear()
    changed = client.get(url, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.data != body


def test_closing_a_page_moves_the_tag_even_before_its_first_approved_comment(client: FlaskClient, make: Make) -> None:
    make.comment(make.site())
    before = client.get(COMMENTS)
    with make.app.app_context():
        db.session.execute(update(Page).values(closed=True))
        db.session.commit()
    after = client.get(COMMENTS)
    assert after.get_json()["page"]["open"] is False
    assert after.headers["ETag"] != before.headers["ETag"]


def test_a_page_that_is_made_anew_does_not_take_up_old_tags(client: FlaskClient, make: Make) -> None:
    site = make.site()
    make.comment(site, "The first life.", status="approved")
    before = client.get(COMMENTS)
    with make.app.app_context():
        db.session.execute(update(Page).values(key="/elsewhere/"))
        db.session.commit()
    make.comment(site, "The second life.", status="approved")
    after = client.get(COMMENTS, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200


@pytest.mark.parametrize("url", CACHED)
def test_public_answers_say_how_long_they_may_be_kept(client: FlaskClient, make: Make, url: str) -> None:
    make.comment(make.site(), status="approved")
    kept = client.get(url).headers["Cache-Control"]
    assert kept.startswith("public, ")
    assert "stale-while-revalidate=" in kept
    assert "stale-if-error=" in kept
    if url in CHANGING:
        assert kept == "public, max-age=0, s-maxage=1, stale-while-revalidate=30, stale-if-error=86400"


@pytest.mark.parametrize("url", CHANGING)
def test_where_caches_are_told_what_changed_none_shows_what_was_while_it_asks(
    app_with: Callable[..., Flask], url: str
) -> None:
    app = app_with(purge_url="https://cache.example/")
    make = Make(app)
    make.comment(make.site(), status="approved")
    kept = app.test_client().get(url).headers["Cache-Control"]
    assert kept == "public, max-age=0, s-maxage=1, stale-if-error=86400"


@pytest.mark.parametrize(
    "url", [*CACHED, "/v1/sites/demo/comments", "/v1/sites/nosuch/counts?page=x", "/problems/none"]
)
def test_no_public_answer_knows_a_cookie(client: FlaskClient, make: Make, url: str) -> None:
    make.comment(make.site(), status="approved")
    client.set_cookie("moderation", "something")
    for headers in ({}, {"If-None-Match": "*"}):
        answer = client.get(url, headers=headers)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("url", CHANGING)
def test_who_asks_changes_no_byte(client: FlaskClient, make: Make, url: str) -> None:
    make.comment(make.site(), status="approved")
    plain = client.get(url)
    asked = client.get(
        url,
        headers={
            "Accept-Language": "ur",
            "Accept": "text/html",
            "Origin": "https://any.example",
            "Host": "other.example",
            "User-Agent": "x",
            "X-Forwarded-Host": "evil.example",
            "Sec-Fetch-Dest": "iframe",
            "Range": "bytes=0-1",
        },
    )
    assert asked.data == plain.data
    assert dict(asked.headers) == dict(plain.headers)


@pytest.mark.parametrize("url", CACHED)
def test_every_public_answer_can_be_read_from_any_page_and_run_by_none(
    client: FlaskClient, make: Make, url: str
) -> None:
    make.comment(make.site(), status="approved")
    headers = client.get(url).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("url", [url for url in CACHED if url != COMMENTS])
def test_a_preflight_is_answered_simply(client: FlaskClient, make: Make, url: str) -> None:
    make.site()
    asked: dict[str, Any] = {"Origin": "https://any.example", "Access-Control-Request-Method": "GET"}
    answer = client.options(url, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_script_of_any_page_may_ask_with_a_tag_and_read_it(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved")
    asked = {"Origin": "https://any.example", "Access-Control-Request-Method": "GET"}
    answer = client.options(COMMENTS, headers={**asked, "Access-Control-Request-Headers": "if-none-match"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "If-None-Match"
    for url in CHANGING:
        assert "ETag" in client.get(url).headers["Access-Control-Expose-Headers"].split(", "), url


def test_the_addresses_in_a_thread_are_part_of_its_tag(
    app_with: Callable[..., Flask], client: FlaskClient, make: Make
) -> None:
    make.comment(make.site(), status="approved", page_url="https://news.example/a/")
    moved = app_with(public_url="https://moved.example").test_client()
    answers = [each.get("/sites/demo/thread?page=/a/") for each in (client, moved)]
    assert b"https://moved.example/sites/demo/reply" in answers[1].data
    assert answers[0].headers["ETag"] != answers[1].headers["ETag"]


@pytest.mark.parametrize("host", ["evil.example", "localhost"])
def test_another_spelling_of_an_address_leads_to_the_same_host_and_is_kept_by_nobody(
    client: FlaskClient, make: Make, host: str
) -> None:
    make.site()
    answer = client.get("/sites/demo/wp-json//wp/v2/comments?post=/a/", headers={"Host": host})
    assert (answer.status_code, answer.headers["Location"]) == (308, "/sites/demo/wp-json/wp/v2/comments?post=/a/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_approval_in_the_middle_of_a_read_belongs_to_the_next_answer(
    client: FlaskClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    make.comment(site, status="approved")
    waiting = make.comment(site)
    before = client.get(COMMENTS)
    build = comments.build

    def overtaken(*arguments: Any) -> Any:
        make.decide(waiting, "approved")
        return build(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(comments, "build", overtaken)
        edge.of(client.application).clear()
        during = client.get(COMMENTS)
    after = client.get(COMMENTS)
    assert (during.headers["ETag"], during.data) == (before.headers["ETag"], before.data)
    assert [comment["id"] for comment in after.get_json()["comments"]][-1] == waiting.id
    assert after.headers["ETag"] != before.headers["ETag"]
