"""What an owner may write on a site's lists: one entry a line, in a small language that needs no patterns.

::

    # a comment; so is what follows " #" behind an entry
    casino                          anywhere in name, e-mail address, website, text, network address or user agent
    word:casino  name:seo*          whole words of the text, of the name
    email:*@mail.example            the whole e-mail address; without its own "+tag" an entry covers every tag
    domain:shop.example             this host and those below it, where links and the website point to
    ip:203.0.113.0/24               an address or a network; ip:203.0.113.* says the same
    agent:somebot                   anywhere in the user agent
    casino until 2027-01-31         counts through that day (UTC)

``*`` stands for any run of characters without white space. A backslash takes its meaning from the character behind it.
Case does not count, nor does how a letter is encoded (NFKC). A line of WordPress's ``disallowed_keys`` is an entry
without a field once ``escaped`` has taken the meaning from what means nothing there.
"""

import re
from datetime import date
from ipaddress import IPv6Network, ip_network
from typing import Literal, NamedTuple, get_args

import idna

from moderation.spam.view import plain
from moderation.text.addresses import Network
from moderation.text.emails import email_identity
from moderation.text.names import clean_line

ListName = Literal["block", "hold", "allow"]
LIST_NAMES: tuple[ListName, ...] = get_args(ListName)
Field = Literal["any", "word", "name", "email", "domain", "ip", "agent"]
_FIELDS: tuple[Field, ...] = get_args(Field)

