"""The door: the only code that changes a comment's status.

Each function is one transaction in which the decision log, the status, the counts of page and site, the page's version
and what the filter has learned move together. A page's version moves only when something that readers can see has
changed. Only moderators teach: what policy decides by itself, and what authors take back, the filter never learns from.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Update, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation import learning
from moderation.database import writing
from moderation.learning.said import TAUGHT, entries_of, label_after, word_after
from moderation.models import (
    Actor,
    Comment,
    CommentLink,
    CommentPrint,
    Decision,
    Label,
    Moderator,
    Page,
    Site,
    Status,
)

BULK_LIMIT = 500


class ClosedPage(Exception):
    """The page was closed before the comment could be stored."""


class HiddenParent(Exception):
    """The comment replied to is not public, is on another page, or does not exist."""


class TooDeep(Exception):
    """The reply would lie deeper than the site's policy allows."""


class AlreadyReceived(Exception):
    """A comment with this nonce or Idempotency-Key was stored already, perhaps by a request that ran beside this one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A judged comment on its way into the database.

    `fields` are columns of `Comment` as the reader's text gave them; `hosts` and `prints` are what its links and its text
    are recognised by. `guard` is asked inside the write, when no other comment of the site can arrive between its look
    and the insert; whatever it raises refuses the comment.
    """

    site: Site
    page_key: str
    status: Status
    because: str
    at: datetime
    fields: Mapping[str, object]
    parent_id: int | None = None
    hosts: frozenset[str] = frozenset()
    prints: frozenset[int] = frozenset()
    author: Moderator | None = None
    guard: Callable[[Session], None] | None = None


@dataclass(slots=True)
class Outcome:
    """What an act on several comments came to: ids moved or confirmed, ids already there by a moderator's word, and ids
    that somebody else moved first.
    """

    batch: str
    decided: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to comments, why and when; all that one act moves shares its `batch`."""

    actor: Actor
    moderator: Moderator | None
    note: str
    batch: str
    at: datetime

    def move(
        self, session: Session, comment: Comment, to: Status, shifts: Shifts, *, undoes: int | None = None
    ) -> None:
        """Give a locked comment its new status, with the log's entry. The one it has already is confirmed by that."""
        came_from = comment.status
        comment.status = to
        comment.version += 1
        self.log(session, comment, came_from, undoes=undoes)
        shifts.add(comment, came_from)

    def teaches(self, to: Status) -> Label | None:
        """The word that stands after this act gave a comment a status. An author's act leaves none."""
        return TAUGHT.get(to) if self.actor == "moderator" else None

    def log(self, session: Session, comment: Comment, came_from: Status | None, *, undoes: int | None = None) -> None:
        """Write the log's entry for the status that the comment has now."""
        session.add(
            Decision(
                site_id=comment.site_id,
                comment_id=comment.id,
                actor=self.actor,
                moderator_id=self.moderator.id if self.moderator else None,
                from_status=came_from,
                to_status=comment.status,
                note=self.note,
                batch=self.batch,
                undoes_id=undoes,
                created_at=self.at,
            )
        )


