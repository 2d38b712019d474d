"""One-line fields that people fill in: their name, the title of a page."""

import unicodedata

from moderation.text.chars import BLANK_GLYPHS, DRAWN_FORMAT, INVISIBLE, is_blank, normalized

__all__ = ["MARKS_PER_LETTER", "clean_line", "is_blank"]

MARKS_PER_LETTER = 8
"""Most combining marks one letter may carry; no living script stacks more than a few."""

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_BLACK_FLAG = "\U0001f3f4"
# Scripts whose spelling needs joiners: Arabic and its kin; Brahmic scripts, Tibetan, Myanmar; Khmer, Mongolian.
_JOINING_RANGES = (
    (0x0600, 0x08FF),
    (0x0900, 0x0DFF),
    (0x0F00, 0x109F),
    (0x1780, 0x18AF),
    (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFC),
)


def clean_line(raw: str) -> str:
    """Return `raw` as one line that shows what it holds.

    NFC; line breaks, tabs and controls become a space; bidi controls and invisible format characters go, except
    joiners inside words and emoji that need them; at most `MARKS_PER_LETTER` marks a letter; white space collapsed and
    stripped. Nothing visible in, the empty string out. Markup stays as typed: escaping is the template's work.
    """
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    # Joining what is left can form a new sequence (a mark next to another base), so go on until nothing changes.
    line = raw
    for _ in range(4):
        before, line = line, _clean_once(line)
        if line == before:
            break
    return line


def _clean_once(raw: str) -> str:
    text = normalized(raw, MARKS_PER_LETTER)
    kept: list[str] = []
    for index, character in enumerate(text):
        if character.isspace() or unicodedata.category(character) == "Cc":
            kept.append(" ")
        elif _is_visible(character) or _is_needed(text, index, kept):
            kept.append(character)
    return " ".join("".join(kept).split())


def _is_visible(character: str) -> bool:
    if unicodedata.category(character) == "Cf":
        return character in DRAWN_FORMAT
    return character not in BLANK_GLYPHS and INVISIBLE.match(character) is None


def _is_needed(text: str, index: int, kept: list[str]) -> bool:
    """Tell whether the invisible character at `index` changes how its visible neighbours are written."""
    character = text[index]
    previous = kept[-1] if kept else ""
    if character in (_ZWNJ, _ZWJ):
        following = text[index + 1 : index + 2]
        if _joins(previous):
            return _joins(following)
        # A variation selector or a skin tone may stand between an emoji and its joiner.
        return character == _ZWJ and _is_symbol(previous) and _is_symbol(following)
    code = ord(character)
    if 0xFE00 <= code <= 0xFE0F:
        return _is_symbol(previous, selector=False) or previous in tuple("0123456789#*") or _is_ideograph(previous)
    if 0xE0100 <= code <= 0xE01EF:
        return _is_ideograph(previous)
    if 0x180B <= code <= 0x180F and code != 0x180E:
        return bool(previous) and 0x1800 <= ord(previous) <= 0x18AF
    if 0xE0020 <= code <= 0xE007F:
        return previous == _BLACK_FLAG or (bool(previous) and 0xE0020 <= ord(previous) <= 0xE007E)
    return False


def _joins(character: str) -> bool:
    return bool(character) and any(first <= ord(character) <= last for first, last in _JOINING_RANGES)


def _is_symbol(character: str, *, selector: bool = True) -> bool:
    if not character:
        return False
    return unicodedata.category(character) in {"So", "Sm", "Sk"} or (selector and character == "\ufe0f")


def _is_ideograph(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").startswith("CJK ")
