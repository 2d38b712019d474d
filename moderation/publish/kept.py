"""Answers that are kept ready, as many as fit into a number of bytes, each in the codings that were asked for."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from moderation.publish.encodings import CODERS, SMALLEST, Coding
from moderation.publish.lookup import Stamp
from moderation.wsgi import Header

_OF_AN_ENTRY = 5000
"""Bytes that an entry takes besides its bodies: headers, rows of its stamp, and what Python needs for them."""
_OF_A_CODING = 1000
_OF_A_NAME = 600
_NONE = (None, 0)
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_ENDINGS: dict[Coding, str] = {"br": ".br", "gzip": ".gz", "identity": ""}


@dataclass(frozen=True, slots=True)
class Coded:
    """An answer in one coding: body and headers, and the headers of its 304."""

    body: bytes
    etag: str
    headers: list[Header]
    unchanged: list[Header]

    def known(self, given: str) -> bool:
        """Whether `If-None-Match` names these very bytes, compared weakly (RFC 9110 section 13.1.2)."""
        return given == self.etag or given.strip() == "*" or self.etag[1:-1] in _TAG.findall(given)


@dataclass(slots=True, eq=False)
class Entry:
    """One answer, and the address that stands for all that get it.

    `seen` and `checked` are what `fresh` knows of when it was found to be true.
    """

    address: str
    body: bytes
    tag: str
    headers: Sequence[Header]
    stamp: Stamp
    checked: float
    seen: bytes = b""
    used: bool = False
    renewing: bool = False
    codings: dict[Coding, Coded] = field(default_factory=dict)

    def coded(self, coding: Coding) -> Coded:
        """The answer in this coding, or as it is where that is not worth it; made once."""
        made = self.codings.get(coding)
        if made is None:
            made = self.codings[coding] = self._code("identity" if len(self.body) < SMALLEST else coding)
        return made

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        made = {id(coded.body): len(coded.body) + _OF_A_CODING for coded in list(self.codings.values())}
        return _OF_AN_ENTRY + len(self.body) + sum(made.values())

    def _code(self, coding: Coding) -> Coded:
        body, etag = CODERS[coding](self.body), f'"{self.tag}{_ENDINGS[coding]}"'
        general = [*self.headers, ("ETag", etag), ("Vary", "Accept-Encoding")]
        own = [("Content-Length", str(len(body)))]
        if coding != "identity":
            own.append(("Content-Encoding", coding))
        unchanged = [(name, value) for name, value in general if name.lower() != "content-type"]
        return Coded(body, etag, general + own, unchanged)


class Kept:
    """The entries by address, at most `most` bytes of them, and other addresses that mean the same.

    Who has to go is found as by a clock's hand: the oldest, unless it was used since the hand came by last. So a crowd
    of addresses that are asked for once does not push out what is asked for all the time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: dict[str, tuple[Entry | str, int]] = {}
        self._lock = threading.Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, address: str) -> Entry | None:
        """The entry of an address."""
        entry, _size = self._entries.get(address, _NONE)
        if isinstance(entry, str):
            entry, _size = self._entries.get(entry, _NONE)
        if isinstance(entry, Entry):
            entry.used = True
            return entry
        return None

    def put(self, address: str, entry: Entry) -> None:
        """Keep an entry, or weigh it anew once it has more codings. One that is larger than all may be is not kept."""
        self._put(address, entry, entry.size)

    def put_same(self, address: str, same: str) -> None:
        """Remember that an address means the same as another one."""
        self._put(address, same, 2 * len(same) + _OF_A_NAME)

    def _put(self, address: str, what: Entry | str, size: int) -> None:
        size += 2 * len(address)
        with self._lock:
            self._drop(address)
            if size > self._most:
                return
            self._entries[address] = (what, size)
            self.size += size
            while self.size > self._most:
                oldest, (candidate, _size) = next(iter(self._entries.items()))
                if isinstance(candidate, Entry) and candidate.used and candidate is not what:
                    candidate.used = False
                    self._entries[oldest] = self._entries.pop(oldest)
                else:
                    self._drop(oldest)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.size = 0

    def _drop(self, address: str) -> None:
        dropped = self._entries.pop(address, None)
        if dropped is not None:
            self.size -= dropped[1]
