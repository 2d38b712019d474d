"""Where the time of a comment goes that comes in: the CPU time of each part, without the parts that it calls.

    python -m bench.parts [--quick] [--write] [--number 300]

In this process and one thread, on SQLite with durable commits. A clock is put around the functions that are named below, which
makes the whole a little slower; what none of them holds is told as the rest.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from bench.fill import pour, thread_page
from bench.report import Report, Table, command, finish, options, said
from bench.service import AGENT, FILES, ORIGIN
from bench.texts import address, comments
from moderation import schema
from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Site
from moderation.settings import load

_PARTS: tuple[tuple[str, str, str], ...] = (
    ("the database answers", "moderation.models.asking", "_run"),
    ("sanitisers and Markdown", "moderation.intake.submit", "sanitize"),
    ("score", "moderation.intake.judging", "score"),
    ("view of the text", "moderation.intake.judging", "view_of"),
    ("fingerprints", "moderation.intake.judging", "prints_of"),
    ("the past is asked for", "moderation.intake.history", "look_up"),
    ("policy and lists", "moderation.intake.judging", "judged"),
    ("the form", "moderation.intake.submit", "open_form"),
    ("the fields", "moderation.intake.submit", "_validated"),
    ("the request is read", "moderation.intake.views", "incoming"),
    ("the verdict as it is stored", "moderation.intake.submit", "_columns"),
    ("the site", "moderation.intake.views", "site_or_404"),
    ("the write", "moderation.intake.submit", "_store"),
    ("the private link", "moderation.private_link", "link"),
)


class Clock:
    """The CPU time of parts, without the parts inside them."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner: list[float] = []

    def around(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a clock around it."""

        def timed(*given: Any, **named: Any) -> Any:
            began = time.thread_time()
            self._inner.append(0.0)
            try:
                return act(*given, **named)
            finally:
                took = time.thread_time() - began
                self.spent[name] += round((took - self._inner.pop()) * 1e9)
                if self._inner:
                    self._inner[-1] += took

        return timed


def _app(folder: str) -> Flask:
    variables = {"DATABASE_URL": f"sqlite:///{folder}/parts.db", "FLOOD_LIMIT": "0", "TRUSTED_PROXIES": "127.0.0.1"}
    app = create_app(load({f"MODERATION_{name}": value for name, value in variables.items()}))
    with app.app_context():
        schema.upgrade()
        site = Site(key="bench", name="Bench", origins=[ORIGIN], rules={"flood_mode": "off"})
        db.session.add(site)
        db.session.commit()
        thread_page(site, "/read/", 50)
        pour(site, 10_000)
    return app


def _post(client: FlaskClient, fields: dict[str, str], random: Random) -> Callable[[], object]:
    headers = {"Origin": ORIGIN, "User-Agent": AGENT, "Accept": "application/json", "X-Forwarded-For": address(random)}
    key = "/2026/parts/"
    token = client.get(f"/v1/sites/bench/form?page={quote(key)}", headers=headers).get_json()["token"]
    body = json.dumps({**fields, "page": key, "page_url": ORIGIN + key, "token": token})

    def post() -> object:
        answer = client.post(
            "/v1/sites/bench/comments", data=body, headers=headers | {"Content-Type": "application/json"}
        )
        if answer.status_code not in (201, 202):
            raise RuntimeError(answer.text)
        return answer

    return post


def run(given: argparse.Namespace) -> Report:
    """Measure it."""
    number = 30 if given.quick else given.number
    FILES.mkdir(exist_ok=True)
    clock, random = Clock(), Random(1)
    with TemporaryDirectory(dir=FILES) as folder:
        app = _app(folder)
        homes: list[tuple[str, object, str]] = [
            (name, importlib.import_module(module), function) for name, module, function in _PARTS
        ]
        for name, home, function in [*homes, ("the commit", SQLiteDialect_pysqlite, "do_commit")]:
            setattr(home, function, clock.around(name, getattr(home, function)))
        client = app.test_client()
        posts = [_post(client, fields, random) for _each, fields in zip(range(number + 30), comments(1), strict=False)]
        for post in posts[:30]:
            post()
        clock.spent.clear()
        for post in posts[30:]:
            clock.around("Flask, Werkzeug, limits, and the rest", post)()
        with app.app_context():
            db.engine.dispose()
    total = sum(clock.spent.values())
    table = Table(("part", "CPU µs", "of the whole"))
    for name, spent in clock.spent.most_common():
        table.rows.append((name, said(spent / number / 1000), said(100 * spent / total, "%")))
    table.rows.append(("all", said(total / number / 1000), "100%"))
    return Report("parts", command("bench.parts"), [table], [], [])


def main() -> int:
    parser = options("Where the time of a comment goes that comes in.")
    parser.add_argument("--number", type=int, default=300, help="comments")
    return finish(run, parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
