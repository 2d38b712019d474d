"""What the database knows of a submission's author, network, links, text and tokens. Every look is bounded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Select,
    String,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from moderation.learning.counts import evidence
from moderation.models import Comment, CommentLink, CommentPrint, TrustedAuthor
from moderation.models.asking import Asked, dialect_of
from moderation.models.many import keys_of, of_each
from moderation.spam import History, Tally
from moderation.spam.prints import MOST_PRINTS

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
    keys = {
        "email_key": email_key or None,
        "network_key": network_key or None,
        "text_key": text_key,
        "author_key": author_key or None,
    }
    tallies, recent = past.of_parties(keys, hour=at - timedelta(hours=1), minute=at - timedelta(minutes=1))
    return History(
        known=True,
        author=tallies["email_key"],
        network=tallies["network_key"],
        same_text=tallies["text_key"],
        near_text=near_text,
        verified=tallies["author_key"],
        trusted=author_key is not None and past.trusted(author_key),
        links=past.links(hosts),
        recent_network=recent[_NETWORK],
        recent_site=recent[_SITE],
        recent_near=recent_near,
        evidence=evidence(session, site_id, tokens),
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """The comments of a site, `but` one."""

    session: Session
    site_id: int
    but: int

    def of_parties(
        self, keys: Mapping[str, str | None], *, hour: datetime, minute: datetime
    ) -> tuple[dict[str, Tally], dict[str, int]]:
        """What was said of the newest comments with each of these keys; and how many of the network's newest came within
        the hour, and of the site's within the minute. A missing key equals nothing.
        """
        counts: dict[str, dict[str, int]] = {key: {} for key in keys}
        recent: dict[str, int] = {}
        for whose, said, number in _PARTIES.rows(self.session, {**self._named, **keys, "hour": hour, "minute": minute}):
            if whose in counts:
                counts[whose][said] = number
            else:
                recent[whose] = number
        return {key: Tally(**said) for key, said in counts.items()}, recent

    def trusted(self, author_key: str) -> bool:
        """Whether a moderator said to trust a browser."""
        return _TRUSTED.row(self.session, {"site_id": self.site_id, "author_key": author_key}) is not None

    def links(self, hosts: Collection[str]) -> dict[str, Tally]:
        """What was said of the newest comments that link to each of these hosts (at most `MOST_HOSTS`)."""
        if not hosts:
            return {}
        said: dict[str, dict[str, int]] = {host: {} for host in sorted(hosts)}
        places = _places(len(said))
        asked = keys_of(self._dialect, "host", list(said), places, _NO_HOST)
        for host, word, number in _linking(places).rows(self.session, {**self._named, **asked}):
            said[host][word] = number
        return {host: Tally(**counts) for host, counts in said.items()}

    def near(self, prints: Collection[int], since: datetime) -> tuple[Tally, int]:
        """Comments that share a fingerprint, and how many of them are newer than `since`; each counts once."""
        if not prints:
            return Tally(), 0
        places = _places(len(prints))
        asked = keys_of(self._dialect, "print", sorted(prints), places, _NO_PRINT)
        counts = _sharing(places).rows(self.session, {**self._named, "since": since, **asked})
        return Tally(**{said: number for said, number, _recent in counts}), sum(recent for *_said, recent in counts)

    @property
    def _dialect(self) -> Dialect:
        return dialect_of(self.session)

    @property
    def _named(self) -> dict[str, object]:
        return {"site_id": self.site_id, "but": self.but}


_NETWORK, _SITE = "recent_network", "recent_site"


def _parties() -> CompoundSelect[Any]:
    there = (Comment.site_id == bindparam("site_id"), Comment.id != bindparam("but"))
    arms: list[Any] = []
    for key in (Comment.email_key, Comment.network_key, Comment.text_key, Comment.author_key):
        newest = select(_SAID).where(*there, key == bindparam(key.key)).order_by(Comment.id.desc()).limit(_DEPTH)
        said = newest.subquery().c.said
        arms.append(select(literal(key.key), said, func.count()).group_by(said))
    from_network = select(Comment.created_at).where(*there, Comment.network_key == bindparam("network_key"))
    newest_there = from_network.order_by(Comment.id.desc()).limit(_DEPTH).subquery()
    within_hour = select(newest_there.c.created_at).where(newest_there.c.created_at > bindparam("hour"))
    within_minute = select(Comment.id).where(Comment.created_at > bindparam("minute"), *there).limit(_DEPTH)
    for name, recent in ((_NETWORK, within_hour), (_SITE, within_minute)):
        arms.append(select(literal(name), literal(""), func.count()).select_from(recent.subquery()))
    return union_all(*arms)


_NO_HOST, _NO_PRINT = "", -1
"""What no comment has."""


def _places(number: int) -> int:
    """For how many hosts or prints it is asked where there are so many: a few wordings for all, which the database has
    read before, and what is left of the places asks for nothing."""
    return next((places for places in _FEW if number <= places), number)


_FEW = (1, 4, 8, 12, 16, 20, MOST_PRINTS)
_PARTIES = Asked(lambda _dialect: _parties())
_TRUSTED = Asked(
    lambda _dialect: select(TrustedAuthor.site_id).where(
        TrustedAuthor.site_id == bindparam("site_id"), TrustedAuthor.author_key == bindparam("author_key")
    )
)


# To put these questions into words takes longer than to answer them, so they are kept, by the number of what is asked.
@cache
def _linking(hosts: int) -> Asked:
    def counted(dialect: str) -> Select[Any]:
        linking = of_each("host", String(), hosts, _newest_to, dialect).subquery()
        # Asked for each row, not joined: for thousands of rows PostgreSQL would rather read the whole table of comments.
        said = select(_SAID).where(Comment.id == linking.c.comment_id).scalar_subquery().label("said")
        rows = select(linking.c.host, said).subquery()
        return select(rows.c.host, rows.c.said, func.count().label("number")).group_by(rows.c.host, rows.c.said)

    return Asked(counted)


def _newest_to(host: ColumnElement[str]) -> Select[Any]:
    there = (CommentLink.site_id == bindparam("site_id"), CommentLink.host == host)
    columns: tuple[Any, ...] = (CommentLink.host, CommentLink.comment_id)
    others = select(*columns).where(*there, CommentLink.comment_id != bindparam("but"))
    return others.order_by(CommentLink.comment_id.desc()).limit(_DEPTH)


@cache
def _sharing(prints: int) -> Asked:
    def counted(dialect: str) -> Select[Any]:
        sharing = of_each("print", BigInteger(), prints, _newest_with, dialect, once=True).subquery()
        recent = func.sum(case((Comment.created_at > bindparam("since"), 1), else_=0)).label("recent")
        counts: Select[Any] = select(_SAID, func.count().label("number"), recent)
        return counts.join(sharing, sharing.c.comment_id == Comment.id).group_by(_SAID)

    return Asked(counted)


def _newest_with(number: ColumnElement[int]) -> Select[Any]:
    there = (CommentPrint.site_id == bindparam("site_id"), CommentPrint.print == number)
    others: Select[Any] = select(CommentPrint.comment_id).where(*there, CommentPrint.comment_id != bindparam("but"))
    return others.order_by(CommentPrint.comment_id.desc()).limit(_NEAR_DEPTH)
