"""One act on comments: who does it, the log's entries, and the steps that the kept counts make with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from moderation import purges, subscriptions
from moderation.learning.said import TAUGHT
from moderation.lifecycle.bundles import show_one
from moderation.models import FOLDED, SHOWN, Actor, Bundle, Comment, Decision, Label, Moderator, Page, Site, Status
from moderation.models.asking import Asked, put


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
        put(session, comment, status=to, version=comment.version + 1)
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
        entry = {
            "site_id": comment.site_id,
            "comment_id": comment.id,
            "actor": self.actor,
            "moderator_id": self.moderator.id if self.moderator else None,
            "from_status": came_from,
            "to_status": comment.status,
            "note": self.note,
            "batch": self.batch,
            "undoes_id": undoes,
            "created_at": self.at,
        }
        _ENTRY.run(session, entry)


_ENTRY = Asked(
    lambda _dialect: insert(Decision),
    [column.name for column in Decision.__table__.columns if not column.primary_key],
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
            steps: dict[str, int] = {str(name): step for name, step in self.pages[page_id].items()}
            if page_id in self.visible:
                steps["version"] = 1
            _step(session, Page, page_id, steps)
        purges.want(session, self.visible)
        for bundle_id in sorted(self.bundles):
            _step(session, Bundle, bundle_id, {str(name): step for name, step in self.bundles[bundle_id].items()})
        session.flush()
        show_one(session, self.bundled)
        for site_id in sorted(self.sites):
            steps = {str(name): step for name, step in self.sites[site_id].items()}
            if site_id in self.changed:
                steps["version"] = 1
            _step(session, Site, site_id, steps)

    def _name(self, session: Session, page_id: int) -> None:
        """The first comment that is approved on a page gives it address and title: until then nothing typed is public."""
        url, title = self.names[page_id]
        named = update(Page).where(Page.id == page_id, Page.approved == 0).values(url=url, title=title)
        session.execute(named.execution_options(synchronize_session=False))


def _step(session: Session, owner: type[Page | Bundle | Site], row_id: int, steps: dict[str, int]) -> None:
    """Add these steps to the kept counts of a page, bundle or site."""
    if steps:
        given = {f"step_{name}": step for name, step in steps.items()}
        _stepping(owner, *steps).run(session, {"row_id": row_id, **given})


@cache
def _stepping(owner: type[Page | Bundle | Site], *names: str) -> Asked:
    table = owner.__table__
    values = {name: table.c[name] + bindparam(f"step_{name}") for name in names}
    return Asked(lambda _dialect: update(owner).where(table.c.id == bindparam("row_id")).values(values))
