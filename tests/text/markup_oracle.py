"""A second opinion on HTML: what a comment may not hold, found by a parser the product does not write with."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

# Written out here and not imported: a slip in the product's list must not slip into the check.
ELEMENTS = set("a b strong i em code pre blockquote q cite del s abbr p br ul ol li".split())  # noqa: SIM905 - reads as the list in the design
ATTRIBUTES = {"a": {"href", "title", "rel"}, "abbr": {"title"}}


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.faults.append(f"<{tag}>")
        names = dict(attrs)
        if tag == "a" and names.get("rel") != "nofollow ugc noopener":
            self.faults.append("a link without rel")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()):
                self.faults.append(f"{tag}[{name}]")
            if name == "href" and not _is_web_or_mail(value or ""):
                self.faults.append(f"href {value!r}")

    def handle_endtag(self, tag: str) -> None:
        if tag not in ELEMENTS:
            self.faults.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl!r}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data!r}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"section {data!r}")


def _is_web_or_mail(href: str) -> bool:
    parts = urlsplit(href)
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and parts.username is None


def faults_of(html: str) -> list[str]:
    """What `html` holds that no comment may hold; an empty list is good."""
    parser = _Strict()
    parser.feed(html)
    parser.close()
    return parser.faults


def text_of(html: str) -> str:
    """The characters between the tags, as a reader sees them."""
    pieces: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            pieces.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            del attrs
            pieces.append("\n" if tag in {"p", "br", "li", "pre", "blockquote"} else "")

    reader = Reader(convert_charrefs=True)
    reader.feed(html)
    reader.close()
    return "".join(pieces)
