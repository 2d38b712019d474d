"""What a check says: how it is, of what, a sentence, and what to do about it."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

Word = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `wrong` keeps readers or moderators from their work, or harms them; a `warning` may be meant so. `remedy` is a command
    or a setting wherever one mends it.
    """

    word: Word
    about: str
    sentence: str
    remedy: str = ""


def ok(about: str, sentence: str) -> Finding:
    """All is well."""
    return Finding("ok", about, sentence)


def warning(about: str, sentence: str, remedy: str = "") -> Finding:
    """This may be meant so."""
    return Finding("warning", about, sentence, remedy)


def wrong(about: str, sentence: str, remedy: str = "") -> Finding:
    """This must be changed."""
    return Finding("wrong", about, sentence, remedy)


def is_local(url: str) -> bool:
    """Whether an address leads a browser to its own machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
