"""One act on comments: who does it, the log's entries, and the steps that the kept counts make with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from moderation import purges, subscriptions
from moderation.learning.said import TAUGHT
from moderation.lifecycle.bundles import show_one
from moderation.models import FOLDED, SHOWN, Actor, Bundle, Comment, Decision, Label, Moderator, Page, Site, Status


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

    def settle(self, session: Session, shifts: Shifts) -> None:
        """Let all that the act moved be written, with the letters that readers get of what it made public."""
        subscriptions.tell(session, shifts.published, self.at)
        shifts.settle(session)

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

    Pages come first, by id, then bundles, and sites last: every transaction takes these hot rows in the same order, so
    none can wait in a circle. The database adds (`n = n + step`), so two writers on one page cannot lose each other's step.
    """

    pages: dict[int, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    bundles: dict[int, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    sites: dict[int, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    bundled: set[tuple[int, Status]] = field(default_factory=set)
    visible: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    names: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)
    published: list[Comment] = field(default_factory=list)

    def add(self, comment: Comment, came_from: Status | None) -> None:
        """Note that a comment came from a status (None: it is new) to the one it has now. To confirm one is no step."""
        if came_from == comment.status:
            return
        for steps in (self.pages[comment.page_id], self.sites[comment.site_id]):
            steps[comment.status] += 1
            if came_from is not None:
                steps[came_from] -= 1
        if comment.bundle_id is not None:
            self.bundle(comment, came_from)
        if "approved" in (came_from, comment.status):
            self._see(comment)
        if comment.status == "approved":
            self.published.append(comment)
        if comment.status == "approved" and (comment.page_url or comment.page_title):
            self.names.setdefault(comment.page_id, (comment.page_url, comment.page_title))

    def bundle(self, comment: Comment, came_from: Status | None) -> None:
        """Note the same for the comment's bundle; from None also where it has just joined it. There it stands behind."""
        comment.place = FOLDED
        self._step(cast(int, comment.bundle_id), comment.status, 1)
        if came_from is not None:
            self._step(cast(int, comment.bundle_id), came_from, -1)

    def leave_bundle(self, comment: Comment) -> None:
        """Note that a comment is none of its bundle any more, and stands in the lists by itself."""
        if comment.bundle_id is not None:
            self._step(comment.bundle_id, comment.status, -1)
            comment.bundle_id, comment.place = None, SHOWN

    def show(self, comment: Comment) -> None:
        """Note that readers see a difference in a comment though no count moves."""
        self.pages[comment.page_id].update()
        self.sites[comment.site_id].update()
        self._see(comment)

    def take(self, comment: Comment) -> None:
        """Note that a comment leaves all counts. It must not be public."""
        for steps in (self.pages[comment.page_id], self.sites[comment.site_id]):
            steps[comment.status] -= 1
        if comment.bundle_id is not None:
            self._step(comment.bundle_id, comment.status, -1)

    def _see(self, comment: Comment) -> None:
        self.visible.add(comment.page_id)
        self.changed.add(comment.site_id)

    def _step(self, bundle_id: int, status: Status, step: int) -> None:
        self.bundles[bundle_id][status] += step
        self.bundled.add((bundle_id, status))

    def settle(self, session: Session) -> None:
        """Write all steps, and the version of each page and site on which readers see a difference."""
        for page_id in sorted(self.pages):
            if page_id in self.names:
                self._name(session, page_id)
            steps = _steps(Page, self.pages[page_id])
            if page_id in self.visible:
                steps["version"] = Page.version + 1
            _execute(session, update(Page).where(Page.id == page_id).values(steps))
        purges.want(session, self.visible)
        for bundle_id in sorted(self.bundles):
            steps = _steps(Bundle, self.bundles[bundle_id])
            _execute(session, update(Bundle).where(Bundle.id == bundle_id).values(steps))
        session.flush()
        show_one(session, self.bundled)
        for site_id in sorted(self.sites):
            steps = _steps(Site, self.sites[site_id])
            if site_id in self.changed:
                steps["version"] = Site.version + 1
            _execute(session, update(Site).where(Site.id == site_id).values(steps))

    def _name(self, session: Session, page_id: int) -> None:
        """The first comment that is approved on a page gives it address and title: until then nothing typed is public."""
        url, title = self.names[page_id]
        _execute(session, update(Page).where(Page.id == page_id, Page.approved == 0).values(url=url, title=title))


def _steps(owner: type[Page | Bundle | Site], steps: Counter[Status]) -> dict[str, object]:
    return {status: getattr(owner, status) + step for status, step in steps.items()}


def _execute(session: Session, statement: Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
