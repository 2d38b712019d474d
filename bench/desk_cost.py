"""What the desk costs the server: CPU time (user and system, of all its processes) for a page of the queue and for a decision.

    python -m bench.desk_cost [--postgresql] [--pending 100000]

`moderation serve` runs in processes of its own on a site with so many pending comments; those at the top of its queue are
real-looking, with whole verdicts. Measured beside each other, by turns: the first page shown again, as to whoever reloads it;
the first page after a decision, as to whoever works; pages that nobody has seen yet; a decision by the desk's form and one by
the API, each with its durable commit; and a bare Flask view under the same server, in the same rhythm, since a process that
has waited for some milliseconds takes longer for whatever it does. A goal in microseconds is also one in such views. Then the
view and decisions by the API one after the other, as other costs of the service are measured. On PostgreSQL what its own
processes took is told apart.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select, update

from bench.fill import fill
from bench.harness import VIEW_US, free_port, started
from moderation import schema
from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Comment, Site
from moderation.review.accounts import create_moderator, issue_token
from moderation.settings import Settings
from moderation.spam import Submission, judge, score
from moderation.text.sanitize import sanitize
from tests import postgres

_PASSWORD = "a long enough password"
_SECRET = secrets.token_hex(32)
_ROUNDS, _EACH, _WALKED = 5, 20, 5
_SEEN = 2_500
_IN_A_ROW = "decisions by the API in a row"
_GOALS = {
    "first page, after a decision": 15_000,
    "decision, by the form": 2_000,
    "decision, by the API": 2_000,
    _IN_A_ROW: 2_000,
}
_BARE, _BARE_IN_A_ROW = "a bare Flask view", "bare Flask views in a row"
_COMMENTS = Path(__file__).parent.parent / "moderation/cli/demo_comments.json"


def cpu(root: int) -> float:
    """Seconds of CPU that the threads of a process and of all below it have taken, as far as they still live."""
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*"):
            try:
                waiting += map(int, (task / "children").read_text().split())
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue
    return total / 1e9


@dataclass
class Browser:
    """A moderator's browser at the desk, with one connection."""

    port: int
    token: str
    cookie: str = ""
    csrf: str = ""
    page: str = ""
    unseen: str = ""
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> str:
        """One request; the text of the answer, which has to be a success."""
        sent = {"Cookie": self.cookie, "Accept-Language": "en", **headers}
        self.connection.request(method, path, body, {name.replace("_", "-"): value for name, value in sent.items()})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]}")
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).partition(";")[0]
        return text

    def send(self, path: str, **fields: str) -> None:
        """Send a form of the desk."""
        form = urlencode({"csrf_token": self.csrf, **fields})
        self.ask("POST", path, form, Content_Type="application/x-www-form-urlencoded")

    def show(self, path: str = "/desk/bench/") -> None:
        """Open a page of the desk."""
        self.page = self.ask("GET", path)
        self.csrf = re.findall(r'name="csrf_token"\s+value="([^"]+)"', self.page)[0]

    def walk(self) -> None:
        """Open a page of the list that was not opened before."""
        self.show(self.unseen or "/desk/bench/")
        following = re.search(r'rel="next"\s+href="([^"]+)"', self.page)
        if following is None:
            raise RuntimeError("the queue is at its end")
        self.unseen = unescape(following[1])

    def seen(self, place: int = 0) -> tuple[str, str]:
        """The comment at this place of the page, and its version that is on the screen."""
        number, version = re.findall(r'name="seen"\s+value="(\d+):(\d+)"', self.page)[place]
        return number, version

    def decide(self) -> None:
        """Approve the first comment of the page by its button."""
        number, version = self.seen()
        self.send("/desk/bench/decisions", act=f"approve {number}", seen=f"{number}:{version}")

    def decide_by_program(self, place: int = 0) -> None:
        """Approve the comment at this place of the page by the API."""
        order = json.dumps({"ids": [int(self.seen(place)[0])], "decision": "approve"})
        headers = {"Content_Type": "application/json", "Authorization": f"Bearer {self.token}"}
        self.ask("POST", "/v1/moderation/decisions", order, **headers)


def prepare(url: str, pending: int) -> str:
    """Fill a database; gives a token for the API."""
    app = create_app(Settings(secret_key=_SECRET, public_url="http://localhost", database_url=url))
    with app.app_context():
        schema.upgrade()
        site = Site(key="bench", name="Bench", origins=["https://bench.example"])
        db.session.add(site)
        db.session.commit()
        owner = create_moderator("bench@example.org", "Bench", "owner", None, _PASSWORD)
        fill(site, pending, statuses=("pending",))
        top = select(Comment.id).where(Comment.status == "pending").order_by(Comment.rank, Comment.id).limit(_SEEN)
        kinds = [_columns(each, site) for each in json.loads(_COMMENTS.read_text(encoding="utf-8"))]
        for place, number in enumerate(list(db.session.scalars(top))):
            db.session.execute(update(Comment).where(Comment.id == number).values(kinds[place % len(kinds)]))
        db.session.commit()
        token = issue_token(owner)
        db.engine.dispose()
    return token


