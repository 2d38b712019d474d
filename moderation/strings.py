"""Every word that a reader sees in the embed, in each language we speak; one list, so that no language lags behind.

The embed carries `reader_strings` of every language; the hosted pages say the same msgids through `_()` in their
templates. The words of the form are WordPress's own, because readers know them. Placeholders are `{name}` and `{n}`.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Final, Literal

from babel import Locale
from flask import Flask
from flask_babel import force_locale, format_datetime, get_locale
from flask_babel import gettext as _

LANGUAGES: Final = ("en", "ur")
_PLACE: Final = "/*STRINGS*/{}"


def direction(lang: str) -> Literal["ltr", "rtl"]:
    """The way `lang` (a language tag such as `ur` or `en-GB`) is written; a language that is not ours is served in English."""
    return "rtl" if Locale(served(lang)).text_direction == "rtl" else "ltr"


def served(lang: str) -> str:
    """Which of our languages a reader of `lang` gets: `ur` for `ur-PK`, English for all that we do not speak."""
    first = re.split("[-_]", lang)[0].lower()
    return first if first in LANGUAGES else LANGUAGES[0]


def reader_strings(lang: str) -> dict[str, str]:
    """What the embed says in `lang`, by key; `dir` is the way it is written. Needs an application context (the catalogues)."""
    with force_locale(served(lang)):
        return {"dir": direction(lang)} | _form() | _thread()


def _form() -> dict[str, str]:
    return {
        "leave": _("Leave a Reply"),
        "leave_to": _("Leave a Reply to {name}"),
        "cancel": _("Cancel reply"),
        "notes": f"{_('Your email address will not be published.')} {_('Required fields are marked *')}",
        "comment": _("Comment"),
        "author": _("Name"),
        "email": _("Email"),
        "url": _("Website"),
        "consent": _("Save my name, email, and website in this browser for the next time I comment."),
        "post": _("Post Comment"),
        "sending": _("Sending…"),
        "send_failed": _("The comment service cannot be reached. Your text is still here."),
        "retry": _("Try again"),
    }


def _thread() -> dict[str, str]:
    return {
        "none": _("No comments yet"),
        "one": _("1 comment"),
        "many": _("{n} comments"),
        "closed": _("Comments are closed."),
        "reply": _("Reply"),
        "staff": _("Staff"),
        "more": _("Show more comments"),
        "load_failed": _("The comments cannot be loaded."),
    }


def embed_script(source: str) -> str:
    """`static/embed.js` as it is served: the strings of every language in it, comment lines and indentation left out.

    Readers download it once on every site that uses us, so it stays within 5 KB of gzip. Raises `ValueError` when the source has
    no place for the strings.
    """
    if source.count(_PLACE) != 1:
        raise ValueError(f"embed.js must hold {_PLACE} once")
    bare = re.sub(r"^\s+", "", re.sub(r"^\s*//.*\n", "", source, flags=re.MULTILINE), flags=re.MULTILINE)
    words = {lang: reader_strings(lang) for lang in LANGUAGES}
    return bare.replace(_PLACE, json.dumps(words, ensure_ascii=False, separators=(",", ":")))


def reader_language() -> str:
    """The language of the answer that is being made, for pages whose view names none."""
    return str(get_locale() or LANGUAGES[0])


def comment_time(stamp: str) -> str:
    """A contract time (`2026-10-14T06:30:00Z`) in the reader's language: `14 October 2026 · 06:30 UTC`."""
    return f"{format_datetime(datetime.fromisoformat(stamp), 'd MMMM y · HH:mm', rebase=False)} UTC"


def install(app: Flask) -> None:
    """Give the readers' templates what they call: the filter `comment_time`, `direction()` and `reader_language()`."""
    app.add_template_filter(comment_time)
    app.add_template_global(direction)
    app.add_template_global(reader_language)
