"""What the fields of list entries read in a submission: as it was typed, and without its disguises."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import idna

from moderation.spam.entries import Field, ascii_host, fold, words_of
from moderation.spam.types import Submission
from moderation.spam.view import View, plain
from moderation.text.emails import email_identity

Place = tuple[str, str]
"""Where something was read, as a sentence ends ("in the name"), and what stands there."""

_TAG = re.compile(r"<[^<>]*+>|\[/?[a-z]{1,8}+(?:[= ][^\[\]]{0,300}+)?\]")


class Reading:
    """A submission as the fields of entries read it. Each is made when the first entry asks."""

    def __init__(self, submission: Submission, view: View, address: str | None) -> None:
        self.address = address
        self._submission = submission
        self._view = view
        self._places: dict[Field, list[Place]] = {}

    def places(self, field: Field) -> list[Place]:
        """What a field reads: texts with single spaces, each with where it stands."""
        if field not in self._places:
            # What reads the same as typed and without disguises is read once, and named as typed.
            seen: dict[str, str] = {}
            for where, text in _READ[field](self):
                seen.setdefault(text, where)
            self._places[field] = [(where, text) for text, where in seen.items() if text]
        return self._places[field]

    def anywhere(self) -> Iterator[Place]:
        """All that WordPress looks at, and the text and the name without disguises."""
        sent = self._submission
        yield "in the name", fold(sent.author)
        yield "in the name", fold(self._view.name)
        yield "in the e-mail address", fold(sent.email)
        yield "in the website", fold(sent.url)
        yield "in the network address", fold(self.address or "")
        yield from self.agent()
        yield from self._text()

    def _text(self) -> Iterator[Place]:
        typed, skeleton = fold(self._submission.text), fold(self._view.skeleton)
        yield "in the text", typed
        yield "in the text without markup", fold(_TAG.sub("", typed))
        yield "in the text without disguises", skeleton
        yield "in the text without disguises", fold(_TAG.sub("", skeleton))
        yield "in the text without disguises", fold(" ".join(sorted(self._view.decoded)))

    def word(self) -> Iterator[Place]:
        """The words of the text."""
        yield from ((where, words_of(text)) for where, text in self._text())

    def name(self) -> Iterator[Place]:
        """The words of the name."""
        yield "in the name", words_of(fold(self._submission.author))
        yield "in the name", words_of(fold(self._view.name))

    def email(self) -> Iterator[Place]:
        """The e-mail address, and what it is without its tag."""
        address = email_identity(plain(self._submission.email))
        local, at, domain = address.rpartition("@")
        yield "in the e-mail address", fold(f"{address} {local.partition('+')[0]}{at}{domain}")

    def domain(self) -> Iterator[Place]:
        """The hosts of the links and of the website, each with a dot before it, as the network and as people write it."""
        yield "in a link", " ".join(dict.fromkeys(name for link in self._view.links for name in _names(link.host)))
        if self._view.website:
            yield "in the website", " ".join(_names(self._view.website.host))

    def agent(self) -> Iterator[Place]:
        """The user agent."""
        yield "in the user agent", fold(self._submission.user_agent or "")


_READ: dict[Field, Callable[[Reading], Iterator[Place]]] = {
    "any": Reading.anywhere,
    "word": Reading.word,
    "name": Reading.name,
    "email": Reading.email,
    "domain": Reading.domain,
    "agent": Reading.agent,
}


def _names(host: str) -> Iterator[str]:
    name = ascii_host(host)
    yield f".{name}"
    if "xn--" in name:
        with suppress(UnicodeError):
            yield f".{idna.decode(name)}"
