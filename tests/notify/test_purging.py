"""Caches in front are told what changed on a page: once for many acts, after the commit, and again when they fail."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from moderation import lifecycle, purges
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Purge, now
from moderation.notify import purging
from moderation.settings import SettingsError, load
from tests.factories import Make

TOKEN = "a-word-that-nobody-sees"
SOON = timedelta(seconds=3.5)


class Cache(ThreadingHTTPServer):
    """A cache's webhook: notes what it is told, and answers with a status; with `drips` it never comes to an end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Webhook)
        self.status = 200
        self.drips = False
        self.told: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/purge?zone=1"

    def tags(self) -> list[str]:
        """All that it was told."""
        return [tag for _path, _headers, body in self.told for tag in body["tags"]]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no fault of the test's."""


class _Webhook(BaseHTTPRequestHandler):
    server: Cache

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.path, dict(self.headers), body))
        while self.server.drips:
            self.wfile.write(b"H")
            threading.Event().wait(0.05)
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def cache() -> Iterator[Cache]:
    with Cache() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.drips = False
        server.shutdown()


@pytest.fixture
def telling(app_with: Callable[..., Flask], cache: Cache) -> Flask:
    """The service, which tells a cache."""
    return app_with(purge_url=cache.url, purge_token=TOKEN)


@pytest.fixture
def made(telling: Flask) -> Make:
    return Make(telling)


def work(app: Flask, at: datetime | None = None) -> bool | None:
    with app.app_context():
        return purging.work(at or now() + SOON)


