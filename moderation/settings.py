"""Every setting of the service: name, type, default, environment variable, and what it is for.

One table (the fields of `Settings`) feeds the start-up check, the documentation and the code that reads a value.
A bad value stops the start with a line that names the variable, what it was and what it may be.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from moderation.mailserver import parse_sender, parse_server

PREFIX = "MODERATION_"
SHORTEST_SECRET = 32
_EXTENSION = "moderation.settings"
_WEAK_SECRETS = frozenset({"changeme", "change-me", "secret", "password", "development", "dev"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(ValueError):
    """One or more settings cannot be used; `lines` has one sentence for each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not raw.strip().isascii() or not raw.strip().isdigit() or not low <= int(raw) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(raw)

    return parse


def _switch(raw: str) -> bool:
    try:
        return {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }[raw.strip().lower()]
    except KeyError:
        raise ValueError("1 or 0 (also true, false, yes, no, on, off)") from None


def _database(raw: str) -> str:
    scheme, separator, rest = raw.partition("://")
    form = "sqlite:///path/to/file.db or postgresql://user:password@host[:port][,host[:port]…]/database"
    if scheme == "sqlite" and separator and rest.startswith("/") and len(rest) > 1:
        return raw
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError(form)
    address, slash, name = rest.partition("/")
    access, at, hosts = address.rpartition("@")
    if "," in hosts:
        # libpq takes several hosts; SQLAlchemy hands them on when they stand in the query.
        query = "&".join(f"host={host}" for host in hosts.split(","))
        address, name = access + at, f"{name}{'&' if '?' in name else '?'}{query}"
    try:
        return make_url(f"postgresql+psycopg://{address}{slash}{name}").render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        raise ValueError(form) from None


def _secret(raw: str) -> str:
    if len(raw.encode()) < SHORTEST_SECRET or raw.lower() in _WEAK_SECRETS or len(set(raw)) < 8:
        raise ValueError("at least 32 random characters, for example from: openssl rand -hex 32")
    return raw


def _secrets(raw: str) -> tuple[str, ...]:
    return tuple(_secret(part.strip()) for part in raw.split(",") if part.strip())


def _base_url(raw: str) -> str:
    parts = urlsplit(raw.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("an absolute address such as https://comments.example")
    if parts.path.strip("/"):
        raise ValueError("an address without a path: the service needs a host name of its own")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _redis(raw: str) -> str:
    try:
        parts = urlsplit(raw)
        known = parts.scheme in {"redis", "rediss", "unix"} and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise ValueError("redis://host:6379/0")
    return raw


def _proxies(raw: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip())
    except ValueError:
        raise ValueError("addresses or networks of your proxies, such as 127.0.0.1,10.0.0.0/8") from None


def _smtp(raw: str) -> str:
    parse_server(raw)
    return raw


def _mail_from(raw: str) -> str:
    parse_sender(raw)
    return raw


def _webhook(raw: str) -> str:
    parts = urlsplit(raw.strip())
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username
        or parts.fragment
        or not raw.isascii()
    ):
        raise ValueError("an address such as https://cache.example/purge, without a user")
    return raw.strip()


def _token(raw: str) -> str:
    if not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError("one word of printable ASCII characters")
    return raw


def _level(raw: str) -> str:
    if raw.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return raw.upper()


