"""A site with very many comments, put straight into the database, to see how the desk's work grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, update

from moderation.extensions import db
from moderation.models import Comment, Decision, Page, Site, now
from moderation.spam import Submission, judge, score

_STATUSES = ("pending", "approved", "approved", "approved", "spam", "spam", "spam", "spam", "trash", "approved")
_STEP = 20_000


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
