"""A comment as a row of the desk shows it: long text folded, links only where they are safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from moderation.models import Comment, Status
from moderation.review.beside import Beside
from moderation.spam import Policy
from moderation.text.plain import plain_text
from moderation.text.urls import is_safe_href

LONG_TEXT = 900
LONG_LINES = 14
EXCERPT = 320

# What may be done to a comment in each status, with the key that does it; the first is what one most often wants.
ACTIONS: Mapping[Status, Sequence[str]] = {
    "pending": ("approve", "spam", "trash"),
    "approved": ("pending", "spam", "trash"),
    "spam": ("approve", "pending", "trash"),
    "trash": ("approve", "pending", "spam"),
}
# What policy decided by itself teaches the filter once a moderator says the same. Waiting and trash teach nothing.
CONFIRMATIONS: Mapping[Status, str] = {"approved": "approve", "spam": "spam"}


class Noted(NamedTuple):
    """How many notes a comment has, and of the newest who wrote it and what."""

    number: int
    by: str
    text: str


class Row(NamedTuple):
    """One comment on the screen: every value that its row shows, so that equal rows look the same.

    `alike` is how many comments of its bundle the row stands for, itself among them; 1 for a row of its own. `confirmable`
    says whether policy's word still stands for it, `answerable` whether staff may reply to it, `returning` whether its
    browser is known. Its verdict is not here, for that is long: it is another one only in another version, and with
    another `score`.
    """

    id: int
    version: int
    status: Status
    author: str
    email: str
    url: str | None
    ip: str | None
    source: str
    html: str
    created_at: datetime
    staff: bool
    confirmable: bool
    answerable: bool
    returning: bool
    bundle_id: int | None
    alike: int
    parent: tuple[int, str] | None
    page_address: str | None
    page_title: str
    score: tuple[float, int]
    past: tuple[tuple[Status, str], ...]
    notes: Noted | None
    present: str

    @property
    def excerpt(self) -> str | None:
        """The beginning of a long text."""
        lines = self.source.count("\n") + self.html.count("<li>") + self.html.count("<p>")
        long = len(self.source) > LONG_TEXT or lines > LONG_LINES
        return plain_text(self.html, EXCERPT) if long else None

    @property
    def website(self) -> str | None:
        """The author's website, if it is safe to follow."""
        return _safe(self.url)

    @property
    def page_url(self) -> str | None:
        """Where the page is, if that is safe to follow."""
        return _safe(self.page_address)

    @property
    def actions(self) -> Sequence[str]:
        """What may be done to it."""
        return (*([CONFIRMATIONS[self.status]] if self.confirmable else []), *ACTIONS[self.status])


def row(comment: Comment, parent: Comment | None, policy: Policy, alike: int, beside: Beside) -> Row:
    """Make a row of a comment whose page is loaded, on a site with these rules."""
    page, notes = comment.page, beside.notes
    return Row(
        id=comment.id,
        version=comment.version,
        status=comment.status,
        author=comment.author,
        email=comment.email,
        url=comment.url,
        ip=comment.ip,
        source=comment.source,
        html=comment.html,
        created_at=comment.created_at,
        staff=comment.staff,
        # Only while no moderator's word stands, and never what staff wrote.
        confirmable=comment.status in CONFIRMATIONS and not comment.taught and not comment.staff,
        answerable=comment.status in ("pending", "approved") and comment.depth < policy.max_depth,
        returning=comment.author_key is not None,
        bundle_id=comment.bundle_id,
        alike=alike,
        parent=(parent.id, parent.author) if parent else None,
        page_address=page.url or comment.page_url,
        page_title=page.title or comment.page_title or page.key,
        score=(comment.probability, comment.rank),
        past=tuple(beside.past.shown()) if beside.past else (),
        notes=Noted(notes.number, notes.note.moderator.name, notes.note.text) if notes else None,
        present=beside.present,
    )


def _safe(url: str | None) -> str | None:
    return url if url and is_safe_href(url) else None
