"""The ways in which spam is disguised: each gives a submission that people read as before and programs do not.

All are deterministic. Words are disguised wherever they stand outside markup and links, which have to keep working:
every word, or only those that the filter is known to know (its source is open).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import blake2b
from itertools import cycle, islice
from urllib.parse import urlsplit

from moderation.spam import Submission
from moderation.spam.learner import PRIOR
from moderation.spam.lexicon import SAID, SELLING

Disguise = Callable[[Submission], Submission]
OnWord = Callable[[str], str]

_MARKUP = r"<[^<>]*>|\[[^\[\]]*\]|&#?\w+;"
_ADDRESS = r"(?:https?://|www\.)[^\s<>\"'\[\]()]+"
_KEPT = re.compile(f"({_MARKUP}|{_ADDRESS}|\\S*@\\S+)")
_ANY_ADDRESS = re.compile(_ADDRESS)
_ANCHOR = re.compile(r"(?is)<a\b[^<>]*?href\s*=\s*[\"']?([^\s\"'<>]+)[^<>]*>(.*?)</a>|\[url=([^\s\]]+)\](.*?)\[/url\]")
_LEFT_OPEN = re.compile(r"(?i)<a\b[^<>]*>|</a\s*>|\[/?(?:url|link)\b[^\[\]]*\]")
_BARE_HOST = re.compile(
    r"(?i)(?<![\w@.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|info|biz|ru|co|uk|de|us|in|cn|xyz|top|online|site|shop)\b(?:/\S*)?"
)
_WORD = re.compile(r"[A-Za-z]{3,}")
_LOOKALIKES = str.maketrans("aceiopsxyjABCEHIKMOPTX", "асеіорѕхујАВСЕНІКМОРТХ")
_LEET = str.maketrans("aeiosAEIOS", "4310543105")
_PUNCTUATION = ".-_*'"
PADDING_WORDS = 60
HONEST = (
    "The bakery behind the station opens at six and by eight the good loaves are gone.",
    "My sister kept the old radio for years although only one of its knobs still turned.",
    "We walked along the river until it rained and then waited under the bridge with two cyclists.",
    "I was not sure about the second chapter but the way it ends made me read the first one again.",
    "Last winter the heating failed on a Sunday and our neighbour lent us a small stove.",
    "They moved the bus stop to the other side of the square so my mother has to cross twice.",
    "The teacher asked each of us to bring a stone and to say where it had come from.",
    "What you write about the harbour is true for the north side but the south side was always quieter.",
    "It took three evenings to mend the bicycle because the right screw was nowhere to be had.",
    "Our choir sang in the hall with the broken window and nobody minded the noise from the street.",
)
"""Honest sentences to pad spam with, of this project's own writing."""
KNOWN = SELLING.union(SAID, *(entry.split() for entry in PRIOR))
"""Words that the filter looks for."""


def on_words(change: OnWord, *, known_only: bool = False) -> Disguise:
    """The disguise that changes words of three Latin letters or more, in the text and in the name."""

    def word(match: re.Match[str]) -> str:
        return change(match[0]) if not known_only or match[0].lower() in KNOWN else match[0]

    def disguise(submission: Submission) -> Submission:
        return replace(submission, text=_changed(submission.text, word), author=_changed(submission.author, word))

    return disguise


def without_links(submission: Submission) -> Submission:
    """The same spam with no link left: of links with a text the text stays, other addresses and the website go."""
    text = _ANCHOR.sub(lambda match: match[2] or match[4] or "", submission.text)
    text = _BARE_HOST.sub("", _ANY_ADDRESS.sub("", _LEFT_OPEN.sub("", text)))
    return replace(submission, text=text, url="")


def _changed(text: str, word: Callable[[re.Match[str]], str]) -> str:
    # Split with a group: what is kept stands at the odd places.
    return "".join(piece if at % 2 else _WORD.sub(word, piece) for at, piece in enumerate(_KEPT.split(text)))


def _inside(word: str, something: str) -> str:
    middle = len(word) // 2
    return word[:middle] + something + word[middle:]


def _leet(word: str) -> str:
    return word[0] + word[1:].translate(_LEET)


def _punctuated(word: str) -> str:
    return _inside(word, _PUNCTUATION[_number(word) % len(_PUNCTUATION)])


def _full_width(word: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in word)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _on_addresses(change: OnWord) -> Disguise:
    def disguise(submission: Submission) -> Submission:
        text = _ANY_ADDRESS.sub(lambda address: change(address[0]), submission.text)
        return replace(submission, text=text, url=change(submission.url) if submission.url else "")

    return disguise


def _shortened(address: str) -> str:
    return f"https://bit.ly/{_number(address) % 36**6:x}"


def _homograph(address: str) -> str:
    host = urlsplit(address if "//" in address else f"//{address}").netloc
    name, dot, top = host.rpartition(".")
    return address.replace(host, name.translate(_LOOKALIKES) + dot + top, 1) if name else address


def _spoken(submission: Submission) -> Submission:
    """Links as words: "fine-hats dot com"; no markup remains, and no website."""

    def anchor(match: re.Match[str]) -> str:
        address, words = match[1] or match[3], match[2] or match[4]
        return f"{words} {address}"

    def spoken(match: re.Match[str]) -> str:
        bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0])
        host, slash, path = bare.partition("/")
        return host.replace(".", " dot ") + slash + path

    return replace(submission, text=_ANY_ADDRESS.sub(spoken, _ANCHOR.sub(anchor, submission.text)))


def _padded(submission: Submission) -> Submission:
    return replace(submission, text=f"{submission.text}\n{' '.join(islice(_honest(submission.text), PADDING_WORDS))}")


def _honest(seed: str) -> Iterator[str]:
    at = _number(seed) % len(HONEST)
    for sentence in cycle(HONEST[at:] + HONEST[:at]):
        yield from sentence.split()


OF_WORDS: dict[str, OnWord] = {
    "look-alike letters": lambda word: word.translate(_LOOKALIKES),
    "zero-width characters": lambda word: _inside(word, "\u200b"),
    "direction marks": lambda word: _inside(word, "\u202d\u202c"),
    "backwards behind an override": lambda word: f"\u202e{word[::-1]}\u202c",
    "full-width letters": _full_width,
    "digits for letters": _leet,
    "spaced-out letters": " ".join,
    "punctuation inside words": _punctuated,
    "HTML entities": lambda word: "".join(f"&#{ord(letter)};" for letter in word),
}
"""Disguises of single words."""
OF_LINKS: dict[str, Disguise] = {
    "links by a shortener": _on_addresses(_shortened),
    "links in words (dot com)": _spoken,
    "links with look-alike hosts": _on_addresses(_homograph),
}
OF_TEXT: dict[str, Disguise] = {"60 honest words after it": _padded}
DISGUISES: dict[str, Disguise] = {
    **{name: on_words(change) for name, change in OF_WORDS.items()},
    **{f"{name}, known words": on_words(change, known_only=True) for name, change in OF_WORDS.items()},
    **OF_LINKS,
    **OF_TEXT,
}
