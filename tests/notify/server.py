"""A mail server to talk to: takes letters, or fails in one of the ways that mail servers fail in."""

from __future__ import annotations

import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import cast


class MailServer(socketserver.ThreadingTCPServer):
    """`says` is what it answers to a command, such as `{"RCPT": "550 No such user"}`, or to "" for its greeting.

    An answer that is empty is none: it waits until the client hangs up. To what `drips` holds it answers a letter now and
    then, and is never done. Before it answers a letter it `thinks` for so many seconds. With `certificate` it offers STARTTLS.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.certificate = certificate
        self.begin()

    def begin(self) -> None:
        """Be as at first: nothing heard, and all well."""
        self.says: dict[str, str] = {}
        self.drips: set[str] = set()
        self.thinks = 0.0
        self.offers = ["SMTPUTF8", "AUTH PLAIN"] + (["STARTTLS"] if self.certificate else [])
        self.heard: list[str] = []
        self.envelopes: list[tuple[str, str]] = []
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.encrypted: list[bool] = []

    @property
    def url(self) -> str:
        """How to reach it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no fault of the test's."""


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast(MailServer, self.server)
        sender = recipient = ""
        encrypted = False
        self.say(server.says.get("", "220 ready"))
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb = line.split(" ")[0].upper()
            server.heard.append(line)
            offers = [each for each in server.offers if not (encrypted and each == "STARTTLS")]
            usual = (
                "250-hello\r\n" + "".join(f"250-{each}\r\n" for each in offers) + "250 HELP"
                if verb == "EHLO"
                else "250 OK"
            )
            usual = {"DATA": "354 go on", "AUTH": "235 welcome", "STARTTLS": "220 go on", "QUIT": "221 bye"}.get(
                verb, usual
            )
            answer = server.says.get(verb, usual)
            while verb in server.drips:
                self.wfile.write(b"2")
                time.sleep(0.05)
            self.say(answer)
            if verb == "STARTTLS" and answer.startswith("220"):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(cast(Path, server.certificate))
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                encrypted = True
            elif verb == "MAIL":
                sender = line
            elif verb == "RCPT":
                recipient = line
            elif verb == "DATA" and answer.startswith("354"):
                data = b"".join(iter(self.rfile.readline, b".\r\n")).replace(b"\r\n..", b"\r\n.")
                final = server.says.get(".", "250 taken")
                if final.startswith("250"):
                    server.envelopes.append((sender, recipient))
                    server.raw.append(data)
                    server.encrypted.append(encrypted)
                    letter = BytesParser(policy=policy.default).parsebytes(data.replace(b"\r\n", b"\n"))
                    server.letters.append(letter)
                time.sleep(server.thinks)
                self.say(final)

    def finish(self) -> None:
        super().finish()
        # The plain socket's owner closes that one; this may be the encrypted one.
        self.connection.close()

    def say(self, answer: str) -> None:
        if not answer:
            self.rfile.read()
        self.wfile.write(answer.encode() + b"\r\n")


@contextmanager
def running(certificate: Path | None = None) -> Iterator[MailServer]:
    """A mail server on a free port of this machine."""
    with MailServer(certificate) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def make_certificate(folder: Path) -> Path:
    """A certificate that this machine's own name signed for itself, with its key in the same file."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate
