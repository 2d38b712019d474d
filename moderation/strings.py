"""Every word that a reader sees in the embed, in each language we speak; one list, so that no language lags behind.

The embed carries the words of one language and asks for another's; the hosted pages say the same msgids through `_()` in their
templates. The words of the form are WordPress's own, because readers know them. Placeholders are `{name}` and `{n}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from babel import Locale
from flask import Flask
from flask_babel import force_locale, format_datetime, get_locale, ngettext
from flask_babel import gettext as _

from moderation.text.language import language_of

LANGUAGES: Final = ("en", "ar", "bn", "de", "es", "fa", "fr", "hi", "id", "ja", "pt", "ru", "tr", "ur", "zh")
"""English, which is served where nothing else fits, then the others."""
_WORDS: Final = "$WORDS$"
_LANGUAGES: Final = "$LANGUAGES$"
# Below this number every plural category of our languages turns up that a count of comments can have.
_BEYOND: Final = 200


def direction(lang: str) -> Literal["ltr", "rtl"]:
    """The way `lang` (a language tag such as `ur` or `en-GB`) is written; a language that is not ours is served in English."""
    return "rtl" if Locale(served(lang)).text_direction == "rtl" else "ltr"


def served(lang: str) -> str:
    """Which of our languages a reader of `lang` gets: `ur` for `ur-PK`, English for all that we do not speak."""
    first = re.split("[-_]", lang)[0].lower()
    return first if first in LANGUAGES else LANGUAGES[0]


def reader_strings(lang: str, *, mail: bool = True) -> dict[str, str]:
    """What the embed and its form say in `lang`, by key. Needs an application context (the catalogues).

    Texts with a number have a key for each plural category of the language (CLDR's: `count_one`, `count_other`…). `lang`
    is the language that it is, `dir` the way it is written. `mail` is whether the service sends any.
    """
    return thread_strings(lang) | form_strings(lang, mail=mail)


def thread_strings(lang: str) -> dict[str, str]:
    """Those of `reader_strings` that stand around the comments."""
    return dict(_said(lang, _thread))


def form_strings(lang: str, *, mail: bool = True) -> dict[str, str]:
    """Those of `reader_strings` that stand in the form."""
    return dict(_said(lang, _form if mail else _form_without_mail))


def answer_strings(lang: str) -> Mapping[str, str]:
    """What a reader hears at once of a comment, by the status that it has from outside."""
    return _said(lang, _answer)


# The same for as long as the process runs, and asked for with every form that is opened.
@lru_cache(maxsize=128)
def _said(lang: str, part: Callable[[], dict[str, str]]) -> Mapping[str, str]:
    with force_locale(served(lang)):
        return _head(lang) | part()


def _head(lang: str) -> dict[str, str]:
    return {
        "lang": served(lang),
        "dir": direction(lang),
        "retry": _("Try again"),
    }


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
        "preview": _("Preview"),
        "send_failed": _("The comment service cannot be reached. Your text is still here."),
        "sending": _("Sending…"),
        "manage": _("See its status, edit or withdraw it, or ask for mail on replies"),
        **_plurals("left", lambda n: ngettext("{n} character left", "{n} characters left", n)),
        **_plurals("over", lambda n: ngettext("{n} character too many", "{n} characters too many", n)),
    }


def _form_without_mail() -> dict[str, str]:
    return _form() | {"manage": _("See its status, edit or withdraw it")}


def _answer() -> dict[str, str]:
    return {
        "approved": _("Your comment is published."),
        "pending": _("Your comment is awaiting moderation."),
    }


def _thread() -> dict[str, str]:
    return {
        "none": _("No comments yet"),
        **_plurals("count", lambda n: ngettext("{n} comment", "{n} comments", n)),
        "order": _("Order of the comments"),
        "oldest": _("Oldest first"),
        "newest": _("Newest first"),
        "all": _("Show all comments"),
        "more": _("Show more comments"),
        **_plurals("replies", lambda n: ngettext("Show {n} reply", "Show {n} replies", n)),
        "in_reply": _("In reply to {name}"),
        "closed": _("Comments are closed."),
        "pending": _("Your comment is awaiting moderation."),
        "reply": _("Reply"),
        "staff": _("Staff"),
        "load_failed": _("The comments cannot be loaded."),
        "form_failed": _("The form cannot be loaded."),
    }


def _plurals(key: str, text: Callable[[int], str]) -> dict[str, str]:
    """A text with a number, for each plural category that whole numbers have in the language spoken now."""
    category = Locale(str(get_locale())).plural_form
    example: dict[str, int] = {}
    for number in (*range(1, _BEYOND), 0):
        example.setdefault(category(number), number)
    other = text(example.get("other", _BEYOND))
    forms = {f"{key}_{name}": text(number) for name, number in example.items() if text(number) != other}
    return {f"{key}_other": other} | forms


def filled(source: str, words: Mapping[str, str]) -> str:
    """A script of the embed as it is served: with its words, and the list of the languages that it can ask for.

    Raises `ValueError` when the source has no place for the words.
    """
    if source.count(_WORDS) != 1:
        raise ValueError(f"the script must hold {_WORDS} once")
    languages = json.dumps(LANGUAGES, separators=(",", ":"))
    return source.replace(_WORDS, _literal(words)).replace(_LANGUAGES, languages)


def _literal(words: Mapping[str, str]) -> str:
    """An object for a script; without the quotes that JSON has around names."""
    return "{" + ",".join(f"{name}:{json.dumps(text, ensure_ascii=False)}" for name, text in words.items()) + "}"


def reader_language() -> str:
    """The language of the answer that is being made, for pages whose view names none."""
    return str(get_locale() or LANGUAGES[0])


def comment_time(stamp: str) -> str:
    """A contract time (`2026-10-14T06:30:00Z`) in the reader's language: `14 October 2026 · 06:30 UTC`."""
    return f"{format_datetime(datetime.fromisoformat(stamp), 'd MMMM y · HH:mm', rebase=False)} UTC"


def install(app: Flask) -> None:
    """Give templates what they call: the filters `comment_time` and `language_of`, `direction()` and `reader_language()`."""
    app.add_template_filter(comment_time)
    app.add_template_filter(language_of)
    app.add_template_global(direction)
    app.add_template_global(reader_language)
