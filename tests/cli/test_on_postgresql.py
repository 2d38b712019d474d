"""The same commands on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import postgres
from tests.cli.conftest import SECRET, Run, fails, serve_words
from tests.cli.test_commands import INIT, PASSWORD


@pytest.fixture
def settings(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Settings of a service whose database is empty."""
    with postgres.database(postgres_server, f"cli_{os.getpid()}_{len(request.node.name)}") as url:
        yield {"MODERATION_DATABASE_URL": url, "MODERATION_SECRET_KEY": SECRET}


def test_the_way_from_an_empty_database_to_a_running_site(run: Run, settings: dict[str, str]) -> None:
    fails(run("site", "list", **settings), "moderation db upgrade")
    assert run(*INIT, "--password-stdin", stdin=PASSWORD, **settings).returncode == 0
    assert "spam_above=0.9" in run("site", "set", "demo", "spam_above=0.9", **settings).stdout
    fails(run("site", "set", "demo", "name=Other", "spam_above=2", **settings), "spam_above")
    assert "demo\tDemo\thttps://news.example\t0 pending" in run("site", "list", **settings).stdout
    assert len(run("moderator", "token", "own@example.org", **settings).stdout.strip()) >= 40
    assert "inactive" not in run("moderator", "list", **settings).stdout
    assert "is closed" in run("site", "close", "demo", "/a/", **settings).stdout
    assert run("db", "downgrade", "base", "--yes", **settings).stdout == "The database is at base.\n"
    assert "from empty to" in run("db", "upgrade", **settings).stdout


def test_without_a_secret_key_nothing_starts(run: Run, settings: dict[str, str]) -> None:
    del settings["MODERATION_SECRET_KEY"]
    fails(run(*serve_words(), **settings), "MODERATION_SECRET_KEY is not set")
