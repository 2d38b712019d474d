"""Somebody's web site: a few pages at an origin of their own, which know the service by what stands in them alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.browser.conftest import Demo


@dataclass(slots=True)
class Answer:
    """What the host serves at one path."""

    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class Host:
    """A web server on a free port; `pages` may change while it runs."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = pages.get(self.path.partition("?")[0], Answer("Nothing here.", status=404))
                kind = "text/javascript" if self.path.endswith(".js") else "text/html"
                body = answer.body.encode()
                self.send_response(answer.status)
                for name, value in {"Content-Type": f"{kind}; charset=utf-8", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Requests are no news."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.origin = f"http://localhost:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def page(self, path: str, body: str, **headers: str) -> str:
        """Put an article at a path; its address. `Content_Security_Policy="…"` and the like are its headers."""
        text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>An article</title><body><h1>An article</h1>{body}'
        self.pages[path] = Answer(text, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.origin + path


def tag(service: str, inside: str = "", *, site: str = "demo", attributes: str = "") -> str:
    """What the documentation says to paste."""
    return (
        f'<script src="{service}/embed.js" data-site="{site}" defer></script>\n'
        f"<leave-a-reply{attributes}>{inside}</leave-a-reply>"
    )


def command(demo: Demo, *words: str) -> str:
    """Run `moderation` on the demo's database, as its operator does beside the running service."""
    done = subprocess.run(
        [sys.executable, "-m", "moderation", *words],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={
            **os.environ,
            "MODERATION_DATABASE_URL": f"sqlite:///{demo.folder}/var/demo/moderation.db",
            "MODERATION_PUBLIC_URL": demo.service,
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
