"""What one step of each kind of job does: a bounded number of comments, and where to go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update

from moderation import lifecycle
from moderation.database import writing
from moderation.extensions import db
from moderation.lifecycle.emptying import sweep
from moderation.models import EMPTIED, FOLDED, SHOWN, Comment, CommentVersion, Decision, Job, JobKind, Moderator, Site
from moderation.review.accounts import site_for
from moderation.review.queue import SCAN, Question, matching
from moderation.spam.urgency import rank_of

CHUNK = 100
_RANKED = 1_000
# A version that no comment has.
_UNREAD = 0


class Refused(Exception):
    """The job may not go on; the message says why, without a person's data."""


class Step(NamedTuple):
    """What a step came to: where the next begins, how many comments were looked at, moved, and left to others."""

    after: int
    looked_at: int = 0
    done: int = 0
    conflicts: int = 0
    finished: bool = False


def _decide(job: Job, at: datetime) -> Step:
    """Move what matches a question to a status; `upto` is the newest comment that the moderator can have meant."""
    spec = job.spec
    moderator = _still_here(job)
    question = Question(
        site_ids=[job.site_id], tab=spec["tab"], search=spec.get("search", ""), bundles=spec.get("bundles", ())
    )
    found = matching(question, job.after, spec["upto"], CHUNK)
    if found.last is None:
        return Step(job.after, finished=True)
    outcome = lifecycle.decide(
        found.ids,
        spec["to"],
        at=at,
        moderator=moderator,
        within=[job.site_id],
        seen=_as_read(found.ids, job.created_at),
        note=spec.get("note", ""),
        batch=job.batch,
    )
    looked_at = SCAN if question.words else len(found.ids)
    return Step(found.last, looked_at, len(outcome.decided), len(outcome.conflicts))


def _as_read(ids: Sequence[int], since: datetime) -> dict[int, int]:
    """The version of each comment that the moderator can have read: none where its author changed it since, so that nothing
    is published unread. Versions are asked for first: who edits between the two questions is found by one of them.
    """
    rows = db.session.execute(select(Comment.id, Comment.version).where(Comment.id.in_(ids)))
    versions = {row.id: row.version for row in rows}
    by_author = select(CommentVersion.comment_id).where(
        CommentVersion.comment_id.in_(ids),
        CommentVersion.number > 1,
        CommentVersion.moderator_id.is_(None),
        CommentVersion.created_at >= since,
    )
    return versions | dict.fromkeys(db.session.scalars(by_author), _UNREAD)


def _undo(job: Job, at: datetime) -> Step:
    """Take back a batch that was too large to be taken back at once."""
    spec = job.spec
    outcome = lifecycle.undo(
        spec["undoes"],
        at=at,
        moderator=_still_here(job),
        within=[job.site_id],
        after=job.after,
        limit=CHUNK,
        as_batch=job.batch,
    )
    if outcome.last is None:
        return Step(job.after, finished=True)
    looked_at = len(outcome.decided) + len(outcome.unchanged) + len(outcome.conflicts)
    return Step(outcome.last, looked_at, len(outcome.decided), len(outcome.conflicts))


def _empty(job: Job, at: datetime) -> Step:
    """Empty what has had a status for so many days and, where a moderator began it, stood there when they looked; and delete
    what earlier emptying had to leave, once nothing needs it.
    """
    cutoff = at - timedelta(days=job.spec["days"])
    found = {
        place: set(
            db.session.scalars(
                select(Comment.id)
                .where(
                    Comment.site_id == job.site_id,
                    Comment.status == job.spec["status"],
                    Comment.place == place,
                    Comment.id > job.after,
                    Comment.id <= job.spec["upto"],
                )
                .order_by(Comment.id)
                .limit(CHUNK)
            )
        )
        for place in (SHOWN, FOLDED, EMPTIED)
    }
    ids = sorted(set().union(*found.values()))[:CHUNK]
    if not ids:
        return Step(job.after, finished=True)
    last_decided = select(Decision.comment_id, func.max(Decision.created_at)).where(Decision.comment_id.in_(ids))
    since = {row[0]: row[1] for row in db.session.execute(last_decided.group_by(Decision.comment_id))}
    due = [each for each in ids if each not in found[EMPTIED] and since[each] <= cutoff]
    sweep(job.site_id, [each for each in ids if each in found[EMPTIED]])
    done = lifecycle.empty(job.site_id, due, job.spec["status"], upto=job.spec.get("log_upto"))
    return Step(ids[-1], len(ids), done, len(due) - done)


def _rank(job: Job, _at: datetime) -> Step:
    """Put what waits into the order that the site's present rules give."""
    policy = db.session.get_one(Site, job.site_id).policy
    question = Question(site_ids=[job.site_id])
    found = matching(question, job.after, 2**31 - 1, _RANKED)
    if found.last is None:
        return Step(job.after, finished=True)
    columns = select(Comment.id, Comment.probability, Comment.created_at, Comment.rank)
    rows = db.session.execute(columns.where(Comment.id.in_(found.ids))).all()
    ranks = {row.id: rank_of(row.probability, policy, row.created_at) for row in rows}
    changed = [{"id": row.id, "rank": ranks[row.id]} for row in rows if ranks[row.id] != row.rank]
    if changed:
        with writing() as session:
            session.execute(update(Comment), changed)
    return Step(found.last, len(found.ids), len(changed))


def _still_here(job: Job) -> Moderator:
    """Whoever began the job, if they may still act on its site."""
    moderator = db.session.get(Moderator, job.moderator_id) if job.moderator_id else None
    site = db.session.get_one(Site, job.site_id)
    if moderator is None or not moderator.active or site_for(moderator, site.key) is None:
        raise Refused("the moderator who began it may not act on this site any more")
    return moderator


STEPS: Mapping[JobKind, Callable[[Job, datetime], Step]] = {
    "decide": _decide,
    "undo": _undo,
    "empty": _empty,
    "rank": _rank,
}
