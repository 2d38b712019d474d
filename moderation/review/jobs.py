"""Work on more comments than one request may touch: begun at the desk, done step by step by a worker, undone as one.

A job is a row. Each step is a transaction of its own that can be done twice without harm, so a worker may die at any
moment: when its claim has run out another goes on from there. On one site one job runs at a time, in the order in which
they were begun.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from moderation.answers import for_the_log
from moderation.database import is_away, writing
from moderation.extensions import db
from moderation.models import Decision, Job, JobKind, JobState, Moderator, Site, Status, record
from moderation.review.queue import newest_id
from moderation.review.steps import STEPS, Refused

CLAIM = timedelta(seconds=60)
DAILY = timedelta(hours=20)
"""A little less than a day, so that the hour does not wander through the day."""
EMPTIED_STATUSES: tuple[Status, ...] = ("spam", "trash")
_UNDER_WAY: tuple[JobState, ...] = ("waiting", "running")
_FORGOTTEN = ("search", "note")
_log = logging.getLogger("moderation.review")


def begin(
    site: Site,
    kind: JobKind,
    moderator: Moderator | None,
    at: datetime,
    *,
    total: int = 0,
    batch: str | None = None,
    **spec: Any,
) -> Job:
    """Begin a job. `total` is how many comments there are to look at; with `batch` it goes on with what was begun before."""
    with writing() as session:
        job = Job(
            site_id=site.id,
            moderator_id=moderator.id if moderator else None,
            kind=kind,
            spec=spec,
            batch=batch or uuid.uuid4().hex,
            total=total,
            created_at=at,
        )
        session.add(job)
        session.flush()
        if moderator is not None:
            # Not what was searched for, nor the note: both may name a reader.
            to = spec.get("to") or spec.get("status")
            record(session, "job.started", moderator=moderator, site_id=site.id, at=at, job=job.id, what=kind, to=to)
    return job


def job_for(site: Site, job_id: int) -> Job | None:
    """A site's job, read anew."""
    found = select(Job).where(Job.id == job_id, Job.site_id == site.id).options(joinedload(Job.moderator))
    return db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def of_batch(site: Site, batch: str) -> list[Job]:
    """The jobs whose decisions share this batch."""
    return list(db.session.scalars(select(Job).where(Job.batch == batch, Job.site_id == site.id)))


def latest(site: Site, limit: int = 20) -> list[Job]:
    """The site's latest jobs, the newest first."""
    found = select(Job).where(Job.site_id == site.id).order_by(Job.id.desc()).limit(limit)
    return list(db.session.scalars(found.options(joinedload(Job.moderator))))


def stop(job: Job, at: datetime) -> None:
    """Let a job end where it stands; what it has done stays, to be undone or not."""
    with writing() as session:
        _close(session, job.id, at, "stopped")


def work(at: datetime) -> bool:
    """Do one step of the job whose turn it is; whether there was one."""
    job_id = _claim(at)
    if job_id is None:
        return False
    job = db.session.get_one(Job, job_id, populate_existing=True)
    if job.state != "running":
        # Stopped since it was claimed. What it was to look for is forgotten: without that it would decide on everything.
        with writing() as session:
            session.execute(update(Job).where(Job.id == job_id).values(claimed_until=None))
        return True
    try:
        step = STEPS[job.kind](job, at)
    except Refused as reason:
        _end(job_id, at, "stopped")
        _log.warning("job %s stopped: %s", job_id, reason)
        return True
    except Exception as fault:
        db.session.rollback()
        if is_away(fault):
            raise
        # It would fail again and again, and all that waits behind it with it.
        _end(job_id, at, "failed")
        _log.error("job %s failed: %s", job_id, for_the_log(fault))
        return True
    with writing() as session:
        values: dict[str, Any] = {
            "after": step.after,
            "looked_at": Job.looked_at + step.looked_at,
            "done": Job.done + step.done,
            "conflicts": Job.conflicts + step.conflicts,
            # Others may go on with it at once.
            "claimed_until": None,
        }
        # One that was stopped meanwhile stays so.
        session.execute(update(Job).where(Job.id == job_id).values(values))
        if step.finished:
            _close(session, job_id, at, "done")
            _record_emptying(session, job, at)
    return True


