"""Changing a site's rules, by desk and by command: checked together, written down, and the queue's order made anew."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.models import Job, Moderator, Site, record
from moderation.spam import Policy

_BORDERS = ("approve_below", "hold_above", "spam_above")
"""The settings by which the queue is ordered, see `spam.urgency`."""


class RulesChanged(Exception):
    """Somebody else changed the rules since they were looked at; nothing was written."""


def digest_of(policy: Policy) -> str:
    """What tells one set of rules from another: 16 characters."""
    stored = json.dumps(policy.to_dict(), sort_keys=True)
    return hashlib.sha256(stored.encode()).hexdigest()[:16]


def change_policy(site: Site, typed: Mapping[str, str], moderator: Moderator | None, *, seen: str | None) -> Policy:
    """Change a site's rules as an owner typed them; gives what they are now.

    `seen` is the digest of the rules that were on the screen; None where nobody looked. Raises `PolicyError` for what
    cannot be, and `RulesChanged`; then nothing is changed.
    """
    with writing() as session:
        held = held_site(session, site.id)
        if seen is not None and seen != digest_of(held.policy):
            raise RulesChanged
        return write_policy(session, held, typed, moderator)


def write_policy(session: Session, site: Site, typed: Mapping[str, str], moderator: Moderator | None) -> Policy:
    """As `change_policy`, in the transaction of a caller who holds the site's row. What changes nothing writes nothing."""
    old = site.policy
    new = old.changed_to(typed)
    before, after = old.to_dict(), new.to_dict()
    changed = [name for name, value in after.items() if value != before[name]]
    if changed:
        site.rules = after
        record(
            session,
            "policy.changed",
            moderator=moderator,
            site_id=site.id,
            old={name: before[name] for name in changed},
            new={name: after[name] for name in changed},
        )
    if not {*_BORDERS}.isdisjoint(changed):
        session.add(
            Job(
                kind="rank",
                site_id=site.id,
                moderator_id=moderator.id if moderator else None,
                batch=uuid.uuid4().hex,
                spec={},
            )
        )
    return new


def held_site(session: Session, site_id: int) -> Site:
    """A site as it is now, kept from other writers until the transaction ends."""
    wanted = select(Site).where(Site.id == site_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(wanted).one()