def _columns(typed: dict[str, Any], site: Site) -> dict[str, Any]:
    submission = Submission(author=typed["author"], email=typed["email"], url=typed["url"], text=typed["text"])
    verdict, safe = judge(score(submission), site.policy), sanitize(typed["text"])
    return {
        "author": submission.author,
        "url": submission.url or None,
        "source": safe.source,
        "html": safe.html,
        "probability": verdict.probability,
        "verdict": verdict.to_dict(),
    }


Costs = dict[str, list[tuple[float, float]]]


def _measured(browser: Browser, bare: Browser, parties: dict[str, int]) -> Costs:
    """Microseconds a request by round: of the service (or the bare view), and of the database's processes."""
    costs: Costs = {}

    def took(name: str, act: Callable[[], None], between: Callable[[], None] | None = None, times: int = _EACH) -> None:
        mine = database = 0.0
        whose = parties["bare"] if name in (_BARE, _BARE_IN_A_ROW) else parties["service"]
        for _time in range(1 if between is None else times):
            if between is not None:
                between()
            before = cpu(whose), cpu(parties["database"]) if "database" in parties else 0.0
            for _again in range(times if between is None else 1):
                act()
            mine += cpu(whose) - before[0]
            database += cpu(parties["database"]) - before[1] if "database" in parties else 0.0
        costs.setdefault(name, []).append((mine / times * 1e6, database / times * 1e6))

    def bare_page() -> None:
        bare.ask("GET", "/")

    for turn in range(_ROUNDS + 1):
        # The server ends a connection on which nothing came for a while.
        bare.connection.close()
        browser.show()
        took(_BARE, bare_page, browser.show)
        took("first page, shown again", browser.show)
        took("decision, by the form", browser.decide, browser.show)
        took("decision, by the API", browser.decide_by_program, browser.show)
        took("first page, after a decision", browser.show, browser.decide)
        took("a page seen for the first time", browser.walk, times=_WALKED)
        took(_BARE_IN_A_ROW, bare_page)
        browser.show()
        took(_IN_A_ROW, map(browser.decide_by_program, range(_EACH)).__next__)
        if turn == 0:
            costs.clear()
    return costs


def _reported(costs: Costs) -> bool:
    kept = True
    for name, found in costs.items():
        bare = median(own for own, _database in costs[_BARE_IN_A_ROW if name == _IN_A_ROW else _BARE])
        own, database = (median(each[at] for each in found) for at in (0, 1))
        goal = _GOALS.get(name)
        kept = kept and (goal is None or own <= goal or own / bare <= goal / VIEW_US)
        told = f"{name:32} {own:9,.0f} µs  {own / bare:6.1f} x bare"
        told += f"  + database {database:7,.0f} µs" if database else ""
        print(told + (f"   goal {goal:,} µs, {goal / VIEW_US:.0f} x" if goal else ""))
    return kept


def main() -> int:
    """Measure, and tell whether the goals are kept."""
    parser = argparse.ArgumentParser(description="What the desk costs the server.")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--pending", type=int, default=100_000)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, parties = f"sqlite:///{folder}/desk.db", {}
        if given.postgresql:
            server = stack.enter_context(postgres.server())
            name = stack.enter_context(postgres.database(server, "bench_desk"))
            url = name.replace("postgresql://", "postgresql+psycopg://")
            parties["database"] = _child_of_this()
        token = prepare(url, given.pending)
        port, other = free_port(), free_port()
        environment = {
            "MODERATION_DATABASE_URL": url,
            "MODERATION_SECRET_KEY": _SECRET,
            "MODERATION_PUBLIC_URL": f"http://localhost:{port}",
        }
        words = [sys.executable, "-m", "moderation", "serve", "--port", str(port)]
        serving = started("the service", words, port, environment={**os.environ, **environment})
        parties["service"] = stack.enter_context(serving).pid
        browser = Browser(port, token)
        browser.show("/desk/login")
        browser.send("/desk/login", email="bench@example.org", password=_PASSWORD)
        browser.show()
        (folder / "few-bytes").write_text("x" * 500)
        print(f"{given.pending:,} pending; the first page has {len(browser.page):,} characters")
        words = [sys.executable, "-m", "bench.bare", str(other), str(folder / "few-bytes"), "--flask"]
        parties["bare"] = stack.enter_context(started(_BARE, words, other)).pid
        kept = _reported(_measured(browser, Browser(other, token), parties))
    return 0 if kept else 1


def _child_of_this() -> int:
    """The only process that this one has started so far: the database's server."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return int(children[0])


if __name__ == "__main__":
    raise SystemExit(main())
