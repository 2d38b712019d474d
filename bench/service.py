"""A fresh service in a process of its own, for what is measured or tried from outside."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ORIGIN = "https://bench.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SITE = "bench"


@dataclass
class Client:
    """One connection to the service, kept open."""

    port: int
    token: str
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


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(folder: Path, environment: dict[str, str], *words: str, stdin: str = "") -> str:
    command = [sys.executable, "-m", "moderation", *words]
    done = subprocess.run(command, cwd=folder, env=environment, input=stdin, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def service(**settings: str) -> Iterator[Client]:
    """`moderation serve` on a free port, with the site `bench` and a moderator; gone afterwards."""
    with TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        environment = {**os.environ, "MODERATION_FLOOD_SECONDS": "0", "MODERATION_FLOOD_LIMIT": "0", **settings}
        _run(folder, environment, "db", "upgrade")
        _run(folder, environment, "site", "add", SITE, "--name", "Bench", "--origin", ORIGIN)
        words = ("moderator", "add", "bench@example.org", "--role", "owner", "--password-stdin")
        _run(folder, environment, *words, stdin="a long enough password\n")
        token = _run(folder, environment, "moderator", "token", "bench@example.org")
        command = [sys.executable, "-m", "moderation", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        try:
            yield _wait(Client(port, token), process)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(client: Client, process: subprocess.Popen[bytes]) -> Client:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.ask("GET", "/readyz")[0] == 200:
                return client
        except OSError:
            client.connection.close()
            time.sleep(0.05)
    raise RuntimeError("the service did not start")
