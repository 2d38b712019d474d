"""A site with very many comments, put straight into the database, to see how the desk's work grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, update

from bench.texts import comments
from moderation.extensions import db
from moderation.models import Comment, Decision, Page, Site, now
from moderation.spam import Submission, judge, score

_STATUSES = ("pending", "approved", "approved", "approved", "spam", "spam", "spam", "spam", "trash", "approved")
_STEP = 20_000
_POURED = 200_000


def fill(site: Site, number: int, *, by_one: int = 20, statuses: Sequence[str] = _STATUSES) -> None:
    """Add so many comments in these statuses by turns (by default a tenth is pending), each with its verdict and its arrival
    in the log.

    To be called inside the app. The newest came in a second ago, each other a second before; each author sent
    `by_one`, one after the other.
    """
    submission = Submission(author="A reader", email="reader@example.org", url="", text="A word about buses")
    verdict = judge(score(submission), site.policy).to_dict()
    verdict["signals"] = [signal for signal in verdict["signals"] if signal["points"]]
    page = Page(site_id=site.id, key=f"/{number}/")
    db.session.add(page)
    db.session.flush()
    last = db.session.scalar(select(func.max(Comment.id))) or 0
    for start in range(0, number, _STEP):
        rows = [
            _row(site, page, each, last + each, verdict, by_one) | {"status": status, "first_status": status}
            for each in range(start, min(start + _STEP, number))
            for status in (statuses[each % len(statuses)],)
        ]
        db.session.execute(insert(Comment), rows)
        db.session.execute(
            insert(Decision).from_select(
                ["site_id", "comment_id", "actor", "to_status", "note", "batch", "created_at"],
                select(
                    Comment.site_id,
                    Comment.id,
                    text("'policy'"),
                    Comment.status,
                    text("''"),
                    Comment.text_key,
                    Comment.created_at,
                ).where(Comment.id > last + start),
            )
        )
        db.session.execute(update(Comment).where(Comment.id > last + start).values(thread_id=Comment.id))
    counts = {status: statuses.count(status) * number // len(statuses) for status in set(statuses)}
    for owner, row_id in ((Site, site.id), (Page, page.id)):
        steps = {status: getattr(owner, status) + more for status, more in counts.items()}
        db.session.execute(update(owner).where(owner.id == row_id).values(steps))
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def _row(site: Site, page: Page, each: int, number: int, verdict: Any, by_one: int) -> dict[str, Any]:
    author = number - each % by_one
    return {
        "site_id": site.id,
        "page_id": page.id,
        "author": f"Reader {author}",
        "email": f"reader{author}@example.org",
        "source": f"Word {each} about buses",
        "html": f"<p>Word {each} about buses</p>",
        "sanitiser": "bench",
        "probability": (each % 997) / 997,
        "verdict": verdict,
        "rank": each * 7919 % 1_000_003,
        "email_key": f"{author:032x}",
        "network_key": f"{author:032x}",
        "text_key": f"{number:032x}",
        "created_at": now() - timedelta(seconds=each),
    }


def thread_page(site: Site, key: str, number: int, *, replies: int = 0) -> Page:
    """A page with so many approved comments, all public, each thread with so many replies. To be called inside the app."""
    page = Page(
        site_id=site.id, key=key, approved=number, version=1, url=f"https://bench.example{key}", title="An article"
    )
    db.session.add(page)
    db.session.flush()
    last = db.session.scalar(select(func.max(Comment.id))) or 0
    verdict: dict[str, list[object]] = {"signals": []}
    texts = comments(number % 97, characters=90)
    for start in range(0, number, _STEP):
        rows = []
        for each in range(start, min(start + _STEP, number)):
            top = each - each % (replies + 1)
            text_ = next(texts)["comment"]
            rows.append(
                _row(site, page, each, last + each, verdict, 1)
                | {"id": last + 1 + each, "thread_id": last + 1 + top, "depth": 1 if each == top else 2}
                | {"parent_id": None if each == top else last + 1 + top, "source": text_}
                | {"status": "approved", "first_status": "approved"}
                | {"html": f"<p>{text_}</p>", "created_at": now() - timedelta(seconds=number - each)}
            )
        db.session.execute(insert(Comment), rows)
    db.session.execute(update(Site).where(Site.id == site.id).values(approved=Site.approved + number))
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT setval('comment_id_seq', (SELECT max(id) FROM comment))"))
    db.session.commit()
    return page


def pour(site: Site, number: int, *, on_page: int = 500) -> None:
    """Add so many approved comments on many pages, made by the database itself: hundreds of thousands a minute.

    Copies of the site's newest comment, each with keys of its own, so that they are like what stands there.
    """
    model = db.session.scalar(select(func.max(Comment.id)))
    first_page = (db.session.scalar(select(func.max(Page.id))) or 0) + 1
    pages = -(-number // on_page)
    for start in range(0, pages, _STEP):
        db.session.execute(
            insert(Page),
            [
                {
                    "id": first_page + each,
                    "site_id": site.id,
                    "key": f"/poured/{each}/",
                    "approved": on_page,
                    "version": 1,
                }
                for each in range(start, min(start + _STEP, pages))
            ],
        )
    own = {
        "id",
        "page_id",
        "thread_id",
        "parent_id",
        "depth",
        "email_key",
        "network_key",
        "text_key",
        "nonce",
        "author_key",
    }
    same = [column.name for column in Comment.__table__.columns if column.name not in own]
    last = db.session.scalar(select(func.max(Comment.id))) or 0
    key = "printf('%032x', n)" if db.engine.dialect.name == "sqlite" else "lpad(to_hex(n), 32, '0')"
    series = (
        "WITH RECURSIVE numbers(n) AS (SELECT CAST(:low AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :high)"
        if db.engine.dialect.name == "sqlite"
        else "WITH numbers(n) AS (SELECT generate_series(CAST(:low AS INTEGER), CAST(:high AS INTEGER)))"
    )
    columns, keys = ", ".join(same), ", ".join([key] * 4)
    into = "id, page_id, thread_id, depth, email_key, network_key, text_key, author_key"
    made = "n, :first_page + (n - :last - 1) / :on_page, n, 1"
    source = f"{series} SELECT {made}, {keys}, {columns} FROM numbers, comment WHERE comment.id = :model"  # noqa: S608 - made of our own columns
    words = f"INSERT INTO comment ({into}, {columns}) {source}"
    for start in range(0, number, _POURED):
        bounds = {"low": last + 1 + start, "high": last + min(start + _POURED, number), "last": last, "model": model}
        db.session.execute(text(words), {**bounds, "first_page": first_page, "on_page": on_page})
        db.session.commit()
    db.session.execute(update(Site).where(Site.id == site.id).values(approved=Site.approved + number))
    if db.engine.dialect.name == "postgresql":
        for sequence, newest in (("comment_id_seq", func.max(Comment.id)), ("page_id_seq", func.max(Page.id))):
            db.session.execute(select(func.setval(sequence, select(newest).scalar_subquery())))
        db.session.execute(text("ANALYZE"))
    db.session.commit()
