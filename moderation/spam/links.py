"""Finding links in a comment, written out or half hidden. All patterns are possessive or bounded: linear time."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import idna

from moderation.spam.lexicon import REFERENCES, selling_part

Form = Literal["anchor", "bbcode", "bare", "domain", "rebuilt"]

MOST_LINKS = 200
"""Links looked at in one comment. More than these say nothing new."""

# Top-level domains believed when a host stands in a text without a scheme. Those that are also words at the end of a
# sentence with a forgotten space (me, in, us, is, so, it, co) are left out.
_BARE_TLD = (
    "com|net|org|info|biz|ru|xyz|top|site|online|shop|store|club|vip|win|bet|casino|tv|ly|gl|cn|de|fr|uk|eu|io|id|ua|su|"
    "live|pro|icu|buzz|click|link|website|space"
)
# Patterns begin with what is rare in prose, and what stands before is looked up from there: several times faster.
_FULL = re.compile(r"(?:://|www\.)([^\s<>\"'\[\]()|{}]{1,2000}+)")
_SCHEME = re.compile(r"(href\s{0,5}=\s{0,5}[\"']?|\[(?:url|link)[=\]]\s?[\"']?)?(?:https?|hxxps?|ftp)$")
_OPENING = re.compile(r"(href\s{0,5}=\s{0,5}[\"']?|\[(?:url|link)[=\]]\s?[\"']?)$")
_TITLE = re.compile(r"\btitle\s{0,5}=\s{0,5}[\"']?(?:https?)?$")
_LONGEST_TAG = 2_000
_LOOK_BACK = 24
# Three steps down, a dated path, or a slug of four words or more: one page out of many, not a shop's door.
_ARTICLE = re.compile(r"^/[^/?#]+/[^/?#]+/[^/?#]+|/(?:19|20)\d\d[/-]\d|/[^/?#_-]++(?:[-_][^/?#_-]++){3}")
_DOMAIN = re.compile(rf"\.(?:{_BARE_TLD})(?![\w@-]|\.[a-z0-9])(?:/[^\s<>\"'\[\]()|{{}}]{{0,2000}}+)?+")
_HOST_ENDS = re.compile(r"[/?#\\]")
_LATIN = re.compile("[a-z]")
# Cyrillic and Greek letters that look like Latin ones.
_LOOKS_LATIN = re.compile("[аеорсухіјѕԁһӏԛԝвнкмтгαβεηικνορτυχω]")
_HOST_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.-"
_SPELT_DOT = re.compile(
    # "name at host dot com" is a reader's e-mail address, and ".net" a thing that programmers write.
    r"(?<![a-z0-9-])(?<!\bat )(?<!@ )([a-z0-9-]{3,63}+)"
    r"(?:(?:\s?[(\[{]\s?(?:dot|\.)\s?[)\]}]\s?|\sdot\s)"
    r"(com|net|org|info|biz|ru|xyz|top|site|online|shop|club)| \.\s?(com|org|ru))(?![\w-])"
)
_SPACED_SCHEME = re.compile(r"http(s?)(?:(?:\s{1,3}:\s{0,3}|:\s{1,3})/\s{0,3}/\s{0,3}|://\s{1,3}(?=[a-z0-9]))")
# Names of software that look like hosts.
_SOFTWARE = frozenset({"asp.net", "ado.net", "vb.net", "ml.net", "paint.net", "socket.io", "draw.io"})


@dataclass(frozen=True, slots=True)
class Link:
    """One link: its host (lower case, no ``www.``), the rest of its address, and how it was written."""

    host: str
    path: str
    form: Form

    @property
    def address(self) -> str:
        """Host and path, without scheme."""
        return self.host + self.path


def link_of(address: str, form: Form = "bare") -> Link | None:
    """The link that a lower-case address stands for, scheme or not; ``None`` if it has no host."""
    _, _, rest = address.rpartition("://") if address.find("://", 0, 12) >= 0 else ("", "", address)
    rest = rest.removeprefix("//")
    ends = _HOST_ENDS.search(rest)
    end = ends.start() if ends else len(rest)
    host = rest[:end].rpartition("@")[2].partition(":")[0].strip(".,;!?'\"").removeprefix("www.")
    if not host or "." not in host or len(host) > 253:
        return None
    return Link(host, rest[end:].rstrip(".,;!?'\""), form)


def strangeness(link: Link, own: Link | None) -> float:
    """How far a link is from what readers link to: 0.3 to the site itself or a place that readers cite, 0.6 to an article
    somewhere, pasted as it is, 1 to anything else."""
    labels = link.host.split(".")
    endings = {".".join(labels[at:]) for at in range(max(0, len(labels) - 4), len(labels))}
    if (own and own.host == link.host) or endings & REFERENCES:
        return 0.3
    return 0.6 if link.form == "bare" and _ARTICLE.search(link.path) and not selling_part(link.address) else 1.0


def imitates(host: str) -> bool:
    """Whether a label of a host imitates a Latin one: letters of several scripts, or of another script and all of them
    like Latin letters (Unicode Technical Standard 39: mixed-script and whole-script confusables)."""
    if host.isascii() and "xn--" not in host:
        return False
    if "xn--" in host:
        with suppress(UnicodeError):
            host = idna.decode(host)
    labels = ["".join(letter for letter in label if letter.isalpha()) for label in host.split(".")]
    latin = any(_LATIN.search(label) for label in labels)
    return any(
        _LOOKS_LATIN.search(label) and (_LATIN.search(label) or (latin and not _LOOKS_LATIN.sub("", label)))
        for label in labels
    )


def rebuild(text: str) -> tuple[str, int]:
    """Put links together that were pulled apart (``shop dot com``, ``http : //``).

    :param text: lower case.
    :return: the text with whole links in it, and how many were put together.
    """
    count = 0
    if "http" in text and _SPACED_SCHEME.search(text):
        text, count = _SPACED_SCHEME.subn(r"http\1://", text)
    # One letter is found many times quicker than three.
    bracketed = ("[" in text and "[.]" in text) or ("(" in text and "(.)" in text) or ("{" in text and "{.}" in text)
    if bracketed or "dot" in text or " ." in text:
        text, more = _SPELT_DOT.subn(lambda found: f"http://{found[1]}.{found[2] or found[3]}", text)
        count += more
    return text, count


def links_in(text: str) -> list[Link]:
    """Every link in a lower-case text, in order of appearance within each way of writing; at most ``MOST_LINKS``."""
    found: list[Link] = []
    # Where the first one stands is found many times quicker by its letters than by the pattern.
    if starts := [at for at in (text.find("://"), text.find("www.")) if at >= 0]:
        for match in _FULL.finditer(text, min(starts)):
            form = _form(text, match.start())
            link = link_of(match[1] if match[0][0] == ":" else match[0], form) if form else None
            if link and form == "bare" and _repeats_anchor(found, link):
                if _is_text(text, match.start()) or _is_title_of_nothing(text, match.start()):
                    found[-1] = replace(found[-1], form="bare")
                elif not _is_title(text, match.start()):
                    found.append(link)
            elif link:
                found.append(link)
            if len(found) >= MOST_LINKS:
                return found
    return found


def _repeats_anchor(found: list[Link], link: Link) -> bool:
    """Whether an address is of the host that the anchor before it leads to."""
    return bool(found) and found[-1].form == "anchor" and found[-1].host == link.host


def _is_text(text: str, at: int) -> bool:
    """Whether an address begins right behind a tag: then it is the anchor's text, pasted by a reader and made a link of by
    an engine."""
    return text[max(0, at - 6) : at].rpartition(">")[2] in ("http", "https", "")


def _is_title(text: str, at: int) -> bool:
    """Whether an address is the title of a tag."""
    begins = max(0, at - _LONGEST_TAG)
    inside = text.rfind("<", begins, at) > text.rfind(">", begins, at)
    return inside and _TITLE.search(text[max(0, at - _LOOK_BACK) : at]) is not None


def _is_title_of_nothing(text: str, at: int) -> bool:
    """Whether an address is the title of an anchor that has no text: what an engine made of a pasted one, too."""
    end = text.find(">", at, at + _LONGEST_TAG)
    return end >= 0 and text.startswith("</a", end + 1) and _is_title(text, at)


def domains_in(prose: str) -> list[Link]:
    """Hosts written without a scheme (``example.com/offer``) in a lower-case text that has no full links left."""
    found: list[Link] = []
    for match in _DOMAIN.finditer(prose):
        before = prose[max(0, match.start() - 100) : match.start()]
        name = before[len(before.rstrip(_HOST_LETTERS)) :]
        if len(name) < 2 or name[0] in ".-" or before[: -len(name)].endswith(("@", "/", ":", "_")):
            continue
        link = link_of(name + match[0], "domain")
        if link and link.host not in _SOFTWARE:
            found.append(link)
        if len(found) >= MOST_LINKS:
            break
    return found


def _form(text: str, at: int) -> Form | None:
    """How the link is written whose ``://`` or ``www.`` stands at a place; ``None`` if it is no link of the web."""
    before = text[max(0, at - _LOOK_BACK) : at]
    if text[at] == ":":
        scheme = _SCHEME.search(before)
        if scheme is None:
            return None
        opening = scheme[1]
    else:
        if before[-1:].isalnum() or before[-1:] in ("/", ".", "@", "-"):
            return None
        found = _OPENING.search(before)
        opening = found[1] if found else None
    return "bare" if opening is None else "anchor" if opening.startswith("href") else "bbcode"
