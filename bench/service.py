"""A fresh service in a process of its own, for what is measured or tried from outside."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.harness import free_port
from moderation import schema, settings
from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Site
from moderation.review.accounts import create_moderator, issue_token

ORIGIN = "https://bench.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SITE = "bench"
FILES = Path(__file__).parent.parent / ".cache"


@dataclass
class Client:
    """One connection to the service, kept open."""

    port: int
    token: str
    pid: int
    folder: Path
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request; the status and the JSON of the answer."""
        sent = {"Origin": ORIGIN, "User-Agent": AGENT, "Accept-Language": "en", **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        self.connection.request(method, path, data, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def moderate(self, method: str, path: str, body: object = None) -> Any:
        """One request to the moderation API, which has to succeed."""
        status, answer = self.ask(method, path, body, {"Authorization": f"Bearer {self.token}"})
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer


def _made(folder: Path, environment: dict[str, str], fill: Callable[[Site], object] | None) -> str:
    """Make the database with site and moderator, and fill it; the moderator's bearer token."""
    known = {name: value for name, value in environment.items() if name.startswith("MODERATION_")}
    known.setdefault("MODERATION_DATABASE_URL", f"sqlite:///{folder}/var/moderation.db")
    known.setdefault("MODERATION_LOG_LEVEL", "WARNING")
    app = create_app(settings.load(known))
    with app.app_context():
        schema.upgrade()
        site = Site(key=SITE, name="Bench", origins=[ORIGIN])
        db.session.add(site)
        db.session.commit()
        token = issue_token(create_moderator("bench@example.org", "Bench", "owner", None, "a long enough password"))
        if fill is not None:
            fill(site)
        db.session.remove()
        db.engine.dispose()
    return token


@contextmanager
def service(fill: Callable[[Site], object] | None = None, **variables: str) -> Iterator[Client]:
    """`moderation serve` on a free port, with the site `bench` and a moderator; gone afterwards.

    `fill` is called with the site, inside an app of its own, before the service starts.
    """
    # Not in memory, as the folder for what is temporary may be: commits have to reach a disk.
    FILES.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=FILES) as name:
        folder, port = Path(name), free_port()
        environment = {**os.environ, "MODERATION_FLOOD_SECONDS": "0", "MODERATION_FLOOD_LIMIT": "0", **variables}
        token = _made(folder, environment, fill)
        command = [sys.executable, "-m", "moderation", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        try:
            yield _wait(Client(port, token, process.pid, folder), process)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(client: Client, process: subprocess.Popen[bytes]) -> Client:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.ask("GET", "/readyz")[0] == 200:
                return client
        except OSError:
            client.connection.close()
            time.sleep(0.05)
    raise RuntimeError("the service did not start")