LONGEST_LINE = 200
_FEWEST = 3
_MOST_WILDCARDS = 5
_WIDEST = {"block": {4: 8, 6: 16}, "hold": {4: 8, 6: 16}, "allow": {4: 16, 6: 32}}
# Behind a proxy that the service was not told of, everybody seems to come from such an address.
_INSIDE = tuple(
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_UNTIL = re.compile(r"\s+until\s+(\d\S*)\Z", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_FIELD = re.compile(r"([a-z]+):(?!//)", re.IGNORECASE)
_TOKEN = re.compile(r"\\(.)|(\*)|([^\\*]+)|\\\Z", re.DOTALL)
_STARS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(?:\.\*)+\Z")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
# Scripts of which two signs are a word: kana, Han, Hangul.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")
# What stands between words, in any script. Marks, which belong to letters, do not.
_BETWEEN_WORDS = re.compile(
    "[\\s!-/:-@\\[-`{-\xbf\u2000-\u206f\u2190-\u2bff\u3000-\u303f،؛؟٪-٭۔।॥\uff00-\uff0f\U0001f000-\U0001faff]+"
)


class ListError(ValueError):
    """A line that cannot be an entry. Its message is one sentence that names the fault and the way out."""


class Entry(NamedTuple):
    """One entry.

    :param pieces: what has to be there, folded, in this order; a wildcard stands between each two. An empty first or
        last piece is a wildcard at that end.
    :param network: of an entry ``ip:``, which has no pieces.
    :param written: as the owner wrote it, without expiry and remark.
    :param until: the last day on which it counts.
    """

    field: Field
    pieces: tuple[str, ...]
    network: Network | None
    written: str
    until: date | None
    remark: str

    @property
    def line(self) -> str:
        """The entry as a line of its list."""
        until = f" until {self.until.isoformat()}" if self.until else ""
        return self.written + until + (f"  # {self.remark}" if self.remark else "")

    def is_over(self, on: date) -> bool:
        """Whether it counts no more on a day."""
        return self.until is not None and self.until < on


def escaped(literal: str) -> str:
    """The line whose entry is this text and nothing more: no comment, wildcard, field or expiry is seen in it."""
    # Cleaned first, as a line is that is read: a character that goes may hold apart what then is an expiry.
    line = re.sub(r"([\\*#])", r"\\\1", clean_line(literal[: 4 * LONGEST_LINE]))
    line = _FIELD.sub(r"\1\\:", line, count=1) if _FIELD.match(line) else line
    return re.sub(r"(\s)(until\s+\d\S*)\Z", r"\1\\\2", line, flags=re.IGNORECASE)


def entry_of(line: str, name: ListName) -> Entry | None:
    """The entry that a clean line is for a list; ``None`` for a comment or nothing.

    :raises ListError: it cannot be one.
    """
    if len(line) > LONGEST_LINE:
        raise ListError(f"It is longer than {LONGEST_LINE} characters; use a shorter part of it.")
    comment = _COMMENT.search(line)
    body, remark = (line[: comment.start()], line[comment.end() :].strip()) if comment else (line, "")
    written, until = _expiry(body.strip())
    if not written:
        return None
    field, rest = _field(written)
    pieces = _pieces(rest)
    if name == "allow" and field not in ("ip", "domain"):
        raise ListError(
            "The allow list takes ip: and domain: only, since anybody can type the rest; "
            "authors who come back are trusted by trust_after."
        )
    if field == "ip":
        return Entry(field, (), _network(rest, name), written, until, remark)
    found = _READ[field](pieces)
    given = [piece for piece in found if piece]
    if name == "allow" and (len(found) > 1 or "." not in found[0]):
        raise ListError("The allow list takes whole domains without a wildcard, such as shop.example.")
    if max(_weight(piece) + (field == "domain" and at == 0) for at, piece in enumerate(found)) < _FEWEST:
        raise ListError(
            f"It is too broad; give at least {_FEWEST} characters in a row (of Chinese, Japanese or Korean 2)."
        )
    if len(found) - 1 > _MOST_WILDCARDS or (len(given) > 1 and any(" " in piece for piece in given)):
        raise ListError(
            f"Wildcards stand inside one word, and at most {_MOST_WILDCARDS} of them; write several entries instead."
        )
    return Entry(field, found, None, written, until, remark)


def words_of(text: str) -> str:
    """The words of a folded text with one space between them."""
    return _BETWEEN_WORDS.sub(" ", text).strip()


def ascii_host(host: str) -> str:
    """A lower-case host as the network knows it (IDNA); as it is where it can have no such form."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return host


def fold(text: str) -> str:
    """A text whose case does not count, with single spaces."""
    return " ".join(text.casefold().split())


def _expiry(body: str) -> tuple[str, date | None]:
    found = _UNTIL.search(body)
    if found is None:
        return body, None
    fault = ListError(f"{found[1][:20]!r} is no day; write the last one as 2027-01-31.")
    if not _DAY.match(found[1]):
        raise fault
    try:
        return body[: found.start()], date.fromisoformat(found[1])
    except ValueError:
        raise fault from None


def _field(written: str) -> tuple[Field, str]:
    found = _FIELD.match(written)
    if found is None:
        return "any", written
    for field in _FIELDS:
        if field == found[1].lower():
            return field, written[found.end() :].strip()
    raise ListError(
        f"There is no field {found[1][:20]!r}; there are {', '.join(_FIELDS)}. "
        f"If the colon belongs to the text, write {found[1][:20]}\\: instead."
    )


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for token in _TOKEN.finditer(text):
        literal = token[1] or token[3]
        if literal:
            pieces[-1] += literal
        elif token[2]:
            # Several wildcards in a row are one.
            pieces += [""] if pieces[-1] or len(pieces) == 1 else []
        else:
            raise ListError("It ends in a single backslash; write two to mean one.")
    return [_folded(piece) for piece in pieces]


def _folded(piece: str) -> str:
    # Spaces at its ends count: they stand beside a wildcard.
    return re.sub(r"\s+", " ", plain(piece).casefold())


def _weight(piece: str) -> int:
    return len(piece.replace(" ", "")) + len(_DENSE.findall(piece))


def _text(pieces: list[str]) -> tuple[str, ...]:
    """A part of a text: a wildcard at its ends says nothing."""
    inner = [piece for at, piece in enumerate(pieces) if piece or 0 < at < len(pieces) - 1]
    inner = inner or [""]
    return (inner[0].lstrip(), *inner[1:-1], inner[-1].rstrip()) if len(inner) > 1 else (inner[0].strip(),)


def _words(pieces: list[str]) -> tuple[str, ...]:
    return tuple(words_of(piece) for piece in pieces)


def _email(pieces: list[str]) -> tuple[str, ...]:
    if any(" " in piece for piece in pieces):
        raise ListError("An e-mail address has no white space.")
    if len(pieces) == 1:
        local, at, domain = pieces[0].partition("@")
        if not (local and at and domain):
            raise ListError("This is no whole e-mail address; with a wildcard it could be one, as *@mail.example.")
        return (email_identity(pieces[0]),)
    local, at, domain = pieces[-1].rpartition("@")
    return (*pieces[:-1], local + at + (ascii_host(domain) if at else domain))


def _domain(pieces: list[str]) -> tuple[str, ...]:
    if any(re.search(r"[\s/:@]", piece) for piece in pieces):
        raise ListError("A domain is a host name such as shop.example, without https://, path and port.")
    pieces = [pieces[0].removeprefix("www."), *pieces[1:]]
    whole_zone = len(pieces) > 1 and not pieces[0] and pieces[1].startswith(".")
    if whole_zone:
        # "*.shop.example" says no more than "shop.example", which covers what is below it.
        pieces = [pieces[1][1:], *pieces[2:]]
    if len(pieces) > 1:
        return tuple(pieces)
    host = pieces[0].removesuffix(".")
    try:
        name = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        name = ""
    if len(name) > 253 or not all(map(_LABEL.match, name.split("."))):
        raise ListError("This is no host name; it should look like shop.example.")
    if "." not in name and not whole_zone:
        raise ListError(f"This names everything that ends in .{name}; write '*.{name}' if that is meant.")
    return (name,)


_READ = {"any": _text, "agent": _text, "word": _words, "name": _words, "email": _email, "domain": _domain}


def _network(text: str, name: ListName) -> Network:
    stars = _STARS.match(text)
    if stars:
        given = stars[1].count(".") + 1
        text = stars[1] + ".0" * (4 - given) + f"/{8 * given}"
    try:
        network: Network = ip_network(text, strict=False)
    except ValueError:
        raise ListError(
            "This is no address; write one such as 203.0.113.7, or a network such as 203.0.113.0/24."
        ) from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped and network.prefixlen >= 96:
        # An IPv4 address in IPv6 clothing is that address.
        network = ip_network((mapped, network.prefixlen - 96), strict=False)
    widest = _WIDEST[name][network.version]
    if network.prefixlen < widest:
        raise ListError(f"It is too broad; on this list a network has at least /{widest}.")
    if name == "allow" and any(inner.version == network.version and inner.overlaps(network) for inner in _INSIDE):
        raise ListError("It is not an address of the public internet: behind a proxy everybody could seem to have it.")
    return network
