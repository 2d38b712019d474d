"""The short way to a page's comments: for the first reader after a change, without Flask and without another process.

Who answers it is most of what such a read costs, and not what is read. So what is asked for after every approval, a page's
comments as JSON, is made right behind the edge by the functions that the route calls too. Whatever is unusual about the question
or the answer is left to the app: a page that is not one of the site's, a parameter that cannot be used, an answer so long that
other readers would wait for it, any fault. Where the database is away the app is told so, lest it waits for it once more.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson
from sqlalchemy import Engine
from werkzeug.datastructures import MultiDict

from moderation.answers import away
from moderation.models import now
from moderation.parameters import required
from moderation.publish import comments
from moderation.publish.comments import asked_by
from moderation.publish.lookup import find_page, snapshot
from moderation.publish.respond import AWAY, STAMP, UNREADABLE, body_etag, data_headers
from moderation.purges import tags_of
from moderation.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADDRESS = re.compile(r"/v1/sites/([!-.0-~]+)/comments\Z")
# Comments in one answer; some hundred microseconds for each hundred.
_MOST = 200
# Readers who are answered so at once. Each has a connection with its own memory, and Python runs one of them at a time; whoever
# finds no place goes on to the app.
_PLACES = 2


class ShortWay:
    """WSGI in front of the app, for those who take a stamp (`respond.STAMP`) with the answer and know what to do with it."""

    def __init__(self, app: WSGIApplication, engine: Engine, settings: Settings) -> None:
        self._app = app
        self._engine = engine
        self._settings = settings
        self._places = threading.BoundedSemaphore(_PLACES)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        takes = STAMP in environ and AWAY not in environ
        address = _ADDRESS.match(environ["PATH_INFO"]) if takes else None
        made = None
        if address is not None and self._places.acquire(blocking=False):
            try:
                made = self._made(address[1], environ)
            except Exception as fault:
                # Among them all problems of the question. The app meets it again, and knows what to say and what to log.
                if away(fault) is not None:
                    environ[AWAY] = None
            finally:
                self._places.release()
        if made is None:
            return self._app(environ, start_response)
        body, headers = made
        start_response("200 OK", list(headers.items()))
        return [body]

    def _made(self, site_key: str, environ: WSGIEnvironment) -> tuple[bytes, dict[str, str]] | None:
        typed, public_url = environ.get("QUERY_STRING", ""), self._settings.public_url
        given = MultiDict(parse_qsl(typed, keep_blank_values=True))
        query, asked = asked_by(given), required("page", given)
        if not typed.isascii() or UNREADABLE in asked:
            return None
        with snapshot(self._engine) as connection:
            site, page, stamp = find_page(connection, site_key, asked, now())
            body = orjson.dumps(comments.build(connection, site, page, query, public_url, _MOST))
        environ[STAMP] = stamp
        return body, data_headers(body_etag(body), tags_of(site.id, page.key), self._settings)
