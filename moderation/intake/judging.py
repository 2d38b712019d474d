"""What the filter and the site's rules make of a text that came in, be it new or an author's edit of what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from moderation.intake import history
from moderation.intake.flood import Gate
from moderation.models import Site
from moderation.models.lists import lists_of
from moderation.spam import History, Submission, Verdict, judge, score
from moderation.spam.hosts import link_hosts
from moderation.spam.matching import facts_of
from moderation.spam.prints import prints_of
from moderation.spam.tokens import tokens_of
from moderation.spam.view import view_of
from moderation.text.addresses import is_public


@dataclass(frozen=True, slots=True)
class Party:
    """By what the past of a sender is looked up. `but` is the number of the stored comment that is edited, if one is."""

    address: str | None
    email_key: str | None
    network_key: str | None
    author_key: str | None
    but: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, and by what the text is recognised later."""

    verdict: Verdict
    text_key: str
    hosts: frozenset[str]
    prints: frozenset[int]
    flooded: bool


def judged(
    session: Session,
    site: Site,
    submission: Submission,
    party: Party,
    gate_for: Callable[[History], Gate],
    at: datetime,
) -> Judged:
    """Judge a text by every signal and every rule. `gate_for` says what it meets at the door, by what is known of it."""
    view = view_of(submission)
    text_key, hosts, prints = text_key_of(submission.text), link_hosts(view), prints_of(view)
    known = history.look_up(
        session,
        site_id=site.id,
        email_key=party.email_key,
        # What came before from behind a proxy says nothing of who stands behind it now.
        network_key=party.network_key if is_public(party.address) else None,
        text_key=text_key,
        author_key=party.author_key,
        hosts=hosts,
        prints=prints,
        tokens=tokens_of(view),
        at=at,
        but=party.but,
    )
    gate = gate_for(known)
    if gate.proof is not None:
        submission = replace(submission, proof=gate.proof)
    facts = facts_of(
        lists_of(session, site.id),
        submission,
        view,
        address=party.address,
        verified=known.verified,
        trusted=known.trusted,
        on=at.date(),
    )
    verdict = judge(score(submission, known, view), site.policy, gate.facts(facts))
    return Judged(verdict, text_key, hosts, prints, flooded=gate.flood is not None)


def text_key_of(source: str) -> str:
    """Equal for texts that differ only in case and white space. Not keyed by person, so plain hashing is enough."""
    folded = " ".join(source.split()).casefold()
    return hashlib.sha256(folded.encode()).hexdigest()[:32]
