"""What a moderator said of a comment and taught by it, as the decision log tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.models import Actor, Decision, Label, Status
from moderation.models.asking import Asked, dialect_of
from moderation.models.many import among, listed

TAUGHT: Mapping[Status, Label] = {"approved": "ham", "spam": "spam"}
"""What a moderator teaches by a status. Waiting teaches nothing, and neither does trash: things are thrown away for
many reasons."""


class Entry(NamedTuple):
    """As much of one entry of the decision log as says what was taught."""

    id: int
    actor: Actor
    to_status: Status
    undoes_id: int | None


def entries_of(session: Session, comment_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """The log of these comments, by comment, oldest entry first."""
    found: dict[int, list[Entry]] = defaultdict(list)
    for comment_id, *entry in _LOG.rows(session, {"ids": listed(dialect_of(session), comment_ids)}):
        found[comment_id].append(Entry(*entry))
    return found


_LOG = Asked(
    lambda dialect: (
        select(Decision.comment_id, Decision.id, Decision.actor, Decision.to_status, Decision.undoes_id)
        .where(among(Decision.comment_id, "ids", dialect))
        .order_by(Decision.comment_id, Decision.id)
    )
)


def word_after(entries: Sequence[Entry]) -> Status | None:
    """The status that a moderator's word gave, after these entries of one comment; None where policy's or the author's
    word stands. An undo leads back to before its target, but never from an author's text to the one before it: nothing
    was said of that.
    """
    places = {entry.id: place for place, entry in enumerate(entries)}
    at = len(entries) - 1
    while at >= 0 and (undone := entries[at].undoes_id) is not None:
        target = entries[places[undone]]
        if target.actor == "author" and target.to_status != "trash":
            return None
        at = places[undone] - 1
    return entries[at].to_status if at >= 0 and entries[at].actor == "moderator" else None


def label_after(entries: Sequence[Entry]) -> Label | None:
    """What stands as taught after these entries of one comment."""
    word = word_after(entries)
    return TAUGHT.get(word) if word else None
