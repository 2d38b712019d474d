"""The one door from what a reader typed to the HTML that is served.

Limits first, then Markdown, then two sanitisers with the same lists: bleach turns every tag it does not know into text,
so that nothing typed is lost; nh3 parses the result again as browsers do, adds `rel` and writes the HTML out. Nothing
that adds markup touches the HTML after that.
"""

import re
import threading
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib.metadata import version

import nh3

from moderation.text.allowed import ATTRIBUTES, LINK_REL, SCHEMES, TAGS
from moderation.text.chars import NEVER_STORED
from moderation.text.faults import Fault
from moderation.text.plain import clean_source
from moderation.text.urls import is_safe_address, is_safe_href

RULES = 1
"""Number of our own rule set: raise it when the same source would give other HTML."""

SANITISER = f"bleach-{version('bleach')} nh3-{version('nh3')} md-{version('markdown-it-py')} rules-{RULES}"
"""What made a comment's HTML. When this changes, stored comments are rendered anew from their source."""

_COULD_OPEN_A_TAG = re.compile(r"<[A-Za-z/!?]")
_FOREIGN_LINK = re.compile(r"\]\(\s*<?(?!https?:|mailto:)[A-Za-z][A-Za-z0-9+.-]{0,30}:", re.IGNORECASE)
_BLOCK = r"</?(?:p|pre|blockquote|ul|ol|li)>"
_BREAKS = re.compile(r"(?:<br>\s*)+")
_LINE = r"(?![-+\s]|[0-9]{1,9}[.)])[^<>&*_`\[\]\\~\n]++(?<!\s)"
# Lines without any mark that means something to Markdown or HTML, but that of an address: what most people write.
_PLAIN = re.compile(rf"{_LINE}(?:\n+{_LINE})*+")
# An address that is the same link to everyone who reads it, and needs no escaping.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(?:/[A-Za-z0-9./?=%#+,;@!$()-]*)?")
_EMPTY_PARAGRAPH = re.compile(r"<p>\s*</p>\s*")
_PRE_BREAK = re.compile(r"<pre>\n+")


class MarkupError(Fault):
    """A comment beyond the limits."""


@dataclass(frozen=True, slots=True)
class Sanitised:
    """A comment's text: `source` as typed, `html` as served, and what stood between them.

    `removed` names what did not survive, sorted: a tag (`script`), an attribute (`a[onclick]`), a link (`a[href]`).
    """

    source: str
    html: str
    sanitiser: str
    removed: tuple[str, ...]


def sanitize(source: str, *, max_characters: int = 10_000, max_tags: int = 200) -> Sanitised:
    """Return the HTML of a reader's comment. Raises `MarkupError` before anything is parsed, see `within_limits`."""
    text = within_limits(source, max_characters=max_characters, max_tags=max_tags)
    if _PLAIN.fullmatch(text) and (linked := _linked(text)) is not None:
        return Sanitised(text, _last(_paragraphs(linked)), SANITISER, ())
    # Loaded when the first such text comes in: a start need not wait for it.
    from moderation.text.markup import render

    rendered, removed = render(text)
    if _FOREIGN_LINK.search(text):
        removed.add("a[href]")
    # A line end after the last block would be wrapped in whatever inline element the reader left open.
    html = _clean(rendered.rstrip("\n"), removed)
    return Sanitised(text, html, SANITISER, tuple(sorted(name[:40] for name in removed)))


def within_limits(source: str, *, max_characters: int = 10_000, max_tags: int = 200) -> str:
    """Return a comment's source as it is stored. Raises `MarkupError` when it is too much to be parsed; costs next to nothing.

    The defaults come from measuring: at 10,000 characters no shape known takes half a second (`bench/sanitize.py`), at
    64 KiB bleach takes over 20.
    """
    # Line ends are counted once: a browser sends CR LF for what its own limit counts as one character.
    if len(source) - source.count("\r\n") > max_characters + 1000:
        raise _too_long(len(source), max_characters)
    text = clean_source(source)
    if len(text) > max_characters:
        raise _too_long(len(text), max_characters)
    tags = len(_COULD_OPEN_A_TAG.findall(text))
    if tags > max_tags:
        raise MarkupError(
            "There are %(found)s pieces of markup in this; at most %(limit)s are taken. Please use fewer.",
            found=tags,
            limit=max_tags,
        )
    return text


