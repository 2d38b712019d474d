"""One letter goes to the mail server: TLS, login, and what a refusal means."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, cast

from moderation.mailserver import MailServer

STEP_SECONDS = 20.0
"""How long each answer of the server may take, but for the one to the letter itself."""
DATA_SECONDS = 300.0
"""How long that one may take. A server that looks for spam and viruses first has often taken the letter when it is slow: who
hangs up on it sends it again and again. RFC 5321 (4.5.3.2.6) asks for 10 minutes, which is as long as a letter is claimed."""
TOTAL_SECONDS = 420.0
"""How long the whole conversation may take: a server that answers a byte now and then is hung up on."""
_FOR_GOOD = 500
# What a server says of itself to any letter: it closes, it has no room.
_OF_ITSELF = (421, 452)


class NotSent(Exception):
    """A letter was not sent. `permanent` where it never will be: its recipient or its text was refused for good.
    `about_letter` where the next letter may well be taken: nothing was said of the server, the connection or the sender.

    The message names the step and the server's code and no address; `said` is what the server said, for an operator's eyes.
    """

    def __init__(self, message: str, *, permanent: bool = False, about_letter: bool = False, said: str = "") -> None:
        super().__init__(message)
        self.permanent = permanent
        self.about_letter = about_letter or permanent
        self.said = said


def send(server: MailServer, message: EmailMessage) -> None:
    """Hand a letter to the mail server, from the one address in its `From` for the one in its `To`. Raises `NotSent`.

    Only a refusal of the recipient or of the letter itself (5xx) is permanent. What concerns the connection, the login or
    the sender is for the operator to mend, and the letter waits for it.
    """
    sender = _address(message, "From")
    with _explained("connection"), closing(_connect(server, sender)) as connection:
        connection.ehlo_or_helo_if_needed()
        with _explained("STARTTLS"):
            _encrypt(connection, server)
        if server.user is not None:
            with _explained("login"):
                connection.login(server.user, server.password)
        with _explained("letter"):
            _hand_over(connection, message, sender)
        # It is accepted; how the server says good-bye is of no matter.
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()


def _address(message: EmailMessage, header: str) -> str:
    [mailbox] = message[header].addresses
    return str(mailbox.addr_spec)


def _hand_over(connection: smtplib.SMTP, message: EmailMessage, sender: str) -> None:
    # Not by `send_message`, which would write ">From" where a line begins with "From".
    recipient = _address(message, "To")
    if recipient.isascii():
        connection.sendmail(sender, [recipient], message.as_bytes())
        return
    if not connection.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError("SMTPUTF8")
    policy = cast(EmailPolicy, message.policy).clone(utf8=True, cte_type="8bit")
    written = message.as_bytes(policy=policy)
    connection.sendmail(sender, [recipient], written, mail_options=["SMTPUTF8", "BODY=8BITMIME"])


class _Bounded(smtplib.SMTP):
    """A connection that ends by itself after `TOTAL_SECONDS`."""

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """Connect, and begin to count."""
        self._end = threading.Timer(TOTAL_SECONDS, self._hang_up)
        self._end.daemon = True
        self._end.start()
        try:
            return super().connect(host, port, source_address)
        except BaseException:
            self._end.cancel()
            raise

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand the letter over, and wait longer for what the server says to it."""
        if self.sock is not None:
            self.sock.settimeout(DATA_SECONDS)
        answer = super().data(msg)
        if self.sock is not None:
            self.sock.settimeout(STEP_SECONDS)
        return answer

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        self._end.cancel()
        super().close()

    def _hang_up(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


def _connect(server: MailServer, sender: str) -> smtplib.SMTP:
    # What EHLO says: to look up this machine's own name may take a resolver's whole patience.
    name = sender.rpartition("@")[2]
    if server.encryption == "tls":
        context = ssl.create_default_context()
        return _BoundedTls(server.host, server.port, local_hostname=name, timeout=STEP_SECONDS, context=context)
    return _Bounded(server.host, server.port, local_hostname=name, timeout=STEP_SECONDS)


def _encrypt(connection: smtplib.SMTP, server: MailServer) -> None:
    if server.encryption == "starttls":
        connection.starttls(context=ssl.create_default_context())
    elif server.encryption == "opportunistic" and connection.has_extn("starttls"):
        # Without a login there is nobody to deceive for a password; unverified is better than in the clear.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection.starttls(context=context)
    connection.ehlo_or_helo_if_needed()


_REFUSED: dict[type[smtplib.SMTPException], tuple[str, bool]] = {
    smtplib.SMTPDataError: ("letter", True),
    smtplib.SMTPSenderRefused: ("sender", False),
    smtplib.SMTPAuthenticationError: ("login", False),
}
"""What the server's refusals are about, and whether one is about this letter alone."""


@contextmanager
def _explained(step: str) -> Iterator[None]:
    """Turn whatever goes wrong in a step into `NotSent`."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as fault:
        [(code, said)] = fault.recipients.values()
        # Greylisting says 450 or 451 to one recipient after the other.
        permanent, about_letter = code >= _FOR_GOOD, code not in _OF_ITSELF
        raise NotSent(
            f"recipient refused ({code})", permanent=permanent, about_letter=about_letter, said=_text(said)
        ) from fault
    except smtplib.SMTPResponseException as fault:
        what, about_letter = _REFUSED.get(type(fault), (step, False))
        code, words = fault.smtp_code, _text(fault.smtp_error)
        about_letter = about_letter and code not in _OF_ITSELF
        permanent = about_letter and code >= _FOR_GOOD
        raise NotSent(f"{what} refused ({code})", permanent=permanent, about_letter=about_letter, said=words) from fault
    except smtplib.SMTPNotSupportedError as fault:
        # A letter asks for one thing that a server may not have: addresses outside ASCII (SMTPUTF8).
        raise NotSent(f"{step}: the server does not offer it", permanent=step == "letter", said=str(fault)) from fault
    except ssl.SSLCertVerificationError as fault:
        raise NotSent(f"{step}: the server's certificate is not valid", said=fault.verify_message) from fault
    except TimeoutError as fault:
        raise NotSent(f"{step}: no answer in time") from fault
    except (OSError, UnicodeError, smtplib.SMTPException) as fault:
        # `smtplib` says of a server that went silent that it hung up.
        if isinstance(fault.__context__, TimeoutError):
            raise NotSent(f"{step}: no answer in time") from fault
        raise NotSent(f"{step} failed ({type(fault).__name__})", said=str(fault)) from fault


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