def _setting(parse: Callable[[str], Any], help_: str, default: Any, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"parse": parse, "help": help_, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running service. Times are in seconds, sizes in characters unless said otherwise."""

    database_url: str = _setting(_database, "Where comments are stored.", "sqlite:///var/moderation.db", secret=True)
    secret_key: str = _setting(
        _secret,
        "Signs tokens and sessions and keys the hashes of addresses. With SQLite, made at the first start in "
        "`secret.key` beside the database; with PostgreSQL you set it, the same on every machine.",
        "",
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = _setting(
        _secrets, "Former secret keys, comma-separated: what they signed stays valid until it expires.", (), secret=True
    )
    public_url: str = _setting(_base_url, "Where readers' browsers reach the service.", "http://localhost:8000")
    trusted_proxies: tuple[Network, ...] = _setting(
        _proxies, "Addresses or networks of your own proxies; only from these is X-Forwarded-For believed.", ()
    )
    redis_url: str = _setting(
        _redis, "Shares rate limits between machines; without it each process counts alone.", "", secret=True
    )
    smtp_url: str = _setting(
        _smtp,
        "The mail server: `smtp://user:password@host:587`, or `smtps://…` for TLS from the start. Without it there is no mail.",
        "",
        secret=True,
    )
    mail_from: str = _setting(
        _mail_from, "Whom mail comes from: an address, or `Name <address>`. Needed with `MODERATION_SMTP_URL`.", ""
    )
    flood_seconds: int = _setting(
        _whole(0, 3600),
        "How long one author or network waits between two comments, and between two edits of one; 0 = off. (WordPress: 15.)",
        15,
    )
    flood_limit: int = _setting(
        _whole(0, 1_000_000), "Comments a minute from all addresses together before new ones wait; 0 = off.", 120
    )
    refused_limit: int = _setting(
        _whole(0, 1_000_000),
        "Refused posts a minute from one network before further ones are not looked at; 0 = off.",
        300,
    )
    max_author: int = _setting(_whole(1, 1000), "Longest name.", 245)
    max_email: int = _setting(_whole(6, 254), "Longest email address.", 254)
    max_url: int = _setting(_whole(10, 2000), "Longest website address.", 200)
    max_comment: int = _setting(_whole(1, 20_000), "Longest comment.", 10_000)
    max_tags: int = _setting(_whole(0, 1000), "Most HTML tags in a comment.", 200)
    email_deliverability: bool = _setting(
        _switch, "Ask DNS whether an author's mail domain takes mail, before the comment is accepted.", False
    )
    edge_bytes: int = _setting(
        _whole(0, 2**40),
        "Memory in which each process keeps public answers ready, in bytes; 0 = none.",
        12 * 1024 * 1024,
    )
    edge_seconds: int = _setting(
        _whole(0, 60),
        "With PostgreSQL, how long an answer is believed before the database is asked whether it still holds; 0 = never. "
        "(SQLite is asked each time.)",
        1,
    )
    token_max_age: int = _setting(
        _whole(60, 7 * 86_400), "How long a form may stay open before it needs a new token.", 86_400
    )
    login_rate: int = _setting(_whole(1, 10_000), "Log-in attempts a minute from one network.", 20)
    purge_url: str = _setting(
        _webhook, "What caches in front are told at: each change that readers see is posted there.", "", secret=True
    )
    purge_token: str = _setting(_token, "Sent there as `Authorization: Bearer …`.", "", secret=True)
    log_level: str = _setting(_level, "How much is logged: DEBUG, INFO, WARNING or ERROR.", "INFO")

    @property
    def embedded(self) -> bool:
        """Whether everything lives in one SQLite file."""
        return self.database_url.startswith("sqlite:")

    @property
    def sends_mail(self) -> bool:
        """Whether there is a mail server; without one nothing is offered that would need it."""
        return bool(self.smtp_url)

    @property
    def database_path(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        return Path(self.database_url.removeprefix("sqlite:///")).absolute() if self.embedded else None


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row of the settings table, for documentation and checks."""

    variable: str
    default: str
    help: str
    secret: bool


def table() -> list[SettingRow]:
    """All settings in the order in which the documentation lists them."""
    return [
        SettingRow(PREFIX + f.name.upper(), _shown(f.default), f.metadata["help"], f.metadata["secret"])
        for f in fields(Settings)
    ]


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(int(default))
    return "" if default in ("", ()) else str(default)


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings from an environment.

    An empty variable counts as not set. Raises `SettingsError` with a line for every variable that is wrong or unknown.
    """
    values: dict[str, Any] = {}
    lines: list[str] = []
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    for variable, raw in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(PREFIX + "TEST_") or not raw:
            continue
        if variable not in known:
            lines.append(f"{variable} is not a setting of this service. Known are: {', '.join(sorted(known))}.")
            continue
        meta = known[variable].metadata
        try:
            values[known[variable].name] = meta["parse"](raw)
        except ValueError as fault:
            shown = "not usable" if meta["secret"] else f"{raw!r}"
            lines.append(f"{variable} is {shown}; it must be {fault}.")
    if "smtp_url" in values and "mail_from" not in values and not lines:
        lines.append(f"{PREFIX}MAIL_FROM is not set; with {PREFIX}SMTP_URL it must be, such as comments@news.example.")
    if lines:
        raise SettingsError(lines)
    return Settings(**values)


def bind(app: Any, settings: Settings) -> None:
    """Attach the settings to a Flask app, for `current()`."""
    app.extensions[_EXTENSION] = settings


def current() -> Settings:
    """The settings of the app that handles this request or command."""
    settings: Settings = current_app.extensions[_EXTENSION]
    return settings
