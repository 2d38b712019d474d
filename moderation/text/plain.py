"""Plain text at both ends: what a reader typed, made storable; what is served, made readable without markup."""

import re
from html.parser import HTMLParser

from moderation.text.chars import NEVER_STORED, normalized

_ALL_STORED = re.compile(r"[ -~\t\n]*+")
_BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li"})


def clean_source(raw: str) -> str:
    """Return typed text as it is stored: LF line ends, NFC, no controls, no lone surrogates, no trailing blank lines.

    Everything a person can see stays; a run of more than 30 combining marks is cut, which no language writes.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
    if text.isascii() and _ALL_STORED.fullmatch(text):
        # Many times faster, and what most texts are.
        return text.rstrip()
    return normalized(NEVER_STORED.sub("", text)).rstrip()


def plain_text(html: str, limit: int | None = None) -> str:
    """Return the text of sanitised HTML for feeds, search and excerpts.

    Without `limit` line breaks and paragraphs stay as line ends. With it the text is one line of at most `limit`
    characters, cut between words where there is one, with an ellipsis where something was left out.
    """
    collector = _Collector()
    collector.feed(html)
    collector.close()
    text = collector.text()
    if limit is None:
        return text
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: max(limit - 1, 0)]
    if not text[len(cut)].isspace() and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip() + "…" if limit > 0 else ""


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "br":
            self._parts.append("\n")
        elif tag in _BLOCKS:
            self._parts.append("\n\n" if tag != "li" else "\n")
        if tag == "pre":
            self._preformatted += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._parts.append("\n\n" if tag != "li" else "\n")
        if tag == "pre":
            self._preformatted = max(self._preformatted - 1, 0)

    def handle_data(self, data: str) -> None:
        self._parts.append(data if self._preformatted else re.sub(r"\s+", " ", data))

    def text(self) -> str:
        lines = [line.strip() if not line.strip() else line.rstrip() for line in "".join(self._parts).split("\n")]
        joined = "\n".join(line[1:] if line.startswith(" ") and not line.startswith("  ") else line for line in lines)
        return re.sub(r"\n{3,}", "\n\n", joined).strip()
