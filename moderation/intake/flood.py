"""Flood mode at the door: what is coming in on a site, and what a comment that comes in during a flood has to meet."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.extensions import db
from moderation.intake import proof
from moderation.intake.token import Claims
from moderation.models import Comment, Site
from moderation.models.asking import Asked
from moderation.settings import Settings
from moderation.spam import Facts, flood
from moderation.spam.flood import MOST_COUNTED, MOST_RECENT, QUIET, WINDOW, Arrivals, Flood

Given = int | datetime | BindParameter[Any]
_log = logging.getLogger("moderation")
_DAYS = 7
_HOUR = timedelta(hours=1)
# A flood that goes on is written down so often, not with every comment.
_NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a comment meets: flood mode or not, and whether it brought the proof of work that was asked for.

    :param proof: as `Submission.proof`.
    """

    flood: Flood | None
    proof: bool | None

    def facts(self, facts: Facts) -> Facts:
        """What the site's policy looks at, with what the gate has seen."""
        return replace(facts, flooded=self.flood is not None, proved=bool(self.proof))


def gate(settings: Settings, site: Site, claims: Claims, typed: str, *, alike: int, at: datetime) -> Gate:
    """What a comment meets that has come in and is not stored yet. It may itself begin a flood.

    :param typed: what came in the field of the proof.
    :param alike: comments of the last hour that share a run of words with it.
    """
    on = _watch(site, alike, at)
    if on is None:
        return Gate(None, None)
    if proof.is_proof(settings, claims.nonce, typed):
        return Gate(on, True)
    # A form that was loaded before the flood began asked for nothing.
    before = on.since is not None and claims.since < on.since
    return Gate(on, None if before else False)


def _watch(site: Site, alike: int, at: datetime) -> Flood | None:
    on = site.flood(at)
    if site.policy.flood_mode != "auto" or (on and on.until and on.until - at > QUIET - _NOTED):
        return on
    seen = arrivals(db.session(), site.id, alike=alike, on=on is not None, at=at)
    after = flood.watched(on, seen, at)
    return after if after == on and (on is not None or site.last_flood is None) else _note(site, seen, at)


def _note(site: Site, seen: Arrivals, at: datetime) -> Flood | None:
    """Write down that a flood began, goes on or is over. Of several processes that see it one does, and logs it."""
    with writing() as session:
        there = session.get_one(Site, site.id, populate_existing=True, with_for_update=True)
        last, on = there.last_flood, there.flood(at)
        after = flood.watched(on, seen, at)
        there.last_flood = after.to_dict() if after else None
    if last is not None and on is None:
        over = Flood.from_dict(last)
        _log.info("flood mode off: site %s, after %s", site.id, over.lasted)
    if after is not None and on is None:
        counted = (seen.recent, 12 * seen.usual, seen.alike)
        _log.warning(
            "flood mode on: site %s, %s comments in 5 minutes, usual %.0f an hour, %s alike", site.id, *counted
        )
    return after


def arrivals(session: Session, site_id: int, *, alike: int, on: bool, at: datetime) -> Arrivals:
    """What is coming in, with a comment that is not stored yet. Where that is no sign of a flood, one look is enough.

    :param alike: earlier comments of the last hour that share a run of words with it.
    :param on: whether flood mode is on.
    """
    stretch = {"site_id": site_id, "after": at - WINDOW, "until": at}
    recent = _JUST_NOW.scalar(session, stretch) + 1
    if flood.is_calm(recent, alike, on=on):
        return Arrivals(recent, alike=alike)
    hour = 0
    if not flood.is_calm(0, alike, on=on):
        hour = _counted(session, _came(site_id, at - _HOUR, at, flood.most_of_hour(alike)))[0] + 1
    half, day = flood.look_back(recent) / 2, timedelta(days=1)
    former = [
        _came(site_id, at - days * day - half, at - days * day + half, MOST_COUNTED) for days in range(1, _DAYS + 1)
    ]
    return Arrivals(recent, flood.usual_of(_counted(session, *former), recent), hour, alike)


def _came(site_id: Given, after: Given, until: Given, most: int) -> Select[Any]:
    """Comments of a site that came in within a stretch of time, up to so many; told by the index alone, in its order."""
    came = (Comment.site_id == site_id, Comment.created_at > after, Comment.created_at <= until)
    return select(Comment.created_at).where(*came).order_by(Comment.created_at).limit(most)


_JUST_NOW = Asked(
    lambda _dialect: select(func.count()).select_from(
        _came(bindparam("site_id"), bindparam("after"), bindparam("until"), MOST_RECENT - 1).subquery()
    )
)


def _counted(session: Session, *stretches: Select[Any]) -> list[int]:
    """How many came in each stretch, the fewest first; asked in one go."""
    counts = [select(func.count()).select_from(stretch.subquery()) for stretch in stretches]
    return sorted(session.scalars(union_all(*counts)))
