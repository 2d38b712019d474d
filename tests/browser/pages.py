"""Pages of a host site as a test wants them, and comments on them, many if need be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Page, Request, Route
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from moderation.app import create_app
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment, Site, now
from moderation.models import Page as Article
from moderation.settings import Settings
from tests.browser.conftest import Demo

TAG = '<script src="{service}/embed.js" data-site="demo" defer></script>'
STRICT = "default-src 'none'; script-src {service}; connect-src {service}"
ELEMENT = "<leave-a-reply></leave-a-reply>"
LONG = "<p>An article of some length.</p>" * 60


def serve(
    page: Page,
    demo: Demo,
    path: str,
    body: str,
    *,
    head: str = TAG,
    csp: str = STRICT,
    lang: str = "en",
    style: str = "",
) -> str:
    """Let the host site answer a path with a page of this body, in this window; gives the page's address."""
    names = {"service": demo.service, "host": demo.host}
    text = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A page</title>'
        f"{head.format(**names)}{style}</head><body><main><h1>A page</h1>{body}</main></body></html>"
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": csp.format(**names)}

    def answer(route: Route) -> None:
        route.fulfill(status=200, headers=headers, body=text)

    page.route(lambda url: url.split("#")[0].split("?")[0] == demo.host + path, answer)
    return demo.host + path


def database(demo: Demo) -> Flask:
    """An app on the running demo's database."""
    url = f"sqlite:///{demo.folder / 'var' / 'demo' / 'moderation.db'}"
    return create_app(Settings(secret_key="k" * 40, public_url=demo.service, database_url=url))


@contextmanager
def planting(demo: Demo) -> Iterator[Session]:
    """One transaction on the running demo's database that waits for those of the service."""
    with database(demo).app_context():
        with writing() as session:
            yield session
        db.engine.dispose()


def plant(demo: Demo, key: str, parents: Sequence[int | None]) -> list[int]:
    """Put approved comments on a page of their own; each names which of those before it it replies to. Gives their ids."""
    with planting(demo) as session:
        site = session.scalars(select(Site).where(Site.key == "demo")).one()
        article = Article(
            site_id=site.id, key=key, version=1, approved=len(parents), url=demo.host + key, title="A page"
        )
        session.add(article)
        session.flush()
        first = (session.scalar(select(func.max(Comment.id))) or 0) + 1
        rows: list[dict[str, Any]] = []
        for place, parent in enumerate(parents):
            above = None if parent is None else rows[parent]
            rows.append(
                {
                    "id": first + place,
                    "site_id": site.id,
                    "page_id": article.id,
                    "parent_id": above["id"] if above else None,
                    "thread_id": above["thread_id"] if above else first + place,
                    "depth": above["depth"] + 1 if above else 1,
                    "author": f"Reader {place}",
                    "email": f"reader{place}@example.org",
                    "source": f"Word {place}",
                    "html": f"<p>Word {place} of what there is to say, and a little more, so that it fills a line.</p>",
                    "sanitiser": "test",
                    "status": "approved",
                    "first_status": "approved",
                    "version": 1,
                    "text_key": f"{first + place:032x}",
                    # Long enough ago to be no flood.
                    "created_at": now() - timedelta(hours=1),
                }
            )
        session.execute(insert(Comment), rows)
    return [int(row["id"]) for row in rows]


def eventually(page: Page, expression: str) -> None:
    """Wait until an expression holds on the page. The pages' policy forbids `wait_for_function`, which looks with eval."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never so: {expression}"
        page.wait_for_timeout(20)


def press(page: Page, key: str) -> None:
    """Press a key of the desk. Its scripts are deferred: words can be read on a page that does not listen yet."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def watch(page: Page, demo: Demo) -> list[str]:
    """The paths that a window asks the service for from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(demo.service):
            asked.append(urlsplit(request.url).path)

    page.on("request", note)
    return asked
