"""`moderation privacy`: a person's data by command."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Site
from tests.cli.conftest import Run, fails
from tests.cli.test_commands import INIT, PASSWORD
from tests.conftest import settings
from tests.factories import Make

EMAIL = "amina@example.org"


@pytest.fixture
def written(run: Run, folder: Path) -> Path:
    """A folder with an instance in which one person has two comments; the database's file."""
    run(*INIT, "--password-stdin", stdin=PASSWORD)
    path = folder / "var" / "moderation.db"
    secret = (folder / "var" / "secret.key").read_text().strip()
    app = create_app(settings(database_url=f"sqlite:///{path}", secret_key=secret))
    make = Make(app)
    with app.app_context():
        site = db.session.get_one(Site, 1)
    for text in ("First", "Second"):
        make.comment(site, text, email=EMAIL)
    with app.app_context():
        db.engine.dispose()
    return path


def test_an_export_is_one_json_document(run: Run, written: Path) -> None:
    done = run("privacy", "export", EMAIL.upper())
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert [comment["source"] for comment in found["sites"][0]["comments"]] == ["First", "Second"]
    assert json.loads(run("privacy", "export", EMAIL, "--site", "demo").stdout)["sites"][0]["site"] == "demo"
    fails(run("privacy", "export", EMAIL, "--site", "nowhere"), "there is no site nowhere")


def test_to_erase_is_asked_for_and_done_once(run: Run, written: Path) -> None:
    refused = run("privacy", "erase", EMAIL, stdin="n\n")
    assert refused.returncode != 0
    assert "Erase all comments under amina@example.org on demo?" in refused.stdout
    assert EMAIL in dump(written)
    assert run("privacy", "erase", EMAIL, stdin="y\n").stdout.endswith("demo: 2 comments erased.\n")
    assert run("privacy", "erase", EMAIL, "--yes").stdout == f"Nothing is stored under {EMAIL}.\n"
    assert EMAIL not in dump(written)


def test_what_is_erased_is_neither_in_the_file_nor_in_the_log_beside_it_while_others_go_on(
    run: Run, written: Path
) -> None:
    with closing(sqlite3.connect(written)) as reader:
        assert reader.execute("SELECT count(*) FROM comment").fetchone() == (2,)
        assert EMAIL.encode() in kept(written)
        assert run("privacy", "erase", EMAIL, "--yes").returncode == 0
        assert EMAIL.encode() not in kept(written)


def kept(path: Path) -> bytes:
    """All bytes of the database and of what stands beside it."""
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def dump(path: Path) -> str:
    """Everything in the database, as text."""
    with closing(sqlite3.connect(path)) as database, database:
        return "\n".join(database.iterdump())
