"""Taking disguises off words: look-alike letters, digits for letters, letters in pieces, words written backwards.

A word is only put together again where the result is one that the filter knows from its lists, so names, part numbers,
enumerations and e-mail addresses stay what they are.
"""

import re
from itertools import islice
from string import ascii_lowercase
from typing import NamedTuple

from moderation.spam.lexicon import SAID, SELLING

_SHORTEST = 4
KNOWN = frozenset(word for word in SELLING | SAID if len(word) >= _SHORTEST)
"""Words that spam is made of: what a disguise would be for."""
_BEGINNINGS = frozenset(word[:_SHORTEST] for word in KNOWN)
OVERRIDE = re.compile("\u202e([^\u202c\u202d\u202e\n]{0,500}+)[\u202c\u202d]?")

# Greek mu is left out for the micro sign that NFKC turns into it.
_FOREIGN = r"\u0370-\u03bb\u03bd-\u03ff\u0400-\u04ff\u13a0-\u13ff\u1400-\u167f\u1d00-\u1d2b\uab30-\uabbf"
_MIXED = re.compile(rf"[a-z][{_FOREIGN}]|[{_FOREIGN}][a-z]")
_MIXED_WORD = re.compile(rf"[a-z{_FOREIGN}]{{3,}}+")
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвнкмтгαβεηικλνορτυχωᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢᗩᗷᗪᗯᑎ",
    "aeopcyxijsdhlqwbhkmtrabenikavoptuxwabcdeghijklmnoprtuvwyzabdwn",
)
_DIGIT_IN_WORD = re.compile(r"[0134578@$](?:(?<=[a-z].)|(?=[a-z]))")
_LEET_WORD = re.compile(r"(?<![\w@$/.-])(?:[a-z0134578$]|@(?=[a-z])){4,24}+(?![\w@/]|[.-]\w)")
_LEET = (str.maketrans("0134578@$", "oieastbas"), str.maketrans("0134578@$", "oleastbas"))
# Begins with what is rare, and what stands before is looked up from there: several times faster.
_JOINT = re.compile(r"[._*'|~+-](?<=[a-z].)(?=[a-z])")
# Either of the two, in one search of a text that mostly has neither.
_DIGIT_OR_JOINT = re.compile(
    r"[0134578@$._*'|~+-](?:(?<=[a-z].)(?=[a-z])|(?<=[a-z][0134578@$])|(?<=[0134578@$])(?=[a-z]))"
)
_PIECES = re.compile(r"(?<![\w@/])[a-z]{1,20}+(?:[._*'|~+-][a-z]{1,20}+){1,12}+(?![\w@/]|[.-]\w)")
_RUN = re.compile(r"[a-z._*'|~+-]*+")
_JOINTS = str.maketrans("", "", "._*'|~+-")
_SPELT_OUT = "1111"
# A text with every Latin letter as "a" and what may stand between letters that are spelt out as a space.
_OUTLINE = bytes(
    ord("a") if chr(code) in ascii_lowercase else ord(" ") if chr(code) in " .*_-" else ord("x") for code in range(256)
)
_TWO_APART = b" a a "
_SPACED_WORDS = re.compile(r"(?<!\w)[a-z](?:[ .*_-][a-z](?!\w)){3,60}+")
_LONGEST = 20
_LOOKED_AT = 1000
"""Words looked through for single letters."""
_MOST = 400
"""Joints looked at in one text. Whoever broke more words has shown enough."""


class Unmasked(NamedTuple):
    """A text without disguises.

    :param mixed: words that mixed Latin with letters that look like it.
    :param found: the known words that had been disguised, in order.
    """

    text: str
    mixed: int
    found: list[str]


def unmask(flat: str) -> Unmasked:
    """Take the disguises off a lower-case text. Linear in its length."""
    found: list[str] = []
    mixed = 0
    if not flat.isascii() and _MIXED.search(flat):
        flat, mixed = _fold_mixed(flat)
    first = _DIGIT_OR_JOINT.search(flat)
    if first is None:
        return Unmasked(flat, mixed, found)
    start = first.start()
    if _DIGIT_IN_WORD.search(flat, start):
        flat, start = _LEET_WORD.sub(lambda match: _known(match[0], found), flat), 0
    return Unmasked(_put_together(flat, found, start), mixed, found)


def gather(flat: str, spoken: list[str], found: list[str]) -> str:
    """A text in which letters that stood apart are known words again (``v i a g r a``).

    :param spoken: its words.
    :param found: to which the words put together are added.
    """
    if _TWO_APART not in flat.encode(errors="surrogatepass").translate(_OUTLINE):
        return flat
    lengths = [len(word) for word in spoken[:_LOOKED_AT]]
    if _SPELT_OUT not in "".join(["1" if one == 1 else " " for one in lengths]):
        return flat
    return _SPACED_WORDS.sub(lambda match: _spelt(match[0], found), flat, count=_MOST // 10)


def _fold_mixed(flat: str) -> tuple[str, int]:
    mixed = 0

    def fold(match: re.Match[str]) -> str:
        nonlocal mixed
        word = match[0]
        if _MIXED.search(word) is None:
            return word
        mixed += 1
        return word.translate(_LOOKALIKE)

    return _MIXED_WORD.sub(fold, flat), mixed


def _known(written: str, found: list[str]) -> str:
    if written.isalpha() or written.isdigit():
        return written
    for table in _LEET:
        word = written.translate(table)
        if word in KNOWN:
            found.append(word)
            return word
    return written


def _put_together(flat: str, found: list[str], since: int) -> str:
    """A text with the known words in it put together that stand in pieces from a place on."""
    parts: list[str] = []
    done = read = 0
    for joint in islice(_JOINT.finditer(flat, since), _MOST):
        if joint.start() < read:
            continue
        before = flat[max(read, joint.start() - _LONGEST) : joint.start()]
        start = joint.start() - (len(before) - len(before.rstrip(ascii_lowercase)))
        if flat[start - 1 : start] == "/":
            continue
        # Each run of letters and joints is read once, whatever comes of it.
        run = _RUN.match(flat, start)
        read = run.end() if run else joint.end()
        match = _PIECES.match(flat, start)
        if match and (word := _joined(match[0], found)) is not match[0]:
            parts += (flat[done:start], word)
            done = match.end()
    return "".join((*parts, flat[done:])) if parts else flat


def _joined(written: str, found: list[str]) -> str:
    word = written.translate(_JOINTS)
    if word not in KNOWN or all(len(part) >= _SHORTEST for part in re.split(r"[._*'|~+-]", written)):
        # Of two whole words nobody has made one to hide it: work-shop, pay-day.
        return written
    found.append(word)
    return word


def _spelt(written: str, found: list[str]) -> str:
    """The known words in a run of single letters; the run itself where there are none."""
    letters = written[::2]
    words: list[str] = []
    at = 0
    while at < len(letters):
        end = 0
        if letters[at : at + _SHORTEST] in _BEGINNINGS:
            ends = range(min(len(letters), at + _LONGEST), at + _SHORTEST - 1, -1)
            end = next((end for end in ends if letters[at:end] in KNOWN), 0)
        if end:
            words.append(letters[at:end])
        at = end or at + 1
    if not words:
        return written
    found.extend(words)
    return " ".join(words)
