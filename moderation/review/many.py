"""What a moderator does to more comments than are on the screen: a bundle, all that matches a list, what has piled up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from moderation.extensions import db
from moderation.models import LARGEST_ID, Bundle, Comment, Decision, Job, Moderator, Site, Status
from moderation.review import acts, jobs
from moderation.review.acts import DECISIONS, Result
from moderation.review.queue import Question, matching

AT_ONCE = 200
"""So many comments are decided on in the request itself; more are a job."""
_COUNTED = 10_000


def decide(
    moderator: Moderator,
    site: Site,
    ids: Sequence[int],
    bundles: Sequence[tuple[int, Status]],
    decision: str,
    *,
    seen: Mapping[int, int],
    upto: int,
    note: str,
    at: datetime,
) -> tuple[Result, list[Job]]:
    """Decide on comments and on whole bundles, as one batch; where that is too much at once the rest are jobs.

    Of a bundle those comments are meant that have the given status and came no later than number `upto`.
    """
    batch = uuid.uuid4().hex
    by_status: dict[Status, list[int]] = defaultdict(list)
    for bundle, status in bundles:
        by_status[status].append(bundle)
    at_once = list(ids)
    begun = []
    for status, members in by_status.items():
        question = Question(site_ids=[site.id], tab=status, bundles=members)
        room = AT_ONCE - len(at_once)
        found = matching(question, 0, min(upto, LARGEST_ID), room + 1).ids if room > 0 else []
        if room > 0 and len(found) <= room:
            at_once += found
        else:
            begun.append(
                jobs.begin(
                    site,
                    "decide",
                    moderator,
                    at,
                    total=_size(site, members, status),
                    batch=batch,
                    tab=status,
                    bundles=members,
                    to=DECISIONS[decision],
                    note=note,
                    upto=upto,
                )
            )
    result = acts.decide(moderator, at_once, decision, within=[site.id], seen=seen, note=note, at=at, batch=batch)
    return result, begun


def decide_all(moderator: Moderator, site: Site, question: Question, decision: str, *, upto: int, at: datetime) -> Job:
    """Begin to decide on everything that is in a list, searched or not, up to comment number `upto`."""
    return jobs.begin(
        site,
        "decide",
        moderator,
        at,
        total=count(site, question),
        tab=question.tab,
        search=question.words,
        bundles=list(question.bundles),
        to=DECISIONS[decision],
        upto=upto,
    )


def count(site: Site, question: Question) -> int:
    """How many comments a list has; of a searched one, how many have to be looked at."""
    if question.bundles:
        return sum(_size(site, question.bundles, status) for status in _statuses(question))
    counts = site.counts()
    return sum(counts[status] for status in _statuses(question))


def _statuses(question: Question) -> Sequence[Status]:
    return tuple(DECISIONS.values()) if question.tab == "all" else (question.tab,)


def _size(site: Site, bundles: Sequence[int], status: Status) -> int:
    mine = select(func.sum(getattr(Bundle, status))).where(Bundle.id.in_(bundles), Bundle.site_id == site.id)
    return db.session.scalar(mine) or 0


def undo(moderator: Moderator, site: Site, batch: str, at: datetime, only: int | None = None) -> Result | Job:
    """Take back a batch. A job that still adds to it is stopped; where it is too much at once the undo is a job too."""
    batch = batch.replace("\0", "")[:32]
    if only is None:
        begun = jobs.of_batch(site, batch)
        for job in begun:
            jobs.stop(job, at)
        entries = select(Decision.id).where(Decision.batch == batch, Decision.site_id == site.id)
        size = db.session.scalar(select(func.count()).select_from(entries.limit(_COUNTED).subquery())) or 0
        if size > AT_ONCE or any(job.claimed_until for job in begun):
            return jobs.begin(site, "undo", moderator, at, total=size, undoes=batch)
    return acts.undo(moderator, batch, within=[site.id], at=at, only=only)


def sample(question: Question, upto: int, most: int) -> list[Comment]:
    """The first comments that a list has, to look at before something is done to all of it."""
    ids = matching(question, 0, upto, most).ids
    return list(db.session.scalars(select(Comment).where(Comment.id.in_(ids)).order_by(Comment.id)))
