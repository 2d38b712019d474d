"""A moderator or the author decides on comments, or a moderator takes such a decision back."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation import learning
from moderation.database import writing
from moderation.learning.said import entries_of, label_after, word_after
from moderation.lifecycle.acts import Act, Shifts
from moderation.lifecycle.trust import take_back, trust
from moderation.models import EMPTIED, Comment, Decision, Label, Moderator, Status
from moderation.models.asking import Asked, dialect_of, known
from moderation.models.many import among, listed

BULK_LIMIT = 500
# Nobody who acts on comments reads their verdicts, which are many times as long as the comments.
_COLUMNS = [column for column in Comment.__table__.columns if column.name != "verdict"]
_NAMES = [column.name for column in _COLUMNS]
_SITES = Asked(lambda dialect: select(Comment.id, Comment.site_id).where(among(Comment.id, "ids", dialect)))
_LOCKED = Asked(
    lambda dialect: (
        select(*_COLUMNS).where(among(Comment.id, "ids", dialect)).order_by(Comment.id).with_for_update(key_share=True)
    )
)


@dataclass(slots=True)
class Outcome:
    """What an act on several comments came to: ids moved or confirmed, ids already there by a moderator's word, and ids
    that somebody else moved first. `last` is the last comment that an undo looked at, None when there was none.
    """

    batch: str
    decided: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)
    last: int | None = None


def decide(
    ids: Sequence[int],
    to: Status,
    *,
    at: datetime,
    moderator: Moderator | None = None,
    within: Collection[int],
    seen: Mapping[int, int] | None = None,
    note: str = "",
    batch: str | None = None,
    trusts: bool = False,
) -> Outcome:
    """Move comments to a status, as one batch; with `batch` as more of one that was begun before.

    A comment that has the status already is left unchanged where a moderator's word stands for it. Where policy's or its
    author's does, a moderator confirms it: nothing moves, and the moderator's word stands from then on, and teaches.
    `within` are the ids of the sites the actor may act on; comments elsewhere are left alone as if they did not exist.
    `seen` maps a comment's id to the version that was on the screen: where the comment has moved on since, it is not
    touched and reported as a conflict. Without a moderator the comment's author acts. With `trusts` a moderator trusts
    the browsers from then on that sent what was moved or confirmed. At most `BULK_LIMIT` ids.
    """
    act = Act("moderator" if moderator else "author", moderator, note, batch or uuid.uuid4().hex, at)
    outcome = Outcome(act.batch)
    shifts = Shifts()
    said: dict[Comment, Label | None] = {}
    with writing() as session:
        comments = locked(session, ids, within)
        confirmed = _confirmed(session, act, to, comments)
        for comment in comments:
            if seen is not None and seen.get(comment.id, comment.version) != comment.version:
                outcome.conflicts.append(comment.id)
            elif comment.status == to and comment.id not in confirmed:
                outcome.unchanged.append(comment.id)
            else:
                act.move(session, comment, to, shifts)
                said[comment] = act.teaches(to)
                outcome.decided.append(comment.id)
        if moderator and trusts:
            trust(session, said, moderator, at)
        learning.teach(session, said)
        act.settle(session, shifts)
    return outcome


def _confirmed(session: Session, act: Act, to: Status, comments: Sequence[Comment]) -> set[int]:
    """The ids of comments that have the status already, but by no moderator's word. What staff wrote is one itself."""
    if act.actor != "moderator":
        return set()
    ids = [comment.id for comment in comments if comment.status == to and not comment.staff]
    logs = entries_of(session, ids) if ids else {}
    return {comment_id for comment_id in ids if word_after(logs.get(comment_id, ())) is None}


def undo(
    batch: str,
    *,
    at: datetime,
    moderator: Moderator,
    within: Collection[int],
    only: int | None = None,
    after: int = 0,
    limit: int = BULK_LIMIT,
    as_batch: str | None = None,
) -> Outcome:
    """Take back a moderator's decisions of a batch, each to the status its comment had before; so with what it taught.

    A comment that was decided on again or changed by its author since is left as it is and reported as a conflict; what was
    taken back already is reported as unchanged. What policy and the author did cannot be undone: with the former status the
    former text is not back, and what its author withdrew is public again only by a decision. A trust that was given with
    the batch ends with it. With `only` the decision on that comment is taken back and no other. Of a large batch the first
    `limit` comments after number `after` are done; `as_batch` is what all parts of one such undo share.
    """
    act = Act("moderator", moderator, "", as_batch or uuid.uuid4().hex, at)
    outcome = Outcome(act.batch)
    shifts = Shifts()
    said: dict[Comment, Label | None] = {}
    undone: list[Decision] = []
    with writing() as session:
        entries = list(
            session.scalars(
                select(Decision)
                .where(
                    Decision.batch == batch,
                    Decision.site_id.in_(within),
                    Decision.actor == "moderator",
                    Decision.from_status.is_not(None),
                    Decision.comment_id > after if only is None else Decision.comment_id == only,
                )
                .order_by(Decision.comment_id)
                .limit(limit)
            )
        )
        ids = [entry.comment_id for entry in entries]
        outcome.last = ids[-1] if ids else None
        comments = {comment.id: comment for comment in locked(session, ids, within)}
        logs = entries_of(session, ids)
        for entry in entries:
            if entry.comment_id not in comments:
                continue
            comment, log = comments[entry.comment_id], logs[entry.comment_id]
            if log[-1].undoes_id == entry.id:
                outcome.unchanged.append(comment.id)
            elif log[-1].id != entry.id or entry.from_status is None:
                outcome.conflicts.append(comment.id)
            else:
                act.move(session, comment, entry.from_status, shifts, undoes=entry.id)
                said[comment] = label_after(log[:-1])
                undone.append(entry)
                outcome.decided.append(comment.id)
        take_back(session, undone, moderator, at)
        learning.teach(session, said)
        act.settle(session, shifts)
    return outcome


def locked(session: Session, ids: Sequence[int], within: Collection[int]) -> list[Comment]:
    """Comments by id, locked in the order of their ids so that two bulk acts cannot wait for each other. What was emptied
    is not there any more.

    Before any of them the right to teach their sites is taken. They are locked as a reply locks its parent: not against
    the foreign keys of other new rows, whose writers may in turn hold what teaching must mark.
    """
    if len(ids) > BULK_LIMIT:
        raise ValueError(f"at most {BULK_LIMIT} comments at once")
    # By number alone: among many comments SQLite would rather go through all of the site's than look up a hundred.
    dialect = dialect_of(session)
    mine = {
        number: site_id for number, site_id in _SITES.rows(session, {"ids": listed(dialect, ids)}) if site_id in within
    }
    if not mine:
        return []
    learning.alone(session, set(mine.values()))
    rows = [dict(zip(_NAMES, row, strict=True)) for row in _LOCKED.rows(session, {"ids": listed(dialect, list(mine))})]
    return [known(session, Comment, row, anew=True) for row in rows if row["place"] != EMPTIED]
