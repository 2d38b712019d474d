"""`moderation mail test`: an operator learns whether mail works, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run, fails
from tests.notify.server import MailServer, running


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as server:
        yield server


def settings(server: MailServer) -> dict[str, str]:
    return {
        "MODERATION_SMTP_URL": server.url.replace("//", "//user:hunter2@"),
        "MODERATION_MAIL_FROM": "News <comments@news.example>",
    }


def test_a_test_letter_arrives_without_a_database(run: Run, server: MailServer) -> None:
    done = run("mail", "test", "me@example.org", **settings(server))
    assert done.returncode == 0, done.stderr
    assert "took a letter from comments@news.example to me@example.org" in done.stdout
    assert server.letters[0]["To"] == "me@example.org"


def test_what_failed_is_said_with_the_servers_own_words_and_without_the_password(run: Run, server: MailServer) -> None:
    server.says["AUTH"] = "535 Application password needed"
    line = fails(
        run("mail", "test", "me@example.org", **settings(server)), "login refused (535)", "Application password"
    )
    assert "hunter2" not in line


def test_an_address_that_is_none_and_a_service_without_mail(run: Run, server: MailServer) -> None:
    fails(run("mail", "test", "nobody", **settings(server)), "'nobody'")
    fails(run("mail", "test", "me@example.org"), "MODERATION_SMTP_URL")


def test_a_mail_server_needs_a_sender_and_a_bad_address_shows_no_password(run: Run, server: MailServer) -> None:
    url = settings(server)["MODERATION_SMTP_URL"]
    fails(run("mail", "test", "me@example.org", MODERATION_SMTP_URL=url), "MODERATION_MAIL_FROM is not set")
    broken = url.replace("smtp:", "mail:")
    line = fails(run("mail", "test", "me@example.org", MODERATION_SMTP_URL=broken), "MODERATION_SMTP_URL is not usable")
    assert "hunter2" not in line
