"""The empty reply form that stands behind a row."""

from __future__ import annotations

from typing import NamedTuple

from moderation.review.acts import new_nonce
from moderation.review.cards import Row
from moderation.review.desk import here


class Field(NamedTuple):
    """What stands in a field, as a form of WTForms names it."""

    data: str


class NewReply(NamedTuple):
    """As much of `forms.ReplyForm` as a page shows of an empty one: fifty rows have one each."""

    seen: Field
    nonce: Field
    next: Field
    text: Field = Field("")


def new_reply(row: Row) -> NewReply:
    """A form for a reply to this row's comment, which leads back to the page it stands on."""
    return NewReply(Field(str(row.comment.version)), Field(new_nonce()), Field(here()))
