"""Joins the parts in `moderation/static/embed/` into `embed.js`, `form.js` and `count.js`, as small as they get: `make embed`.

Each script gets the style and the markup that stand beside it. What is left open is filled in by the service: `$WORDS$`
and `$LANGUAGES$`.
"""

from __future__ import annotations

import gzip
import json
import re

import minify
from flask import Flask
from flask_babel import Babel

from moderation.locations import STATIC, TRANSLATIONS
from moderation.strings import LANGUAGES, filled, form_strings, thread_strings

PARTS = STATIC / "embed"
SCRIPTS = {
    "embed.js": ("element", "style", "frame"),
    "form.js": ("form", "form", "form"),
    "count.js": ("count", "", ""),
}


def joined(name: str) -> str:
    """One of the scripts, whole and small."""
    script, style, frame = SCRIPTS[name]
    text = (PARTS / f"{script}.js").read_text(encoding="utf-8")
    if style:
        small = minify.string("text/css", (PARTS / f"{style}.css").read_text(encoding="utf-8"))
        text = text.replace("$STYLE$", json.dumps(small))
    if frame:
        # Blanks between elements are seen by nobody: the style lays everything out.
        bare = re.sub(r"\s*\n\s*", "", (PARTS / f"{frame}.html").read_text(encoding="utf-8"))
        text = text.replace("$FRAME$", json.dumps(bare))
    return str(minify.string("application/javascript", text)) + "\n"


def sizes() -> dict[tuple[str, str], int]:
    """Bytes of gzip of all that the embed loads but for the comments, as it is served, by its name and language."""
    app = Flask("moderation")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel().init_app(app)
    said = {"embed.js": thread_strings, "form.js": form_strings}
    with app.app_context():
        served = {(name, lang): filled(joined(name), words(lang)) for name, words in said.items() for lang in LANGUAGES}
        served |= {
            (f"embed/{lang}.json", lang): json.dumps(thread_strings(lang), ensure_ascii=False) for lang in LANGUAGES
        }
    served |= {
        ("count.js", ""): joined("count.js"),
        ("proof.js", ""): (STATIC / "proof.js").read_text(encoding="utf-8"),
    }
    return {which: len(gzip.compress(text.encode(), 9)) for which, text in served.items()}


if __name__ == "__main__":
    for each in SCRIPTS:
        (STATIC / each).write_text(joined(each), encoding="utf-8")
    for (name, lang), size in sizes().items():
        print(f"{name:13} {lang:3} {size:5} bytes of gzip")
