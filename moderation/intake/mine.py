"""What a comment's author may still do with it: edit it and take it back, while it waits and a while after it was approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation import lifecycle
from moderation.extensions import db
from moderation.intake import judging, limits, texts
from moderation.intake.flood import Gate
from moderation.intake.judging import Party
from moderation.keys import keyed_hash
from moderation.models import Comment, Decision, Page, Site, Status
from moderation.problems import Conflict
from moderation.settings import Settings
from moderation.spam import Submission
from moderation.text.addresses import network_of
from moderation.text.sanitize import Sanitised


@dataclass(frozen=True, slots=True)
class Mine:
    """A comment as its author is shown it. What was taken for spam reads as waiting; `until` is when an approved comment
    can no longer be changed, None while it waits.
    """

    comment: Comment
    status: Status
    editable: bool
    until: datetime | None

    @property
    def message(self) -> str:
        """The status as a sentence."""
        if self.status == "approved":
            return _("Your comment is published.")
        if self.status == "trash":
            return _("Your comment was withdrawn or not published.")
        return _("Your comment is awaiting moderation.")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is seen around an edit, as it is around a comment that comes in."""

    address: str | None
    user_agent: str | None
    language: str | None


def look(site: Site, comment: Comment, at: datetime) -> Mine:
    """What a comment's author sees and may do at a moment."""
    if comment.status == "approved":
        until = _approved_at(comment) + timedelta(minutes=site.policy.edit_minutes)
        return Mine(comment, "approved", at < until, until)
    waits = comment.status != "trash"
    return Mine(comment, "pending" if waits else "trash", waits, None)


def _approved_at(comment: Comment) -> datetime:
    """When the comment became public last. To confirm that it is, or to edit it, is no approval."""
    approvals = select(Decision.created_at).where(
        Decision.comment_id == comment.id,
        Decision.to_status == "approved",
        or_(Decision.from_status.is_(None), Decision.from_status != "approved"),
    )
    found = db.session.scalars(approvals.order_by(Decision.id.desc()).limit(1)).one_or_none()
    return found or comment.created_at


def edit(
    settings: Settings, site: Site, comment: Comment, typed: str, *, seen: int, at: datetime, around: Surroundings
) -> None:
    """Give a comment its author's new text, checked and judged as a new comment is.

    `seen` is the comment's version that was on the screen. Raises `Invalid` for a text that cannot be taken, `TooMany`, and
    `Conflict` where the comment can no longer be edited or was changed meanwhile. Then nothing was stored.
    """
    if not look(site, comment, at).editable:
        raise Conflict(_("This comment can no longer be changed here."))
    if texts.source_of(typed, settings) == comment.source:
        return

    def paused(session: Session) -> None:
        limits.pause_between_edits(session, comment.id, at, settings)

    paused(db.session())
    text = texts.rendered(typed, settings)
    judged = judging.judged(
        db.session(),
        site,
        _submission(comment, text, around),
        Party(
            around.address,
            comment.email_key,
            keyed_hash(settings, "network", network_of(around.address)),
            comment.author_key,
            but=comment.id,
        ),
        # Nobody asks for a proof of work here; in a flood an edit is as one without.
        lambda _known: Gate(site.flood(at), None),
        at,
    )
    revision = lifecycle.Revision(
        text=text,
        approved=judged.verdict.status == "approved",
        probability=judged.verdict.probability,
        verdict=judged.verdict.to_dict(),
        text_key=judged.text_key,
        hosts=judged.hosts,
        prints=judged.prints,
    )
    try:
        lifecycle.revise(comment.id, revision, seen=seen, at=at, within=[site.id], guard=paused)
    except lifecycle.Overtaken:
        raise Conflict(
            _(
                "This comment was changed in the meantime, so nothing was saved. Look at it as it is now, then save again."
            )
        ) from None
    except lifecycle.TooManyVersions:
        raise Conflict(_("This comment was edited too often to be edited again.")) from None


def _submission(comment: Comment, text: Sanitised, around: Surroundings) -> Submission:
    """What is judged of an edit: the new text by the same author, as it is seen now."""
    return Submission(
        author=comment.author,
        email=comment.email,
        url=comment.url or "",
        text=text.source,
        page_key=db.session.get_one(Page, comment.page_id).key,
        page_title=comment.page_title or "",
        page_url=comment.page_url or "",
        user_agent=around.user_agent,
        language=around.language,
        removed=text.removed,
        has_parent=comment.parent_id is not None,
    )


def withdraw(site: Site, comment: Comment, at: datetime) -> None:
    """Move a comment to the trash for its author; one that is there stays there. Raises `Conflict` when it is too late."""
    # What a moderator called spam stays with the filter; from outside it waits as before.
    if comment.status == "trash" or comment.taught == "spam":
        return
    if look(site, comment, at).editable:
        outcome = lifecycle.decide(
            [comment.id],
            "trash",
            at=at,
            within=[site.id],
            seen={comment.id: comment.version},
            note="withdrawn by its author",
        )
        if outcome.decided:
            return
    raise Conflict(_("This comment was decided on in the meantime and cannot be taken back here any more."))
