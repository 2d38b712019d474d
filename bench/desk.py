"""Does the desk cost the same among a million comments as among ten thousand?

    python -m bench.desk [--postgresql] [--many 1000000]

Two sites' databases, filled alike, are asked the same in turns: the first page of the queue, a tab with its counts, a search
that finds nothing (the costliest), a comment's own page, and a decision. Printed are the medians in milliseconds and their
ratio, for the whole request and for the database's part of it; the goal is a ratio of at most 1.5.
"""

from __future__ import annotations

import argparse
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from bench.fill import fill
from moderation import schema
from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Comment, Site
from moderation.review.accounts import create_moderator
from moderation.settings import Settings
from tests import postgres

_PASSWORD = "a long enough password"
_ROUNDS = 15
_GOAL = 1.5


@dataclass
class Desk:
    """A signed-in browser at a desk with so many comments."""

    app: Flask
    client: FlaskClient
    token: str
    pending: Iterator[int]
    database: float = 0.0
    times: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def ask(self, name: str, act: Callable[[Desk], Any]) -> None:
        """Do something once, and note how long it took, in all and in the database."""
        self.database, began = 0.0, perf_counter()
        answer = act(self)
        took = perf_counter() - began
        if answer.status_code not in (200, 303):
            raise RuntimeError(f"{name}: {answer.status_code}")
        self.times.setdefault(name, []).append((took, self.database))

    def get(self, path: str) -> Any:
        """Open a page of the desk."""
        return self.client.get(f"/desk/bench/{path}")

    def decide(self) -> Any:
        """Mark the next pending comment as spam."""
        number = next(self.pending)
        data = {"csrf_token": self.token, "act": f"spam {number}", "seen": f"{number}:1"}
        return self.client.post("/desk/bench/decisions", data=data)


ACTS: dict[str, Callable[[Desk], Any]] = {
    "first page of the queue": lambda desk: desk.get(""),
    "a tab with its counts": lambda desk: desk.get("?status=approved"),
    "by score": lambda desk: desk.get("?status=spam&sort=score"),
    "a search that finds nothing": lambda desk: desk.get("?status=all&q=zebra"),
    "a comment's own page": lambda desk: desk.get(f"comments/{next(desk.pending)}"),
    "a decision": Desk.decide,
}


@contextmanager
def _desk(url: str, number: int) -> Iterator[Desk]:
    app = create_app(Settings(secret_key=secrets.token_hex(32), public_url="http://localhost", database_url=url))
    with app.app_context():
        schema.upgrade()
        site = Site(key="bench", name="Bench", origins=["https://bench.example"])
        db.session.add(site)
        db.session.commit()
        create_moderator("bench@example.org", "Bench", "owner", None, _PASSWORD)
        fill(site, number)
        pending = list(
            db.session.scalars(
                select(Comment.id).where(Comment.status == "pending").order_by(Comment.id.desc()).limit(200)
            )
        )
        engine = db.engine
    client = app.test_client()
    token = _token(client.get("/desk/login").text)
    form = {"csrf_token": token, "email": "bench@example.org", "password": _PASSWORD}
    page = client.post("/desk/login", data=form, follow_redirects=True).text
    desk = Desk(app, client, _token(page), iter(pending))
    began = [0.0]

    def before(*_given: object) -> None:
        began[0] = perf_counter()

    def after(*_given: object) -> None:
        desk.database += perf_counter() - began[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield desk
    with app.app_context():
        engine.dispose()


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the page has no form")
    return found[1]


@contextmanager
def _urls(*, on_postgresql: bool) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        if on_postgresql:
            server = stack.enter_context(postgres.server())
            names = [stack.enter_context(postgres.database(server, name)) for name in ("bench_few", "bench_many")]
            few, many = (name.replace("postgresql://", "postgresql+psycopg://") for name in names)
            yield few, many
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            yield f"sqlite:///{folder}/few.db", f"sqlite:///{folder}/many.db"


def main() -> int:
    parser = argparse.ArgumentParser(description="How the desk's work grows.")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    given = parser.parse_args()
    with (
        _urls(on_postgresql=given.postgresql) as (few, many),
        _desk(few, given.few) as small,
        _desk(many, given.many) as large,
    ):
        for _round in range(_ROUNDS):
            for name, act in ACTS.items():
                for desk in (small, large):
                    desk.ask(name, act)
        worst = max(_told(name, small, large, given) for name in ACTS)
    print(f"worst ratio {worst:.2f}; the goal is at most {_GOAL}")
    return 0 if worst <= _GOAL else 1


def _told(name: str, small: Desk, large: Desk, given: argparse.Namespace) -> float:
    whole, data = ([median(each[at] for each in desk.times[name]) for desk in (small, large)] for at in (0, 1))
    ratio = whole[1] / whole[0]
    print(
        f"{name:28} {given.few:,}: {whole[0] * 1e3:6.1f} ms   {given.many:,}: {whole[1] * 1e3:6.1f} ms = {ratio:4.2f} x"
        f"   (database {data[0] * 1e3:5.1f} and {data[1] * 1e3:5.1f} ms)"
    )
    return ratio


if __name__ == "__main__":
    raise SystemExit(main())
