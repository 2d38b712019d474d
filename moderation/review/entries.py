"""A site's lists, edited by desk and by command: lines joined, taken away or put in anew, and written down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.models import Comment, Moderator, Site, record
from moderation.models.lists import store, text_of
from moderation.review.rules import RulesChanged, held_site
from moderation.spam.entries import ListName
from moderation.spam.lists import MOST_LINES, Line, Refused, joined, read, without
from moderation.spam.matching import Matcher

LONGEST_TEXT = 60_000
"""Characters of a list that are edited in one field. A longer one is edited by command, or by adding to it."""

Edit = Callable[[Sequence[Line]], list[Line]]


class Edited(NamedTuple):
    """A list before and after it was edited."""

    old: list[Line]
    new: list[Line]


def lines_of(session: Session, site_id: int, name: ListName) -> list[Line]:
    """The lines of a list. What this version cannot read stays in it as it is, and names nothing."""
    lines, refused = read(text_of(session, site_id, name), name)
    return [*lines, *(Line(fault.text, None) for fault in refused)]


def edit(
    session: Session,
    site: Site,
    name: ListName,
    change: Edit,
    moderator: Moderator | None,
    *,
    about: Comment | None = None,
) -> Edited:
    """Change a list in the transaction of a caller who holds the site's row; what changes nothing writes nothing.

    `about` is the comment that gave the occasion. Whatever `change` raises leaves the list as it is.
    """
    old = lines_of(session, site.id, name)
    new = change(old)
    before, after = ({line.text for line in lines} for lines in (old, new))
    if [line.text for line in old] != [line.text for line in new]:
        store(session, site.id, name, new)
        # Entries can name people, so only their number is written down.
        record(
            session,
            "list.changed",
            moderator=moderator,
            site_id=site.id,
            comment_id=about.id if about else None,
            list=name,
            added=len(after - before),
            removed=len(before - after),
            entries=count(new),
        )
    return Edited(old, new)


def adding(lines: Sequence[Line]) -> Edit:
    """Put lines on a list; one that says the same as one that is there replaces it. Raises `ListError` when it is full."""
    return lambda old: joined(old, lines)


def removing(lines: Sequence[Line]) -> Edit:
    """Take the lines that say the same as these off a list."""
    return lambda old: without(old, lines)


def count(lines: Sequence[Line]) -> int:
    """How many of the lines are entries."""
    return sum(line.entry is not None for line in lines)


def digest_of(text: str) -> str:
    """What tells one text of a list from another: 16 characters."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Typed(NamedTuple):
    """A list as it was typed: its lines, each once, and those that cannot be taken. `too_many` are the lines above the limit."""

    lines: list[Line]
    refused: list[Refused]
    too_many: int

    @property
    def usable(self) -> bool:
        """Whether it can be stored."""
        return not self.refused and not self.too_many

    @property
    def matcher(self) -> Matcher:
        """The list, ready to be asked."""
        return Matcher([line.entry for line in self.lines if line.entry])


def typed(text: str, name: ListName) -> Typed:
    """Read a list as somebody typed it."""
    lines, refused = read(text, name)
    once = list({line.says: line for line in lines}.values())
    return Typed(once, refused, max(0, len(once) - MOST_LINES))


def replace_list(site: Site, name: ListName, lines: Sequence[Line], moderator: Moderator, *, seen: str) -> Edited:
    """Put a list in anew, as it was edited from the text whose digest is `seen`. Raises `RulesChanged` for another."""
    with writing() as session:
        held = held_site(session, site.id)
        if digest_of(text_of(session, site.id, name)) != seen:
            raise RulesChanged
        return edit(session, held, name, lambda _old: list(lines), moderator)
