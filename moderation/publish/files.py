"""The documents that are made once in each process: the embed, what it loads later, and the API's description."""

from dataclasses import dataclass

import orjson
from flask import Flask, current_app

from moderation import __version__, settings
from moderation.locations import STATIC
from moderation.publish.respond import body_etag
from moderation.strings import LANGUAGES, filled, form_strings, thread_strings

CACHE = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
_EXTENSION = "moderation.publish.files"
_SCRIPT = "text/javascript"
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
            **{name: _file((STATIC / name).read_bytes(), _SCRIPT) for name in ("proof.js", "count.js")},
            **{in_language("embed.js", lang): _file(_embed(lang), _SCRIPT) for lang in LANGUAGES},
            **{in_language("form.js", lang): _file(_form(lang), _SCRIPT) for lang in LANGUAGES},
            **{
                f"embed/{lang}.json": _file(orjson.dumps(thread_strings(lang)), "application/json")
                for lang in LANGUAGES
            },
            "check.js": _file(_check(public_url), _SCRIPT),
            "openapi.json": _file(_openapi(public_url), "application/json"),
        }


def get(name: str) -> File:
    """One of the documents, by its name."""
    documents: dict[str, File] = current_app.extensions[_EXTENSION]
    return documents[name]


def in_language(name: str, lang: str) -> str:
    """The name of a document that is there in every language."""
    return f"{name} {lang}"


def _embed(lang: str) -> bytes:
    return filled((STATIC / "embed.js").read_text(encoding="utf-8"), thread_strings(lang)).encode()


def _form(lang: str) -> bytes:
    return filled((STATIC / "form.js").read_text(encoding="utf-8"), form_strings(lang)).encode()


def _file(body: bytes, mimetype: str) -> File:
    return File(body, mimetype, body_etag(body))


def _check(public_url: str) -> bytes:
    """The check with the address of the desk that it answers to."""
    source = (STATIC / "check.js").read_text(encoding="utf-8")
    return source.replace(_DESK, orjson.dumps(public_url).decode()).encode()


def _openapi(public_url: str) -> bytes:
    document = orjson.loads((STATIC / "openapi.json").read_bytes())
    document["info"]["version"] = __version__
    document["servers"] = [{"url": public_url}]
    return orjson.dumps(document)
