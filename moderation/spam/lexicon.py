"""Words, phrases and hosts that signals look up, read once from the lists in ``words/``.

The lists say what sells and what robots say, in many languages, from common knowledge of the trade. A word belongs there
when spammers sell with it and readers hardly ever write it. A question mark before an entry says that readers write it
too: it counts half, and still less on its own (``DOUBTFUL``). Entries are written as the skeleton of a comment has them:
lower case, letters only.

In a file: entries between commas, ``#`` before remarks, ``{a|b}`` for alternatives, ``*`` for up to three words.
"""

from functools import cache
from pathlib import Path

from moderation.spam.runs import Phrases, spun

FOLDER = Path(__file__).with_name("words")
TOPICS = ("pharma", "gambling", "adult", "seo", "finance", "goods", "services", "downloads")
"""Lists of words and phrases about one trade each."""
SAYINGS = ("robots", "templates", "praise", "invitations", "testimonials", "offers")
"""Lists of phrases, whatever they are about."""


def entries(name: str) -> list[str]:
    """The entries of a list as written, question marks and braces included."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    listed = ",".join(line for line in lines if not line.startswith("#"))
    return [entry for part in listed.split(",") if (entry := part.strip())]


_TOPICS = {name: entries(name) for name in TOPICS}
_SAYINGS = {name: entries(name) for name in SAYINGS}


def _words(listed: list[str]) -> frozenset[str]:
    return frozenset(word for entry in listed if " " not in entry for word in spun(entry.lstrip("?")))


PHARMA, GAMBLING, ADULT = _words(_TOPICS["pharma"]), _words(_TOPICS["gambling"]), _words(_TOPICS["adult"])
SEO, FINANCE, GOODS = _words(_TOPICS["seo"]), _words(_TOPICS["finance"]), _words(_TOPICS["goods"])
SERVICES, DOWNLOADS = _words(_TOPICS["services"]), _words(_TOPICS["downloads"])
DOUBTFUL = _words([entry for listed in _TOPICS.values() for entry in listed if entry.startswith("?")])
"""Words of the topics that readers write too."""
_ORDINARY = _words(entries("ordinary"))
TRADED = PHARMA | GAMBLING | ADULT | SEO | FINANCE | GOODS | SERVICES | DOWNLOADS
"""The words of all topics."""
SELLING = TRADED - _ORDINARY
"""Words that make a name, an address or the text of a link one that sells."""
_HEBREW = "\u0590"
STRONG = frozenset(
    word
    for word in (PHARMA | ADULT | frozenset(word for word in GAMBLING if len(word) > 5)) - _ORDINARY
    # Scripts from Hebrew on have other spellings of the same letters that hide nothing.
    if len(word) > 2 and word < _HEBREW
) | {"payday", "louboutin", "backlinks"}
"""Words that nobody needs to disguise unless a filter looks for them."""
_WITHOUT_APOSTROPHE = frozenset(
    ["dont", "wont", "cant", "cann", "isnt", "doesnt", "couldnt", "youre", "thats", "theyre", "youve"]
)
SAID = (
    frozenset(
        word
        for name in ("templates", "invitations", "praise")
        for entry in _SAYINGS[name]
        for word in entry.translate(str.maketrans("{|}?*", "     ")).split()
    )
    - _WITHOUT_APOSTROPHE
)
"""Words of the phrases that robots and advertisers use most."""
SPELT = frozenset(
    word
    for listed in (*_TOPICS.values(), *_SAYINGS.values())
    for entry in listed
    for word in entry.translate(str.maketrans("{|}?*", "     ")).split()
    if word.isascii()
)
"""Every word of the lists in Latin letters, as it is spelt."""
UNSPACED: tuple[str, ...] = tuple(entries("unspaced"))
"""Words that sell in scripts that put no spaces between words, or whose words change their endings; some with a question
mark."""
ABUSED_TLD, SHORTENERS, REFERENCES = (frozenset(entries(name)) for name in ("abused_tlds", "shorteners", "references"))
DISPOSABLE, FREE_MAIL = frozenset(entries("disposable")), frozenset(entries("free_mail"))
EVERYDAY = frozenset(entries("everyday"))
"""Words without which nobody writes a sentence, in some twenty languages."""
SURE, UNSURE = "", "?"


@cache
def phrases() -> Phrases:
    """All phrases of all lists. A list has two names: ``goods`` for its sure phrases, ``goods?`` for the others."""
    lists: dict[str, list[str]] = {}
    for name, listed in (_TOPICS | _SAYINGS).items():
        for entry in listed:
            if name in SAYINGS or " " in entry:
                mark = UNSURE if entry.startswith("?") else SURE
                lists.setdefault(name + mark, []).append(entry.lstrip("?"))
    return Phrases(lists, EVERYDAY)


SELLING_PARTS: tuple[str, ...] = tuple(entries("parts"))
"""Parts of host names and paths of pages that sell."""


_SHORTEST_PART = min(map(len, SELLING_PARTS))
_BY_BEGINNING: dict[str, list[str]] = {}
for _part in SELLING_PARTS:
    _BY_BEGINNING.setdefault(_part[:_SHORTEST_PART], []).append(_part)


def selling_part(address: str) -> str:
    """The first part of an address that sells, or nothing."""
    beginnings = [address[at : at + _SHORTEST_PART] for at in range(len(address) - _SHORTEST_PART + 1)]
    if _BY_BEGINNING.keys().isdisjoint(beginnings):
        return ""
    for at, beginning in enumerate(beginnings):
        for part in _BY_BEGINNING.get(beginning, ()):
            if address.startswith(part, at):
                return part
    return ""
