"""What a read costs: beside bare WSGI and nginx with the same bytes, when nothing changed, and after a change.

    python -m bench.reads [--quick] [--write] [--nginx PATH]

Everything is asked in turns in one run: a page of 50 comments through the service, the same bytes from bare WSGI on the same
server, from nginx as a file, and from the service behind `deploy/nginx.conf` where nginx is there; each also with the tag that
it has (304). With `MODERATION_EDGE_BYTES=0` too. Then: the first read after each of many
changes; the memory of a worker that was asked for very many different pages; and how long a start takes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench.fill import thread_page
from bench.harness import VIEW_US, Run, Server, free_port, interleaved, measured, memory_mb, started
from bench.load import again, request, send
from bench.report import ROOT, Goal, Report, Table, command, finish, options, said
from bench.service import FILES, Client, service

KEY = "/2026/10/night-buses/"
PATH = f"/v1/sites/bench/comments?page={quote(KEY)}&limit=50"
_FIRST, _BESIDE = "service, first after a change", "a bare Flask view, in the same rhythm"
_COLD_US = 800
_PROXY = ROOT / "deploy" / "nginx.conf"
_STATIC = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; etag on; default_type application/json;
client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
scgi_temp_path {folder}/s; {inside} }}
"""


@contextmanager
def nginx(program: str, folder: Path, inside: str, port: int, name: str) -> Iterator[Server]:
    """An nginx with this inside its `http`."""
    folder.mkdir(parents=True, exist_ok=True)
    # As root it would change to a user of its own, who may not read the folder.
    owner = "user root;" if folder.owner() == "root" else ""
    (folder / "nginx.conf").write_text(owner + _STATIC.format(folder=folder, inside=inside))
    with started(name, [program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port) as server:
        yield server


def proxied(port: int, service_port: int, folder: Path) -> str:
    """Our own `deploy/nginx.conf` without TLS, on this port and before this service."""
    text = _PROXY.read_text(encoding="utf-8")
    text = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"listen 443 ssl[^;]*;", f"listen 127.0.0.1:{port};", text)
    text = re.sub(r"\n[^\n#]*(listen \[::\]|ssl_)[^\n]*", "", text)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{service_port}")
    return text.replace("/var/cache/nginx/moderation", f"{folder}/cache")


