"""Which entries of a site's lists name a submission. No entry is a pattern, and none costs more than one look at the text.

Every entry has an anchor: a few characters of it that few other entries share. One walk over the text finds the anchors
that stand in it, and only their entries are looked for in full. What is read is folded, with single spaces and one at
each end, so that "a whole word" and "to the end" are spaces too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from moderation.spam.entries import LIST_NAMES, Entry, Field, ListName, ascii_host
from moderation.spam.reading import Reading
from moderation.spam.types import Facts, Submission, Tally
from moderation.spam.view import View, quoted
from moderation.text.addresses import parse_address

_ANCHORS = (6, 4, 3, 2)
_SHOWN = 60
# Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_RUNNING = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# No entry reaches from one thing that was read into the next.
_APART = " \x1f "


class Needle(NamedTuple):
    """What is looked for: one literal, or several that stand in this order inside one run without white space.

    :param left: whether the run has to begin with the first one; of a literal its spaces say so.
    :param right: whether the run has to end with the last one.
    """

    pieces: tuple[str, ...]
    left: bool
    right: bool

    def stands_in(self, text: str) -> bool:
        """Whether it stands in a text that begins and ends with a space. Looks at each run at most once."""
        if len(self.pieces) == 1:
            return self.pieces[0] in text
        # Only runs with its rarest piece are looked at: a text can hold some pieces often, but not those of all entries.
        rarest = min(self.pieces, key=text.count)
        at = text.find(rarest)
        while at >= 0:
            start, stop = text.rfind(" ", 0, at) + 1, text.find(" ", at)
            if self._in_order(text, start, stop):
                return True
            at = text.find(rarest, stop)
        return False

    def _in_order(self, text: str, at: int, stop: int) -> bool:
        pieces = self.pieces
        if self.left:
            if not text.startswith(pieces[0], at, stop):
                return False
            at, pieces = at + len(pieces[0]), pieces[1:]
        if self.right:
            if not text.endswith(pieces[-1], at, stop):
                return False
            stop, pieces = stop - len(pieces[-1]), pieces[:-1]
        for piece in pieces:
            found = text.find(piece, at, stop)
            if found < 0:
                return False
            at = found + len(piece)
        return True


def _needle(entry: Entry) -> Needle:
    """What an entry looks for in what its field reads."""
    pieces = entry.pieces
    whole = entry.field in ("word", "name", "email", "domain")
    if entry.field in ("word", "name") and any(map(_RUNNING.search, pieces)):
        whole = False
    left, right = whole and bool(pieces[0]) and entry.field != "domain", whole and bool(pieces[-1])
    if entry.field == "domain" and pieces[0]:
        # A host is read as ".www.shop.example", so a dot begins each of the names it has.
        pieces = (f".{pieces[0]}", *pieces[1:])
    given = tuple(piece for piece in pieces if piece)
    if len(given) == 1:
        return Needle((" " * left + given[0] + " " * right,), left, right)
    return Needle(given, left, right)


class Index:
    """Many needles, found in a text in time linear in the text and in the number of needles."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._needles = needles
        self._by_anchor: dict[int, dict[str, list[int]]] = {}
        for number, needle in enumerate(needles):
            anchor = min(self._anchors(needle), key=lambda anchor: (len(self._sharing(anchor)), -len(anchor)))
            self._by_anchor.setdefault(len(anchor), {}).setdefault(anchor, []).append(number)

    @staticmethod
    def _anchors(needle: Needle) -> Iterator[str]:
        for piece in needle.pieces:
            size = next((size for size in _ANCHORS if size <= len(piece)), None)
            if size is not None:
                yield from (piece[at : at + size] for at in range(len(piece) - size + 1))

    def _sharing(self, anchor: str) -> Sequence[int]:
        return self._by_anchor.get(len(anchor), {}).get(anchor, ())

    def found_in(self, text: str) -> Iterator[int]:
        """The numbers of the needles that stand in a text, in no order."""
        for size, table in self._by_anchor.items():
            anchors = {text[at : at + size] for at in range(len(text) - size + 1)}
            for anchor in anchors & table.keys():
                yield from (number for number in table[anchor] if self._needles[number].stands_in(text))


class Matcher:
    """One list, ready to be asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries: dict[Field, list[Entry]] = {}
        self._networks: dict[tuple[int, int], dict[int, list[Entry]]] = {}
        for entry in entries:
            if entry.network is None:
                self._entries.setdefault(entry.field, []).append(entry)
            else:
                network = entry.network
                table = self._networks.setdefault((network.version, network.prefixlen), {})
                table.setdefault(_bits(network.network_address, network.prefixlen), []).append(entry)
        self._needles = {field: [*map(_needle, found)] for field, found in self._entries.items()}
        self._indexes = {field: Index(needles) for field, needles in self._needles.items()}
        self.size = len(entries)

    def named(self, reading: Reading, on: date) -> tuple[str, ...]:
        """The entries that name a submission, as they are to be shown; those that are over on that day do not count."""
        found = [*self.networks(reading.address, on)]
        for field, index in self._indexes.items():
            places = reading.places(field)
            text = _APART.join(("", *(text for _, text in places), ""))
            for number in sorted(index.found_in(text)):
                entry, needle = self._entries[field][number], self._needles[field][number]
                if not entry.is_over(on):
                    found.append(_shown(entry, next(where for where, text in places if needle.stands_in(f" {text} "))))
        return tuple(found)

    def networks(self, address: str | None, on: date) -> tuple[str, ...]:
        """The entries that name a network address, as they are to be shown. A missing address is in no network."""
        parsed = parse_address(address)
        if parsed is None:
            return ()
        found = (
            entry
            for (version, length), table in self._networks.items()
            if version == parsed.version
            for entry in table.get(_bits(parsed, length), ())
        )
        return tuple(quoted(entry.written, _SHOWN) for entry in found if not entry.is_over(on))

    def covers(self, host: str, on: date) -> bool:
        """Whether a host is a domain of this list or lies below one."""
        index = self._indexes.get("domain")
        if index is None:
            return False
        found = index.found_in(f" .{ascii_host(host)} ")
        return any(not self._entries["domain"][number].is_over(on) for number in found)


def _bits(address: IPv4Address | IPv6Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)


def _shown(entry: Entry, where: str) -> str:
    return f"{quoted(entry.written, _SHOWN)} {where}"


def facts_of(
    lists: Mapping[ListName, Matcher],
    submission: Submission,
    view: View,
    *,
    address: str | None,
    verified: Tally,
    trusted: bool = False,
    on: date,
) -> Facts:
    """What a policy looks at beside the score.

    :param address: the sender's network address, if it is known.
    :param verified: ``History.verified``, and `trusted` ``History.trusted``.
    :param on: today, by which entries expire.
    """
    reading = Reading(submission, view, address)
    block, hold, allow = (lists.get(name) for name in LIST_NAMES)
    return Facts(
        links=view.unread + sum(not (allow and allow.covers(link.host, on)) for link in view.links),
        verified=verified,
        trusted=trusted,
        blocked=block.named(reading, on) if block else (),
        held=hold.named(reading, on) if hold else (),
        # What can be typed proves nothing: of this list only networks speak for the author.
        allowed=allow.networks(address, on) if allow else (),
    )
