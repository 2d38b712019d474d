"""Bans from a comment: what of it can go on a list, what that would have caught, and how it is taken back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from sqlalchemy import select

from moderation.database import writing
from moderation.extensions import db
from moderation.models import EMPTIED, Comment, CommentLink, Moderator, Site, Status
from moderation.review.entries import adding, edit, lines_of, removing
from moderation.review.replay import Case, submission_of
from moderation.review.rules import held_site
from moderation.spam import Submission
from moderation.spam.entries import Entry, ListError, entry_of, escaped
from moderation.spam.hosts import MOST_HOSTS
from moderation.spam.lexicon import FREE_MAIL
from moderation.spam.lists import Line
from moderation.spam.matching import Matcher
from moderation.spam.reading import Reading
from moderation.spam.view import view_of
from moderation.text.addresses import is_public, network_of
from moderation.text.emails import email_identity
from moderation.text.names import clean_line
from moderation.text.plain import plain_text

BanList = Literal["block", "hold"]
BAN_LISTS: tuple[BanList, ...] = get_args(BanList)
WORD = "word"
DAYS = 30
MOST = 5_000
SHOWN = 20
_CHUNK = 500
_EXCERPT = 140
_LONGEST_NAME = 40
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_NO_VIEW = view_of(Submission("", "", "", ""))


class BadDay(ValueError):
    """The last day of a ban is no day, or is over."""


class Target(NamedTuple):
    """Something of a comment that can be banned: what it is, and the entry that names it."""

    kind: Literal["email", "network", "mail", "domain"]
    entry: str


@dataclass(frozen=True, slots=True)
class Caught:
    """What an entry would have caught: how many by their status now, and the first of them, approved ones first."""

    counts: Mapping[Status, int]
    cases: Sequence[Case]
    looked_at: int
    cut: bool

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


def targets(site: Site, comment: Comment) -> list[Target]:
    """What of a comment can be banned. Neither the site itself, nor a provider of mail for everybody, nor an address that
    everybody behind a proxy seems to have."""
    found = []
    address = email_identity(comment.email)
    local, at, domain = address.rpartition("@")
    if local and domain:
        # Without its own tag an entry covers every tag.
        found.append(Target("email", f"email:{escaped((local.partition('+')[0] or local) + at + domain)}"))
    network = network_of(comment.ip) if is_public(comment.ip) else None
    if network:
        found.append(Target("network", f"ip:{network}"))
    own = {(urlsplit(origin).hostname or "").removeprefix("www.") for origin in site.origins}
    linked = select(CommentLink.host).where(CommentLink.comment_id == comment.id).order_by(CommentLink.host)
    hosts = [host for host in db.session.scalars(linked.limit(MOST_HOSTS)) if host not in own]
    found += [Target("domain", f"domain:{host}") for host in hosts]
    if local and "." in domain and domain not in FREE_MAIL and domain not in own:
        found.append(Target("mail", f"email:*@{escaped(domain)}"))
    return [target for target in found if _is_entry(target.entry)]


def ban_line(written: str, name: BanList, until: str, moderator: Moderator, comment: Comment, *, today: date) -> Line:
    """The line that goes on a list. Raises `ListError` for what cannot be an entry, `BadDay` for its last day."""
    entry = entry_of(clean_line(written), name)
    if entry is None:
        raise ListError("There is nothing to look for; give a word.")
    last = _last_day(until, today)
    line = clean_line(entry._replace(until=last, remark=remark_of(moderator, comment)).line)
    return Line(line, entry_of(line, name))


def word_entry(typed: str) -> str:
    """The entry that a typed word is, whatever characters it has."""
    return f"word:{escaped(typed)}"


def remark_of(moderator: Moderator, comment: Comment) -> str:
    """What stands beside a ban on its list: who, and because of which comment."""
    return f"by {clean_line(moderator.name)[:_LONGEST_NAME].strip()}, comment {comment.id}"


def caught(site: Site, entry: Entry, *, at: datetime) -> Caught:
    """What an entry would have caught among the newest comments of the last days, what staff wrote aside."""
    since = at - timedelta(days=DAYS)
    newest = (
        select(Comment.id)
        .where(Comment.site_id == site.id, Comment.created_at >= since)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(MOST + 1)
    )
    numbers = list(db.session.scalars(newest))
    found = _found(numbers[:MOST], entry, at.date())
    # An approved comment among them is what one has to know first.
    found.sort(key=lambda one: (one[1] != "approved", -one[0]))
    return Caught(
        counts=Counter(status for _number, status in found),
        cases=_cases([number for number, _status in found[:SHOWN]]),
        looked_at=len(numbers[:MOST]),
        cut=len(numbers) > MOST,
    )


def ban(site: Site, line: Line, name: BanList, moderator: Moderator, comment: Comment, *, today: date) -> bool:
    """Put a line on a list. False, and nothing is changed, where the list names the same already. Raises `ListError`."""
    with writing() as session:
        held = held_site(session, site.id)
        for old in lines_of(session, site.id, name):
            if old.says == line.says and old.entry and not old.entry.is_over(today):
                return False
        edit(session, held, name, adding([line]), moderator, about=comment)
        return True


def lift(site: Site, written: str, name: BanList, moderator: Moderator, comment: Comment) -> bool:
    """Take an entry out again that this moderator banned because of this comment; False where there is none."""
    with writing() as session:
        held = held_site(session, site.id)
        remark = remark_of(moderator, comment)
        mine = [
            line
            for line in lines_of(session, site.id, name)
            if line.entry and line.entry.written == written and line.entry.remark == remark
        ]
        if mine:
            edit(session, held, name, removing(mine), moderator, about=comment)
        return bool(mine)


def _is_entry(written: str) -> bool:
    try:
        return all(entry_of(clean_line(written), name) is not None for name in BAN_LISTS)
    except ListError:
        return False


def _last_day(typed: str, today: date) -> date | None:
    if not typed.strip():
        return None
    try:
        last = date.fromisoformat(typed.strip()) if _DAY.match(typed.strip()) else None
    except ValueError:
        last = None
    if last is None or last < today:
        raise BadDay
    return last


def _found(numbers: Sequence[int], entry: Entry, on: date) -> list[tuple[int, Status]]:
    matcher = Matcher([entry])
    # What is known by its address alone needs no look at the text.
    reads = entry.field not in ("email", "ip")
    columns: list[Any] = [Comment.id, Comment.status, Comment.author, Comment.email, Comment.url, Comment.ip]
    columns += [Comment.source, Comment.original, Comment.user_agent]
    found: list[tuple[int, Status]] = []
    for start in range(0, len(numbers), _CHUNK):
        of_readers = select(*columns).where(
            Comment.id.in_(numbers[start : start + _CHUNK]), Comment.moderator_id.is_(None), Comment.place != EMPTIED
        )
        for row in db.session.execute(of_readers):
            submission = submission_of(row)
            reading = Reading(submission, view_of(submission) if reads else _NO_VIEW, row.ip)
            if matcher.named(reading, on):
                found.append((row.id, row.status))
    return found


def _cases(numbers: Sequence[int]) -> list[Case]:
    columns = (Comment.id, Comment.author, Comment.html, Comment.probability, Comment.status)
    rows = {row.id: row for row in db.session.execute(select(*columns).where(Comment.id.in_(numbers)))}
    return [
        Case(row.id, row.author, plain_text(row.html, _EXCERPT), row.probability, row.status, row.status, row.status)
        for row in (rows[number] for number in numbers if number in rows)
    ]
