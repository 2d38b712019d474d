"""Talking to mail servers: the kind ones, and those that refuse, stall, or cannot be trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest

from moderation import mailserver
from moderation.mailserver import parse_server
from moderation.notify import sending, smtp
from moderation.notify.letters import _POLICY
from moderation.notify.smtp import NotSent
from tests.notify.server import MailServer, make_certificate, running

READER = "amina@example.org"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def tls(certificate: Path) -> Iterator[MailServer]:
    """A mail server that offers STARTTLS."""
    with running(certificate) as server:
        yield server


def letter(to: str = READER, text: str = "Hello.\n") -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(addr_spec="comments@news.example")
    user, domain = to.split("@")
    message["To"] = Address(username=user, domain=domain)
    message["Subject"] = "Hello"
    message.set_content(text)
    return message


def send(url: str, message: EmailMessage | None = None) -> None:
    smtp.send(parse_server(url), message or letter())


def refusal(url: str, message: EmailMessage | None = None) -> NotSent:
    with pytest.raises(NotSent) as fault:
        send(url, message)
    assert "@" not in str(fault.value), "no address in what is stored and logged"
    return fault.value


def with_login(server: MailServer, host: str = "127.0.0.1") -> str:
    return server.url.replace("127.0.0.1", f"user:secret%20word@{host}")


def test_a_letter_is_handed_over(server: MailServer) -> None:
    send(server.url)
    [[sender, receiver]] = server.envelopes
    assert (sender.lower(), receiver.lower()) == ("mail from:<comments@news.example>", f"rcpt to:<{READER}>")
    assert server.letters[0]["To"] == READER
    assert server.letters[0].get_content() == "Hello.\n"
    assert server.heard[-1].upper() == "QUIT"


def test_it_logs_in_with_user_and_password(server: MailServer) -> None:
    send(with_login(server))
    assert [line.split()[:2] for line in server.heard if line.startswith("AUTH")] == [["AUTH", "PLAIN"]]


@pytest.mark.parametrize(
    ("command", "answer", "message", "permanent"),
    [
        ("AUTH", "535 Wrong password for user@news.example", "login refused (535)", False),
        ("RCPT", "550 No such user amina@example.org", "recipient refused (550)", True),
        ("RCPT", "450 Try later", "recipient refused (450)", False),
        (".", "554 No spam here", "letter refused (554)", True),
        (".", "451 Try later", "letter refused (451)", False),
        ("MAIL", "550 Who are you?", "sender refused (550)", False),
        ("", "554 Go away", "connection refused (554)", False),
        ("", "421 Too busy", "connection refused (421)", False),
        ("DATA", "421 Shutting down", "letter refused (421)", False),
    ],
)
def test_a_refusal_is_for_good_only_where_it_is_about_this_letter(
    server: MailServer, command: str, answer: str, message: str, permanent: bool
) -> None:
    server.says[command] = answer
    fault = refusal(with_login(server))
    assert (str(fault), fault.permanent) == (message, permanent)
    assert fault.said == answer[4:]
    assert server.letters == []


@pytest.mark.parametrize("command", ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."])
def test_a_server_that_does_not_answer_is_given_up_in_time(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.2)
    monkeypatch.setattr(smtp, "DATA_SECONDS", 0.2)
    server.says[command] = ""
    began = time.monotonic()
    fault = refusal(with_login(server))
    assert str(fault).endswith("no answer in time")
    assert not fault.permanent
    assert time.monotonic() - began < 5


def test_a_server_that_thinks_long_about_a_letter_is_waited_for(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.2)
    server.thinks = 0.6
    send(server.url)
    assert len(server.letters) == 1
    assert sending.CLAIM.total_seconds() > smtp.TOTAL_SECONDS > smtp.DATA_SECONDS >= 300, "no other worker sends it too"


@pytest.mark.parametrize(
    ("command", "answer", "about_letter"),
    [
        ("RCPT", "450 Greylisted", True),
        ("RCPT", "550 No such user", True),
        ("RCPT", "452 No room", False),
        ("RCPT", "421 Closing", False),
        (".", "451 Try later", True),
        (".", "554 No spam here", True),
        (".", "421 Closing", False),
        ("MAIL", "451 Try later", False),
        ("AUTH", "454 Try later", False),
        ("", "554 Go away", False),
    ],
)
def test_what_is_said_of_one_letter_says_nothing_of_the_next(
    server: MailServer, command: str, answer: str, about_letter: bool
) -> None:
    server.says[command] = answer
    assert refusal(with_login(server)).about_letter is about_letter


def test_a_server_that_drips_its_answer_is_hung_up_on(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 0.5)
    server.drips.add("MAIL")
    began = time.monotonic()
    assert not refusal(server.url).permanent
    assert time.monotonic() - began < 5


def test_nobody_listens(server: MailServer) -> None:
    fault = refusal("smtp://127.0.0.1:1")
    assert str(fault) == "connection failed (ConnectionRefusedError)"


def test_starttls_is_used_where_it_is_offered(tls: MailServer) -> None:
    send(tls.url)
    assert tls.encrypted == [True]


def test_starttls_that_is_required_and_not_offered_stops_before_anything_is_said(server: MailServer) -> None:
    fault = refusal(with_login(server) + "?starttls=required")
    assert str(fault) == "STARTTLS: the server does not offer it"
    assert not fault.permanent
    assert not [line for line in server.heard if not line.startswith("ehlo")]


def test_a_password_is_not_sent_to_a_server_that_cannot_say_who_it_is(tls: MailServer) -> None:
    fault = refusal(with_login(tls) + "?starttls=required")
    assert str(fault) == "STARTTLS: the server's certificate is not valid"
    assert not [line for line in tls.heard if line.startswith("AUTH")]


def test_a_known_certificate_is_enough(tls: MailServer, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send(with_login(tls) + "?starttls=required")
    assert tls.encrypted == [True]


def test_an_address_outside_ascii_needs_a_server_that_takes_it(server: MailServer) -> None:
    send(server.url, letter("آمنہ@example.org"))
    assert server.envelopes[0][1].lower().startswith("rcpt to:<آمنہ@example.org>")
    server.offers = []
    assert refusal(server.url, letter("آمنہ@example.org")).permanent


def test_a_link_in_a_header_goes_out_as_it_is_to_any_address(server: MailServer) -> None:
    link = f"<https://comments.example/sites/demo/mail/stop/{'x' * 90}>"
    for to in (READER, "آمنہ@example.org"):
        message = letter(to)
        message["List-Unsubscribe"] = link
        send(server.url, message)
        assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in server.raw[-1]


def test_texts_in_any_script_arrive_whole_over_seven_bits(server: MailServer) -> None:
    text = "پہلی بس پانچ بجے چلتی ہے۔\n" + "long " * 300 + "\n.\n..\nFrom here\n"
    send(server.url, letter(text=text))
    assert server.raw[0].isascii()
    assert max(len(line) for line in server.raw[0].splitlines()) <= 998
    assert server.letters[0].get_content() == text


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtp://localhost", "localhost", 25, "opportunistic"),
        ("smtp://u:p@localhost", "localhost", 587, "opportunistic"),
        ("smtp://u:p@[::1]:2525", "::1", 2525, "opportunistic"),
        ("smtp://u:p@mail.example", "mail.example", 587, "starttls"),
        ("smtp://mail.example", "mail.example", 25, "opportunistic"),
        ("smtp://mail.example?starttls=required", "mail.example", 25, "starttls"),
        ("smtp://mail.example?starttls=off", "mail.example", 25, "none"),
        ("smtps://u:p@mail.example", "mail.example", 465, "tls"),
    ],
)
def test_the_address_of_a_server_says_how_it_is_reached(url: str, host: str, port: int, encryption: str) -> None:
    found = parse_server(url)
    assert (found.host, found.port, found.encryption) == (host, port, encryption)


def test_a_password_is_decoded_and_never_shown() -> None:
    found = parse_server("smtps://user%40news.example:p%40ss@mail.example")
    assert (found.user, found.password) == ("user@news.example", "p@ss")
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://mail.example/path",
        "smtp://u:p/w@mail.example",
        "smtp://:p@mail.example",
        "smtp://mail.example?starttls=maybe",
        "smtp://mail.example?tls=required",
        "smtps://mail.example?starttls=off",
        "smtp://u:p@mail.example?starttls=off",
        "smtp://u:p@mail.example?starttls=offered",
        "smtp://mail exam.ple",
        "smtp://mail.example\r\nX",
    ],
)
def test_an_address_that_cannot_be_or_would_show_the_password_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        parse_server(url)


@pytest.mark.parametrize(
    ("raw", "name", "address"),
    [
        ("comments@news.example", "", "comments@news.example"),
        ("The News <comments@news.example>", "The News", "comments@news.example"),
        ('"News, The" <comments@news.example>', "News, The", "comments@news.example"),
        ("نیوز <comments@news.example>", "نیوز", "comments@news.example"),
        ("comments@bücher.example", "", "comments@xn--bcher-kva.example"),
    ],
)
def test_whom_mail_comes_from(raw: str, name: str, address: str) -> None:
    assert mailserver.parse_sender(raw) == mailserver.Sender(name, address)


@pytest.mark.parametrize(
    "raw", ["nobody", "a@b.example, c@d.example", "A\r\nB <a@b.example>", "A\u202eB <a@b.example>", "<a@b.example> x"]
)
def test_whom_mail_cannot_come_from(raw: str) -> None:
    with pytest.raises(ValueError, match="an address such as"):
        mailserver.parse_sender(raw)
