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


@dataclass(frozen=True, slots=True)
class File:
    """Bytes with their kind and entity tag."""

    body: bytes
    mimetype: str
    tag: str


def prepare(app: Flask) -> None:
    """Make the documents, when the app's settings and catalogues are there."""
    with app.app_context():
        app.extensions[_EXTENSION] = {
            "embed.js": _file(_embed(), "text/javascript"),
            **{name: _file((STATIC / name).read_bytes(), "text/javascript") for name in ("proof.js", "check.js")},
            "openapi.json": _file(_openapi(settings.current().public_url), "application/json"),
        }


def get(name: str) -> File:
    """One of the documents, by its name."""
    return cast("dict[str, File]", current_app.extensions[_EXTENSION])[name]


def _file(body: bytes, mimetype: str) -> File:
    return File(body, mimetype, body_etag(body))


def _embed() -> bytes:
    return embed_script((STATIC / "embed.js").read_text(encoding="utf-8")).encode()


def _openapi(public_url: str) -> bytes:
    document = orjson.loads((STATIC / "openapi.json").read_bytes())
    document["info"]["version"] = __version__
    document["servers"] = [{"url": public_url}]
    return orjson.dumps(document)
