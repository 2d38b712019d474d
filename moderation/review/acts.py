"""What a moderator does to comments, by desk or by program: decide, undo, reply. Each is one call of `lifecycle`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _

from moderation import lifecycle
from moderation.keys import keyed_hash, new_token
from moderation.lifecycle import AlreadyReceived, ClosedPage, Draft, HiddenParent, Outcome, TooDeep
from moderation.models import LARGEST_ID, Comment, Moderator, Site, Status
from moderation.problems import said
from moderation.review.queue import states
from moderation.settings import current
from moderation.text.chars import is_blank
from moderation.text.sanitize import MarkupError, sanitize

DECISIONS: Mapping[str, Status] = {"approve": "approved", "spam": "spam", "trash": "trash", "pending": "pending"}
LONGEST_NOTE = 500


class Moved(NamedTuple):
    """A comment that somebody else decided on first, with what it is now."""

    id: int
    status: Status
    version: int


@dataclass(frozen=True, slots=True)
class Result:
    """What an act came to, by comment: moved or confirmed, there already by a moderator's word, moved by somebody else
    first, not to be found.
    """

    batch: str
    decided: list[int]
    unchanged: list[int]
    conflicts: list[Moved] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


class ReplyRefused(Exception):
    """A reply cannot be posted; the message says why and what would do. The typed text stays with the moderator."""


def decide(
    moderator: Moderator,
    ids: Sequence[int],
    decision: str,
    *,
    within: Collection[int],
    seen: Mapping[int, int] | None,
    note: str,
    at: datetime,
    batch: str | None = None,
    trusts: bool = False,
) -> Result:
    """Do one of `DECISIONS` to up to `lifecycle.BULK_LIMIT` comments on the sites `within`, as one batch.

    `seen` has the version of each comment that was on the screen; one that has moved on since is left alone. With `trusts`
    the browsers that sent them are trusted from then on.
    """
    # No comment can have such an id, and the database refuses to compare with it.
    possible = [comment_id for comment_id in dict.fromkeys(ids) if 0 < comment_id <= LARGEST_ID]
    outcome = lifecycle.decide(
        possible,
        DECISIONS[decision],
        at=at,
        moderator=moderator,
        within=within,
        seen=seen,
        note=note,
        batch=batch,
        trusts=trusts,
    )
    return _result(outcome, ids)


def undo(moderator: Moderator, batch: str, *, within: Collection[int], at: datetime, only: int | None = None) -> Result:
    """Take a batch back, or `only` the decision on one of its comments. A batch that does not exist on these sites gives a
    result with nothing in it.
    """
    batch = batch.replace("\0", "")[:32]
    return _result(lifecycle.undo(batch, at=at, moderator=moderator, within=within, only=only), ())


def reply(
    moderator: Moderator, site: Site, parent: Comment, text: str, *, seen: int, nonce: str, at: datetime
) -> Comment | None:
    """Post a reply as staff, at once public. A pending parent is approved with it. Raises `ReplyRefused`.

    None when this very form was sent before: its reply stands already.
    """
    if parent.status not in {"pending", "approved"}:
        raise ReplyRefused(_("Readers cannot see this comment. Approve it first, then reply."))
    if parent.depth >= site.policy.max_depth:
        raise ReplyRefused(_("This thread is as deep as the site allows. Reply to an earlier comment in it."))
    fields = _fields(moderator, text, nonce)
    page_key = parent.page.key
    if parent.status == "pending":
        outcome = lifecycle.decide(
            [parent.id],
            "approved",
            at=at,
            moderator=moderator,
            within=[site.id],
            seen={parent.id: seen},
            note="Approved with a reply",
        )
        if outcome.conflicts:
            raise ReplyRefused(
                _("Comment %(id)s was decided by somebody else meanwhile. Your reply was not posted.", id=parent.id)
            )
    draft = Draft(
        site=site,
        page_key=page_key,
        status="approved",
        because="Written at the desk",
        at=at,
        fields=fields,
        parent_id=parent.id,
        author=moderator,
    )
    try:
        return lifecycle.receive(draft)
    except AlreadyReceived:
        return None
    except (ClosedPage, HiddenParent, TooDeep) as fault:
        raise ReplyRefused(_("This comment cannot be replied to any more. Your reply was not posted.")) from fault


def _fields(moderator: Moderator, text: str, nonce: str) -> dict[str, object]:
    settings = current()
    if is_blank(text):
        raise ReplyRefused(_("The reply is empty. Please write something."))
    try:
        safe = sanitize(text, max_characters=settings.max_comment, max_tags=settings.max_tags)
    except MarkupError as fault:
        raise ReplyRefused(said(fault)) from fault
    return {
        "author": moderator.name,
        "email": moderator.email,
        "url": None,
        "source": safe.source,
        "html": safe.html,
        "sanitiser": safe.sanitiser,
        # Of its own kind: what staff write must not count as an earlier copy of what a reader sends.
        "text_key": keyed_hash(settings, "staff-text", safe.source) or "",
        "nonce": f"desk-{nonce}"[:64],
    }


def new_nonce() -> str:
    """A mark for one reply form, by which a second sending of it is known."""
    return new_token()


def _result(outcome: Outcome, asked: Sequence[int]) -> Result:
    now = states(outcome.conflicts) if outcome.conflicts else {}
    conflicts = [Moved(comment_id, *now[comment_id]) for comment_id in outcome.conflicts if comment_id in now]
    found = {*outcome.decided, *outcome.unchanged, *outcome.conflicts}
    missing = [comment_id for comment_id in dict.fromkeys(asked) if comment_id not in found]
    return Result(outcome.batch, outcome.decided, outcome.unchanged, conflicts, missing)