def _record_emptying(session: Session, job: Job, at: datetime) -> None:
    """Write down that something is gone for good, and by whom."""
    if job.kind == "empty" and job.done:
        how = "emptied" if job.moderator_id else "expired"
        moderator = session.get(Moderator, job.moderator_id) if job.moderator_id else None
        kind = f"{job.spec['status']}.{how}"
        record(session, kind, moderator=moderator, site_id=job.site_id, at=at, number=job.done)


def begin_daily(at: datetime) -> None:
    """Begin to empty what has been spam or trash for as long as its site's rules say, once a day."""
    for site in db.session.scalars(select(Site).order_by(Site.id)).all():
        days = site.policy.empty_after_days
        today = select(Job.id).where(
            Job.site_id == site.id, Job.kind == "empty", Job.moderator_id.is_(None), Job.created_at > at - DAILY
        )
        if days and db.session.scalar(today.order_by(Job.id.desc()).limit(1)) is None:
            for status in EMPTIED_STATUSES:
                if site.counts()[status]:
                    begin_emptying(site, status, at, days=days, moderator=None)


def newest_entry(site: Site) -> int:
    """The number of the newest entry in a site's log: what is decided later was not there when this was asked."""
    entries = select(Decision.id).where(Decision.site_id == site.id)
    return db.session.scalar(entries.order_by(Decision.id.desc()).limit(1)) or 0


def begin_emptying(
    site: Site, status: Status, at: datetime, *, days: int, moderator: Moderator | None, log_upto: int | None = None
) -> Job:
    """Begin to empty what has had a status for so many days; 0 is all of it. With `log_upto` what the log tells of after
    this entry is spared.
    """
    spec: dict[str, Any] = {"status": status, "days": days, "upto": newest_id(), "log_upto": log_upto}
    return begin(site, "empty", moderator, at, total=site.counts()[status], **spec)


def _end(job_id: int, at: datetime, state: JobState) -> None:
    with writing() as session:
        _close(session, job_id, at, state)
        session.execute(update(Job).where(Job.id == job_id).values(claimed_until=None))


def _close(session: Session, job_id: int, at: datetime, state: JobState) -> None:
    """End a job that has not ended, and forget what was searched for and the note: both may name a reader, and jobs stay."""
    job = session.get(Job, job_id, populate_existing=True, with_for_update=True)
    if job is None or job.state not in _UNDER_WAY:
        return
    job.state, job.finished_at = state, at
    job.spec = {name: value for name, value in job.spec.items() if name not in _FORGOTTEN}


def _claim(at: datetime) -> int | None:
    """Take the first job that nobody works on, on a site where none is being worked on. A step of one that was stopped
    meanwhile is work too, until it is through.
    """
    if db.session.scalar(select(Job.id).where(_open()).limit(1)) is None:
        return None
    with writing() as session:
        other = aliased(Job)
        busy = (
            select(other.id)
            .where(
                other.site_id == Job.site_id,
                or_(other.state == "running", other.claimed_until > at),
                other.id != Job.id,
            )
            .correlate(Job)
        )
        free = or_(Job.claimed_until.is_(None), Job.claimed_until <= at)
        due = or_(and_(Job.state == "running", free), and_(Job.state == "waiting", ~busy.exists()))
        job = session.scalars(
            select(Job).where(_open(), due).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        ).one_or_none()
        if job is None:
            return None
        job.state, job.claimed_until = "running", at + CLAIM
        return job.id


def _open() -> ColumnElement[bool]:
    return Job.state.in_(_UNDER_WAY)
