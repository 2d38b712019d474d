"""What the database knows of a submission's author, network, links, text and tokens. Every look is bounded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select, union, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderation.learning.counts import evidence
from moderation.models import Comment, CommentLink, CommentPrint, TrustedAuthor
from moderation.spam import History, Tally

# The newest of a party's comments tell what it is; a spammer's ten-thousandth adds nothing.
_DEPTH = 200
# For each fingerprint. A text has up to 24, and near texts share many.
_NEAR_DEPTH = 50

_SAID = case(
    (Comment.status == "trash", "trash"),
    (Comment.taught == "ham", "approved"),
    (Comment.taught == "spam", "spam"),
    else_="pending",
).label("said")
"""What became of a comment, as a field of `Tally`: only a moderator's word approves or condemns."""


def look_up(
    session: Session,
    *,
    site_id: int,
    email_key: str | None,
    network_key: str | None,
    text_key: str,
    author_key: str | None = None,
    hosts: Collection[str],
    prints: Collection[int],
    tokens: Collection[str],
    at: datetime,
    but: int = 0,
) -> History:
    """The past of one submission on its site. A missing key has no past; it never matches other missing ones.

    `but` is the number of a stored comment that is asked about: it is not part of its own past.
    """
    past = _Past(session, site_id, but)
    near_text, recent_near = past.near(prints, at - timedelta(hours=1))
    return History(
        known=True,
        author=past.tally(Comment.email_key == email_key) if email_key else Tally(),
        network=past.tally(Comment.network_key == network_key) if network_key else Tally(),
        same_text=past.tally(Comment.text_key == text_key),
        near_text=near_text,
        verified=past.tally(Comment.author_key == author_key) if author_key else Tally(),
        trusted=author_key is not None and past.trusted(author_key),
        links=past.links(hosts),
        recent_network=past.recent_from(network_key, at - timedelta(hours=1)) if network_key else 0,
        recent_site=past.recent(at - timedelta(minutes=1)),
        recent_near=recent_near,
        evidence=evidence(session, site_id, tokens),
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """The comments of a site, `but` one."""

    session: Session
    site_id: int
    but: int

    def tally(self, party: ColumnElement[bool]) -> Tally:
        """What was said of a party's newest comments."""
        newest = self._newest(_SAID, party).subquery()
        counts = self.session.execute(select(newest.c.said, func.count().label("number")).group_by(newest.c.said))
        return Tally(**{row.said: row.number for row in counts})

    def trusted(self, author_key: str) -> bool:
        """Whether a moderator said to trust a browser."""
        return self.session.get(TrustedAuthor, (self.site_id, author_key)) is not None

    def links(self, hosts: Collection[str]) -> dict[str, Tally]:
        """What was said of the newest comments that link to each of these hosts (at most `MOST_HOSTS`)."""
        if not hosts:
            return {}
        said: dict[str, dict[str, int]] = {host: {} for host in sorted(hosts)}
        asked = {f"host_{place}": host for place, host in enumerate(said)}
        for row in self.session.execute(_linking(len(asked)), {**self._named, **asked}):
            said[row.host][row.said] = row.number
        return {host: Tally(**counts) for host, counts in said.items()}

    def near(self, prints: Collection[int], since: datetime) -> tuple[Tally, int]:
        """Comments that share a fingerprint, and how many of them are newer than `since`; each counts once."""
        if not prints:
            return Tally(), 0
        asked = {f"print_{place}": number for place, number in enumerate(sorted(prints))}
        counts = self.session.execute(_sharing(len(asked)), {**self._named, "since": since, **asked}).all()
        return Tally(**{row.said: row.number for row in counts}), sum(row.recent for row in counts)

    def recent_from(self, network_key: str, since: datetime) -> int:
        """How many of a network's newest comments came since then."""
        newest = self._newest(Comment.created_at, Comment.network_key == network_key).subquery()
        return self._number(select(newest.c.created_at).where(newest.c.created_at > since))

    def recent(self, since: datetime) -> int:
        """How many comments came since then."""
        return self._number(select(Comment.id).where(Comment.created_at > since, *self._there).limit(_DEPTH))

    def _newest(
        self, column: ColumnElement[Any] | InstrumentedAttribute[Any], party: ColumnElement[bool]
    ) -> Select[Any]:
        return select(column).where(*self._there, party).order_by(Comment.id.desc()).limit(_DEPTH)

    def _number(self, rows: Select[Any]) -> int:
        return self.session.scalar(select(func.count()).select_from(rows.subquery())) or 0

    @property
    def _there(self) -> tuple[ColumnElement[bool], ...]:
        return Comment.site_id == self.site_id, Comment.id != self.but

    @property
    def _named(self) -> dict[str, object]:
        return {"site_id": self.site_id, "but": self.but}


# To put these questions into words takes longer than to answer them, so they are kept, by the number of what is asked.
@cache
def _linking(hosts: int) -> Select[Any]:
    newest = [
        select(CommentLink.host, CommentLink.comment_id)
        .where(
            CommentLink.site_id == bindparam("site_id"),
            CommentLink.host == bindparam(f"host_{place}"),
            CommentLink.comment_id != bindparam("but"),
        )
        .order_by(CommentLink.comment_id.desc())
        .limit(_DEPTH)
        .subquery()
        for place in range(hosts)
    ]
    linking = union_all(*(select(each.c.host, each.c.comment_id) for each in newest)).subquery()
    # Asked for each row, not joined: for thousands of rows PostgreSQL would rather read the whole table of comments.
    said = select(_SAID).where(Comment.id == linking.c.comment_id).scalar_subquery().label("said")
    rows = select(linking.c.host, said).subquery()
    return select(rows.c.host, rows.c.said, func.count().label("number")).group_by(rows.c.host, rows.c.said)


@cache
def _sharing(prints: int) -> Select[Any]:
    newest = [
        select(CommentPrint.comment_id)
        .where(
            CommentPrint.site_id == bindparam("site_id"),
            CommentPrint.print == bindparam(f"print_{place}"),
            CommentPrint.comment_id != bindparam("but"),
        )
        .order_by(CommentPrint.comment_id.desc())
        .limit(_NEAR_DEPTH)
        .subquery()
        for place in range(prints)
    ]
    sharing = union(*(select(each.c.comment_id) for each in newest)).subquery()
    recent = func.sum(case((Comment.created_at > bindparam("since"), 1), else_=0))
    return (
        select(_SAID, func.count().label("number"), recent.label("recent"))
        .join(sharing, sharing.c.comment_id == Comment.id)
        .group_by(_SAID)
    )
