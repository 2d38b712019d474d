"""A site's decided comments judged again, by the rules that it has and by those that somebody thinks of.

What is replayed are the comments of which a moderator's word stands, spam or legitimate, the last decided first, and at most
`MOST`: however much there is, one request reads no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from moderation.extensions import db
from moderation.models import Comment, Decision, Site, Status
from moderation.models.decision import BY_MODERATOR
from moderation.models.lists import lists_of
from moderation.spam import Facts, Policy, Submission
from moderation.spam.entries import ListName
from moderation.spam.matching import Matcher, facts_of
from moderation.spam.replay import WORSE, Change, Changed, Decided, Replay, stored_score
from moderation.spam.replay import replay as judged_again
from moderation.spam.view import view_of
from moderation.text.plain import plain_text

DAYS = (7, 30, 90)
MOST = 2_000
SCAN = 6_000
"""Entries of the decision log that are looked through for so many comments: one may have been decided on repeatedly."""
SHOWN = 50
"""Comments of one group that are named."""
_EXCERPT = 140
_CHUNK = 200

Lists = Mapping[ListName, Matcher]


class Case(NamedTuple):
    """One comment that would go another way, as it is shown."""

    id: int
    author: str
    excerpt: str
    probability: float
    status: Status
    before: Status
    after: Status


class Group(NamedTuple):
    """Comments that would change alike: the first `SHOWN` of them, and how many there are besides."""

    change: Change
    cases: list[Case]
    more: int

    @property
    def total(self) -> int:
        """How many there are in all."""
        return len(self.cases) + self.more

    @property
    def worse(self) -> bool:
        """Whether the change is one for the worse."""
        return self.change in WORSE


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of rules would have come to. `cut` tells that there are more decided comments than were looked at."""

    days: int
    decided: Sequence[Decided]
    cut: bool
    replay: Replay
    groups: list[Group]


def preview(site: Site, proposed: Policy, *, days: int, at: datetime, changed_lists: Lists | None = None) -> Preview:
    """Replay the decisions of the last days under other rules.

    `changed_lists` are the lists that would be others; those it does not name stay as they are.
    """
    session: Session = db.session()
    present = lists_of(session, site.id)
    then = {**present, **changed_lists} if changed_lists else present
    rules = _Rules(present, then, counts_links=bool(site.policy.hold_links or proposed.hold_links), on=at.date())
    numbers, cut = _decided_since(session, site, at - timedelta(days=days))
    decided = list(_cases(session, numbers, rules))
    found = judged_again(decided, site.policy, proposed)
    return Preview(days, decided, cut, found, _groups(session, found))


@dataclass(frozen=True, slots=True)
class _Rules:
    """What makes the facts of a comment: the lists as they are, and as they would be."""

    now: Lists
    then: Lists
    counts_links: bool
    on: date

    @property
    def read_texts(self) -> bool:
        """Whether anything of a comment's own words is asked about; without lists nothing is."""
        return self.counts_links or any(matcher.size for matcher in (*self.now.values(), *self.then.values()))


def _decided_since(session: Session, site: Site, since: datetime) -> tuple[list[int], bool]:
    """The comments that were decided on since then, the last decided first, and whether there are more."""
    scanned = (
        select(Decision.comment_id, Decision.id)
        .where(Decision.site_id == site.id, BY_MODERATOR, Decision.created_at >= since)
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(SCAN)
        .subquery()
    )
    last = func.max(scanned.c.id).label("last")
    newest = select(scanned.c.comment_id, last).group_by(scanned.c.comment_id).subquery()
    standing: Select[int] = (
        select(Comment.id)
        .join(newest, newest.c.comment_id == Comment.id)
        .where(Comment.taught.is_not(None), Comment.verdict.is_not(None))
        .order_by(newest.c.last.desc())
        .limit(MOST + 1)
    )
    numbers = list(session.scalars(standing))
    looked_at = session.scalar(select(func.count()).select_from(scanned)) or 0
    return numbers[:MOST], len(numbers) > MOST or looked_at == SCAN


def _cases(session: Session, numbers: Sequence[int], rules: _Rules) -> Iterator[Decided]:
    columns: list[Any] = [Comment.id, Comment.taught, Comment.probability, Comment.verdict]
    if rules.read_texts:
        columns += [Comment.author, Comment.email, Comment.url, Comment.source, Comment.original]
        columns += [Comment.ip, Comment.user_agent]
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        for row in session.execute(select(*columns).where(Comment.id.in_(chunk))):
            stored = Facts.from_dict(row.verdict.get("facts", {}))
            now, then = _facts(row, stored, rules)
            score = stored_score(row.verdict, row.probability)
            yield Decided(row.id, row.taught == "spam", score, now, then)


def _facts(row: Any, stored: Facts, rules: _Rules) -> tuple[Facts, Facts]:
    """The facts by the present lists and by the others; what is no list's is as it was when the comment came in."""
    if not rules.read_texts:
        unlisted = replace(stored, blocked=(), held=(), allowed=())
        return unlisted, unlisted
    submission = submission_of(row)
    view = view_of(submission)

    def by(lists: Lists) -> Facts:
        found = facts_of(lists, submission, view, address=row.ip, verified=stored.verified, on=rules.on)
        return replace(stored, links=found.links, blocked=found.blocked, held=found.held, allowed=found.allowed)

    now = by(rules.now)
    return now, now if rules.then is rules.now else by(rules.then)


def submission_of(row: Any) -> Submission:
    """What lists read of a stored comment, from its columns: what its author sent, whatever was edited since."""
    text = row.source if row.original is None else row.original
    return Submission(author=row.author, email=row.email, url=row.url or "", text=text, user_agent=row.user_agent or "")


def _groups(session: Session, found: Replay) -> list[Group]:
    shown = {change: cases[:SHOWN] for change, cases in found.changes.items()}
    words = _words(session, [case.id for cases in shown.values() for case in cases])
    return [
        Group(
            change,
            [_case(each, words[each.id]) for each in cases if each.id in words],
            len(found.changes[change]) - len(cases),
        )
        for change, cases in shown.items()
    ]


def _case(changed: Changed, row: Any) -> Case:
    excerpt = plain_text(row.html, _EXCERPT)
    return Case(changed.id, row.author, excerpt, changed.probability, row.status, changed.before, changed.after)


def _words(session: Session, numbers: Sequence[int]) -> dict[int, Any]:
    rows = session.execute(
        select(Comment.id, Comment.author, Comment.html, Comment.status).where(Comment.id.in_(numbers))
    )
    return {row.id: row for row in rows}