def _too_long(length: int, limit: int) -> MarkupError:
    return MarkupError(
        "This is %(length)s characters long; at most %(limit)s fit. Please shorten it.", length=length, limit=limit
    )


def clean_html(html: str) -> str:
    """Return HTML that is safe to serve: `TAGS` and `ATTRIBUTES` only, every other tag as visible text.

    Without Markdown: for comments that come from elsewhere. Cleaning twice is cleaning once. The caller bounds the
    length.
    """
    return _clean(html, set())


def _clean(html: str, removed: set[str]) -> str:
    return _last(_tidy(_first(NEVER_STORED.sub("", html), removed)))


def _last(html: str) -> str:
    """The last parser, whose word is final."""
    # Character references can bring controls back; a parser drops the line end after <pre>, and each time one more.
    return _PRE_BREAK.sub("<pre>", NEVER_STORED.sub("", _SECOND.clean(html))).strip()


def _linked(text: str) -> str | None:
    """A plain text with its addresses as links. None where more has to be known to tell what is one."""
    if "://" not in text:
        return text
    from moderation.text.markup import address_around

    pieces: list[str] = []
    at = 0
    while (mark := text.find("://", at)) >= 0:
        begin, typed, href = address_around(text, mark, len(text)) or (-1, "", "")
        if begin < at or href != typed or not _PLAIN_ADDRESS.fullmatch(typed):
            return None
        pieces += (text[at:begin], f'<a href="{href}">{typed}</a>')
        at = begin + len(typed)
    return "".join((*pieces, text[at:]))


def _paragraphs(text: str) -> str:
    """What Markdown and bleach make of a plain text, which they take much longer for."""
    return "\n".join(f"<p>{part.replace(chr(10), '<br>' + chr(10))}</p>" for part in re.split(r"\n{2,}", text))


class _First(threading.local):
    """This thread's bleach. It keeps state while it works, so threads cannot share one; and it takes a while to make."""

    def __init__(self) -> None:
        from bleach.sanitizer import Cleaner

        self.removed: set[str] = set()
        self.cleaner = Cleaner(tags=TAGS, attributes=self._keep, protocols=SCHEMES, strip=False, strip_comments=True)

    def _keep(self, tag: str, name: str, value: str) -> bool:
        kept = name in ATTRIBUTES.get(tag, ()) and _is_harmless(name, value)
        if not kept:
            self.removed.add(f"{tag}[{name}]")
        return kept


@cache
def _bleach() -> _First:
    return _First()


def _first(html: str, removed: set[str]) -> str:
    """What bleach makes of it; what it takes away is noted in `removed`."""
    first = _bleach()
    first.removed = removed
    try:
        return str(first.cleaner.clean(html))
    except BaseException:
        # Nobody knows in what state it was left.
        _bleach.cache_clear()
        raise


def _is_harmless(name: str, value: str) -> bool:
    if name == "href":
        return is_safe_href(value)
    # No title needs angle brackets, and without them no other parser can take one for markup.
    return not set("<>") & set(unescape(value))


def _second_look(tag: str, name: str, value: str) -> str | None:
    """The same check of `href` on what the second parser decoded."""
    del tag
    return value if name != "href" or is_safe_address(value) else None


_SECOND = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"*": set(), **{tag: set(names) for tag, names in ATTRIBUTES.items()}},
    attribute_filter=_second_look,
    url_schemes=set(SCHEMES),
    link_rel=LINK_REL,
    strip_comments=True,
)


def _tidy(html: str) -> str:
    """Take out what repairing the markup leaves behind: empty paragraphs, line breaks next to a block.

    Runs before the last parser, so that it cannot open anything.
    """

    def keep_break(match: re.Match[str]) -> str:
        before, after = html[max(match.start() - 13, 0) : match.start()], html[match.end() : match.end() + 13]
        return "" if re.search(_BLOCK + r"\s*\Z", before) or re.match(_BLOCK, after) else match[0]

    return _EMPTY_PARAGRAPH.sub("", _BREAKS.sub(keep_break, html))
