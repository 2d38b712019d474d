"""A submission as the signals see it: the text as typed, and a skeleton from which disguises are taken off.

The skeleton is lower case, compatibility-normalised (NFKC), free of invisible characters, with entities decoded,
look-alike letters inside Latin words folded, and links put together that were pulled apart. It is computed once for
each submission.
"""

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from moderation.spam.disguise import OVERRIDE, gather, unmask
from moderation.spam.lexicon import STRONG, TRADED, phrases, selling_part
from moderation.spam.links import Link, domains_in, link_of, links_in, rebuild, strangeness
from moderation.spam.types import Submission

READ_HEAD, READ_TAIL = 8_000, 2_000
"""Characters read of a longer text. Intake accepts 10,000 by default; what is longer costs no more than that."""
READ_FIELD = 500
"""Characters read of a name, an address or a title."""

_LOOKED_AT = 20
# Normalising sorts runs of combining marks in quadratic time; in slices it cannot.
_SLICE = 64
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff"
)
# Marks that no letter took up when the text was composed are strokes through words, or nothing that one reads by.
_ANY_INVISIBLE = re.compile(f"[{_INVISIBLE}\u0300-\u036f]+")
# Persian, Urdu, Hindi and emoji need joiners, Arabic and Hebrew need direction marks: only inside a Latin, Greek or
# Cyrillic word is there no honest use for them.
# Soft hyphens are left out: newspapers have them in every long word, and they are copied along.
_HIDDEN = re.compile(rf"(?<=[a-zA-Zа-яА-Яα-ω])(?!\u00ad)[{_INVISIBLE}]+(?=[a-zA-Zа-яА-Яα-ω])")
# To force the direction of letters has no honest use in a comment: a name in another script needs no more than a mark.
_FORCED = re.compile("[\u202d\u202e]")
_STYLED = re.compile(
    "[\U0001d400-\U0001d7ff\u249c-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
    "\u1d00-\u1d2b\u0262\u026a\u0274\u0280\u028f\u0299\u029c\u029f\ua730\ua731]"
)
# Chinese, Japanese and Korean write Latin letters in full width, as part of their own typography.
_FULL_WIDTH = re.compile("[\uff21-\uff3a\uff41-\uff5a]")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ADDRESS = r"[^\s<>\"'\[\]()|{}]++"
# Every branch begins with a letter of its own, which makes the search four times faster.
_CUT = re.compile(
    r"<(?:a\b[^<>]*+>[^<]{0,300}+|[/a-z!][^<>]*+>)|\[(?:(?:url|link)\b[^\[\]]*+\][^\[]{0,300}+|/?(?:url|link|img|b|i)\])|"
    rf"h(?:ttp|xxp)s?://{_ADDRESS}|ftp://{_ADDRESS}|www\.{_ADDRESS}"
)
_LONGEST_SCHEME = 5
_NO_DIGITS = bytes(set(range(128)) - set(b"0123456789"))
_DIGIT = re.compile(r"\d")
_NO_LETTERS = bytes(code if chr(code).isalpha() else ord(" ") for code in range(128)).ljust(256)
# Vowel signs and points (Hindi, Bengali, Thai, Arabic, Hebrew …) are no letters to Python, and parts of words all the same.
_MARKS = "".join(chr(code) for code in range(0x300, 0x1CFB) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_MARKED_WORD = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])++")


# Not frozen: to set so many fields past the guard costs as much as a dozen signals.
@dataclass(slots=True)
class View:
    """What signals read.

    :param typed: the text as typed (its head and tail if it is very long).
    :param skeleton: the text without disguises, lower case, links put together.
    :param prose: the skeleton without markup, links and the words inside links: what ratios are taken of, so that
        adding a link to a comment cannot dilute anything.
    :param digits: how many digits the prose has.
    :param words: the words of the prose in order.
    :param vocabulary: every word of the skeleton, those inside links too.
    :param decoded: known words read out of digits (leet), pieces or spaced-out letters, and strong words in look-alike,
        decorative or broken letters.
    :param masked: how many known words had to be read out of digits, pieces or spaced-out letters.
    :param spoken: all words of the skeleton in order, those inside links too.
    :param traded: the words among them that stand in the lists of things for sale.
    :param said: phrases of the word lists that occur, by list (see ``lexicon.phrases``).
    :param strange: the strangest link, the first of equals; nothing without links.
    :param strangeness: how strange that is, from 0 (no link) to 1 (see ``links.strangeness``).
    :param styled: letters from alphabets made for decoration: mathematical, circled, small capitals, and full-width where
        no Chinese, Japanese or Korean stands, which have them in honest use.
    :param hidden: places where something invisible stands inside a word.
    :param mixed: words that mix Latin with letters of scripts that look like it.
    :param rebuilt: links that had to be put together.
    :param unread: links in the part of a very long text that was not read.
    :param website_sells: the part of the website's address that sells, or nothing.
    :param tokens: what ``tokens.tokens_of`` made of it, once it has.
    """

    submission: Submission
    typed: str
    skeleton: str
    prose: str
    digits: int
    words: list[str]
    vocabulary: frozenset[str]
    decoded: frozenset[str]
    spoken: list[str]
    traded: frozenset[str]
    said: dict[str, list[str]]
    links: tuple[Link, ...]
    strange: Link | None
    strangeness: float
    styled: int
    hidden: int
    masked: int
    mixed: int
    rebuilt: int
    unread: int
    name: str
    name_words: list[str]
    website: Link | None
    website_sells: str
    mail_domain: str
    tokens: frozenset[str] | None = None


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


