"""The documents that are made once in each process: the embed, what it may load later, and the API's description."""

from dataclasses import dataclass
from typing import cast

import orjson
from flask import Flask, current_app

from moderation import __version__, settings
from moderation.locations import STATIC
from moderation.publish.respond import body_etag
from moderation.strings import embed_script

CACHE = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
_EXTENSION = "moderation.publish.files"
_DESK = '/*PUBLIC_URL*/""'


@dataclass(frozen=True, slots=True)
class File:
    """Bytes with their kind and entity tag."""

    body: bytes
    mimetype: str
    tag: str


def prepare(app: Flask) -> None:
    """Make the documents, when the app's settings and catalogues are there."""
    with app.app_context():
        public_url = settings.current().public_url
        app.extensions[_EXTENSION] = {
            "embed.js": _file(_embed(), "text/javascript"),
            "proof.js": _file((STATIC / "proof.js").read_bytes(), "text/javascript"),
            "check.js": _file(_check(public_url), "text/javascript"),
            "openapi.json": _file(_openapi(public_url), "application/json"),
        }


def get(name: str) -> File:
    """One of the documents, by its name."""
    return cast("dict[str, File]", current_app.extensions[_EXTENSION])[name]


def _file(body: bytes, mimetype: str) -> File:
    return File(body, mimetype, body_etag(body))


def _embed() -> bytes:
    return embed_script((STATIC / "embed.js").read_text(encoding="utf-8")).encode()


def _check(public_url: str) -> bytes:
    """The check with the address of the desk that it answers to."""
    source = (STATIC / "check.js").read_text(encoding="utf-8")
    return source.replace(_DESK, orjson.dumps(public_url).decode()).encode()


def _openapi(public_url: str) -> bytes:
    document = orjson.loads((STATIC / "openapi.json").read_bytes())
    document["info"]["version"] = __version__
    document["servers"] = [{"url": public_url}]
    return orjson.dumps(document)
