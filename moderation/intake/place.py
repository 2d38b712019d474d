"""Where a comment goes: its page takes comments, and what it replies to can be replied to."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from moderation.models import Comment, Site, door_of
from moderation.problems import Closed, ParentRefused


def refuse_hopeless(session: Session, site: Site, page_key: str, parent_id: int | None, at: datetime) -> None:
    """Raise early what the write would raise: `Closed` for the page, `ParentRefused` for what is replied to."""
    page = door_of(session, site.id, page_key)
    if page is not None and not page.is_open(site.policy, at):
        raise closed()
    if parent_id is not None:
        parent = session.get(Comment, parent_id)
        if page is None or parent is None or parent.page_id != page.page_id or parent.status != "approved":
            raise hidden_parent()
        if parent.depth >= site.policy.max_depth:
            raise too_deep()


def closed() -> Closed:
    """The answer of a page that takes no more comments."""
    return Closed(_("Sorry, comments are closed for this item."))


def hidden_parent() -> ParentRefused:
    """The answer to a reply to a comment that is not public."""
    return ParentRefused(_("Sorry, replies to unapproved comments are not allowed."))


def too_deep() -> ParentRefused:
    """The answer to a reply below the deepest level."""
    return ParentRefused(_("This thread is as deep as it can be. Please reply to an earlier comment."))
