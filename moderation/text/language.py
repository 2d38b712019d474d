"""The language of a short text, as far as its letters tell it: for the `lang` of a comment on a page in another language.

A screen reader takes its voice from it, a browser its font. Letters tell few languages for certain: a script that one language
has almost for itself, or letters that none but it has. Of what is written in Latin letters nothing is said; then the page's own
language holds. The embed does the same with the same table (`static/embed/element.js`).
"""

from __future__ import annotations

import re
from typing import Final

# Language, the letters of its script, and letters that only it has among those of its script that stand below it.
_LETTERS: Final = (
    ("ur", "\u0600-\u06ff", "ٹڈڑںے"),
    ("fa", "\u0600-\u06ff", "پچژگکی"),
    ("ar", "\u0600-\u06ff", ""),
    ("hi", "\u0900-\u097f", ""),
    ("bn", "\u0980-\u09ff", ""),
    ("ja", "ぁ-ヿ一-鿿", "ぁ-ヿ"),
    ("zh", "一-鿿", ""),
    ("ko", "가-힣", ""),
    ("uk", "а-яёіїєґ", "іїєґ"),
    ("ru", "а-яё", "ыэё"),
)
_TABLE: Final = tuple(
    (lang, re.compile(f"[{script}]"), re.compile(f"[{marks}]" if marks else "")) for lang, script, marks in _LETTERS
)


def language_of(text: str) -> str | None:
    """The language of a text whose letters are mostly of one of the scripts above, else None. A tag of BCP 47."""
    if text.isascii():
        return None
    small = text.lower()
    letters = sum(map(str.isalpha, small))
    for lang, script, marks in _TABLE:
        if 2 * len(script.findall(small)) > letters and marks.search(small):
            return lang
    return None
