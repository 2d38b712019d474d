"""The empty reply form that stands behind a row."""

from __future__ import annotations

from moderation.review.acts import new_nonce
from moderation.review.cards import Row
from moderation.review.desk import here
from moderation.review.forms import ReplyForm


def new_reply(row: Row) -> ReplyForm:
    """A form for a reply to this row's comment, which leads back to the page it stands on."""
    return ReplyForm(formdata=None, seen=str(row.comment.version), nonce=new_nonce(), next=here())
