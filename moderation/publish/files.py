"""The documents that are made once in each process: the embed, what it loads later, and the API's description."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson
from flask import current_app

from moderation import __version__
from moderation.locations import STATIC
from moderation.publish.respond import body_etag
from moderation.settings import current
from moderation.strings import LANGUAGES, filled, form_strings, thread_strings

CACHE = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
_EXTENSION = "moderation.publish.files"
_SCRIPT, _JSON = "text/javascript", "application/json"
_DESK = '/*PUBLIC_URL*/""'


@dataclass(frozen=True, slots=True)
class File:
    """Bytes with their kind and entity tag."""

    body: bytes
    mimetype: str
    tag: str


def get(name: str, lang: str = LANGUAGES[0]) -> File:
    """One of the documents, in a language where it has words; made when it is first asked for, and then kept."""
    made: dict[tuple[str, str], File] = current_app.extensions.setdefault(_EXTENSION, {})
    if (name, lang) not in made:
        made[name, lang] = _MAKERS[name](lang)
    return made[name, lang]


def _script(name: str, words: Callable[[str], dict[str, str]]) -> Callable[[str], File]:
    """How a script of the embed is made that has the words of a language in it."""
    return lambda lang: _file(filled((STATIC / name).read_text(encoding="utf-8"), words(lang)).encode(), _SCRIPT)


def _plain(name: str) -> Callable[[str], File]:
    return lambda _lang: _file((STATIC / name).read_bytes(), _SCRIPT)


def _words(lang: str) -> File:
    return _file(orjson.dumps(thread_strings(lang)), _JSON)


def _file(body: bytes, mimetype: str) -> File:
    return File(body, mimetype, body_etag(body))


def _check(_lang: str) -> File:
    """The check with the address of the desk that it answers to."""
    source = (STATIC / "check.js").read_text(encoding="utf-8")
    return _file(source.replace(_DESK, orjson.dumps(current().public_url).decode()).encode(), _SCRIPT)


def _openapi(_lang: str) -> File:
    document = orjson.loads((STATIC / "openapi.json").read_bytes())
    document["info"]["version"] = __version__
    document["servers"] = [{"url": current().public_url}]
    return _file(orjson.dumps(document), _JSON)


_MAKERS: dict[str, Callable[[str], File]] = {
    "embed.js": _script("embed.js", thread_strings),
    "form.js": _script("form.js", lambda lang: form_strings(lang, mail=current().sends_mail)),
    "words": _words,
    "count.js": _plain("count.js"),
    "proof.js": _plain("proof.js"),
    "check.js": _check,
    "openapi.json": _openapi,
}
