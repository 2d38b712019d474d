"""Comments and decisions as the moderation API shows them."""

from __future__ import annotations

from typing import Any

from moderation.models import Comment, Decision, rfc3339
from moderation.spam import Policy
from moderation.spam.whatif import flip_of

Json = dict[str, Any]


def row(comment: Comment, site_key: str) -> Json:
    """One comment in a list. Until a page has an approved comment, its address and title are what the browser said."""
    return {
        "id": comment.id,
        "site": site_key,
        "page": {
            "key": comment.page.key,
            "url": comment.page.url or comment.page_url,
            "title": comment.page.title or comment.page_title,
        },
        "parent_id": comment.parent_id,
        "author": {"name": comment.author, "url": comment.url, "staff": comment.staff},
        "email": comment.email,
        "html": comment.html,
        "source": comment.source,
        "status": comment.status,
        "version": comment.version,
        "created_at": rfc3339(comment.created_at),
        "verdict": comment.verdict,
    }


def detail(comment: Comment, site_key: str, policy: Policy, decisions: list[Decision]) -> Json:
    """One comment in full: what would flip its verdict, where it came from, what was decided on it, newest first."""
    verdict = comment.verdict
    return row(comment, site_key) | {
        "verdict": verdict and verdict | {"flip": flip_of(verdict, policy).to_dict()},
        "ip": comment.ip,
        "user_agent": comment.user_agent,
        "history": [_entry(decision) for decision in decisions],
    }


def _entry(decision: Decision) -> Json:
    return {
        "actor": decision.actor,
        "moderator": decision.moderator.name if decision.moderator else None,
        "from": decision.from_status,
        "to": decision.to_status,
        "note": decision.note,
        "batch": decision.batch,
        "undo": decision.undoes_id is not None,
        "created_at": rfc3339(decision.created_at),
    }
