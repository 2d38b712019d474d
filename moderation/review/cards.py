"""A comment as the desk shows it: its score card, long text folded, links only where they are safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from moderation.models import Comment, Status
from moderation.review.queue import Listing, verdicts_of
from moderation.review.scorecards import Card, card
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


@dataclass(frozen=True, slots=True)
class Row:
    """One comment on the screen.

    `alike` is how many comments of its bundle the row stands for, itself among them; 1 for a row of its own.
    `excerpt` is None unless the text is long; `website` and `page_url` are None unless they are safe to follow;
    `answerable` says whether staff may reply to it here. `mark` is the same for the same card: see `kept`.
    """

    comment: Comment
    parent: Comment | None
    verdict: Mapping[str, Any] | str | None
    policy: Policy
    excerpt: str | None
    length: int
    website: str | None
    page_url: str | None
    page_title: str
    actions: Sequence[str]
    answerable: bool
    alike: int = 1
    mark: tuple[bytes, Policy] | None = None

    @property
    def card(self) -> Card | None:
        """Its score card. Made each time it is asked for."""
        verdict = orjson.loads(self.verdict) if isinstance(self.verdict, str) else self.verdict
        return card(verdict, self.policy)


def rows(page: Listing, policy: Policy, alike: Mapping[int, int]) -> list[Row]:
    """The rows of a list, on a site with these rules; `alike` as `queue.alike` counts it."""
    verdicts = verdicts_of(page.comments)
    return [
        row(each, page.parents.get(each.parent_id or 0), policy, verdicts.get(each.id), alike.get(each.id, 1))
        for each in page.comments
    ]


def row(
    comment: Comment, parent: Comment | None, policy: Policy, verdict: Mapping[str, Any] | str | None, alike: int = 1
) -> Row:
    """Make a row of a comment whose page is loaded, on a site with these rules; its verdict read, or as it is stored."""
    page = comment.page
    length, lines = (
        len(comment.source),
        comment.source.count("\n") + comment.html.count("<li>") + comment.html.count("<p>"),
    )
    long = length > LONG_TEXT or lines > LONG_LINES
    return Row(
        comment=comment,
        parent=parent,
        verdict=verdict,
        policy=policy,
        excerpt=plain_text(comment.html, EXCERPT) if long else None,
        length=length,
        website=_safe(comment.url),
        page_url=_safe(page.url or comment.page_url),
        page_title=page.title or comment.page_title or page.key,
        actions=_actions(comment),
        answerable=comment.status in ("pending", "approved") and comment.depth < policy.max_depth,
        alike=alike,
        mark=(blake2b(verdict.encode(), digest_size=16).digest(), policy) if isinstance(verdict, str) else None,
    )


def _actions(comment: Comment) -> Sequence[str]:
    """What may be done; to confirm only while no moderator's word stands, and never to what staff wrote."""
    confirmation = CONFIRMATIONS.get(comment.status)
    if confirmation is None or comment.taught or comment.staff:
        return ACTIONS[comment.status]
    return confirmation, *ACTIONS[comment.status]


def _safe(url: str | None) -> str | None:
    return url if url and is_safe_href(url) else None
