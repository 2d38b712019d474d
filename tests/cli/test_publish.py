"""`moderation publish`: what a site's build script sees of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Site
from moderation.settings import Settings
from tests.cli.conftest import Run, fails
from tests.cli.test_commands import INIT, PASSWORD
from tests.factories import Make


@pytest.fixture
def made(run: Run, folder: Path) -> Make:
    """A site `demo` in the folder's database, and what to fill it with."""
    assert run(*INIT, "--password-stdin", stdin=PASSWORD).returncode == 0
    key = (folder / "var" / "secret.key").read_text()
    return Make(create_app(Settings(database_url=f"sqlite:///{folder / 'var' / 'moderation.db'}", secret_key=key)))


def site_of(app: Flask) -> Site:
    with app.app_context():
        return db.session.query(Site).one()


def test_a_build_gets_its_files_and_reads_what_was_done(run: Run, folder: Path, made: Make) -> None:
    site = site_of(made.app)
    comment = made.comment(site, status="approved", page="/a/")
    made.comment(site, status="approved", page="/b/")
    words = ("publish", "--site", "demo", "out", "--lang", "ur")
    reached = {"MODERATION_PUBLIC_URL": "https://comments.example"}
    done = run(*words, **reached)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "demo: 2 pages with comments; files: 4 written, 0 unchanged, 0 removed\n"
    assert "https://comments.example/sites/demo/reply" in (folder / "out" / "a" / "comments.html").read_text()
    made.decide(comment, "trash")
    assert run(*words, **reached).stdout == "demo: 1 page with comments; files: 0 written, 2 unchanged, 2 removed\n"
    assert list(json.loads((folder / "out" / "index.json").read_text())["pages"]) == ["/b/"]
    done = run("publish", "--site", "demo", "html", "--format", "html")
    assert "MODERATION_PUBLIC_URL is not set" in done.stderr
    assert not list((folder / "html").rglob("comments.json"))


def test_what_stands_in_the_way_is_said_in_one_line(run: Run, folder: Path, made: Make) -> None:
    fails(run("publish", "--site", "nowhere", "out"), "there is no site nowhere")
    assert not (folder / "out").exists()
    fails(run("publish", "out"), "--site")
    reached = {"MODERATION_PUBLIC_URL": "https://comments.example"}
    fails(run("publish", "--site", "demo", ".", **reached), "is not empty")
    fails(run("publish", "--site", "demo", "var/secret.key", **reached), "is a file")
    fails(run("publish", "--site", "demo", "var/secret.key/x", **reached), "var/secret.key")
    fails(run("publish", "--site", "demo", "out", "--format", "xml"), "xml")
    made.comment(site_of(made.app), status="approved", page="/a/")
    (folder / "out").mkdir()
    (folder / "out" / ".moderation-publish").touch()
    (folder / "out" / "a").write_text("in the way")
    fails(run("publish", "--site", "demo", "out", **reached), str(Path("out", "a")))
