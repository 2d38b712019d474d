"""Making a site's learned state anew, from the decision log alone."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.extensions import db
from moderation.learning import alone, counts, marks, take_time
from moderation.learning.said import entries_of, label_after
from moderation.models import TOTAL, Comment, CommentPrint, Decision, Label, LearnedToken, Site
from moderation.models.decision import BY_MODERATOR
from moderation.spam.prints import prints_of
from moderation.spam.types import Taught
from moderation.spam.view import view_of

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Relearned:
    """A site's state after it was made anew.

    :param total: the comments learned.
    :param tokens: how many different tokens they have.
    :param differed: whether the state was another before.
    """

    total: Taught
    tokens: int
    differed: bool


def relearn(site: Site) -> Relearned:
    """Make a site's learned state from the decision log, in one transaction; decisions there wait meanwhile.

    The fingerprints of the learned comments are made anew with it.
    """
    with writing() as session:
        take_time(session)
        alone(session, [site.id])
        before = _digest(session, site.id)
        wrong = _say(session, site.id) + marks.move_all(session, site.id)
        counts.make(session, site.id)
        _print(session, site.id)
        total = counts.evidence(session, site.id, ()).total
        tokens = session.scalar(
            select(func.count()).where(LearnedToken.site_id == site.id, LearnedToken.token != TOTAL)
        )
        return Relearned(total, tokens or 0, differed=wrong > 0 or before != _digest(session, site.id))


def stale_sites() -> list[Site]:
    """The sites whose state was not made as this code makes it, or never though moderators decided something."""
    return list(db.session.scalars(_stale()))


def _stale() -> Select[Any]:
    # To make a site anew is to read all its comments; whether it must be made is one row of an index or two. The log
    # is asked in an order that only that index has: without, PostgreSQL may hope to meet a row soon by reading all of it.
    made_with = (
        select(LearnedToken.made_with)
        .where(LearnedToken.site_id == Site.id, LearnedToken.token == TOTAL)
        .scalar_subquery()
    )
    decided = (
        select(Decision.created_at)
        .where(Decision.site_id == Site.id, BY_MODERATOR)
        .order_by(Decision.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    never = and_(made_with.is_(None), decided.is_not(None))
    return select(Site).where(or_(made_with != counts.MADE_WITH, never)).order_by(Site.key)


def _say(session: Session, site_id: int) -> int:
    """Set what the log says of each comment; how many were wrong."""
    wrong = last = 0
    while rows := session.execute(
        select(Comment.id, Comment.moderator_id, Comment.taught, Comment.standing, Comment.learned)
        .where(Comment.site_id == site_id, Comment.id > last)
        .order_by(Comment.id)
        .limit(_BATCH)
    ).all():
        last = rows[-1].id
        entries = entries_of(session, [row.id for row in rows if row.moderator_id is None])
        said: dict[Label | None, list[int]] = defaultdict(list)
        for row in rows:
            label = label_after(entries[row.id])
            if label != row.taught or (label is None and (row.standing or row.learned)):
                said[label].append(row.id)
        for label, ids in said.items():
            wrong += len(ids)
            marks.put(session, ids, taught=label, standing=False, learned=False)
    return wrong


def _print(session: Session, site_id: int) -> None:
    for chunk in marks.chunks([comment_id for comment_id, _label in marks.learned(session, site_id)]):
        found: dict[int, set[int]] = defaultdict(set)
        known = select(CommentPrint.comment_id, CommentPrint.print).where(CommentPrint.comment_id.in_(chunk))
        for row in session.execute(known):
            found[row.comment_id].add(row.print)
        due = {comment_id: prints_of(view_of(submission)) for comment_id, submission in counts.stored(session, chunk)}
        wrong = [comment_id for comment_id, prints in due.items() if prints != found[comment_id]]
        session.execute(delete(CommentPrint).where(CommentPrint.comment_id.in_(wrong)))
        rows = [
            {"comment_id": comment_id, "print": number, "site_id": site_id}
            for comment_id in wrong
            for number in sorted(due[comment_id])
        ]
        if rows:
            session.connection().execute(insert(CommentPrint), rows)


def _digest(session: Session, site_id: int) -> bytes:
    """Equal for equal counts."""
    digest = hashlib.sha256()
    rows = select(LearnedToken.token, LearnedToken.spam, LearnedToken.ham, LearnedToken.made_with)
    ordered = rows.where(LearnedToken.site_id == site_id).order_by(LearnedToken.token)
    for row in session.execute(ordered.execution_options(yield_per=1000)):
        digest.update(repr(tuple(row)).encode())
    return digest.digest()