def _tag(port: int, path: str) -> tuple[bytes, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": "bench.example"})
        answer = connection.getresponse()
        return answer.read(), answer.getheader("ETag", '"1"')


def hammer(server: Server | Client, path: str, seconds: float, tag: str | None = None) -> Callable[[], Run]:
    """A case: the same read for so long; with a tag it must be answered with 304."""
    data = request("GET", path, {"If-None-Match": tag} if tag else None)
    status = b"304" if tag else b"200"

    def act() -> tuple[int, list[float]]:
        times = again(server.port, data, seconds=seconds, status=status)
        return len(times), times

    return lambda: measured([server.pid], act)


def touch(database: Path) -> None:
    """Let the page have a new version, as an approval would."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute("UPDATE page SET version = version + 1 WHERE key = ?", (KEY,))


def cold(server: Server | Client, path: str, client: Client, times: int) -> Run:
    """A read of a server after each of so many changes, each with its commit on the disk."""
    database, data = client.folder / "var" / "moderation.db", request("GET", path)

    def act() -> tuple[int, list[float]]:
        took: list[float] = []
        for _each in range(times):
            touch(database)
            took += send(server.port, [data], connections=1)
        return times, took

    return measured([server.pid], act)


def remembered(client: Client, pages: int) -> float:
    """Megabytes of the largest process after so many different pages were asked for, every tenth of them with comments."""
    paths = (f"/v1/sites/bench/comments?page=/asked/{number}/" for number in range(pages))
    send(client.port, (request("GET", path) for path in paths), connections=8)
    return memory_mb(client.pid)


def start_up(times: int) -> float:
    """Seconds from the start of `moderation serve` to its first answer, the median of so many starts.

    With bytecode, as every installed package has it; a checkout may lack it, where nobody may write beside the sources.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(FILES / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken = []
    with ExitStack() as stack:
        folder = stack.enter_context(service()).folder
        for _each in range(times):
            port = free_port()
            words = [sys.executable, "-m", "moderation", "serve", "--port", str(port)]
            began = time.perf_counter()
            with started("the service", words, port, folder=folder, environment=environment):
                _tag(port, PATH)
                taken.append(time.perf_counter() - began)
    return median(taken)


def run(given: argparse.Namespace) -> Report:
    """Measure all of it."""
    seconds, rounds = (0.4, 3) if given.quick else (2.0, 7)
    times, pages, starts = (40, 2_000, 2) if given.quick else (400, given.pages, 5)
    with ExitStack() as stack:
        client = stack.enter_context(service(lambda site: thread_page(site, KEY, 50)))
        cases, flask, body = _cases(stack, client, given.nginx, seconds)
        found = interleaved(cases, rounds)
        # What a process has not done for some milliseconds takes it longer, whatever it is: so a bare view in the same rhythm.
        found |= interleaved(
            {_FIRST: lambda: cold(client, PATH, client, times), _BESIDE: lambda: cold(flask, "/", client, times)},
            rounds,
        )
        empty = memory_mb(client.pid)
        memory = remembered(client, pages)
    started_in = start_up(starts)
    table = Table(("read of a page of 50 comments", "CPU µs", "× bare WSGI", "× nginx", "a second", "p50 µs", "p99 µs"))
    bare, static = found["bare WSGI"].cpu_us, found["nginx, a file"].cpu_us if "nginx, a file" in found else None
    for one in found.values():
        ratio = "–" if static is None else said(one.cpu_us / static)
        table.rows.append(
            (
                one.name,
                said(one.cpu_us),
                said(one.cpu_us / bare),
                ratio,
                said(one.rate),
                said(one.p50_us),
                said(one.p99_us),
            )
        )
    first, hot, behind = found[_FIRST], found["service"], found.get("service behind deploy/nginx.conf")
    goals = [
        Goal("hot read beside bare WSGI", hot.cpu_us / bare, 1.35),
        Goal("hot read beside nginx with a file", None if static is None else hot.cpu_us / static, 3),
        Goal("304 beside bare WSGI's 304", found["service, 304"].cpu_us / found["bare WSGI, 304"].cpu_us, 1.2),
        Goal("p99 beside p50 under load", hot.p99_us / hot.p50_us, 3),
        Goal(
            "behind `deploy/nginx.conf` beside nginx with a file",
            behind.cpu_us / static if behind and static else None,
            1.15,
        ),
        Goal("first read after a change, CPU", first.cpu_us, _COLD_US, "µs"),
        Goal(
            "the same beside a bare Flask view in the same rhythm",
            first.cpu_us / found[_BESIDE].cpu_us,
            _COLD_US / VIEW_US,
        ),
        Goal("first read after a change, on the clock (median)", first.p50_us / 1000, 5, "ms"),
        Goal(f"memory of a worker after {pages:,} different pages (before: {empty:.0f} MB)", memory, 120, "MB"),
        Goal("start to first answer (median)", started_in, 2, "s"),
    ]
    bars = [(one.name, one.cpu_us) for one in found.values()]
    return Report("reads", command("bench.reads"), [table], goals, bars, [f"The answer has {len(body):,} bytes."])


def _cases(
    stack: ExitStack, client: Client, program: str | None, seconds: float
) -> tuple[dict[str, Callable[[], Run]], Server, bytes]:
    body, tag = _tag(client.port, PATH)
    folder = FILES / "bench-nginx"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "page.json").write_bytes(body)
    port = free_port()
    words = [sys.executable, "-m", "bench.bare", str(port), str(folder / "files" / "page.json")]
    bare = stack.enter_context(started("bare WSGI", words, port, folder=ROOT))
    port = free_port()
    words = [sys.executable, "-m", "bench.bare", str(port), str(folder / "files" / "page.json"), "--flask"]
    flask = stack.enter_context(started("a bare Flask view", words, port, folder=ROOT))
    cases = {
        "service": hammer(client, PATH, seconds),
        "bare WSGI": hammer(bare, "/", seconds),
        "service, 304": hammer(client, PATH, seconds, tag),
        "bare WSGI, 304": hammer(bare, "/", seconds, '"1"'),
        "a bare Flask view": hammer(flask, "/", seconds),
    }
    plain = stack.enter_context(service(lambda site: thread_page(site, KEY, 50), MODERATION_EDGE_BYTES="0"))
    cases["service, edge off"] = hammer(plain, PATH, seconds)
    cases["service, edge off, 304"] = hammer(plain, PATH, seconds, _tag(plain.port, PATH)[1])
    if program is None:
        return cases, flask, body
    port = free_port()
    inside = f"server {{ listen 127.0.0.1:{port}; root {folder}/files; }}"
    static = stack.enter_context(nginx(program, folder / "static", inside, port, "nginx"))
    cases["nginx, a file"] = hammer(static, "/page.json", seconds)
    cases["nginx, a file, 304"] = hammer(static, "/page.json", seconds, _tag(static.port, "/page.json")[1])
    cases["service behind deploy/nginx.conf"] = behind_nginx(stack, program, client, PATH, seconds)
    return cases, flask, body


def behind_nginx(stack: ExitStack, program: str, client: Client, path: str, seconds: float) -> Callable[[], Run]:
    """A case: the same read through an nginx with our own `deploy/nginx.conf`. What the service does behind it counts too."""
    folder, port = FILES / "bench-front", free_port()
    shutil.rmtree(folder, ignore_errors=True)
    words = proxied(port, client.port, folder)
    front = stack.enter_context(nginx(program, folder, words, port, "nginx before the service"))
    case = hammer(front, path, seconds)

    def both() -> Run:
        inner: list[Run] = []

        def act() -> tuple[int, list[float]]:
            inner.append(case())
            return inner[0].requests, inner[0].times

        outer = measured([client.pid], act)
        outer.cpu += inner[0].cpu
        return outer

    return both


def main() -> int:
    parser = options("What a read costs.")
    parser.add_argument("--nginx", default=shutil.which("nginx") or shutil.which("/usr/sbin/nginx"))
    parser.add_argument("--pages", type=int, default=1_000_000, help="different pages asked for before memory is read")
    return finish(run, parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