def _turned(text: str) -> str:
    """A text with what stands backwards behind an override turned round."""
    return OVERRIDE.sub(lambda match: match[1][::-1], text) if "\u202e" in text else text


def _digits(text: str) -> int:
    return len(text.encode().translate(None, _NO_DIGITS) if text.isascii() else _DIGIT.findall(text))


def _styled(typed: str) -> int:
    wide = len(_FULL_WIDTH.findall(typed))
    return len(_STYLED.findall(typed)) + (wide if wide and not _EAST_ASIAN.search(typed) else 0)


def _strangest(links: list[Link], page_url: str) -> tuple[Link, float]:
    """The strangest of some links, the first of equals, and how strange it is."""
    own = link_of(page_url[:READ_FIELD].lower()) if page_url else None
    how = [strangeness(link, own) for link in links]
    return links[how.index(max(how))], max(how)


def first_tag(skeleton: str) -> int:
    """Where the first tag may begin, in HTML or BBCode; -1 if none does. To begin a search there is several times quicker
    than to go through the prose before."""
    angle, square = skeleton.find("<"), skeleton.find("[")
    return min(angle, square) if angle >= 0 and square >= 0 else max(angle, square)


def _prose(skeleton: str, linked: bool) -> str:
    """A skeleton without its tags and addresses."""
    tag = first_tag(skeleton)
    if tag < 0 and not linked:
        return skeleton
    address = skeleton.find("://")
    begins = (tag, max(0, address - _LONGEST_SCHEME) if address >= 0 else -1, skeleton.find("www."))
    start = min([at for at in begins if at >= 0])
    rest = skeleton[start:]
    # A bar keeps the words around a cut apart and looks like nothing that a signal counts.
    cut = _CUT.sub("|", rest)
    return skeleton if cut == rest else skeleton[:start] + cut


def words_of(text: str) -> list[str]:
    """The words of a text in order: runs of letters, and of the marks that belong to them."""
    if text.isascii():
        # Five times faster than the pattern, to which it is the same.
        return text.encode().translate(_NO_LETTERS).decode().split()
    return _MARKED_WORD.findall(text)


def view_of(submission: Submission) -> View:
    """The view of a submission. Its cost is linear in the length of the text and bounded for any length."""
    whole = submission.text
    typed = whole if len(whole) <= READ_HEAD + READ_TAIL else whole[:READ_HEAD] + "\n" + whole[-READ_TAIL:]
    unread = whole.count("://") - typed.count("://") if typed is not whole else 0
    turned = _turned(html.unescape(typed) if "&" in typed else typed)
    unmasked = unmask(plain(turned))
    skeleton, rebuilt = rebuild(unmasked.text)
    spoken = words_of(skeleton)
    gathered = gather(skeleton, spoken, unmasked.found)
    if gathered is not skeleton:
        skeleton, spoken = gathered, words_of(gathered)
    links = links_in(skeleton)
    prose = _prose(skeleton, bool(links))
    links += domains_in(prose)
    words = spoken if prose is skeleton else words_of(prose)
    vocabulary = frozenset(spoken)
    decoded = frozenset(unmasked.found)
    if not typed.isascii() and (strong := vocabulary & STRONG):
        # Counted, since a word may stand there in disguise and plainly too.
        often, plainly = Counter(spoken), Counter(words_of(typed.lower()))
        decoded |= {word for word in strong if often[word] > plainly[word]}
    name = unmask(plain(_turned(html.unescape(submission.author[:READ_FIELD])))).text.strip()
    website = link_of(plain(submission.url[:READ_FIELD]).strip())
    strange, strangest = _strangest(links[:_LOOKED_AT], submission.page_url) if links else (None, 0.0)
    return View(
        submission=submission,
        typed=typed,
        skeleton=skeleton,
        prose=prose,
        digits=_digits(prose),
        words=words,
        vocabulary=vocabulary,
        decoded=decoded,
        spoken=spoken,
        traded=vocabulary & TRADED,
        # To read the lists takes a while: not before they are needed.
        said=phrases().found_in(vocabulary, spoken) if spoken else {},
        links=tuple(links),
        strange=strange,
        strangeness=strangest,
        styled=0 if typed.isascii() else _styled(typed),
        hidden=0 if typed.isascii() else len(_HIDDEN.findall(typed)) + len(_FORCED.findall(typed)),
        masked=len(unmasked.found),
        mixed=unmasked.mixed,
        rebuilt=rebuilt,
        unread=unread,
        name=name,
        name_words=words_of(name),
        website=website,
        website_sells=selling_part(website.address) if website else "",
        mail_domain=submission.email[:READ_FIELD].rpartition("@")[2].strip().lower(),
    )


def quoted(text: str, most: int = 40) -> str:
    """A piece of a comment as evidence inside a sentence: one line, printable, short, in quotation marks."""
    line = text[: most + 1]
    if not line.isprintable():
        line = "".join(letter if letter.isprintable() else " " for letter in line)
    return f'"{line[:most].strip()}…"' if len(line) > most else f'"{line.strip()}"'
