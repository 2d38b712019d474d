"""The key of a page: what the host says it is, else the path of its address made canonical."""

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

from moderation.text.chars import HIDDEN, is_blank, normalized
from moderation.text.faults import Fault
from moderation.text.urls import BadAddress, parse_url

KEY_LENGTH = 500
"""Longest page key in characters, as stored."""

_LOOKS_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
_INDEX = re.compile(r"/index\.(?:html|htm|php)\Z")
# What newsletters, advertisers and networks add to the addresses that they hand out.
_FOLLOWS = re.compile(
    r"(?:utm_\w+|\w*clid|gbraid|wbraid|igshid|mc_[ce]id|mkt_tok|vero_id|_hs\w+|oly_\w+_id|s_cid)(?:=|\Z)", re.IGNORECASE
)
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]\Z")


class BadPage(Fault):
    """A page that cannot be named so."""


def page_key(value: str, origins: Sequence[str]) -> str:
    """Return the key under which a page's comments are kept.

    An http(s) address on one of `origins` (as `urls.parse_origin` writes them) becomes its canonical path: percent
    encoding as RFC 3986 section 6.2.2, dot segments resolved, doubled slashes and `index.html` dropped, no query, no
    fragment. Anything else is the host's own key, kept as it is (NFC, stripped). Raises `BadPage`.
    """
    if len(value) > 4 * KEY_LENGTH:
        raise _too_long()
    if is_blank(value):
        raise BadPage("The page key is empty. Give the page's address, or a key of your own in data-page.")
    stripped = value.strip()
    if HIDDEN.search(stripped):
        raise BadPage("The page key holds control or hidden characters. Give a key of visible characters in data-page.")
    key = normalized(stripped)
    if _LOOKS_ABSOLUTE.match(key):
        key = _key_of_address(key, origins)
    if len(key) > KEY_LENGTH:
        raise _too_long()
    return key


def page_url(value: str, origins: Sequence[str]) -> str | None:
    """Return the address of a page without its fragment if it lies on one of `origins`, else `None`."""
    try:
        address = parse_url(value.strip(" \t\r\n"))
    except BadAddress:
        return None
    url = f"{address.origin}{address.path}{address.query}"
    # Percent-encoding can triple the length, so the limit is checked on what would be stored.
    return url if address.origin in origins and len(url) <= 2000 else None


def stored_url(value: str, origins: Sequence[str], key: str) -> str | None:
    """Return the address of the page with this key as it is stored and told to everybody: `page_url` without what only
    concerns the one who gave it.

    Where the path is the key, the query says nothing of the page: it is the campaign or the letter that a reader came by.
    Under a host's own key it may be what names the page, so only what is known to follow people is taken off.
    """
    url = page_url(value, origins)
    if url is None or "?" not in url:
        return url
    address, _mark, query = url.partition("?")
    if unquote(_canonical(parse_url(address).path)) == unquote(key):
        return address
    kept = "&".join(part for part in query.split("&") if not _FOLLOWS.match(part))
    return f"{address}?{kept}" if kept else address


def reading_address(key: str, url: str | None, *, site_key: str, origins: Sequence[str], public_url: str) -> str:
    """Where a page's comments can be read: on the article if its address is known, else on the hosted thread."""
    if url:
        return url
    if key.startswith("/") and origins:
        return origins[0] + quote(key, safe="/?%:@!$&'()*+,;=~-._")
    return f"{public_url}/sites/{quote(site_key, safe='')}/thread?page={quote(key, safe='')}"


def _too_long() -> BadPage:
    return BadPage(
        "The page key is longer than %(limit)s characters. Give a shorter one in data-page.", limit=KEY_LENGTH
    )


def _key_of_address(url: str, origins: Sequence[str]) -> str:
    try:
        address = parse_url(url)
    except BadAddress as fault:
        raise BadPage(
            "%(why)s Give the page's address as the browser shows it, or a key in data-page.", why=fault
        ) from None
    if address.origin not in origins:
        raise BadPage(
            "%(origin)s is not one of this site's origins. "
            "Its owner can add it: moderation site set KEY origin+=%(origin)s",
            origin=address.origin,
        )
    return _canonical(address.path)


def _canonical(path: str) -> str:
    return _INDEX.sub("/", _without_dots(re.sub(r"/{2,}", "/", _PERCENT.sub(_canonical_byte, path))))


def _canonical_byte(match: re.Match[str]) -> str:
    digits = match[1]
    if digits is None:
        return "%25"
    character = chr(int(digits, 16))
    return character if _UNRESERVED.match(character) else quote(f"%{digits.upper()}", safe="%")


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` as RFC 3986 section 5.2.4 does for an absolute path."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
