"""How soon are comments on the page, beside Isso's embed?

    python3 -m venv /tmp/isso && /tmp/isso/bin/pip install isso
    python -m bench.embed --isso /tmp/isso/bin/isso

The same comments on the same page, in the same Chromium, each time with an empty cache, in turns: from the moment at
which the browser asks for the script until all comments are on the page, and what the page's main thread did in that time.
Needs Isso and a Chromium; both services run on this machine, so that the network costs nothing and the scripts' work is seen.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.harness import free_port
from bench.service import ORIGIN, SITE, Client, service

_COMMENTS = 50
_ROUNDS = 15
_PAGE = "/night-buses/"
_TEXT = "Word {0} about the night buses. They wait at the bridge, and nobody but the drivers knows for how long."
# When the last comment stands on the page, in milliseconds since it was opened; asked at every frame.
_SHOWN = """(count) => new Promise((done) => {
  const look = () => {
    const shadow = document.querySelector("leave-a-reply")?.shadowRoot;
    const shown = shadow ? shadow.querySelectorAll("[part~=comment]") : document.querySelectorAll(".isso-comment");
    if (shown.length >= count) done(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""
_BEGAN = "() => performance.getEntriesByType('resource').find((entry) => /embed/.test(entry.name)).startTime"

Run = tuple[float, float]


class _Host(BaseHTTPRequestHandler):
    """The host site: one page for each system."""

    pages: dict[str, str]

    def do_GET(self) -> None:
        body = self.pages.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _host(port: int, ours: str, isso: str) -> Iterator[str]:
    top = "<!doctype html><html lang=en><meta charset=utf-8><title>Night buses</title>"
    pages = {
        "/ours": f'{top}<script src="{ours}/embed.js" data-site="{SITE}" defer></script>'
        f'<h1>Night buses</h1><leave-a-reply page="{_PAGE}"></leave-a-reply>',
        "/isso": f'{top}<script src="{isso}/js/embed.min.js" data-isso="{isso}/" defer></script>'
        f'<h1>Night buses</h1><section id="isso-thread" data-isso-id="{_PAGE}"></section>',
    }
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Host", (_Host,), {"pages": pages}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def _isso(command: str, origin: str) -> Iterator[str]:
    """Isso with the comments, without its guard against many posts of one sender."""
    with TemporaryDirectory() as name:
        port = free_port()
        config = Path(name) / "isso.cfg"
        config.write_text(
            f"[general]\ndbpath = {name}/comments.db\nhost = {origin}\n"
            f"[server]\nlisten = http://127.0.0.1:{port}\n[guard]\nenabled = false\n"
        )
        process = subprocess.Popen(
            [command, "-c", str(config), "run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            for number in range(_COMMENTS):
                body = {"text": _TEXT.format(number), "author": f"Reader {number}", "title": "Night buses"}
                _until_there(port, f"/new?uri={_PAGE}", json.dumps(body))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _until_there(port: int, path: str, body: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status in (201, 202):
                return
            raise RuntimeError(f"{path}: {answer.status} {answer.read()[:200]!r}")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


def _comment(client: Client) -> None:
    ids = []
    for number in range(_COMMENTS):
        token = client.ask("GET", f"/v1/sites/{SITE}/form?page={ORIGIN}{_PAGE}")[1]["token"]
        body = {
            "page": f"{ORIGIN}{_PAGE}",
            "author": f"Reader {number}",
            "email": f"reader{number}@example.org",
            "comment": _TEXT.format(number),
            "token": token,
        }
        status, answer = client.ask("POST", f"/v1/sites/{SITE}/comments", body)
        if status not in (201, 202):
            raise RuntimeError(f"{status} {answer}")
        ids.append(answer["id"])
    client.moderate("POST", "/v1/moderation/decisions", {"ids": ids, "decision": "approve"})


def _visit(browser: Browser, url: str) -> Run:
    """Milliseconds until all comments are there, and of work on the page's main thread."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(url, wait_until="commit")
    shown = float(page.evaluate(_SHOWN, _COMMENTS))
    began = float(page.evaluate(_BEGAN))
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return shown - began, metrics["TaskDuration"] * 1000


def _gzip(port_url: str, *paths: str) -> int:
    host = port_url.removeprefix("http://")
    total = 0
    for path in paths:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", path)
        total += len(gzip.compress(connection.getresponse().read(), 9))
        connection.close()
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon comments are on the page.")
    parser.add_argument("--isso", required=True, help="the command isso")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "")
    given = parser.parse_args()
    at = free_port()
    with service() as client, _isso(given.isso, f"http://127.0.0.1:{at}") as isso, sync_playwright() as playwright:
        _comment(client)
        ours = f"http://127.0.0.1:{client.port}"
        with _host(at, ours, isso) as host:
            browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
            runs: dict[str, list[Run]] = {"ours": [], "isso": []}
            for _round in range(_ROUNDS):
                for name, found in runs.items():
                    found.append(_visit(browser, f"{host}/{name}"))
            browser.close()
        sizes = {"ours": _gzip(ours, "/embed.js"), "isso": _gzip(isso, "/js/embed.min.js")}
        form = _gzip(ours, "/form.js")
    _tell(runs, sizes)
    print(f"our form, loaded after the comments: {form} bytes of gzip")


def _tell(runs: dict[str, list[Run]], sizes: dict[str, int]) -> None:
    middle = {name: [median(run[at] for run in found) for at in (0, 1)] for name, found in runs.items()}
    for name, (until, work) in middle.items():
        print(f"{name}: {sizes[name]:6} bytes of gzip, {until:6.1f} ms until all are shown, {work:6.1f} ms of work")
    until, work = (theirs / own for theirs, own in zip(middle["isso"], middle["ours"], strict=True))
    print(f"Isso takes {until:.2f} x the time and {work:.2f} x the work")


if __name__ == "__main__":
    main()
