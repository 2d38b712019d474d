"""A comment's author changes its text.

The new text is judged as a new comment is, and takes the place of the former one in everything that is known of the
comment: by what it is recognised, what the queue says of it, what a moderator's decision will teach. An edit publishes
nothing. What was approved stays so only where the site's policy would approve the new text by itself, and nobody at the
desk had put the former one right; else it waits again.

No moderator has read the new text. So the word that stood for the former one ends, as if the author had taken that comment
back: the filter unlearns it, and learns the new text when a moderator decides on it. It never learns what no moderator
read, on either side. The comment leaves its bundle, since those that it was like are decided on as one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation import learning
from moderation.database import writing
from moderation.lifecycle import edits
from moderation.lifecycle.acts import Act, Shifts
from moderation.lifecycle.decisions import locked
from moderation.lifecycle.edits import Overtaken
from moderation.models import Comment, CommentLink, CommentPrint, Site, Status
from moderation.spam.urgency import rank_of
from moderation.text.sanitize import Sanitised


@dataclass(frozen=True, slots=True)
class Revision:
    """An author's new text, judged. `approved` says whether the site's policy would publish it by itself; the other fields
    are as a `Draft` has them.
    """

    text: Sanitised
    approved: bool
    probability: float
    verdict: Mapping[str, Any]
    text_key: str
    hosts: frozenset[str]
    prints: frozenset[int]


def revise(
    comment_id: int,
    revision: Revision,
    *,
    seen: int,
    at: datetime,
    within: Collection[int],
    guard: Callable[[Session], None] | None = None,
) -> Status | None:
    """Give a comment its author's new text. The status that it has by that, or None where the text stays what it was.

    `within` and `seen` are as for `decide`. `guard` is asked inside the write, when nobody else can change the comment
    between its look and the new text; whatever it raises refuses the edit. Raises `Overtaken` or `TooManyVersions`; then
    nothing was written.
    """
    act = Act("author", None, "edited by its author", uuid.uuid4().hex, at)
    shifts = Shifts()
    with writing() as session:
        comment = next(iter(locked(session, [comment_id], within)), None)
        if comment is None or comment.version != seen or comment.status == "trash":
            raise Overtaken
        # What a moderator called spam is not its author's to change: the filter would unlearn it, one comment after the other.
        if revision.text.source == comment.source or comment.taught == "spam":
            return None
        if guard is not None:
            guard(session)
        top = edits.begin(session, comment)
        stays = revision.approved and comment.original is None
        to: Status = "pending" if comment.status == "approved" and not stays else comment.status
        # Before the text changes: what is unlearned is what was learned.
        learning.teach(session, {comment: None})
        _write(session, comment, revision, at)
        edits.keep(session, comment, top + 1, None, at)
        shifts.leave_bundle(comment)
        act.move(session, comment, to, shifts)
        if to == "approved":
            shifts.show(comment)
        shifts.settle(session)
        return to


def _write(session: Session, comment: Comment, revision: Revision, at: datetime) -> None:
    text = revision.text
    if comment.status == "approved" or comment.edited_at is not None:
        comment.edited_at = at
    comment.source, comment.html, comment.sanitiser, comment.original = text.source, text.html, text.sanitiser, None
    comment.probability, comment.verdict = revision.probability, dict(revision.verdict)
    comment.text_key = revision.text_key
    policy = session.get_one(Site, comment.site_id).policy
    comment.rank = rank_of(revision.probability, policy, comment.created_at)
    for table in (CommentLink, CommentPrint):
        session.execute(delete(table).where(table.comment_id == comment.id))
    known = {"comment_id": comment.id, "site_id": comment.site_id}
    session.add_all(CommentLink(host=host, **known) for host in sorted(revision.hosts))
    session.add_all(CommentPrint(print=number, **known) for number in sorted(revision.prints))
