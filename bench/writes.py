"""What a comment costs that comes in: form, token, sanitisers, past, score, and a commit that reaches the disk.

    python -m bench.writes [--quick] [--write] [--postgresql] [--number 1000]

Comments of 400 characters, each by another author from another address, are posted over HTTP into a database of ten thousand,
in turns with a bare Flask view on the same server (the yardstick: it travels between machines), with commits of one row on the
same disk, and with reads. `--postgresql` does the same on a PostgreSQL that flushes to the disk.
"""

from __future__ import annotations

import argparse
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import update

from bench.fill import pour, thread_page
from bench.harness import VIEW_US, Run, Server, Summary, free_port, interleaved, measured, started
from bench.load import again, request
from bench.posts import VARIABLES, Poster, teach
from bench.report import ROOT, Goal, Report, Table, command, finish, options, said
from bench.service import FILES, Client, service
from moderation.extensions import db
from moderation.models import Site
from tests import postgres

_READ = "/v1/sites/bench/comments?page=/read/&limit=50"
_GOAL_US = 1800


def _before(flood: str) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        db.session.execute(update(Site).values(rules={"flood_mode": flood}))
        thread_page(site, "/read/", 50)
        pour(site, 10_000)

    return fill


def sqlite_commits(folder: Path, seconds: float) -> float:
    """Commits of one row in a second, with the service's own settings."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        for words in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE IF NOT EXISTS one (a TEXT)"):
            connection.execute(words)
        number, until = 0, time.perf_counter() + seconds
        began = time.perf_counter()
        while time.perf_counter() < until:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO one VALUES ('a row')")
            connection.execute("COMMIT")
            number += 1
        return number / (time.perf_counter() - began)


def postgresql_commits(url: str, seconds: float) -> float:
    """The same on PostgreSQL, over one connection."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS one (a TEXT)")
        number, until = 0, time.perf_counter() + seconds
        began = time.perf_counter()
        while time.perf_counter() < until:
            connection.execute("INSERT INTO one VALUES ('a row')")
            number += 1
        return number / (time.perf_counter() - began)


def beside(client: Client, poster: Poster, seconds: float) -> tuple[float, float, float]:
    """Reads in a second alone, and while comments are posted over one connection without a pause; and those comments."""
    words = [sys.executable, "-m", "bench.load", str(client.port), _READ, str(seconds)]
    alone = int(subprocess.check_output(words, cwd=ROOT)) / seconds
    began, posted = time.perf_counter(), 0
    reader = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
    while reader.poll() is None:
        poster.forms(20)
        posted += poster.posts(connections=1).requests
    return alone, int(reader.communicate()[0]) / seconds, posted / (time.perf_counter() - began)


def _view(stack: ExitStack) -> Server:
    file, port = FILES / "bench-view", free_port()
    file.write_bytes(b"x" * 500)
    words = [sys.executable, "-m", "bench.bare", str(port), str(file), "--flask"]
    return stack.enter_context(started("a bare Flask view", words, port, folder=ROOT))


def run(given: argparse.Namespace) -> Report:
    """Measure all of it."""
    number, rounds = (60, 3) if given.quick else (given.number // 20 * 20, 5)
    seconds = 0.5 if given.quick else 3.0
    with ExitStack() as stack:
        variables, url = dict(VARIABLES), ""
        if given.postgresql:
            url = stack.enter_context(postgres.database(stack.enter_context(postgres.server(durable=True)), "bench"))
            variables["MODERATION_DATABASE_URL"] = url.replace("postgresql://", "postgresql+psycopg://")
            variables["MODERATION_SECRET_KEY"] = secrets.token_hex(32)
        client = stack.enter_context(service(_before("off"), **variables))
        view = _view(stack)
        teach(client)
        poster = Poster(client, 1)
        bare: list[float] = []

        def commits() -> Run:
            rate = postgresql_commits(url, seconds) if url else sqlite_commits(client.folder, seconds)
            bare.append(rate)
            return Run(round(rate * seconds), seconds, 0.0, [1 / rate])

        cases = {
            "a bare Flask view": lambda: measured([view.pid], lambda: _hit(view, seconds / 2)),
            "the form": lambda: poster.forms(number),
            "a comment": poster.posts,
            "a commit of one row": commits,
        }
        found = interleaved(cases, rounds)
        pairs = [beside(client, poster, 2 * seconds) for _round in range(rounds)]
    return _told(given, found, median(bare), pairs)


def _hit(server: Server, seconds: float) -> tuple[int, list[float]]:
    times = again(server.port, request("GET", "/"), seconds=seconds)
    return len(times), times


def _told(
    given: argparse.Namespace, rows: dict[str, Summary], bare: float, pairs: list[tuple[float, float, float]]
) -> Report:
    view, comment, form = rows["a bare Flask view"], rows["a comment"], rows["the form"]
    table = Table(("request", "CPU µs", "× a bare Flask view", "a second", "p50 µs", "p99 µs"))
    for one in (view, form, comment):
        ratio = said(one.cpu_us / view.cpu_us)
        table.rows.append((one.name, said(one.cpu_us), ratio, said(one.rate), said(one.p50_us), said(one.p99_us)))
    table.rows.append(("a commit of one row, nothing else", "–", "–", said(bare), said(1e6 / bare), "–"))
    kept = median(during / alone for alone, during, _posted in pairs)
    beside_readers = Table(("beside readers who leave no processor idle", "a second"))
    beside_readers.rows.append(("reads, nothing else", said(median(alone for alone, _during, _posted in pairs))))
    beside_readers.rows.append(
        ("reads while comments come in", said(median(during for _alone, during, _posted in pairs)))
    )
    beside_readers.rows.append(("the comments meanwhile", said(median(posted for *_reads, posted in pairs))))
    where = "PostgreSQL" if given.postgresql else "SQLite"
    goals = [
        Goal(f"a comment, {where}", comment.cpu_us, _GOAL_US, "µs"),
        Goal("the same beside a bare Flask view", comment.cpu_us / view.cpu_us, _GOAL_US / VIEW_US),
        Goal("comments beside bare commits", comment.rate / bare * 100, 25, "%", least=True),
        Goal("reads while comments come in, of their rate alone", kept * 100, 80, "%", least=True),
    ]
    name = "writes-postgresql" if given.postgresql else "writes"
    bars = [(one.name, one.cpu_us) for one in (view, form, comment)]
    return Report(name, command("bench.writes"), [table, beside_readers], goals, bars)


def main() -> int:
    parser = options("What a comment costs that comes in.")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--number", type=int, default=1000, help="comments in each round")
    return finish(run, parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
