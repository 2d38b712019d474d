"""What the desk shows beside comments on the screen: an author's past, notes between moderators, who else looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moderation.models import Comment, Moderator, Site
from moderation.review import edits, notes, past, presence
from moderation.review.forms import Kept
from moderation.review.notes import Newest
from moderation.review.past import Tally


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside one comment in a list. `past` is None where nothing is known of its author."""

    past: Tally | None
    notes: Newest | None
    present: str


def rows(site: Site, comments: Sequence[Comment], moderator: Moderator, at: datetime) -> dict[int, Beside]:
    """What stands beside each of a site's comments, by id. Three queries however many they are."""
    ids = [comment.id for comment in comments]
    tallies = past.tallies(comments, site.id)
    noted = notes.newest(ids)
    present = presence.others(moderator, ids, site.id, at)
    return {each: Beside(tallies.get(each), noted.get(each), present.get(each, "")) for each in ids}


def page(site: Site, comment: Comment, moderator: Moderator, at: datetime, kept: Kept | None) -> dict[str, Any]:
    """What a comment's own page shows besides, by the names that its template has for it."""
    return {
        "beside": Beside(None, None, presence.others(moderator, [comment.id], site.id, at).get(comment.id, "")),
        "versions": edits.versions(comment),
        "notes": notes.of(comment),
        "past": past.of(comment),
        "waiting": past.waiting_beside(comment),
        "kept": kept,
    }
