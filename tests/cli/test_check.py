"""`moderation check`: what an operator reads, and what a script can rely on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fails
from tests.cli.test_commands import INIT, PASSWORD

READY = {"MODERATION_PUBLIC_URL": "https://comments.example", "MODERATION_TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture
def ready(run: Run) -> Run:
    """The command where there is a site."""
    assert run(*INIT, "--password-stdin", stdin=PASSWORD).returncode == 0
    return run


def test_all_is_well(ready: Run) -> None:
    done = ready("check", "--site", "demo", "--page", "https://news.example/a/", **READY)
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
    assert "The page's key is /a/." in done.stdout


def test_what_is_wrong_is_told_with_the_command_that_mends_it(ready: Run, folder: Path) -> None:
    done = ready("check", "--site", "demo", "--page", "https://www.news.example/a/", **READY)
    assert done.returncode == 1
    command = next(line for line in done.stdout.splitlines() if "->" in line).partition("-> ")[2]
    assert ready(*command.split()[1:], **READY).returncode == 0
    assert ready("check", "--site", "demo", "--page", "https://www.news.example/a/", **READY).returncode == 0
    (folder / "var" / "secret.key").unlink()
    assert "restore it from" in ready("check", **READY).stdout
    assert not (folder / "var" / "secret.key").exists()


def test_a_program_reads_the_same(ready: Run) -> None:
    done = ready("check", "--site", "dmeo", "--json", **READY)
    told = json.loads(done.stdout)
    assert (done.returncode, told["wrong"]) == (1, 1)
    assert told["findings"][-1] == {
        "word": "wrong",
        "about": "site",
        "sentence": "There is no site 'dmeo'. Is it demo?",
        "remedy": "moderation site list",
    }


def test_bad_settings_and_a_missing_database_are_findings_and_leave_nothing_behind(run: Run, folder: Path) -> None:
    done = run("check", MODERATION_FLOOD_SECONDS="soon")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("wrong    settings   MODERATION_FLOOD_SECONDS is 'soon'")
    assert "wrong    database" in run("check").stdout
    assert list(folder.iterdir()) == []
    fails(run("check", "--page", "/a/"), "--page needs --site")
