"""The mail server that the service hands its letters to, and whom they come from: what an operator may set."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from moderation.text.emails import BadEmail, parse_mailbox
from moderation.text.names import clean_line

Encryption = Literal["tls", "starttls", "opportunistic", "none"]
_FORM = "smtp://user:password@host:port or smtps://user:password@host:port, with ?starttls=required, offered or off"
_STARTTLS: dict[str, Encryption] = {"required": "starttls", "offered": "opportunistic", "off": "none"}
# RFC 8314 (submission over TLS), RFC 6409 (submission), RFC 5321 (relay).
_TLS_PORT, _SUBMISSION_PORT, _RELAY_PORT = 465, 587, 25


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters go and how the way there is protected.

    `tls`: from the start; `starttls`: before anything is said, or nothing is; `opportunistic`: where the server offers it,
    without asking who it is; `none`. `user` is None where no one logs in.
    """

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom letters come from. `name` may be empty; the address is ASCII."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]

    def header(self) -> Address:
        """The value of a `From` header."""
        return Address(display_name=self.name, addr_spec=self.address)


def parse_server(raw: str) -> MailServer:
    """Read a mail server's URL. Raises `ValueError` with what it may be.

    Without `starttls` a server that one logs in to must offer it, unless it is this machine; where nobody logs in it is used
    where it is offered. A password is never sent to another machine in the clear.
    """
    if not all("!" <= letter <= "~" for letter in raw):
        raise ValueError(_FORM)
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        raise ValueError(_FORM) from None
    host, user = parts.hostname, unquote(parts.username or "") or None
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path.strip("/") or parts.fragment or port == 0:
        raise ValueError(_FORM)
    if parts.password is not None and user is None:
        raise ValueError(_FORM)
    encryption = _encryption(parts.scheme, parts.query, user=user, here=_is_this_machine(host))
    usual = _TLS_PORT if encryption == "tls" else _SUBMISSION_PORT if user else _RELAY_PORT
    return MailServer(host, port or usual, encryption, user, unquote(parts.password or ""))


def _encryption(scheme: str, query: str, *, user: str | None, here: bool) -> Encryption:
    asked = parse_qs(query, keep_blank_values=True)
    if asked.keys() - {"starttls"} or any(len(words) != 1 or words[0] not in _STARTTLS for words in asked.values()):
        raise ValueError(_FORM)
    if scheme == "smtps":
        if asked:
            raise ValueError("smtps:// without starttls: it is encrypted from the start")
        return "tls"
    exposed = user is not None and not here
    chosen = _STARTTLS[asked["starttls"][0]] if asked else "starttls" if exposed else "opportunistic"
    if exposed and chosen != "starttls":
        raise ValueError("starttls=required, or smtps://, where a password goes to another machine")
    return chosen


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_sender(raw: str) -> Sender:
    """Read an address with or without a name before it. Raises `ValueError` with what it may be."""
    form = "an address such as comments@news.example, or: The News <comments@news.example>"
    name, address = parseaddr(raw)
    try:
        ascii_address = parse_mailbox(address).ascii
    except BadEmail:
        raise ValueError(form) from None
    if ascii_address is None or clean_line(raw) != raw.strip() or not raw.strip().endswith((address, f"<{address}>")):
        raise ValueError(form)
    return Sender(name, ascii_address)
