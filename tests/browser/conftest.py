"""A running demo, the service and an article on two origins, and a real Chromium in front of them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that a test answers in the place of the host site counts as one from afar, which may not ask this machine.
    "--disable-features=LocalNetworkAccessChecks",
]


# Seconds for what is there at once on an idle machine: the tests also run where everything takes ten times as long.
PATIENCE = 120
expect.set_options(timeout=30_000)


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the running demo is, and how to sign in at its desk."""

    service: str
    host: str
    article: str
    email: str
    password: str
    folder: Path


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = PATIENCE) -> None:
    """Wait until something answers at an address."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the process ended"
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{url} did not answer")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`moderation demo`, as a newcomer runs it; without the pause between two comments of one author."""
    folder = tmp_path_factory.mktemp("demo")
    port, host_port = free_ports(2)
    command = [sys.executable, "-m", "moderation", "demo", "--port", str(port), "--host-port", str(host_port)]
    # Some tests put in hundreds of comments at once, which is no reason to send the readers of the next ones away.
    unlimited = {"MODERATION_FLOOD_SECONDS": "0", "MODERATION_FLOOD_LIMIT": "0"}
    environment = {**os.environ, **unlimited, "PYTHONUNBUFFERED": "1"}
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output, text=True)
    try:
        wait_for(f"http://localhost:{port}/healthz", process)
        said = (folder / "output").read_text()
        signing_in = re.search(r"sign in as (\S+) with the password (\S+)", said)
        article = re.search(r"^Article\s+(\S+)", said, re.MULTILINE)
        assert signing_in, said
        assert article, said
        with closing(sqlite3.connect(folder / "var" / "demo" / "moderation.db", timeout=5)) as connection, connection:
            # All tests together send as many comments as a flood.
            connection.execute("UPDATE site SET rules = json_set(rules, '$.flood_mode', 'off')")
        yield Demo(
            f"http://localhost:{port}",
            f"http://localhost:{host_port}",
            article[1],
            signing_in[1],
            signing_in[2],
            folder,
        )
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE)


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts the system's Chromium: `launch("--flag")`; without one the tests are skipped, loudly."""
    path = os.environ.get("MODERATION_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("NO CHROMIUM: the browser tests did not run. To have them: apt-get install chromium")
    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *flags])


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """The system's Chromium."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Fresh browser windows: `browse(java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def window(**options: object) -> Page:
        context = chromium.new_context(**options)  # type: ignore[arg-type]  # Playwright's own names
        context.set_default_timeout(60_000)
        contexts.append(context)
        return context.new_page()

    yield window
    for context in contexts:
        context.close()
