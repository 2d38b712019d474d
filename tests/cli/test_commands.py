"""What an operator types, and what the command says."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fails, serve_words

PASSWORD = "a long enough password\n"


INIT = ("init", "--site", "demo", "--name", "Demo", "--origin", "https://news.example", "--owner", "own@example.org")


def initialise(run: Run) -> None:
    done = run(*INIT, "--password-stdin", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr


def test_it_is_a_program(folder: Path) -> None:
    program = [sys.executable, "-m", "moderation"]
    environment = {**os.environ, "MODERATION_FLOOD_SECONDS": "soon"}
    done = subprocess.run(
        [*program, "site", "list"], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert "'soon'" in fails(done, "MODERATION_FLOOD_SECONDS")
    done = subprocess.run([*program, "--help"], capture_output=True, text=True, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")


def test_init_makes_database_site_and_owner_and_prints_the_tag(run: Run, folder: Path) -> None:
    done = run(*INIT, "--password-stdin", stdin=PASSWORD, MODERATION_PUBLIC_URL="https://comments.example")
    assert done.returncode == 0, done.stderr
    assert '<script src="https://comments.example/embed.js" data-site="demo" defer></script>' in done.stdout
    assert "<leave-a-reply></leave-a-reply>" in done.stdout
    for name in ("moderation.db", "secret.key"):
        assert stat.S_IMODE((folder / "var" / name).stat().st_mode) == 0o600, "people's data are for the owner's eyes"
    assert "own@example.org" in run("moderator", "list").stdout


def test_init_asks_for_what_is_missing_and_fails_in_one_line_where_nobody_can_answer(run: Run) -> None:
    fails(run(*INIT), "--password-stdin")


def test_a_slip_at_init_leaves_nothing_behind_and_can_be_corrected(run: Run, folder: Path) -> None:
    fails(run(*INIT, "--password-stdin", stdin="short\n"), "password")
    assert not (folder / "var" / "moderation.db").exists()
    fails(run(*INIT[:-1], "nobody", "--password-stdin", stdin=PASSWORD), "nobody")
    initialise(run)


def test_replies_of_staff_are_signed_with_no_part_of_an_address(run: Run) -> None:
    initialise(run)
    run(
        "moderator",
        "add",
        "zebedee@example.org",
        "--role",
        "moderator",
        "--site",
        "demo",
        "--password-stdin",
        stdin=PASSWORD,
    )
    names = [line.split("\t")[1] for line in run("moderator", "list").stdout.splitlines()]
    assert names == ["Demo", "Demo"]


def test_a_moderator_of_one_site_is_given_another_and_keeps_the_rest(run: Run) -> None:
    initialise(run)
    run("site", "add", "blog", "--name", "Blog", "--origin", "https://blog.example")
    words = ("moderator", "add", "mo@example.org", "--site")
    fails(run(*words, "demo", "--password-stdin", stdin=PASSWORD), "--role")
    run(*words, "demo", "--role", "moderator", "--name", "Mo", "--password-stdin", stdin=PASSWORD)
    given = run(*words, "blog")
    assert given.stdout == "Gave mo@example.org blog. The name, the password and the role moderator are as before.\n"
    assert "mo@example.org\tMo\tmoderator\tblog, demo\tactive" in run("moderator", "list").stdout
    fails(run(*words, "blog"), "already")
    fails(run("moderator", "add", "mo@example.org", "--role", "moderator"), "already", "--site")
    fails(run(*words, "blog", "--role", "owner"), "already")
    run("site", "add", "shop", "--name", "Shop", "--origin", "https://shop.example")
    fails(run(*words, "shop", "--role", "owner"), "another role")
    run("moderator", "remove", "mo@example.org")
    fails(run(*words, "shop"), "was taken away")


def test_a_removed_moderator_can_no_longer_sign_in(run: Run) -> None:
    initialise(run)
    run("moderator", "token", "own@example.org")
    assert "can no longer sign in" in run("moderator", "remove", "own@example.org").stdout
    assert run("moderator", "list").stdout.strip().endswith("inactive")


def test_a_page_is_closed_and_opened_again(run: Run) -> None:
    initialise(run)
    assert run("site", "close", "demo", "https://news.example/a/?x=1").stdout == "/a/ of demo is closed.\n"
    assert run("site", "close", "demo", "/a/", "--open").stdout == "/a/ of demo is open.\n"
    fails(run("site", "close", "demo", "https://elsewhere.example/a/"), "elsewhere.example")
    fails(run("site", "close", "nowhere", "/a/"), "no site nowhere")


def test_a_weak_password_is_refused(run: Run) -> None:
    initialise(run)
    words = ("moderator", "add", "b@example.org", "--role", "moderator", "--password-stdin")
    for weak in ("short\n", "password1\n", "\n"):
        fails(run(*words, stdin=weak), "password")
    assert "b@example.org" not in run("moderator", "list").stdout


def test_sites_are_added_listed_and_changed(run: Run) -> None:
    initialise(run)
    added = run(
        "site",
        "add",
        "blog",
        "--name",
        "Blog",
        "--origin",
        "https://blog.example",
        "--origin",
        "http://localhost:8080/",
    )
    assert added.returncode == 0, added.stderr
    assert "blog\tBlog\thttps://blog.example http://localhost:8080\t0 pending" in run("site", "list").stdout
    assert "flood mode" not in run("site", "list").stdout
    run("site", "set", "blog", "flood_mode=on")
    assert run("site", "list").stdout.splitlines()[0].endswith("\tflood mode")
    rules = ("name=The Blog", "spam_above=0.9", "hold_everything=no", "close_after_days=14")
    changed = run("site", "set", "blog", *rules, "origin-=http://localhost:8080", "origin+=https://www.blog.example")
    assert changed.returncode == 0, changed.stderr
    assert "origins=https://blog.example https://www.blog.example" in changed.stdout
    assert re.search(r"hold_everything=False.*spam_above=0.9.*close_after_days=14", changed.stdout)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("site", "add", "Demo!", "--name", "x", "--origin", "https://a.example"), ("'Demo!'", "a-z, 0-9")),
        (("site", "add", "demo", "--name", "x", "--origin", "https://a.example"), ("there is a site demo already",)),
        (("site", "add", "logout", "--name", "x", "--origin", "https://a.example"), ("'logout'", "choose another")),
        (("site", "add", "x", "--name", "x", "--origin", "a.example"), ("a.example",)),
        (("site", "add", "x", "--name", "x", "--origin", "https://a.example/path"), ("https://a.example/path",)),
        (("site", "add", "x", "--name", "\u200b", "--origin", "https://a.example"), ("name",)),
        (("site", "set", "nowhere", "name=x"), ("no site nowhere",)),
        (("site", "set", "demo", "spam_above"), ("NAME=VALUE",)),
        (("site", "set", "demo", "spam_above=2"), ("spam_above", "2")),
        (("site", "set", "demo", "spam_above=x"), ("spam_above",)),
        (("site", "set", "demo", "colour=red"), ("colour",)),
        (("site", "set", "demo", "approve_below=0.99"), ("approve_below",)),
        (("site", "set", "demo", "origin-=https://other.example"), ("https://other.example",)),
        (("site", "set", "demo", "origin-=https://news.example"), ("last origin",)),
        (("moderator", "add", "nobody", "--role", "owner", "--password-stdin"), ("nobody",)),
        (("moderator", "add", "own@example.org", "--role", "owner", "--password-stdin"), ("already",)),
        (("moderator", "add", "b@example.org", "--role", "king", "--password-stdin"), ("king",)),
        (
            ("moderator", "add", "b@example.org", "--role", "owner", "--site", "nowhere", "--password-stdin"),
            ("no site nowhere",),
        ),
        (("moderator", "token", "nobody@example.org"), ("no moderator nobody@example.org",)),
        (("db", "upgrade", "9999"), ("9999",)),
        (("serve", "--port", "0"), ("port", "0")),
        (("init",), ("--site is missing",)),
        (("demo", "--port", "8000", "--host-port", "8000"), ("must differ",)),
        (("spam", "score", "missing.jsonl"), ("missing.jsonl",)),
        (("nonsense",), ("nonsense",)),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_every_error_is_one_clear_line_with_an_exit_code(
    run: Run, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    initialise(run)
    fails(run(*words, stdin=PASSWORD), *told)


def test_one_bad_change_among_several_changes_nothing(run: Run) -> None:
    initialise(run)
    fails(run("site", "set", "demo", "name=Other", "spam_above=2"))
    assert "Other" not in run("site", "list").stdout


def test_a_token_is_printed_once_and_kept_only_as_a_hash(run: Run, folder: Path) -> None:
    initialise(run)
    token = run("moderator", "token", "OWN@example.org").stdout.strip()
    assert len(token) >= 40
    stored = b"".join(path.read_bytes() for path in (folder / "var").iterdir())
    assert token.encode() not in stored


def test_a_new_password_replaces_the_old_and_ends_the_tokens(run: Run) -> None:
    initialise(run)
    words = ("moderator", "password", "own@example.org", "--password-stdin")
    run("moderator", "token", "own@example.org")
    done = run(*words, stdin="another fine password\n")
    assert done.returncode == 0, done.stderr
    assert "Set a new password for own@example.org. Browsers that were signed in are signed out." in done.stdout
    assert "1 token ended" in done.stdout
    assert "token" not in run(*words, stdin="yet another password\n").stdout


def test_the_tokens_of_a_moderator_are_ended_by_command(run: Run, folder: Path) -> None:
    initialise(run)
    run("moderator", "token", "own@example.org")
    run("moderator", "token", "own@example.org")
    assert run("moderator", "token", "own@example.org", "--revoke").stdout == "Ended 2 tokens of own@example.org.\n"
    with closing(sqlite3.connect(folder / "var" / "moderation.db")) as connection, connection:
        assert connection.execute("SELECT count(*) FROM api_token").fetchone() == (0,)
    assert run("moderator", "token", "own@example.org", "--revoke").stdout == "own@example.org had no token.\n"
    fails(run("moderator", "token", "nobody@example.org", "--revoke"), "no moderator nobody@example.org")


def test_an_empty_folder_says_how_to_begin(run: Run) -> None:
    fails(run("site", "list"), "moderation db upgrade")
    assert "from empty to" in run("db", "upgrade").stdout
    assert run("db", "upgrade").stdout.startswith("The database is at")
    assert run("site", "list").stdout == ""


def test_the_schema_goes_down_and_up_again(run: Run) -> None:
    run("db", "upgrade")
    assert run("db", "downgrade", "base", "--yes").stdout == "The database is at base.\n"
    assert "empty" in run("db", "current").stdout
    assert run("db", "upgrade").returncode == 0


def test_a_bad_setting_stops_every_command_in_one_line(run: Run) -> None:
    for words in (("site", "list"), serve_words(), ("db", "upgrade"), (*INIT, "--password-stdin")):
        fails(run(*words, MODERATION_FLOOD_SECONDS="soon"), "MODERATION_FLOOD_SECONDS", "'soon'", "whole number")


def test_a_database_that_does_not_answer_is_told_in_one_line(run: Run) -> None:
    settings = {
        "MODERATION_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "MODERATION_SECRET_KEY": os.urandom(32).hex(),
    }
    fails(run("site", "list", **settings), "the database does not answer")


def test_a_database_of_a_newer_version_is_not_touched(run: Run, folder: Path) -> None:
    run("db", "upgrade")
    with closing(sqlite3.connect(folder / "var" / "moderation.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    fails(run("site", "list"), "9999", "needs")
    fails(run(*serve_words()), "9999")


def test_a_lost_database_is_not_silently_replaced_by_an_empty_one(run: Run, folder: Path) -> None:
    initialise(run)
    for path in (folder / "var").glob("moderation.db*"):
        path.unlink()
    fails(run(*serve_words()), "is gone", "restore it from a backup")
    assert not (folder / "var" / "moderation.db").exists()
    fails(run("site", "list"), "is gone")
    fails(run(*serve_words(), MODERATION_SECRET_KEY="0123456789abcdef0123456789abcdef"), "is gone")
    assert not (folder / "var" / "moderation.db").exists()


def test_a_command_in_the_wrong_folder_leaves_nothing_there(run: Run, folder: Path) -> None:
    fails(run("site", "list"), "there is no database", "moderation init")
    fails(run("moderator", "list"), "there is no database")
    assert list(folder.iterdir()) == []


def test_a_key_file_without_a_key_is_refused(run: Run, folder: Path) -> None:
    initialise(run)
    (folder / "var" / "secret.key").write_text("")
    fails(run(*serve_words()), "secret.key holds no usable key")


def test_a_database_file_that_is_no_database_is_told_in_one_line(run: Run, folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "moderation.db").write_text("this is not a database" * 100)
    fails(run("site", "list"), "database")


def test_spam_score_needs_no_database(run: Run, folder: Path) -> None:
    done = run("spam", "score", "-", stdin='{"id": 7, "author": "A", "text": "Hello"}\n')
    assert done.returncode == 0, done.stderr
    assert '"probability"' in done.stdout
    assert list(folder.iterdir()) == []


def test_a_backup_has_what_is_still_in_the_log_and_is_for_the_owners_eyes(run: Run, folder: Path) -> None:
    initialise(run)
    with closing(sqlite3.connect(folder / "var" / "moderation.db")) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("UPDATE site SET name = 'Written a moment ago'")
        writer.commit()
        done = run("backup", "copy.db")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("copy.db has the database as it was at ")
    assert run("backup", "again.db").returncode == 0
    assert [path.name for path in (folder / "var").glob("moderation.db*")] == ["moderation.db"]
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM site").fetchone() == ("Written a moment ago",)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_backup_overwrites_nothing_and_says_why_it_is_not_made(run: Run, folder: Path) -> None:
    fails(run("backup", "copy.db"), "no database")
    assert not (folder / "copy.db").exists()
    initialise(run)
    (folder / "notes.txt").write_text("mine")
    fails(run("backup", "notes.txt"), "notes.txt is there already")
    assert (folder / "notes.txt").read_text() == "mine"
    fails(run("backup", "nowhere/copy.db"), "nowhere/copy.db cannot be written: No such file or directory")
    for file in (folder / "var").glob("moderation.db*"):
        file.write_bytes(b"no database at all" * 1000)
    fails(run("backup", "copy.db"), "could not be copied: file is not a database")
    assert not (folder / "copy.db").exists()
    far = run(
        "backup",
        "copy.db",
        MODERATION_DATABASE_URL="postgresql://db.example/a",
        MODERATION_SECRET_KEY="0123456789abcdef" * 4,
    )
    fails(far, "pg_dump")
