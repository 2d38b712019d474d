"""`moderation site block`, `hold`, `allow` and `lists`: what an owner types, and what the command says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, fails
from tests.cli.test_commands import initialise

FILE = "\ufeff# Pharma\r\nviagra\r\n#cialis\r\n5*\r\nC:\\temp\r\nab\r\n\r\n"


@pytest.fixture
def site(run: Run, folder: Path) -> Run:
    """The command in a folder with a site `demo` and a file of words."""
    initialise(run)
    (folder / "keys.txt").write_bytes(FILE.encode())
    return run


def says(site: Run, *words: str, stdin: str = "") -> list[str]:
    done = site("site", *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_entries_are_put_on_a_list_shown_and_taken_away(site: Run) -> None:
    assert says(site, "lists", "demo") == ["block: 0 entries", "hold: 0 entries", "allow: 0 entries"]
    assert says(site, "block", "demo", "casino", "ip:203.0.113.0/24 # March") == [
        "The block list of demo has 2 entries, 2 new."
    ]
    assert says(site, "block", "demo", "Casino", "--until", "2999-01-31") == [
        "The block list of demo has 2 entries, 0 new."
    ]
    assert says(site, "hold", "demo", "word:refund*") == ["The hold list of demo has 1 entry, 1 new."]
    assert says(site, "allow", "demo", "domain:news.example") == ["The allow list of demo has 1 entry, 1 new."]
    assert says(site, "lists", "demo") == [
        "block: 2 entries",
        "  Casino until 2999-01-31",
        "  ip:203.0.113.0/24 # March",
        "hold: 1 entry",
        "  word:refund*",
        "allow: 1 entry",
        "  domain:news.example",
    ]
    assert says(site, "block", "demo", "--remove", "ip:203.0.113.*") == ["The block list of demo has 1 entry, 1 gone."]
    assert says(site, "lists", "demo", "block") == ["Casino until 2999-01-31"]


def test_what_is_over_is_shown_as_over(site: Run) -> None:
    says(site, "block", "demo", "casino until 2020-01-31", "poker until 2999-01-31")
    assert says(site, "lists", "demo")[1:3] == ["  casino until 2020-01-31  (over)", "  poker until 2999-01-31"]


def test_a_list_shown_alone_can_be_read_in_again(site: Run) -> None:
    says(site, "block", "demo", "# Pharma", r"\#cialis", "viagra # and kin")
    shown = site("site", "lists", "demo", "block").stdout
    says(site, "block", "demo", "--from", "-", "--remove", stdin=shown)
    assert says(site, "lists", "demo", "block") == []
    says(site, "block", "demo", "--from", "-", stdin=shown)
    assert site("site", "lists", "demo", "block").stdout == shown == "# Pharma\n\\#cialis\nviagra # and kin\n"


def test_a_file_is_taken_whole_or_not_at_all_and_each_refused_line_is_named(site: Run) -> None:
    done = site("site", "block", "demo", "--from", "keys.txt")
    assert fails(done) == "moderation: 3 of 6 lines cannot be taken, so none was; mend them or add --skip-refused"
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == [
        "line 4, '5*'",
        r"line 5, 'C:\\temp'",
        "line 6, 'ab'",
    ]
    assert says(site, "lists", "demo", "block") == []
    assert says(site, "block", "demo", "--from", "keys.txt", "--skip-refused")[-1] == (
        "The block list of demo has 1 entry, 1 new."
    )
    assert says(site, "lists", "demo", "block") == ["# Pharma", "viagra", "#cialis"]


def test_a_file_of_wordpress_is_taken_as_it_stands(site: Run) -> None:
    words = ("block", "demo", "--from", "keys.txt", "--wordpress")
    dry = site("site", *words, "--dry-run")
    assert fails(dry, "2 of 6 lines cannot be taken")
    assert [line.partition(": ")[2][:18] for line in dry.stdout.splitlines()] == ["It is too broad; g"] * 2
    would = says(site, *words, "--skip-refused", "--dry-run")
    assert would[-1] == "The block list of demo would have 4 entries, 4 new."
    assert says(site, "lists", "demo", "block") == []
    says(site, *words, "--skip-refused")
    assert says(site, "lists", "demo", "block") == [r"\# Pharma", "viagra", r"\#cialis", r"C\:\\temp"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("block", "nowhere", "casino"), ("no site nowhere",)),
        (("lists", "nowhere"), ("no site nowhere",)),
        (("lists", "demo", "grey"), ("grey",)),
        (("block", "demo"), ("no entry",)),
        (("block", "demo", "# only a comment"), ("no entry",)),
        (("block", "demo", "ab"), ("'ab'", "too broad")),
        (("block", "demo", "ip:0.0.0.0/0"), ("ip:0.0.0.0/0", "too broad")),
        (("hold", "demo", "*"), ("'*'", "too broad")),
        (("hold", "demo", "emial:a@b.example"), ("emial", "email")),
        (("allow", "demo", "email:friend@example.org"), ("anybody can type", "trust_after")),
        (("allow", "demo", "ip:127.0.0.1"), ("proxy",)),
        (("block", "demo", "casino", "--until", "2020-01-31"), ("2020-01-31", "over already")),
        (("block", "demo", "casino", "--until", "tomorrow"), ("tomorrow",)),
        (("block", "demo", "x" * 195, "--until", "2999-01-31"), ("longer than 200",)),
        (("block", "demo", "--remove", "casino"), ("nothing of this is on the block list",)),
        (("block", "demo", "--from", "missing.txt"), ("missing.txt",)),
        (("block", "demo", "--from", "latin.txt"), ("latin.txt, line 2", "UTF-8")),
        (("set", "demo", "hold_above=0.99"), ("hold_above (0.99) must not be more than spam_above (0.97)",)),
        (("set", "demo", "trust_after=-1"), ("trust_after was '-1'",)),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_every_fault_is_one_line_that_names_it(
    site: Run, folder: Path, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    (folder / "latin.txt").write_bytes("fine\ncaf\xe9\n".encode("latin-1"))
    fails(site("site", *words), *told)


def test_a_list_that_would_be_too_long_is_refused_whole(site: Run) -> None:
    many = "\n".join(f"word{number}" for number in range(5_001))
    fails(site("site", "block", "demo", "--from", "-", stdin=many), "5001 lines", "at most 5000")
    assert says(site, "lists", "demo", "block") == []


def test_thresholds_are_changed_together(site: Run) -> None:
    done = says(site, "set", "demo", "approve_below=0.98", "spam_above=0.999", "hold_above=0.99", "hold_first=1")
    assert "approve_below=0.98 hold_above=0.99 spam_above=0.999 trust_after=2 hold_first=1" in done[1]
