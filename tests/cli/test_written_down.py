"""What is done by command stands in the log, without a moderator's name."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_commands import INIT, PASSWORD


def test_what_commands_do_to_moderators_and_sites_is_written_down(run: Run, folder: Path) -> None:
    run(*INIT, "--password-stdin", stdin=PASSWORD)
    who = ("mo@example.org", "--role", "moderator", "--site", "demo", "--name", "Mo", "--password-stdin")
    assert run("moderator", "add", *who, stdin="four random words here\n").returncode == 0
    assert run("moderator", "password", "mo@example.org", "--password-stdin", stdin="four other words here\n").stdout
    assert run("moderator", "remove", "mo@example.org").stdout
    assert run("site", "set", "demo", "name=Lantern", "max_depth=3", "spam_above=0.99").returncode == 0
    assert run("site", "set", "demo", "name=Lantern").returncode == 0
    with closing(sqlite3.connect(folder / "var" / "moderation.db")) as database, database:
        rows = database.execute("SELECT kind, site_id, moderator_id, detail FROM event ORDER BY id").fetchall()
        everything = "\n".join(database.iterdump())
    assert [(kind, site, by) for kind, site, by, _ in rows] == [
        ("moderator.added", None, None),
        ("site.added", 1, None),
        ("moderator.added", 1, None),
        ("moderator.password", 1, None),
        ("moderator.removed", 1, None),
        ("site.changed", 1, None),
        ("policy.changed", 1, None),
    ]
    assert json.loads(rows[2][3]) == {"moderator_id": 2, "name": "Mo", "role": "moderator"}
    assert json.loads(rows[-2][3])["changes"] == {"name": ["Demo", "Lantern"]}
    assert json.loads(rows[-1][3])["new"] == {"max_depth": 3, "spam_above": 0.99}
    assert "random words" not in everything
