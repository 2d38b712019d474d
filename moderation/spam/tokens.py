"""What the learner reads of a comment: its tokens, short strings that a person can read too.

Words and pairs of neighbouring words stand as they are; in scripts that put no spaces between words (Chinese,
Japanese, Thai, Lao, Burmese, Khmer) pairs of neighbouring characters take the place of words. What stands in other
fields or inside links carries a prefix: ``link:`` (host of a link), ``url:`` (a word inside links), ``name:``,
``mail:`` (the domain of the e-mail address, never the address), ``site:`` (the website's host).
"""

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from zlib import crc32

from moderation.spam.disguise import KNOWN
from moderation.spam.view import View

TOKENS_VERSION = f"1.{crc32(' '.join(sorted(KNOWN)).encode()):08x}"
"""Another when the same comment gives other tokens than before, so that what was learned is learned anew. The number goes
up with the code; the rest comes from the words that disguises are taken off, since with them a comment's words change."""
MOST_IN_TEXT, MOST_AROUND = 120, 40
"""Tokens read of one comment's text, in its order, and of its fields and links. A tail of padding teaches nothing, and
links crowd out no words."""
MOST_TOKENS = MOST_IN_TEXT + MOST_AROUND
LONGEST_TOKEN = 60
_LONGEST_WORD = 24
_MOST_WORDS, _MOST_READ = 400, 1_000
_MOST_LINKS, _MOST_NAMES = 8, 6
_PREFIXES = ("link:", "url:", "name:", "mail:", "site:")
ANY_LINK, ANY_SITE = "link:*", "site:*"
"""Tokens of every comment with a link, with a website: what all links say is not what one of them says."""
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_PART = re.compile(r"[^\W\d_]{3,}+")


def tokens_of(view: View) -> frozenset[str]:
    """The distinct tokens of a comment, at most ``MOST_TOKENS``, each of at most ``LONGEST_TOKEN`` characters."""
    if view.tokens is None:
        view.tokens = _tokens_of(view)
    return view.tokens


def _tokens_of(view: View) -> frozenset[str]:
    words = view.words[:_MOST_WORDS]
    spaced = view.prose.isascii() or not UNSPACED.search(view.prose)
    found = _of_spaced(words) if spaced else _of_any(words)
    found.update(list(dict.fromkeys(_around(view)))[:MOST_AROUND])
    return frozenset(found)


def _of_spaced(words: list[str]) -> set[str]:
    """Words and pairs of neighbours. As ``_of_any``, and twice as fast."""
    # So few words cannot make too many tokens, and need not be counted.
    head = [word[:_LONGEST_WORD] for word in words[: MOST_IN_TEXT // 2]]
    found = {*head, *map(" ".join, pairwise(head))}
    last = head[-1] if head else ""
    for word in words[len(head) :]:
        if len(found) >= MOST_IN_TEXT:
            break
        word = word[:_LONGEST_WORD]
        found.add(word)
        if len(found) < MOST_IN_TEXT:
            found.add(f"{last} {word}")
        last = word
    return found


def _of_any(words: list[str]) -> set[str]:
    """Words and pairs of neighbours, and of words in scripts without spaces pairs of letters, in the order of the text."""
    found: dict[str, None] = {}
    last = ""
    for word in words:
        if len(found) >= MOST_IN_TEXT:
            break
        if UNSPACED.search(word):
            for at in range(max(1, min(len(word) - 1, _MOST_READ))):
                found[word[at : at + 2]] = None
            last = ""
            continue
        word = word[:_LONGEST_WORD]
        found[word] = None
        if last:
            found[f"{last} {word}"] = None
        last = word
    return set(islice(found, MOST_IN_TEXT))


def kind_of(token: str) -> str:
    """The token by which all tokens of the same kind are measured; nothing for words, names and mail domains."""
    if token.startswith(("link:", "url:")):
        return ANY_LINK
    return ANY_SITE if token.startswith("site:") else ""


def of_the_text(token: str) -> bool:
    """Whether a token stands in the running text. Only such tokens may speak for an author: names and addresses can be
    borrowed, and a link must never lower a score."""
    return not token.startswith(_PREFIXES)


def _around(view: View) -> Iterator[str]:
    for word in view.name_words[:_MOST_NAMES]:
        yield f"name:{word[:_LONGEST_WORD]}"
    if view.mail_domain:
        yield f"mail:{view.mail_domain}"[:LONGEST_TOKEN]
    if view.website:
        yield ANY_SITE
        yield f"site:{view.website.host}"[:LONGEST_TOKEN]
        yield f"site:.{view.website.host.rpartition('.')[2]}"[:LONGEST_TOKEN]
    if view.links:
        yield ANY_LINK
    for link in view.links[:_MOST_LINKS]:
        yield f"link:{link.host}"[:LONGEST_TOKEN]
        yield f"link:.{link.host.rpartition('.')[2]}"[:LONGEST_TOKEN]
        for part in _PART.findall(link.address[:200]):
            yield f"url:{part[:_LONGEST_WORD]}"
