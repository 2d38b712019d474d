"""What the desk says after an act: a line at the top of the next page, with the way to undo it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import flash
from flask_babel import gettext as _
from flask_babel import ngettext

from moderation.models import Comment, Job, JobKind, Status
from moderation.review.acts import Moved, Result

_NAMED = 5


def decided(result: Result, decision: str) -> None:
    """Say what a decision came to."""
    if result.decided:
        flash(_did(decision, result.decided), f"undo {result.batch}")
    if result.unchanged:
        n = len(result.unchanged)
        one = _("Comment %(id)s was there already.", id=result.unchanged[0])
        flash(
            one
            if n == 1
            else ngettext("%(num)s comment was there already.", "%(num)s comments were there already.", n),
            "said",
        )
    _name_conflicts(result.conflicts)
    if result.missing:
        flash(
            ngettext(
                "%(num)s comment does not exist any more.",
                "%(num)s comments do not exist any more.",
                len(result.missing),
            ),
            "fault",
        )


def begun(jobs: Sequence[Job]) -> None:
    """Say that so many comments are being worked on, with the way to look and to take it back."""
    for job in jobs:
        flash(
            ngettext("%(num)s comment is being worked on.", "%(num)s comments are being worked on.", max(job.total, 1)),
            f"job {job.id} {job.batch}",
        )


def job(job: Job) -> str:
    """What a job does, as a heading."""
    return str(_jobs()[job.kind, job.spec.get("to") or job.spec.get("status")])


def _jobs() -> dict[tuple[JobKind, str | None], str]:
    return {
        ("decide", "approved"): _("Approve many"),
        ("decide", "spam"): _("Mark many as spam"),
        ("decide", "trash"): _("Many to the trash"),
        ("decide", "pending"): _("Many back to pending"),
        ("undo", None): _("Undo"),
        ("empty", "spam"): _("Empty spam"),
        ("empty", "trash"): _("Empty trash"),
        ("rank", None): _("Order the queue by the new rules"),
    }


def undone(result: Result) -> None:
    """Say what taking back came to."""
    n = len(result.decided)
    if n:
        one = _("Undone: comment %(id)s is back.", id=result.decided[0])
        several = ngettext("Undone: %(num)s comment is back.", "Undone: %(num)s comments are back.", n)
        flash(one if n == 1 else several, "said")
    elif result.unchanged:
        flash(_("This was undone already."), "said")
    elif not result.conflicts:
        flash(_("There is nothing to undo."), "fault")
    _name_conflicts(result.conflicts)


def replied(parent: Comment, posted: Comment | None, *, waiting: bool) -> None:
    """Say that a reply stands."""
    if posted is None:
        flash(_("This reply was posted already."), "said")
    elif waiting:
        flash(_("Comment %(id)s is approved and your reply is posted.", id=parent.id), "said")
    else:
        flash(_("Your reply to comment %(id)s is posted.", id=parent.id), "said")


def edited(comment: Comment, number: int | None) -> None:
    """Say that a text is saved, with the way to take it back."""
    if number is None:
        flash(_("The text of comment %(id)s is what it was; nothing was changed.", id=comment.id), "said")
    else:
        flash(_("The text of comment %(id)s is changed.", id=comment.id), f"undo-edit {comment.id}:{number}")


def unedited(comment: Comment, number: int | None) -> None:
    """Say that a former text is back."""
    if number is None:
        flash(_("This was undone already."), "said")
    else:
        flash(_("Undone: comment %(id)s has its former text again.", id=comment.id), "said")


_ONE: Mapping[str, Callable[[int], str]] = {
    "approve": lambda comment_id: _("Comment %(id)s is approved.", id=comment_id),
    "spam": lambda comment_id: _("Comment %(id)s is marked as spam.", id=comment_id),
    "trash": lambda comment_id: _("Comment %(id)s is in the trash.", id=comment_id),
    "pending": lambda comment_id: _("Comment %(id)s is pending again.", id=comment_id),
}
_SEVERAL: Mapping[str, Callable[[int], str]] = {
    "approve": lambda n: ngettext("%(num)s comment is approved.", "%(num)s comments are approved.", n),
    "spam": lambda n: ngettext("%(num)s comment is marked as spam.", "%(num)s comments are marked as spam.", n),
    "trash": lambda n: ngettext("%(num)s comment is in the trash.", "%(num)s comments are in the trash.", n),
    "pending": lambda n: ngettext("%(num)s comment is pending again.", "%(num)s comments are pending again.", n),
}


def _did(decision: str, ids: list[int]) -> str:
    return _ONE[decision](ids[0]) if len(ids) == 1 else _SEVERAL[decision](len(ids))


def _name_conflicts(conflicts: list[Moved]) -> None:
    for moved in conflicts[:_NAMED]:
        flash(
            _(
                "Comment %(id)s was decided by somebody else meanwhile: %(now)s",
                id=moved.id,
                now=_it_is_now(moved.status),
            ),
            "fault",
        )
    more = len(conflicts) - _NAMED
    if more > 0:
        flash(ngettext("%(num)s more comment likewise.", "%(num)s more comments likewise.", more), "fault")


def _it_is_now(status: Status) -> str:
    sentences = {
        "pending": _("it is now pending."),
        "approved": _("it is now approved."),
        "spam": _("it is now spam."),
        "trash": _("it is now in the trash."),
    }
    return str(sentences[status])
