"""What `moderation init` asks at a terminal: each answer is checked where it is given, and asked for again."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cli.conftest import Run, fails
from tests.cli.test_commands import INIT, PASSWORD, initialise

_SECONDS = 120
KEY, PAGES, EMAIL, SECRET, AGAIN = "Key of the site", "Where its pages are", "Your email address", "Password", "Repeat"
GOOD = PASSWORD.strip()


def at_a_terminal(folder: Path, answers: Sequence[tuple[str, str]], *words: str) -> tuple[int, str]:
    """Run `moderation init` and answer its questions one after the other; the exit code, and what stood on the screen.

    An answer of "" is the end of the file, as of Ctrl-D.
    """
    master, terminal = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "moderation", "init", *words],
        cwd=folder,
        env=clean,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    said = ""
    try:
        for question, answer in answers:
            said += _read(master, question)
            os.write(master, f"{answer}\n".encode() if answer else b"\x04")
        said += _read(master, None)
        return process.wait(_SECONDS), said
    finally:
        process.kill()
        process.wait(_SECONDS)
        os.close(master)


def _read(master: int, question: str | None) -> str:
    """What is said until a question waits for its answer, or with None until the end."""
    said, until = "", time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            said += os.read(master, 4096).decode()
        except OSError:
            # The terminal of a process that has ended.
            assert question is None, said
            return said
        last = said.splitlines()[-1] if said else ""
        if question is not None and question in last and last.endswith(": "):
            return said
    raise AssertionError(f"not asked {question!r}: {said}")


def test_each_answer_is_checked_at_its_prompt_and_asked_again_with_the_reason(run: Run, folder: Path) -> None:
    code, said = at_a_terminal(
        folder,
        [
            (KEY, "My Site!"),
            (KEY, "login"),
            (KEY, "demo"),
            (PAGES, "news.example"),
            (PAGES, "https://news.example/2026/buses/?x=1#top"),
            (EMAIL, "nobody"),
            (EMAIL, "own@example.org"),
            (SECRET, "short"),
            (AGAIN, "short"),
            (SECRET, GOOD),
            (AGAIN, GOOD),
        ],
    )
    assert code == 0, said
    for reason in (
        "a-z, 0-9 and hyphens",
        "an address of the desk",
        "'news.example': ",
        "cannot be used",
        "5 characters",
    ):
        assert reason in said
    assert "Taken as https://news.example: an origin has no path." in said
    assert 'data-site="demo"' in said
    assert "demo\tdemo\thttps://news.example\t" in run("site", "list").stdout
    assert "own@example.org" in run("moderator", "list").stdout


def test_what_is_there_already_is_told_at_its_prompt_too(run: Run, folder: Path) -> None:
    initialise(run)
    answers = [(KEY, "demo"), (KEY, "blog"), (PAGES, "https://blog.example"), (EMAIL, "own@example.org")]
    more = [(EMAIL, "two@example.org"), (SECRET, GOOD), (AGAIN, GOOD)]
    code, said = at_a_terminal(folder, [*answers, *more])
    assert code == 0, said
    assert "there is a site demo already" in said
    assert "There is a moderator own@example.org already." in said
    assert "two@example.org" in run("moderator", "list").stdout


def test_whoever_gives_up_at_a_question_leaves_no_database(folder: Path) -> None:
    code, said = at_a_terminal(folder, [(KEY, "demo"), (PAGES, "")])
    assert code == 130, said
    assert not list(folder.rglob("moderation.db"))


def test_what_is_given_as_an_option_is_checked_before_anything_is_asked(folder: Path) -> None:
    for option, value, says in (
        ("--origin", "https://news.example/path", "An origin ends after the host and port"),
        ("--site", "My Site!", "a-z, 0-9 and hyphens"),
        ("--owner", "nobody", "cannot be used"),
    ):
        code, said = at_a_terminal(folder, [], option, value)
        assert code == 1
        assert says in said
        assert KEY not in said


def test_without_a_terminal_an_origin_is_given_as_it_is(run: Run, folder: Path) -> None:
    words = ["https://news.example/path" if word == "https://news.example" else word for word in INIT]
    fails(run(*words, "--password-stdin", stdin=PASSWORD), "https://news.example/path", "An origin ends")
    assert not list(folder.rglob("moderation.db"))
