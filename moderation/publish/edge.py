"""The fast path of the public reads: ready bytes in front of Flask, as long as they are true.

What is read a thousand times for each time that it changes is made once, by Flask or the short way (`short`), in one go for all
who wait for it, and kept with the stamp of what it hangs on (`lookup.Stamp`). A request for it then costs a look whether that
still holds (`fresh`), and no Flask. All else, and every request that Flask would answer with a problem, falls through. Codings
and conditional requests are answered here alone, so it stands in front with nothing kept, too.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic, time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from flask import Flask

from moderation.extensions import db
from moderation.publish.encodings import Coding, chosen
from moderation.publish.fresh import Fresh, OnPostgresql, OnSqlite
from moderation.publish.kept import Coded, Entry, Kept
from moderation.publish.lookup import Stamp
from moderation.publish.respond import AWAY, STAMP, UNREADABLE
from moderation.publish.short import ShortWay
from moderation.settings import Settings
from moderation.wsgi import Answer, Ready, close

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_EXTENSION = "moderation.publish.edge"
_READS = frozenset({"GET", "HEAD"})
_ADDRESSES = re.compile(
    r"/v1/sites/[^/]+/(?:comments|counts|feed\.atom|feed\.json)\Z"
    r"|/sites/[^/]+/thread\Z"
    r"|(?:/sites/[^/]+|(?P<unstamped>))/wp-json(?:/wp/v2(?:/comments(?:/[0-9]+)?)?)?/?\Z"
    r"|/(?:embed|form|count|proof|check)\.js\Z"
    r"|/embed/[^/]+\.json\Z"
    r"|/v1/openapi\.json\Z"
)
# All that the service's own routes know; WordPress's know many more.
_PARAMETERS = frozenset({"page", "sort", "limit", "cursor", "around", "lang", "framed"})
_PATIENCE = 5.0
"""Seconds that readers wait for one who makes the answer that they want too."""
_LONGEST_ADDRESS = 8000
# What the answer's own headers are made of again for each coding.
_CODED = frozenset({"etag", "content-length", "vary"})


@dataclass(slots=True)
class _Flight:
    """One making of an answer, for which others wait."""

    landed: threading.Event = field(default_factory=threading.Event)
    entry: Entry | None = None


class Edge:
    """WSGI in front of WSGI. `most` are the bytes of all that is kept."""

    def __init__(self, app: "WSGIApplication", fresh: Fresh, most: int) -> None:
        self._app = app
        self._fresh = fresh
        self._kept = Kept(most)
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        # A question mark in the path would be taken for the one before the query.
        if environ["REQUEST_METHOD"] not in _READS or "?" in path:
            return self._app(environ, start_response)
        address = f"{path}?{environ.get('QUERY_STRING', '')}"
        entry = self._kept.get(address)
        if entry is not None and self._is_true(entry, environ):
            return self._answer(entry, environ, start_response)
        known = _ADDRESSES.match(path)
        if known is None:
            return self._app(environ, start_response)
        if len(address) > _LONGEST_ADDRESS or known["unstamped"] is not None:
            return self._pass_on(address, environ, start_response)
        return self._miss(address, environ, start_response, entry)

    def at_hand(self, environ: "WSGIEnvironment") -> Ready | None:
        """The answer to a request where it is ready in every way; never waits, and does nothing that takes long."""
        if environ["REQUEST_METHOD"] not in _READS or "?" in environ["PATH_INFO"]:
            return None
        entry = self._kept.get(f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}")
        if entry is None or time() >= entry.stamp.until or not self._fresh.at_once(entry):
            return None
        coded = entry.codings.get(_coding(environ))
        return None if coded is None else _ready(coded, environ)

    def clear(self) -> None:
        """Forget all that is kept."""
        self._kept.clear()

    def _is_true(self, entry: Entry, environ: "WSGIEnvironment") -> bool:
        if time() >= entry.stamp.until:
            return False
        fresh = self._fresh(entry)
        if fresh is None:
            environ[AWAY] = None
        return bool(fresh)

    def _answer(self, entry: Entry, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        coding = _coding(environ)
        coded = entry.codings.get(coding)
        if coded is None:
            coded = entry.coded(coding)
            self._kept.put(entry.address, entry)
        return self._begin(coded, environ, start_response)

    @staticmethod
    def _begin(coded: Coded, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        status, headers, body = _ready(coded, environ)
        start_response("200 OK" if status == HTTPStatus.OK else "304 Not Modified", list(headers))
        return [body] if body else []

    def _pass_on(self, address: str, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer what is not kept; in the coding that is wanted where it is a public answer."""
        made = self._make(address, environ, keeps=False)
        if isinstance(made, Answer):
            return _handed_on(made, environ, start_response)
        return self._begin(made.coded(_coding(environ)), environ, start_response)

    def _miss(
        self, address: str, environ: "WSGIEnvironment", start_response: "StartResponse", stale: Entry | None
    ) -> Iterable[bytes]:
        same = _normal(address)
        if address != same:
            self._kept.put_same(address, same)
        entry = self._kept.get(same)
        # What was found to be true no more is not asked about again.
        if entry is not None and entry is not stale and self._is_true(entry, environ):
            return self._answer(entry, environ, start_response)
        with self._lock:
            flight = self._flights.get(same)
            if leads := flight is None:
                flight = self._flights[same] = _Flight()
        if not leads:
            flight.landed.wait(_PATIENCE)
            entry = flight.entry
            if entry is not None and self._is_true(entry, environ):
                return self._answer(entry, environ, start_response)
        try:
            made = self._make(same, environ)
            if isinstance(made, Answer):
                return _handed_on(made, environ, start_response)
            flight.entry = made
            return self._answer(made, environ, start_response)
        finally:
            if leads:
                with self._lock:
                    del self._flights[same]
                flight.landed.set()

    def _make(self, address: str, environ: "WSGIEnvironment", *, keeps: bool = True) -> Entry | Answer:
        """Let who stands behind make the whole answer. What is no answer to be kept is the request's own, unless nobody
        `keeps` it.
        """
        inner = {**environ, "REQUEST_METHOD": "GET", STAMP: None}
        for name in ("HTTP_IF_NONE_MATCH", "HTTP_ACCEPT_ENCODING", "HTTP_RANGE"):
            inner.pop(name, None)
        begun = monotonic()
        answer = Answer()
        pieces = self._app(inner, answer.start)
        try:
            answer.pieces.extend(pieces)
        finally:
            close(pieces)
        stamp = inner[STAMP] if keeps else Stamp()
        tag = next((value for name, value in answer.headers if name.lower() == "etag"), None)
        if not answer.status.startswith("200 ") or not isinstance(stamp, Stamp) or tag is None:
            return answer
        headers = tuple((name, value) for name, value in answer.headers if name.lower() not in _CODED)
        # A copy: what orjson makes has four kilobytes, however few of them it needs.
        body = bytes(memoryview(b"".join(answer.pieces)))
        return Entry(address, body, tag.strip('"'), headers, stamp, begun)


