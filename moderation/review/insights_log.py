"""Reads what `insights` counts: the newest entries of a site's decision log, and of comments what the log does not say.

Never more than `MOST` entries are read. A site that has more in the days asked for gets the figures of those days alone
of which every entry was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from moderation.extensions import db
from moderation.models import Comment, Decision, Page
from moderation.review.insights import Entry, Insights, SignalTally, figures, signals, waited_before

MOST = 20_000
"""Entries of the log that one request reads."""
JUDGED = 1_000
"""Comments whose verdicts one request reads; they are large."""
TOP = 8
_CHUNK = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of some days, and what belongs to them.

    `asked` is the first day that was asked for; the figures begin later where the log is too long. `whole` is False when
    even today's entries were too many to be read. `judged` says of how many comments `signals` tells.
    """

    figures: Insights
    asked: date
    whole: bool
    signals: list[SignalTally]
    judged: int
    pages: dict[int, Page]

    @property
    def shortened(self) -> bool:
        """Whether the figures begin later than was asked for."""
        return self.figures.days[0] > self.asked


def read(site_id: int, days: int, at: datetime) -> Report:
    """The figures of a site for the last `days` days up to the one of a moment, that day included."""
    last = at.astimezone(UTC).date()
    asked = last - timedelta(days=days - 1)
    start = datetime.combine(asked, time.min, UTC)
    entries = [Entry(*row) for row in db.session.execute(_entries(site_id, start))]
    missed = _newest_missed(site_id, start)
    complete = asked if missed is None else missed.date() + timedelta(days=1)
    arrived = _held_since(waited_before(entries))
    made = figures(entries, min(complete, last), last, arrived)
    verdicts = _verdicts(list(made.words)[-JUDGED:])
    return Report(
        figures=made,
        asked=asked,
        whole=complete <= last,
        signals=signals((made.words[comment_id], verdict) for comment_id, verdict in verdicts),
        judged=len(verdicts),
        pages=_pages([page for pages in (made.pages, made.spam_pages) for page, _n in pages.most_common(TOP)]),
    )


def _newest(site_id: int) -> Select[Any]:
    return select(Decision).where(Decision.site_id == site_id).order_by(Decision.id.desc())


def _entries(site_id: int, start: datetime) -> Select[Any]:
    """Those of the newest `MOST` entries that were written since `start`, by id."""
    newest = _newest(site_id).limit(MOST).subquery()
    return (
        select(
            newest.c.id,
            newest.c.comment_id,
            Comment.page_id,
            newest.c.actor,
            newest.c.from_status,
            newest.c.to_status,
            newest.c.undoes_id,
            newest.c.created_at,
        )
        .join(Comment, Comment.id == newest.c.comment_id)
        .where(newest.c.created_at >= start)
        .order_by(newest.c.id)
    )


def _newest_missed(site_id: int, start: datetime) -> datetime | None:
    """When the newest entry since `start` was written that is not among the newest `MOST`; None when there is none.

    An import may have written old arrivals last. So beside the entry before those read, comments are asked.
    """
    beyond = db.session.scalar(_newest(site_id).with_only_columns(Decision.created_at).offset(MOST).limit(1))
    if beyond is None:
        return None
    walked = _newest(site_id).limit(MOST).subquery()
    lowest = db.session.scalar(select(func.min(walked.c.comment_id)).where(walked.c.from_status.is_(None)))
    earlier = select(Comment.created_at).where(Comment.site_id == site_id, Comment.created_at >= start)
    if lowest is not None:
        earlier = earlier.where(Comment.id < lowest)
    arrived = db.session.scalar(earlier.order_by(Comment.created_at.desc()).limit(1))
    newest = max(each for each in (beyond, arrived) if each is not None)
    return newest if newest >= start else None


def _held_since(comment_ids: Iterable[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for chunk in _chunks(sorted(comment_ids)):
        rows = db.session.execute(
            select(Comment.id, Comment.created_at).where(
                Comment.id.in_(chunk), Comment.first_status == "pending", Comment.moderator_id.is_(None)
            )
        )
        found.update((row.id, row.created_at) for row in rows)
    return found


def _verdicts(comment_ids: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
    found: list[tuple[int, dict[str, Any]]] = []
    for chunk in _chunks(comment_ids):
        rows = db.session.execute(select(Comment.id, Comment.verdict).where(Comment.id.in_(chunk)))
        found += [(row.id, row.verdict) for row in rows if row.verdict]
    return found


def _pages(page_ids: Iterable[int]) -> dict[int, Page]:
    wanted = set(page_ids)
    if not wanted:
        return {}
    return {page.id: page for page in db.session.scalars(select(Page).where(Page.id.in_(wanted)))}


def _chunks(whole: Sequence[T]) -> Iterable[Sequence[T]]:
    return (whole[at : at + _CHUNK] for at in range(0, len(whole), _CHUNK))
