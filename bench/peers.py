"""Reads and writes beside other comment services, in one run.

    python -m bench.peers [--quick] [--write] [--isso FOLDER] [--beside NAME=PID=URL]

Isso 0.14 from PyPI under gunicorn, installed into `.cache/peers` unless a virtual environment that has both is given: a hundred
comments read, and comments written, the same texts here and there. Ours are read behind `deploy/nginx.conf`, too, as on the
web. What else runs on this machine is measured with `--beside`: the CPU time of the process and its descendants for a read
of the address, as in `--beside Remark42=4711=http://127.0.0.1:8080/…`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlsplit

from bench.fill import thread_page
from bench.harness import Run, Server, free_port, interleaved, measured, started
from bench.load import request, send
from bench.posts import VARIABLES, Poster
from bench.reads import behind_nginx, hammer
from bench.report import Goal, Report, Table, command, finish, options, said
from bench.service import FILES, service
from bench.texts import comments

_COMMENTS = 100
_KEY = "/hundred/"
_OURS = f"/v1/sites/bench/comments?page={_KEY}&limit=100"
_BEHIND = "ours behind deploy/nginx.conf, 100 comments read"
_ISSO = ("isso==0.14.0", "gunicorn==23.0.0")


def installed(folder: Path) -> Path:
    """A virtual environment with Isso and gunicorn."""
    if not (folder / "bin" / "isso").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", *_ISSO], check=True)
    return folder


@contextmanager
def isso(environment: Path) -> Iterator[Server]:
    """Isso as its documentation runs it, without its guard against many posts of one sender."""
    with TemporaryDirectory(dir=FILES) as name:
        port = free_port()
        config = Path(name) / "isso.cfg"
        config.write_text(
            f"[general]\ndbpath = {name}/comments.db\nhost = https://bench.example\n"
            f"[server]\nlisten = http://127.0.0.1:{port}\n[guard]\nenabled = false\n"
        )
        words = [str(environment / "bin" / "gunicorn"), "-b", f"127.0.0.1:{port}", "-w", "2", "--preload", "isso.run"]
        words += ["--log-level", "error", "-t", "100"]
        with started(
            "Isso", words, port, folder=Path(name), environment={"ISSO_SETTINGS": str(config)}, quiet=True
        ) as server:
            yield server


def write_isso(
    server: Server, texts: Iterator[dict[str, str]], number: int, uri: str | None = None, *, connections: int = 2
) -> Run:
    """Comments posted to Isso, on one page or on twenty."""
    asked = []
    for each, fields in zip(range(number), texts, strict=False):
        body = {"text": fields["comment"], "author": fields["author"], "email": fields["email"], "title": "An article"}
        page = quote(uri or f"/2026/article-{each % 20}/")
        headers = {"Content-Type": "application/json", "Origin": "https://bench.example"}
        asked.append(request("POST", f"/new?uri={page}", headers, json.dumps(body).encode()))

    def act() -> tuple[int, list[float]]:
        times = send(server.port, asked, status=(b"201", b"202"), connections=connections)
        return len(times), times

    return measured([server.pid], act)


def run(given: argparse.Namespace) -> Report:
    """Measure all of it."""
    number, rounds, seconds = (40, 3, 1.0) if given.quick else (400, 5, 3.0)
    FILES.mkdir(exist_ok=True)
    environment = installed(given.isso or FILES / "peers")
    with ExitStack() as stack:
        client = stack.enter_context(service(lambda site: thread_page(site, _KEY, _COMMENTS), **VARIABLES))
        other = stack.enter_context(isso(environment))
        # It answers 500 to one of two first comments that come to a page side by side.
        write_isso(other, comments(3), _COMMENTS, _KEY, connections=1)
        write_isso(other, comments(4), 20, connections=1)
        poster, texts = Poster(client, 1), comments(1)

        def write_ours() -> Run:
            poster.forms(number)
            return poster.posts(connections=2)

        cases = {
            "ours, 100 comments read": hammer(client, _OURS, seconds),
            "Isso, 100 comments read": hammer(other, f"/?uri={quote(_KEY)}", seconds),
            "ours, a comment written": write_ours,
            "Isso, a comment written": lambda: write_isso(other, texts, number),
        }
        if given.nginx is not None:
            cases[_BEHIND] = behind_nginx(stack, given.nginx, client, _OURS, seconds)
        for words in given.beside:
            name, pid, url = words.split("=", 2)
            parts = urlsplit(url)
            there = Server(name, parts.port or 80, int(pid))
            cases[f"{name}, read"] = hammer(there, f"{parts.path or '/'}?{parts.query}", seconds)
        found = interleaved(cases, rounds)
    table = Table(("request", "CPU µs", "a second", "p50 µs", "p99 µs"))
    for one in found.values():
        table.rows.append((one.name, said(one.cpu_us), said(one.rate), said(one.p50_us), said(one.p99_us)))
    read, write = ("{}, 100 comments read", "{}, a comment written")
    goals = [
        Goal(
            "Isso's CPU for a read beside ours",
            found[read.format("Isso")].cpu_us / found[read.format("ours")].cpu_us,
            2500,
            least=True,
        ),
        Goal(
            "comments written in a second, ours beside Isso's",
            found[write.format("ours")].rate / found[write.format("Isso")].rate,
            2,
            least=True,
        ),
    ]
    return Report("peers", command("bench.peers"), [table], goals, [(one.name, one.cpu_us) for one in found.values()])


def main() -> int:
    parser = options("Reads and writes beside other comment services.")
    parser.add_argument("--isso", type=Path, help="a virtual environment with isso and gunicorn")
    parser.add_argument(
        "--beside", action="append", default=[], metavar="NAME=PID=URL", help="measure a read of it too"
    )
    parser.add_argument("--nginx", default=shutil.which("nginx") or shutil.which("/usr/sbin/nginx"))
    return finish(run, parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
