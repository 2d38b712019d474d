"""What a site's filter has learned: a function of which comments moderators called spam or legitimate, and of nothing else.

The order of decisions leaves no trace. `said` reads from the decision log what a moderator taught by a comment, `marks`
bounds which taught comments are learned, `counts` keeps in how many of those each token stands. `lifecycle` calls
`teach` in the transaction of a decision; `anew` makes the same state from the log alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from moderation.learning import counts, marks
from moderation.models import Comment, Label
from moderation.models.asking import dialect_of

# A key space of its own: lifecycle's lock for arrivals has one number, this has two.
_LOCK = text("SELECT pg_advisory_xact_lock(1, :site)")


def alone(session: Session, site_ids: Collection[int]) -> None:
    """Let those who teach one site pass one by one, until the transaction ends.

    To be called before any comment is locked: teaching also marks comments that nobody asked for. On SQLite the write
    transaction itself sees to it.
    """
    if dialect_of(session).name == "postgresql":
        for site_id in sorted(site_ids):
            session.execute(_LOCK, {"site": site_id})


def take_time(session: Session) -> None:
    """Let statements of this transaction take as long as they need. A request's are cut off after seconds."""
    if dialect_of(session).name == "postgresql":
        session.execute(text("SET LOCAL statement_timeout = 0"))


def teach(session: Session, said: Mapping[Comment, Label | None]) -> None:
    """Let these words stand for comments that were locked under `alone`, and bring the learned state there.

    None takes a word away. What staff wrote teaches nothing, whatever is said of it.
    """
    changes: dict[int, list[tuple[Comment, Label | None]]] = defaultdict(list)
    for comment, label in said.items():
        taught = None if comment.staff else label
        if taught != comment.taught:
            changes[comment.site_id].append((comment, taught))
    for site_id in sorted(changes):
        moves = marks.move(session, site_id, changes[site_id])
        if counts.made_as_now(session, site_id):
            counts.add(session, site_id, moves)
        else:
            take_time(session)
            marks.move_all(session, site_id)
            counts.make(session, site_id)
