"""The `moderation` command in a process of its own, in an empty folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import commands
from tests.browser.conftest import free_ports

Run = Callable[..., subprocess.CompletedProcess[str]]
SECRET = "0123456789abcdef0123456789abcdef-for-tests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to run in."""
    return tmp_path


@pytest.fixture
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run `moderation` with these words: `run("site", "list", stdin="…", MODERATION_LOG_LEVEL="…")`."""
    streams = tmp_path_factory.mktemp("streams")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}

    def command(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return commands.run(words, folder, {**clean, **environment}, stdin, streams)

    return command


def fails(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """Assert that a command failed as all commands fail: one line on standard error, an exit code, no trace."""
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("moderation: ")
    for word in words:
        assert word in lines[0], lines[0]
    return lines[0]


def serve_words() -> tuple[str, ...]:
    """The command that serves, on a port that nobody else has: others may try the usual one at the same moment."""
    [port] = free_ports(1)
    return "serve", "--port", str(port)
