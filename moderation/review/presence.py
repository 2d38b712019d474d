"""Who has which comment open now, as far as their browsers say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from sqlalchemy import bindparam, delete, literal, select, tuple_

from moderation.database import writing
from moderation.extensions import db
from moderation.models import LARGEST_ID, Comment, Moderator, Presence, UtcDateTime
from moderation.models.asking import arriving, dialect_of

LASTS = timedelta(seconds=60)
MOST_ASKED = 100
"""Comments that one may ask about at once."""
_NAMED = 3
_CLEARED = 100
_LOOKED_AT = 500
# Kept, see `past`.
_OTHERS = (
    select(Presence.comment_id, Moderator.name)
    .join(Moderator, Moderator.id == Presence.moderator_id)
    .where(
        Presence.comment_id.in_(bindparam("ids", expanding=True)),
        Presence.moderator_id != bindparam("but"),
        Presence.seen_at >= bindparam("since"),
    )
    .order_by(Presence.comment_id, Moderator.name, Moderator.id)
    .limit(_LOOKED_AT)
)


def report(moderator: Moderator, comment_id: int, *, within: Collection[int], at: datetime) -> bool:
    """Write down that a moderator has a comment open; False when it is not on one of these sites.

    Some of what has run out goes with it, so that the table stays as small as the number of moderators at work.
    """
    if not 0 < comment_id <= LARGEST_ID:
        return False
    with writing() as session:
        there = select(Comment.id, literal(moderator.id), literal(at, UtcDateTime())).where(
            Comment.id == comment_id, Comment.site_id.in_(within)
        )
        seen = arriving(Presence, dialect_of(session).name)
        seen = seen.from_select(["comment_id", "moderator_id", "seen_at"], there)
        kept = session.execute(
            seen.on_conflict_do_update(
                index_elements=["comment_id", "moderator_id"], set_={"seen_at": seen.excluded.seen_at}
            ).returning(Presence.comment_id)
        ).all()
        past = (
            select(Presence.comment_id, Presence.moderator_id)
            .where(Presence.seen_at < at - LASTS)
            .order_by(Presence.seen_at)
            .limit(_CLEARED)
            # Two who clear away at once leave each other's rows alone.
            .with_for_update(skip_locked=True)
        )
        gone = delete(Presence).where(tuple_(Presence.comment_id, Presence.moderator_id).in_(past))
        session.execute(gone.execution_options(synchronize_session=False))
    return bool(kept)


def others(moderator: Moderator, comment_ids: Collection[int], site_id: int, at: datetime) -> dict[int, str]:
    """For each of these comments that somebody else has open now, a sentence that says who."""
    asked = {"ids": comment_ids, "but": moderator.id, "since": at - LASTS}
    rows = db.session.execute(_OTHERS, asked).all() if comment_ids else ()
    # Asked by number alone: among many comments SQLite would rather go through all of the site's.
    ids = {row.comment_id for row in rows}
    owners = select(Comment.id, Comment.site_id).where(Comment.id.in_(ids))
    sites = {row.id: row.site_id for row in db.session.execute(owners)} if ids else {}
    names: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if sites[row.comment_id] == site_id:
            names[row.comment_id].append(row.name)
    return {comment_id: _sentence(who) for comment_id, who in names.items()}


def _sentence(names: Sequence[str]) -> str:
    # Each name keeps its own direction, also where the sentence is plain text.
    shown = [f"\u2068{name}\u2069" for name in names[:_NAMED]]
    more = len(names) - len(shown)
    if more:
        shown.append(ngettext("%(num)s more", "%(num)s more", more))
    listed = format_list(shown, locale=get_locale() or "en")
    return str(ngettext("%(names)s has this open", "%(names)s have this open", len(names), names=listed))