@dataclass(slots=True)
class Shifts:
    """The steps of the kept counts that one transaction makes, settled at its end.

    Pages come first, by id, and sites last: every transaction takes these hot rows in the same order, so none can wait
    in a circle. The database adds (`n = n + step`), so two writers on one page cannot lose each other's step.
    """

    pages: dict[int, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    sites: dict[int, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    visible: set[int] = field(default_factory=set)
    names: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)

    def add(self, comment: Comment, came_from: Status | None) -> None:
        """Note that a comment came from a status (None: it is new) to the one it has now. To confirm one is no step."""
        if came_from == comment.status:
            return
        for steps in (self.pages[comment.page_id], self.sites[comment.site_id]):
            steps[comment.status] += 1
            if came_from is not None:
                steps[came_from] -= 1
        if "approved" in (came_from, comment.status):
            self.visible.add(comment.page_id)
        if comment.status == "approved" and (comment.page_url or comment.page_title):
            self.names.setdefault(comment.page_id, (comment.page_url, comment.page_title))

    def settle(self, session: Session) -> None:
        """Write all steps, and the version of each page on which readers see a difference."""
        for page_id in sorted(self.pages):
            if page_id in self.names:
                self._name(session, page_id)
            steps = _steps(Page, self.pages[page_id])
            if page_id in self.visible:
                steps["version"] = Page.version + 1
            _execute(session, update(Page).where(Page.id == page_id).values(steps))
        for site_id in sorted(self.sites):
            _execute(session, update(Site).where(Site.id == site_id).values(_steps(Site, self.sites[site_id])))

    def _name(self, session: Session, page_id: int) -> None:
        """The first comment that is approved on a page gives it address and title: until then nothing typed is public."""
        url, title = self.names[page_id]
        _execute(session, update(Page).where(Page.id == page_id, Page.approved == 0).values(url=url, title=title))


def _steps(owner: type[Page | Site], steps: Counter[Status]) -> dict[str, object]:
    return {status: getattr(owner, status) + step for status, step in steps.items()}


def _execute(session: Session, statement: Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def receive(draft: Draft) -> Comment:
    """Store a judged comment, its page if it is the first there, and the log's first entry.

    Raises `ClosedPage`, `HiddenParent`, `TooDeep` or `AlreadyReceived`; then nothing was stored.
    """
    try:
        with writing() as session:
            if draft.guard is not None:
                _arrive_alone(session, draft.site)
                draft.guard(session)
            page = _page_for(session, draft)
            thread_id, depth = _place(session, draft, page)
            comment = Comment(
                **draft.fields,
                site_id=draft.site.id,
                page_id=page.id,
                parent_id=draft.parent_id,
                thread_id=thread_id,
                depth=depth,
                status=draft.status,
                first_status=draft.status,
                created_at=draft.at,
                moderator_id=draft.author.id if draft.author else None,
            )
            session.add(comment)
            session.flush()
            if thread_id is None:
                comment.thread_id = comment.id
            session.add_all(
                CommentLink(comment_id=comment.id, host=host, site_id=draft.site.id) for host in sorted(draft.hosts)
            )
            session.add_all(
                CommentPrint(comment_id=comment.id, print=number, site_id=draft.site.id)
                for number in sorted(draft.prints)
            )
            act = Act(
                "moderator" if draft.author else "policy", draft.author, draft.because, uuid.uuid4().hex, draft.at
            )
            act.log(session, comment, None)
            shifts = Shifts()
            shifts.add(comment, None)
            shifts.settle(session)
    except IntegrityError as fault:
        # The unique keys of nonce and Idempotency-Key are the only ones that a client's repeat can meet.
        raise AlreadyReceived from fault
    return comment


def decide(
    ids: Sequence[int],
    to: Status,
    *,
    at: datetime,
    moderator: Moderator | None = None,
    within: Collection[int],
    seen: Mapping[int, int] | None = None,
    note: str = "",
) -> Outcome:
    """Move comments to a status, as one batch.

    A comment that has the status already is left unchanged where a moderator's word stands for it. Where policy's or its
    author's does, a moderator confirms it: nothing moves, and the moderator's word stands from then on, and teaches.
    `within` are the ids of the sites the actor may act on; comments elsewhere are left alone as if they did not exist.
    `seen` maps a comment's id to the version that was on the screen: where the comment has moved on since, it is not
    touched and reported as a conflict. Without a moderator the comment's author acts. At most `BULK_LIMIT` ids.
    """
    act = Act("moderator" if moderator else "author", moderator, note, uuid.uuid4().hex, at)
    outcome = Outcome(act.batch)
    shifts = Shifts()
    said: dict[Comment, Label | None] = {}
    with writing() as session:
        comments = _locked(session, ids, within)
        confirmed = _confirmed(session, act, to, comments)
        for comment in comments:
            if seen is not None and seen.get(comment.id, comment.version) != comment.version:
                outcome.conflicts.append(comment.id)
            elif comment.status == to and comment.id not in confirmed:
                outcome.unchanged.append(comment.id)
            else:
                act.move(session, comment, to, shifts)
                said[comment] = act.teaches(to)
                outcome.decided.append(comment.id)
        learning.teach(session, said)
        shifts.settle(session)
    return outcome


def _confirmed(session: Session, act: Act, to: Status, comments: Sequence[Comment]) -> set[int]:
    """The ids of comments that have the status already, but by no moderator's word. What staff wrote is one itself."""
    if act.actor != "moderator":
        return set()
    ids = [comment.id for comment in comments if comment.status == to and not comment.staff]
    logs = entries_of(session, ids) if ids else {}
    return {comment_id for comment_id in ids if word_after(logs.get(comment_id, ())) is None}


def undo(batch: str, *, at: datetime, moderator: Moderator, within: Collection[int]) -> Outcome:
    """Take back every decision of a batch, each to the status its comment had before; so with what it taught.

    A comment that was decided on again since is left as it is and reported as a conflict; what was taken back already
    is reported as unchanged. An arrival cannot be undone.
    """
    act = Act("moderator", moderator, "", uuid.uuid4().hex, at)
    outcome = Outcome(act.batch)
    shifts = Shifts()
    said: dict[Comment, Label | None] = {}
    with writing() as session:
        entries = list(
            session.scalars(
                select(Decision)
                .where(Decision.batch == batch, Decision.site_id.in_(within), Decision.from_status.is_not(None))
                .order_by(Decision.comment_id)
                .limit(BULK_LIMIT)
            )
        )
        ids = [entry.comment_id for entry in entries]
        comments = {comment.id: comment for comment in _locked(session, ids, within)}
        logs = entries_of(session, ids)
        for entry in entries:
            comment, log = comments[entry.comment_id], logs[entry.comment_id]
            if log[-1].undoes_id == entry.id:
                outcome.unchanged.append(comment.id)
            elif log[-1].id != entry.id or entry.from_status is None:
                outcome.conflicts.append(comment.id)
            else:
                act.move(session, comment, entry.from_status, shifts, undoes=entry.id)
                said[comment] = label_after(log[:-1])
                outcome.decided.append(comment.id)
        learning.teach(session, said)
        shifts.settle(session)
    return outcome


def _arrive_alone(session: Session, site: Site) -> None:
    """Let arrivals of one site pass one by one. On SQLite the write transaction itself sees to that."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:site)"), {"site": site.id})


def _page_for(session: Session, draft: Draft) -> Page:
    found = (
        select(Page)
        .where(Page.site_id == draft.site.id, Page.key == draft.page_key)
        .execution_options(populate_existing=True)
    )
    page = session.scalars(found).one_or_none()
    if page is None:
        try:
            with session.begin_nested():
                page = Page(site_id=draft.site.id, key=draft.page_key, created_at=draft.at)
                session.add(page)
        except IntegrityError:
            # Another first comment made the page between the look and the insert.
            page = session.scalars(found).one()
    if not page.is_open(draft.site.policy, draft.at) and draft.author is None:
        raise ClosedPage
    return page


def _place(session: Session, draft: Draft, page: Page) -> tuple[int | None, int]:
    """The thread and depth of a new comment; the parent is locked so that it cannot vanish meanwhile."""
    if draft.parent_id is None:
        return None, 1
    parent = session.scalars(
        select(Comment)
        .where(Comment.id == draft.parent_id, Comment.page_id == page.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if parent is None or (parent.status != "approved" and draft.author is None):
        raise HiddenParent
    if parent.depth >= draft.site.policy.max_depth:
        raise TooDeep
    return parent.thread_id, parent.depth + 1


def _locked(session: Session, ids: Sequence[int], within: Collection[int]) -> list[Comment]:
    """Comments by id, locked in the order of their ids so that two bulk acts cannot wait for each other.

    Before any of them the right to teach their sites is taken. They are locked as a reply locks its parent: not against
    the foreign keys of other new rows, whose writers may in turn hold what teaching must mark.
    """
    if len(ids) > BULK_LIMIT:
        raise ValueError(f"at most {BULK_LIMIT} comments at once")
    mine = (Comment.id.in_(ids), Comment.site_id.in_(within))
    learning.alone(session, session.scalars(select(Comment.site_id).where(*mine).distinct()).all())
    return list(
        session.scalars(
            select(Comment)
            .where(*mine)
            .order_by(Comment.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    )
