"""Does a read cost the same however much there is? The same request among ten comments and among millions.

    python -m bench.growth [--quick] [--write] [--most 1000000] [--postgresql]

Two services are asked in turns: one with the pages alone, one with `--most` further comments beside them (10,000,000 in a full
run takes some 20 GB of disk). Asked is the first read after a change, so that no cache answers: the same ten threads of a page
with 10, 1,000 and 100,000 comments; and fifty threads deep inside the largest page beside the fifty after its first.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import quote

import psycopg

from bench.fill import pour, thread_page
from bench.harness import Run, Summary, interleaved, measured
from bench.load import request, send
from bench.report import Goal, Report, Table, command, finish, options, said
from bench.service import Client, service
from moderation.models import Site
from tests import postgres

_PAGES = (10, 1_000, 100_000)
_GOAL = 1.3


def _path(number: int, limit: int, cursor: str = "") -> str:
    more = f"&cursor={quote(cursor)}" if cursor else ""
    return f"/v1/sites/bench/comments?page={quote(_key(number))}&limit={limit}&sort=oldest{more}"


def _key(number: int) -> str:
    return f"/with-{number}/"


def _fill(pages: tuple[int, ...], more: int) -> Callable[[Site], None]:
    def fill(site: Site) -> None:
        for number in pages:
            thread_page(site, _key(number), number)
        if more:
            pour(site, more)

    return fill


class Asked:
    """A service and its database, to be asked for pages that have just changed."""

    def __init__(self, client: Client, url: str | None) -> None:
        self.client = client
        self._url = url

    def change(self, number: int) -> None:
        """Let a page have a new version, as an approval would."""
        words = "UPDATE page SET version = version + 1 WHERE key = "
        if self._url is None:
            with closing(sqlite3.connect(self.client.folder / "var" / "moderation.db", timeout=30)) as one, one:
                one.execute(f"{words}?", (_key(number),))
        else:
            with psycopg.connect(self._url) as connection:
                connection.execute(f"{words}%s".encode(), (_key(number),))

    def cold(self, number: int, path: str, times: int) -> Callable[[], Run]:
        """A case: change the page and read it, so many times."""
        data = request("GET", path)

        def act() -> tuple[int, list[float]]:
            took: list[float] = []
            for _each in range(times):
                self.change(number)
                took += send(self.client.port, [data], connections=1)
            return times, took

        return lambda: measured([self.client.pid], act)

    def deep(self, number: int, part: float) -> str:
        """The cursor of a page of threads so far inside: where it is read to from there on costs no walk."""
        cursor = ""
        for _step in range(int(number / 100 * part)):
            with closing(HTTPConnection("127.0.0.1", self.client.port, timeout=60)) as connection:
                connection.request("GET", _path(number, 100, cursor))
                following = json.loads(connection.getresponse().read())["next"]
            if following is None:
                break
            cursor = following
        return cursor


@contextmanager
def _service(stack: ExitStack, server: str | None, more: int, pages: tuple[int, ...]) -> Iterator[Asked]:
    variables: dict[str, str] = {"MODERATION_LOG_LEVEL": "ERROR"}
    url = None
    if server is not None:
        url = stack.enter_context(postgres.database(server, f"growth_{more}"))
        variables["MODERATION_DATABASE_URL"] = url.replace("postgresql://", "postgresql+psycopg://")
        variables["MODERATION_SECRET_KEY"] = secrets.token_hex(32)
        # Else an answer is believed for a second, and no change is read.
        variables["MODERATION_EDGE_SECONDS"] = "0"
    with service(_fill(pages, more), **variables) as client:
        yield Asked(client, url)


def run(given: argparse.Namespace) -> Report:
    """Measure all of it."""
    pages = (10, 200, 2_000) if given.quick else _PAGES
    most, times, rounds = (5_000, 15, 3) if given.quick else (given.most, 300, 7)
    largest = pages[-1]
    with ExitStack() as stack:
        server = stack.enter_context(postgres.server()) if given.postgresql else None
        few = stack.enter_context(_service(stack, server, 0, pages))
        many = stack.enter_context(_service(stack, server, most, pages))
        cursor = few.deep(largest, 0.9)
        cases: dict[str, Callable[[], Run]] = {}
        total = sum(pages)
        for asked, there in ((few, total), (many, total + most)):
            for number in pages:
                name = f"page of {number:,}, database of {there:,}"
                cases[name] = asked.cold(number, _path(number, 10), times)
            cases[f"first 50 threads of {largest:,}, database of {there:,}"] = asked.cold(
                largest, _path(largest, 50), times
            )
            deep = cursor if asked is few else many.deep(largest, 0.9)
            cases[f"50 threads deep inside, database of {there:,}"] = asked.cold(
                largest, _path(largest, 50, deep), times
            )
        found = interleaved(cases, rounds)
    return _told(given, list(found.values()), len(pages))


def _told(given: argparse.Namespace, found: list[Summary], pages: int) -> Report:
    table = Table(("first read after a change", "CPU µs", "× the smallest", "p50 µs", "p99 µs"))
    half = pages + 2
    small, fifty = found[0], found[pages]
    for place, one in enumerate(found):
        beside = small if place % half < pages else fifty
        table.rows.append(
            (one.name, said(one.cpu_us), said(one.cpu_us / beside.cpu_us), said(one.p50_us), said(one.p99_us))
        )
    tens = [one.cpu_us / small.cpu_us for place, one in enumerate(found) if place % half < pages]
    fifties = [one.cpu_us / fifty.cpu_us for place, one in enumerate(found) if place % half >= pages]
    goals = [
        Goal("ten threads, the costliest beside those of the smallest page and database", max(tens), _GOAL),
        Goal("fifty threads, deep or among all, beside the first fifty of the smaller database", max(fifties), _GOAL),
    ]
    name = "growth-postgresql" if given.postgresql else "growth"
    return Report(name, command("bench.growth"), [table], goals, [(one.name, one.cpu_us) for one in found])


def main() -> int:
    parser = options("Whether a read costs the same however much there is.")
    parser.add_argument("--most", type=int, default=10_000_000, help="further comments in the larger database")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    return finish(run, parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
