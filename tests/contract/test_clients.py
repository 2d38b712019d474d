"""The programs in docs/clients.md do what the page says, as they stand there, against a running service."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import ORIGIN, Make
from tests.live import free_port, serving

DOCS = Path(__file__).parent.parent.parent / "docs" / "clients.md"
PAGE = "/2019/01/talks/"
THREADS = 120  # more than two answers hold


def program(kind: str) -> str:
    """The first program of a kind."""
    found = re.search(rf"```{kind}\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def interpreter(kind: str) -> list[str]:
    if kind == "python":
        return [sys.executable, "-I"]
    node = shutil.which("node")
    if node is None:
        pytest.skip(
            "NO NODE: the JavaScript client in docs/clients.md was not tried. To have it: apt-get install nodejs"
        )
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return [node, *(["--experimental-global-webcrypto"] if version.startswith("v18.") else [])]


@pytest.mark.parametrize("kind", ["python", "js"])
def test_a_program_of_the_documentation_sends_approves_and_reads(
    app_with: Callable[..., Flask], tmp_path: Path, kind: str
) -> None:
    port = free_port()
    app = app_with(public_url=f"http://127.0.0.1:{port}")
    make = Make(app)
    site = make.site(flood_mode="off")
    for number in range(THREADS):
        make.comment(site, f"Number {number}.", status="approved", page=PAGE)
    make.comment(site, "Cheap pills!!! http://pills.example http://casino.example buy now", page=PAGE)
    token = make.bearer(make.moderator())["Authorization"].removeprefix("Bearer ")
    with serving(app, port) as address:
        text = program(kind).replace("https://comments.example", address).replace('"…"', f'"{token}"')
        assert ORIGIN in text
        assert PAGE in text
        path = tmp_path / f"comments.{'py' if kind == 'python' else 'mjs'}"
        path.write_text(text)
        run = [*interpreter(kind), str(path)]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == ["sent: pending", "approved: 1", f"read: {THREADS + 1}"]
        path.write_text(text.replace(f'"{token}"', '"wrong"'))
        failed = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
        assert failed.returncode != 0
        assert "409" in failed.stderr or "401" in failed.stderr
