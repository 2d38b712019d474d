"""Which characters never reach storage, which never show, and how many marks one letter may carry."""

import re
import unicodedata

# Arabic letter mark, LRM/RLM, embeddings and overrides, isolates (UAX #9).
BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Zero-width space, word joiner and friends, BOM, soft hyphen, interlinear annotation.
ZERO_WIDTH = "\u00ad\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"
# Letters and marks that Unicode counts as visible but every font draws as nothing.
BLANK_GLYPHS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
TAGS = "\U000e0000-\U000e007f"
# Characters for internal use that XML (our feeds) does not allow.
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
# Prepended marks such as the Arabic number sign: category Cf, yet drawn.
DRAWN_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")

NEVER_STORED = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{NONCHARACTERS}]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
# What a key or an address must not hold: two that look the same would be two different things.
HIDDEN = re.compile(
    rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{BIDI}{ZERO_WIDTH}{BLANK_GLYPHS}{TAGS}{NONCHARACTERS}\ud800-\udfff]"
)
INVISIBLE = re.compile(
    rf"[\s\x00-\x1f\x7f-\x9f{BIDI}{ZERO_WIDTH}{BLANK_GLYPHS}{SELECTORS}{TAGS}{NONCHARACTERS}]+",
)


def is_blank(text: str) -> bool:
    """Tell whether nothing visible is left once white space and invisible characters are gone."""
    at = 0
    while at < len(text):
        unseen = INVISIBLE.match(text, at)
        if unseen:
            at = unseen.end()
        elif unicodedata.category(text[at]) == "Cf" and text[at] not in DRAWN_FORMAT:
            at += 1
        else:
            return False
    return True


def limit_marks(text: str, most: int) -> str:
    """Drop the combining marks after the first `most` on one base character.

    Besides taming stacked marks, this keeps Unicode normalisation linear: it sorts each run of marks, and a run of
    thousands costs time with its square (UAX #15 section 13 names 30 as more than any language needs).
    """
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character).startswith("M") else 0
        if run <= most:
            kept.append(character)
    return "".join(kept)


def normalized(text: str, marks: int = 30) -> str:
    """Unicode NFC in linear time, lone surrogates replaced by U+FFFD so that UTF-8 and databases can take the text."""
    return unicodedata.normalize("NFC", limit_marks(SURROGATE.sub("\ufffd", text), marks))
