"""A submission as the signals see it: the text as typed, and a skeleton from which disguises are taken off.

The skeleton is lower case, compatibility-normalised (NFKC), free of invisible characters, with entities decoded,
look-alike letters inside Latin words folded, and links put together that were pulled apart. It is computed once for
each submission.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.spam.lexicon import STRONG, selling_part
from moderation.spam.links import Link, domains_in, first_strange, link_of, links_in, rebuild
from moderation.spam.types import Submission

READ_HEAD, READ_TAIL = 8_000, 2_000
"""Characters read of a longer text. Intake accepts 10,000 by default; what is longer costs no more than that."""
READ_FIELD = 500
"""Characters read of a name, an address or a title."""

_LOOKED_AT = 20
# Normalising sorts runs of combining marks in quadratic time; in slices it cannot.
_SLICE = 64
_INVISIBLE = r"\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_ANY_INVISIBLE = re.compile(f"[{_INVISIBLE}]+")
# Persian, Urdu, Hindi and emoji need joiners, Arabic and Hebrew need direction marks: only inside a Latin, Greek or
# Cyrillic word is there no honest use for them.
_HIDDEN = re.compile(rf"(?<=[a-zA-Zа-яА-Яα-ω])[{_INVISIBLE}]+(?=[a-zA-Zа-яА-Яα-ω])")
_STYLED = re.compile(
    "[\U0001d400-\U0001d7ff\u2460-\u24ff\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
    "\uff21-\uff3a\uff41-\uff5a\u1d00-\u1d2b\u0262\u026a\u0274\u0280\u028f\u0299\u029c\u029f\ua730\ua731]"
)
# Greek mu is left out for the micro sign that NFKC turns into it.
_FOREIGN = r"\u0370-\u03bb\u03bd-\u03ff\u0400-\u04ff\u13a0-\u13ff\u1400-\u167f\u1d00-\u1d2b\uab30-\uabbf"
_MIXED = re.compile(rf"[a-z][{_FOREIGN}]|[{_FOREIGN}][a-z]")
_MIXED_WORD = re.compile(rf"[a-z{_FOREIGN}]{{3,}}+")
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвнкмтгαβεηικλνορτυχωᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢᗩᗷᗪᗯᑎ",
    "aeopcyxijsdhlqwbhkmtrabenikavoptuxwabcdeghijklmnoprtuvwyzabdwn",
)
_LEET_WORD = re.compile(r"(?<![\w@$])[a-z]{1,20}+[01345@$]{1,4}+[a-z][a-z0-9@$]{0,20}+")
_LEET = str.maketrans("01345@$", "oieasas")
_LEET_CORE = re.compile(r"[01345@$][a-z](?<=[a-z01345@$]..)")
_FEWEST_SPACED = 3
_SPACED_WORD = re.compile(r"(?<!\w)[a-z](?:[ .*_-][a-z](?!\w)){3,20}+")
_CUT = re.compile(
    r"<a\b[^<>]*+>[^<]{0,300}+|<[/a-z!][^<>]*+>|\[(?:url|link)\b[^\[\]]*+\][^\[]{0,300}+|\[/?(?:url|link|img|b|i)\]|"
    r"(?:(?:https?|hxxps?|ftp)://|www\.)[^\s<>\"'\[\]()|{}]++"
)
_WORD = re.compile(r"[^\W\d_]++")


@dataclass(frozen=True, slots=True)
class View:
    """What signals read.

    :param typed: the text as typed (its head and tail if it is very long).
    :param skeleton: the text without disguises, lower case, links put together.
    :param prose: the skeleton without markup, links and the words inside links: what ratios are taken of, so that
        adding a link to a comment cannot dilute anything.
    :param words: the words of the prose in order.
    :param vocabulary: every word of the skeleton, those inside links too, and every word decoded from a disguise.
    :param decoded: words read out of digits (leet) or spaced-out letters, and strong words in look-alike, decorative or
        broken letters.
    :param phrases: all words of the skeleton, one space between and around them, for looking up runs of words.
    :param strange: the first link that goes neither to the site itself nor to a place that readers cite.
    :param styled: characters from alphabets made for decoration (mathematical, circled, full-width, small capitals).
    :param hidden: places where something invisible stands inside a word.
    :param mixed: words that mix Latin with letters of scripts that look like it.
    :param rebuilt: links that had to be put together.
    :param unread: links in the part of a very long text that was not read.
    :param website_sells: the part of the website's address that sells, or nothing.
    """

    submission: Submission
    typed: str
    skeleton: str
    prose: str
    words: list[str]
    vocabulary: frozenset[str]
    decoded: frozenset[str]
    phrases: str
    links: tuple[Link, ...]
    strange: Link | None
    styled: int
    hidden: int
    mixed: int
    rebuilt: int
    unread: int
    name: str
    name_words: list[str]
    website: Link | None
    website_sells: str
    mail_domain: str


def plain(text: str) -> str:
    """A text in lower case, NFKC, without invisible characters; at most as long as what is read of a comment."""
    if text.isascii():
        return text.lower()
    pieces: list[str] = []
    length = 0
    for at in range(0, len(text), _SLICE):
        pieces.append(unicodedata.normalize("NFKC", text[at : at + _SLICE]))
        # One character may normalise to eighteen, so the length is bounded again.
        length += len(pieces[-1])
        if length > READ_HEAD + READ_TAIL:
            break
    return _ANY_INVISIBLE.sub("", "".join(pieces)).lower()[: READ_HEAD + READ_TAIL]


def view_of(submission: Submission) -> View:
    """The view of a submission. Its cost is linear in the length of the text and bounded for any length."""
    whole = submission.text
    typed = whole if len(whole) <= READ_HEAD + READ_TAIL else whole[:READ_HEAD] + "\n" + whole[-READ_TAIL:]
    unread = whole.count("://") - typed.count("://") if typed is not whole else 0
    flat = plain(html.unescape(typed) if "&" in typed else typed)
    mixed = 0
    if not flat.isascii() and _MIXED.search(flat):
        flat, mixed = _fold_mixed(flat)
    skeleton, rebuilt = rebuild(flat)
    links = links_in(skeleton)
    # A bar keeps the words around a cut apart and looks like nothing that a signal counts.
    prose = _CUT.sub("|", skeleton) if links or "<" in skeleton or "[" in skeleton else skeleton
    links += domains_in(prose)
    spoken = _WORD.findall(skeleton)
    words = spoken if prose is skeleton else _WORD.findall(prose)
    vocabulary = frozenset(spoken)
    decoded = frozenset(_decoded(skeleton, spoken))
    if not typed.isascii() and (strong := vocabulary & STRONG):
        plainly = _WORD.findall(typed.lower())
        # Counted, since a word may stand there in disguise and plainly too.
        decoded |= {word for word in strong if spoken.count(word) > plainly.count(word)}
    name = plain(submission.author[:READ_FIELD]).strip()
    website = link_of(plain(submission.url[:READ_FIELD]).strip())
    return View(
        submission=submission,
        typed=typed,
        skeleton=skeleton,
        prose=prose,
        words=words,
        vocabulary=vocabulary | decoded,
        decoded=decoded,
        phrases=f" {' '.join(spoken)} ",
        links=tuple(links),
        strange=first_strange(links[:_LOOKED_AT], link_of(submission.page_url[:READ_FIELD].lower())),
        styled=0 if typed.isascii() else len(_STYLED.findall(typed)),
        hidden=0 if typed.isascii() else len(_HIDDEN.findall(typed)),
        mixed=mixed,
        rebuilt=rebuilt,
        unread=unread,
        name=name,
        name_words=_WORD.findall(name),
        website=website,
        website_sells=selling_part(website.address) if website else "",
        mail_domain=submission.email[:READ_FIELD].rpartition("@")[2].strip().lower(),
    )


def quoted(text: str, most: int = 40) -> str:
    """A piece of a comment as evidence inside a sentence: one line, printable, short, in quotation marks."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: most + 1])
    return f'"{line[:most].strip()}…"' if len(line) > most else f'"{line.strip()}"'


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


def _decoded(skeleton: str, spoken: list[str]) -> Iterator[str]:
    if _LEET_CORE.search(skeleton):
        for match in _LEET_WORD.finditer(skeleton):
            yield match[0].translate(_LEET)
    if sum(len(word) == 1 for word in spoken) > _FEWEST_SPACED:
        for match in _SPACED_WORD.finditer(skeleton):
            yield match[0][::2]