def waiting(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        return [(row.changes, row.tries) for row in db.session.scalars(select(Purge).order_by(Purge.page_id))]


def test_the_tags_of_a_changed_page_are_posted_as_its_answers_carry_them(
    telling: Flask, made: Make, cache: Cache
) -> None:
    site = made.site()
    comment = made.comment(site)
    assert waiting(telling) == [], "nothing is seen of a comment that waits"
    carried = telling.test_client().get("/v1/sites/demo/comments?page=/a/").headers["Surrogate-Key"].split()
    made.decide(comment, "approved")
    assert work(telling) is True
    [(path, headers, body)] = cache.told
    assert path == "/purge?zone=1"
    assert body == {"tags": [purges.page_tag(site.id, "/a/"), purges.pages_tag(site.id)]}
    # Also the answer from before the page's first comment was published is told of.
    assert set(body["tags"]) & set(carried)
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert (headers["Surrogate-Key"], headers["Cache-Tag"]) == (" ".join(body["tags"]), ",".join(body["tags"]))
    assert work(telling) is None
    assert waiting(telling) == []


def test_many_acts_on_a_page_are_one_purge_and_no_act_is_forgotten(telling: Flask, made: Make, cache: Cache) -> None:
    site, owner = made.site(), made.moderator(role="owner")
    ids = [made.comment(site).id for _ in range(30)]
    with telling.app_context():
        for part in (ids[:10], ids[10:20], ids[20:]):
            lifecycle.decide(part, "approved", at=now(), moderator=owner, within=[site.id])
    assert work(telling, now()) is None, "it waits whether more comes"
    assert work(telling) is True
    assert len(cache.told) == 1
    assert work(telling) is None


def test_a_page_on_which_something_always_happens_is_told_of_all_the_same_and_of_the_newest_once_more(
    telling: Flask, made: Make, cache: Cache
) -> None:
    site = made.site()
    comment = made.comment(site, status="approved")
    with telling.app_context(), writing() as session:
        session.get_one(Purge, comment.page_id).created_at -= purges.LONGEST
    made.decide(comment, "trash")
    assert work(telling, now()) is True
    assert work(telling, now() + timedelta(seconds=1)) is None, "it waits until all know of the newest"
    assert work(telling) is True
    assert len(cache.told) == 2
    assert waiting(telling) == []


def test_a_page_on_which_something_always_happens_is_told_of_after_a_failure_too(
    telling: Flask, made: Make, cache: Cache
) -> None:
    comment = made.comment(made.site(), status="approved")
    cache.status = 502
    at = now()
    assert work(telling, at + SOON) is False
    made.decide(comment, "trash")
    cache.status = 200
    assert work(telling, at + SOON + timedelta(seconds=1)) is None, "the next try has its time"
    with telling.app_context(), writing() as session:
        session.get_one(Purge, comment.page_id).not_before += timedelta(seconds=60)
    assert work(telling, at + timedelta(seconds=6)) is True
    assert len(cache.told) == 2


def test_a_change_during_a_try_that_fails_is_told_of_when_all_know_of_it(
    telling: Flask, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = made.comment(made.site(), status="approved")
    at = now() + SOON

    def overtaken(*_arguments: Any) -> None:
        with telling.app_context(), writing() as session:
            purge = session.get_one(Purge, comment.page_id)
            # As `purges.want` writes it, just before the try is over.
            purge.changes, purge.not_before = purge.changes + 1, at + timedelta(seconds=8)
        raise purging.NotTold("too late")

    with monkeypatch.context() as patch:
        patch.setattr(purging, "tell", overtaken)
        assert work(telling, at) is False
    assert work(telling, at + timedelta(seconds=5)) is True, "it is told at once"
    assert waiting(telling) == [(2, 0)], "and of the newest once more"
    assert work(telling, at + timedelta(seconds=8)) is True
    assert waiting(telling) == []


def test_one_change_is_one_post_however_long_others_may_go_on(
    app_with: Callable[..., Flask], cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_with(purge_url=cache.url)
    for module in (purges, purging):
        monkeypatch.setattr(module, "quiet", lambda _settings: timedelta(seconds=23))
    made = Make(app)
    made.comment(made.site(), status="approved")
    at = now()
    told = [work(app, at + timedelta(seconds=seconds)) for seconds in range(1, 40)]
    assert told.count(True) == len(cache.told) == 1


def test_caches_are_told_when_all_whom_they_may_ask_know_of_the_change() -> None:
    embedded = load({"MODERATION_DATABASE_URL": "sqlite:///a.db"})
    assert purges.quiet(embedded) == timedelta(seconds=3)
    # For so long a process that asks PostgreSQL may go on with what was true before.
    far = {"MODERATION_DATABASE_URL": "postgresql://db.example/a", "MODERATION_EDGE_SECONDS": "20"}
    assert purges.quiet(load(far)) == timedelta(seconds=23)


def test_what_changes_while_a_cache_is_told_is_told_too(
    telling: Flask, made: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = made.site()
    comment = made.comment(site, status="approved")
    tell = purging.tell

    def overtaken(*arguments: Any) -> None:
        tell(*arguments)
        made.decide(comment, "trash")

    with monkeypatch.context() as patch:
        patch.setattr(purging, "tell", overtaken)
        assert work(telling) is True
    assert waiting(telling) == [(2, 0)]
    assert work(telling) is True
    assert len(cache.told) == 2
    assert waiting(telling) == []


@pytest.mark.parametrize("how", ["edited", "withdrawn", "closed"])
def test_everything_that_readers_can_see_is_told(telling: Flask, made: Make, cache: Cache, how: str) -> None:
    site, owner = made.site(), made.moderator(role="owner")
    comment = made.comment(site, status="approved", email="a@example.org")
    assert work(telling) is True
    if how == "edited":
        made.edit(comment, "Another text", owner)
    elif how == "withdrawn":
        made.decide(comment, "trash")
    else:
        with telling.app_context(), writing() as session:
            purges.want(session, [comment.page_id])
    assert work(telling) is True
    assert purges.page_tag(site.id, "/a/") in cache.told[-1][2]["tags"]


def test_a_cache_that_fails_is_told_later_and_in_the_end_given_up(
    telling: Flask, made: Make, cache: Cache, caplog: pytest.LogCaptureFixture
) -> None:
    made.comment(made.site(), status="approved", page="/a-page-of-somebodys/")
    cache.status = 302
    at = now() + SOON
    with caplog.at_level(logging.INFO):
        for tries, pause in enumerate(purging.PAUSES, 1):
            assert work(telling, at) is False
            assert waiting(telling) == [(1, tries)]
            assert work(telling, at + pause - timedelta(seconds=1)) is None
            at += pause
        assert work(telling, at) is False
    assert waiting(telling) == []
    assert len(cache.told) == len(purging.PAUSES) + 1, "no redirect is followed"
    assert "given up" in caplog.text
    for secret in (TOKEN, "127.0.0.1", "somebodys", "page-"):
        assert secret not in caplog.text


def test_a_cache_that_is_not_there_or_never_comes_to_an_end_holds_nothing_up(
    telling: Flask, made: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.comment(made.site(), status="approved")
    monkeypatch.setattr(purging, "TOTAL", 0.3)
    cache.drips = True
    began = now()
    assert work(telling) is False
    assert now() - began < timedelta(seconds=3)
    cache.drips = False
    cache.shutdown()
    cache.server_close()
    assert work(telling, now() + timedelta(seconds=10)) is False


def test_posts_are_bounded_and_all_pages_are_told_of(telling: Flask, made: Make, cache: Cache) -> None:
    site = made.site()
    for number in range(40):
        made.comment(site, status="approved", page=f"/{number}/")
    while work(telling):
        assert len(cache.told[-1][2]["tags"]) <= purging.MOST_TAGS
    wanted = {purges.page_tag(site.id, f"/{number}/") for number in range(40)} | {purges.pages_tag(site.id)}
    assert set(cache.tags()) == wanted


def test_a_worker_that_died_is_followed_by_another(telling: Flask, made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made.comment(made.site(), status="approved")

    def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(purging, "tell", dies)
        with pytest.raises(KeyboardInterrupt):
            work(telling)
    assert work(telling) is None, "somebody has it"
    assert work(telling, now() + SOON + purging.CLAIM) is True


def test_what_is_rolled_back_tells_nothing(telling: Flask, made: Make) -> None:
    comment = made.comment(made.site(), status="approved")
    assert work(telling) is True
    with telling.app_context(), pytest.raises(RuntimeError), writing() as session:
        purges.want(session, [comment.page_id])
        raise RuntimeError
    assert waiting(telling) == []


def test_without_the_setting_nothing_is_written_or_read(app: Flask, make: Make) -> None:
    comment = make.comment(make.site())
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        make.decide(comment, "approved")
        assert purging.work(now()) is None
        assert not [statement for statement in asked if "purge" in statement]
        assert db.session.scalar(select(func.count()).select_from(Purge)) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PURGE_URL", "cache.example"),
        ("PURGE_URL", "ftp://cache.example/"),
        ("PURGE_URL", "https://me:secret-word@cache.example/"),
        ("PURGE_TOKEN", "two secret-word"),
        ("PURGE_TOKEN", "secret-word\r\nX: y"),
    ],
)
def test_a_webhook_that_cannot_be_used_stops_the_start_and_shows_no_secret(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as fault:
        load({f"MODERATION_{name}": value})
    assert f"MODERATION_{name}" in str(fault.value)
    assert "secret-word" not in str(fault.value)
