"""What is stored under an address as one JSON document; its shape is written down in `docs/privacy.md`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from moderation.extensions import db
from moderation.models import (
    EMPTIED,
    Comment,
    CommentNote,
    CommentVersion,
    Decision,
    Site,
    Subscription,
    TrustedAuthor,
    rfc3339,
)
from moderation.models.lists import text_of
from moderation.privacy.person import pieces
from moderation.spam.entries import LIST_NAMES, escaped
from moderation.text.emails import email_identity

Json = dict[str, Any]
_MOST = 1_000
"""Rows of one kind that are read of one comment's past: twice what any has by hand."""
# Said by what may stand around an address: what may stand inside one differs from script to script.
_BESIDE = r"""\s:;,<>()\[\]\""""
_ALONE = rf"(?<![^{_BESIDE}])(?:{{}})(?=[.!?]*(?:[{_BESIDE}]|\Z))"


def document(email: str, sites: Iterable[Site], keys: Sequence[str], at: datetime) -> Iterator[bytes]:
    """The document in pieces, made while it is sent: nobody's ten thousand comments have to fit into memory.

    `email` is named at its top, and looked for on the sites' lists; comments are found by `keys`.
    """
    yield b'{"email":' + orjson.dumps(email) + b',"made_at":' + orjson.dumps(rfc3339(at)) + b',"sites":['
    for place, site in enumerate(sites):
        yield b"," * (place > 0) + b'{"site":' + orjson.dumps(site.key) + b',"name":' + orjson.dumps(site.name)
        yield b',"lists":' + orjson.dumps(_lists(db.session(), site, email)) + b',"comments":['
        comma = b""
        for ids in pieces(db.session(), site, keys):
            for comment in _comments(db.session(), ids):
                yield comma + orjson.dumps(comment)
                comma = b","
            # Who reads slowly must not hold the database.
            db.session.commit()
        yield b"]}"
    yield b"]}"


def _lists(session: Session, site: Site, email: str) -> list[Json]:
    """The lines on a site's lists that name the address, whole: `ia@example.org` is not told of `maria@example.org`."""
    identity = email_identity(email)
    local, at, domain = identity.rpartition("@")
    if not local or not domain:
        return []
    spellings = (identity, (local.partition("+")[0] or local) + at + domain)
    named = re.compile(_ALONE.format("|".join(re.escape(escaped(each).lower()) for each in spellings)))
    return [
        {"list": name, "line": line}
        for name in LIST_NAMES
        for line in text_of(session, site.id, name).splitlines()
        if named.search(line.lower())
    ]


def _comments(session: Session, ids: Sequence[int]) -> Iterator[Json]:
    rows = session.scalars(
        select(Comment)
        .where(Comment.id.in_(ids))
        .order_by(Comment.id)
        .options(joinedload(Comment.page))
        .execution_options(populate_existing=True)
    ).all()
    versions, decisions, notes = _versions(session, ids), _decisions(session, ids), _notes(session, ids)
    mail = {row.comment_id: row for row in session.scalars(_of(Subscription, ids))}
    trusted = _trusted(session, rows)
    for row in rows:
        yield {
            **_own(row),
            "trusted": row.author_key in trusted,
            "mail_on_replies": _mail(mail.get(row.id)),
            "versions": versions[row.id],
            "decisions": decisions[row.id],
            "notes": notes[row.id],
        }


def _own(row: Comment) -> Json:
    return {
        "id": row.id,
        "page": {"key": row.page.key, "url": row.page_url, "title": row.page_title},
        "parent_id": row.parent_id,
        "created_at": rfc3339(row.created_at),
        "edited_at": rfc3339(row.edited_at) if row.edited_at else None,
        "status": "emptied" if row.place == EMPTIED else row.status,
        "author": row.author,
        "email": row.email,
        "url": row.url,
        "source": row.source,
        "html": row.html,
        "original": row.original,
        "ip": row.ip,
        "user_agent": row.user_agent,
        "verdict": row.verdict,
        "learned": row.learned,
    }


def _trusted(session: Session, rows: Sequence[Comment]) -> set[str]:
    keys = {row.author_key for row in rows if row.author_key}
    sites = {row.site_id for row in rows}
    known = select(TrustedAuthor.author_key).where(TrustedAuthor.site_id.in_(sites), TrustedAuthor.author_key.in_(keys))
    return set(session.scalars(known))


def _mail(row: Subscription | None) -> str:
    if row is None:
        return "off"
    return "on" if row.confirmed_at else "asked"


def _versions(session: Session, ids: Sequence[int]) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    for row in session.scalars(_of(CommentVersion, ids).order_by(CommentVersion.number)):
        by = "moderator" if row.moderator_id else "author"
        found[row.comment_id].append(
            {"number": row.number, "by": by, "created_at": rfc3339(row.created_at), "source": row.source}
        )
    return found


def _decisions(session: Session, ids: Sequence[int]) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    for row in session.scalars(_of(Decision, ids).order_by(Decision.id)):
        found[row.comment_id].append(
            {
                "actor": row.actor,
                "from": row.from_status,
                "to": row.to_status,
                "note": row.note,
                "created_at": rfc3339(row.created_at),
            }
        )
    return found


def _notes(session: Session, ids: Sequence[int]) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    for row in session.scalars(_of(CommentNote, ids).order_by(CommentNote.id)):
        found[row.comment_id].append({"text": row.text, "created_at": rfc3339(row.created_at)})
    return found


def _of(table: Any, ids: Sequence[int]) -> Any:
    return select(table).where(table.comment_id.in_(ids)).limit(_MOST * len(ids))