def _coding(environ: "WSGIEnvironment") -> Coding:
    return chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))


def _ready(coded: Coded, environ: "WSGIEnvironment") -> Ready:
    """What a request gets of an answer in its coding."""
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and coded.known(known):
        return 304, coded.unchanged, b""
    return 200, coded.headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else coded.body


def _handed_on(answer: Answer, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """What Flask answered, as it came."""
    start_response(answer.status, answer.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else answer.pieces


def _normal(address: str) -> str:
    """The address that stands for all that are answered alike: without what nobody asked for, and in one order."""
    path, _mark, query = address.partition("?")
    if "/wp-json" in path or not query.isascii():
        return address
    given = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name in _PARAMETERS]
    if any(UNREADABLE in value for _name, value in given):
        # What is no text is read as one letter, whatever it was.
        return address
    return f"{path}?{urlencode(sorted(given, key=lambda each: each[0]))}"


def install(app: Flask, settings: Settings, behind: "WSGIApplication") -> Edge:
    """The edge in front of an app and of what stands before it, `behind`. To be called in the app's context."""
    path = settings.database_path
    fresh: Fresh = OnPostgresql(db.engine, settings.edge_seconds) if path is None else OnSqlite(path, db.engine.dialect)
    if settings.edge_bytes:
        behind = ShortWay(behind, db.engine, settings)
    edge = app.extensions[_EXTENSION] = Edge(behind, fresh, settings.edge_bytes)
    return edge


def of(app: Flask) -> Edge:
    """The edge in front of an app."""
    edge: Edge = app.extensions[_EXTENSION]
    return edge
