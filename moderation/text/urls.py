"""Addresses on the web: which links may stand in a comment, a reader's website, a site's origin."""

import html
import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

import idna

from moderation.text.chars import BIDI, BLANK_GLYPHS, HIDDEN, NONCHARACTERS, SELECTORS, TAGS, ZERO_WIDTH
from moderation.text.faults import Fault

URL_LENGTH = 2000
"""Longest address handled; browsers and proxies cut near it."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986 leaves all of these out; browsers drop or repair some of them, and then read another address than we did.
_BAD = (
    rf"\s\x00-\x20\x7f-\xa0\"'<>\\^`{{|}}\ud800-\udfff{BIDI}{ZERO_WIDTH}{BLANK_GLYPHS}{SELECTORS}{TAGS}{NONCHARACTERS}"
)
_SAFE_HREF = re.compile(
    rf"""https?://(?:[^{_BAD}/?#@:\[\]%]+|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?(?:[/?\#][^{_BAD}]*)?\Z
       | mailto:[^{_BAD}/:?\#,;@%]+@[^{_BAD}/:?\#,;@%]+(?:\?[^{_BAD}]*)?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_ABSOLUTE = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?\Z", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]@]*)(?::([0-9]{1,5}))?\Z")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMERIC = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_BARE = re.compile(r"(?:[^\W_][\w-]*\.)+[^\W\d_][\w-]*\.?(?::[0-9]{1,5})?(?:[/?#].*)?\Z", re.DOTALL)


class BadAddress(Fault):
    """An address or an origin that is none. That of `parse_url` names the fault alone: the way out hangs on what it is for."""


class BadWebsite(Fault):
    """A website that cannot be linked."""


class WebAddress(NamedTuple):
    """An absolute http(s) address in canonical, ASCII-only parts. `path`, `query`, `fragment` keep their delimiters."""

    origin: str
    path: str
    query: str
    fragment: str


def to_uri(address: str) -> str:
    """An address as RFC 3986 has it. Browsers take brackets, lone percent signs and a second hash; the formats do not."""
    host_end = address.find("/", address.find("//") + 2)
    head, path = (address, "") if host_end < 0 else (address[:host_end], address[host_end:])
    before, hash_sign, fragment = _LONE_PERCENT.sub("%25", path).partition("#")
    return head + (before + hash_sign + fragment.replace("#", "%23")).replace("[", "%5B").replace("]", "%5D")


def is_safe_href(value: str) -> bool:
    """Tell whether an `href` as written in HTML may be followed: http(s) with a host, or mailto with an address.

    The value is unescaped once, as a browser does, and must then match a pattern of our own from end to end: bleach
    takes `javascript:123` for an address without a scheme.
    """
    return is_safe_address(html.unescape(value))


def is_safe_address(value: str) -> bool:
    """Like `is_safe_href`, for a value whose character references have been decoded already."""
    return len(value) <= URL_LENGTH and _SAFE_HREF.match(value) is not None


def clean_website(raw: str) -> str | None:
    """Return a reader's website as an ASCII-only http(s) address, `None` if the field is blank.

    A bare `example.com` gets `https://`; nothing else is added. Raises `BadWebsite`.
    """
    value = raw.strip(" \t\r\n\u00a0\u3000")
    if not value:
        return None
    try:
        return _website(value)
    except BadAddress as fault:
        raise BadWebsite(
            "%(why)s Please give a website address such as https://example.com, or leave the field empty.", why=fault
        ) from None


def _website(value: str) -> str:
    if len(value) > URL_LENGTH:
        raise _too_long()
    if "://" not in value and "@" not in value.split("/")[0] and _BARE.match(value):
        value = f"https://{value}"
    if _ABSOLUTE.match(value) and "@" in value.split("/")[2]:
        raise BadWebsite("A website address must not hold a user name or password. Please leave out all before the @.")
    url = "".join(parse_url(value))
    # All that is unsafe has been refused or percent-encoded, which can triple the length.
    if not is_safe_address(url):
        raise _too_long()
    return url


def parse_url(url: str) -> WebAddress:
    """Take an absolute http(s) address apart, host in punycode, unsafe characters percent-encoded.

    Raises `BadAddress` for anything else: user names, hidden characters, spaces, backslashes.
    """
    if len(url) > URL_LENGTH:
        raise _too_long()
    if HIDDEN.search(url) or re.search(r"[\s\\]", url):
        raise BadAddress("The address holds a space, a backslash or a hidden character.")
    match = _ABSOLUTE.match(url)
    if match is None:
        raise BadAddress("The address does not begin with http:// or https://.")
    scheme, authority, path, query, fragment = (part or "" for part in match.groups())
    scheme = scheme.lower()
    parts = _AUTHORITY.match(authority)
    if parts is None:
        raise BadAddress("The address has no plain host name with an optional port.")
    host, port = _ascii_host(parts[1]), parts[2]
    if port is not None and not 0 < int(port) < 65536:
        raise BadAddress("The port of the address is not between 1 and 65535.")
    suffix = "" if port is None or int(port) == _DEFAULT_PORTS[scheme] else f":{int(port)}"
    return WebAddress(f"{scheme}://{host}{suffix}", _encoded(path) or "/", _encoded(query), _encoded(fragment))


def origin_of(url: str) -> str | None:
    """Return `scheme://host[:port]` of an absolute http(s) address in lower case, default port dropped, else `None`."""
    return _origin_of(url) if len(url) <= URL_LENGTH else None


# Browsers send the same few with each request.
@lru_cache(maxsize=256)
def _origin_of(url: str) -> str | None:
    try:
        return parse_url(url).origin
    except BadAddress:
        return None


def parse_origin(raw: str) -> str:
    """Return the origin that a site owner typed; a trailing slash is forgiven.

    Raises `BadAddress` unless the text is exactly scheme, host and optional port.
    """
    try:
        return _origin(raw.strip())
    except BadAddress as fault:
        raise BadAddress(
            "%(why)s Please give an origin such as https://example.com or http://localhost:8001.", why=fault
        ) from None


def _origin(value: str) -> str:
    if "*" in value:
        raise BadAddress("An origin cannot hold a wildcard.")
    address = parse_url(value)
    if address.path != "/" or address.query or address.fragment or value.endswith(("?", "#")):
        raise BadAddress("An origin ends after the host and port.")
    return address.origin


def _too_long() -> BadAddress:
    return BadAddress("The address is longer than %(limit)s characters.", limit=URL_LENGTH)


def _ascii_host(host: str) -> str:
    """Return `host` in lower-case ASCII; `BadAddress` when no browser could reach it."""
    fault = BadAddress("The host name of the address is not valid.")
    if host.startswith("["):
        # A zone (`%eth0`) means something on one machine only.
        if "%" in host:
            raise fault
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            raise fault from None
    if len(host) > 253:
        raise fault
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
        labels = name.removesuffix(".").split(".")
        for label in labels:
            if _LABEL.match(label) is None:
                raise fault
            if label.startswith("xn--"):
                label.removeprefix("xn--").encode("ascii").decode("punycode")
        # Browsers read a name that ends in a number as IPv4, in several notations: only the plain one is taken.
        if _NUMERIC.match(labels[-1]):
            return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise fault from None
    return name


def _encoded(part: str) -> str:
    return quote(part, safe="/?#:@!$&()*+,;=%-._~[]")
