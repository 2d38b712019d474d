"""What a site does with a score: hold, publish, or put among the spam."""

from collections.abc import Callable

from moderation.spam.flood import raised
from moderation.spam.policy import Policy
from moderation.spam.types import Facts, Score, Status, Tally, Verdict

LONGEST_BECAUSE = 500
"""Characters of a verdict's ``because``: it is also the note of the log's first entry."""
BORROWED = ("history.author_approved",)
"""Signals that a stranger could borrow from a known author. They move a comment in the queue, and publish nothing."""
_LOWERED = " (In flood mode the thresholds are lower.)"
_NAMED = 3
_NO_FACTS = Facts()


def judge(score: Score, policy: Policy, facts: Facts = _NO_FACTS) -> Verdict:
    """The status that a policy gives a score, with a sentence that names the rule that decided.

    What is stricter wins: the block list, then ``spam_above``, then every rule that holds, then what publishes. A score
    that is not complete is held, unless the block list has decided already. No list and no past can publish where
    ``hold_everything`` is on, and neither can one take back what the block or the hold list says. Whom a moderator trusts
    is judged as if the past that the policy asks for were there. In flood mode the thresholds are lower.
    """
    status, because = _status(score, raised(policy) if facts.flooded else policy, facts)
    more = _LOWERED if facts.flooded else ""
    room = LONGEST_BECAUSE - len(more)
    if len(because) > room:
        because = because[: room - 1] + "…"
    return Verdict(score.probability, score.signals, status, because + more, facts)


def _status(score: Score, policy: Policy, facts: Facts) -> tuple[Status, str]:
    chance = f"{score.probability:.1%}"
    if facts.blocked:
        return "spam", f"Spam: the block list has {_named(facts.blocked)}."
    if not score.complete:
        missing = ", ".join(signal.name for signal in score.signals if not signal.evaluated)
        return "pending", f"Held: not every signal could be evaluated ({missing})."
    if score.probability >= policy.spam_above and not facts.allowed:
        return "spam", f"Spam: the probability of {chance} is not below {policy.spam_above:.1%} (spam_above)."
    held = [reason for rule in _HOLDING if (reason := rule(score.probability, policy, facts))]
    if held:
        return "pending", f"Held: {held[0]}." + (f" Also: {'; '.join(held[1:])}." if held[1:] else "")
    if facts.allowed:
        return "approved", f"Approved: the allow list has {_named(facts.allowed)}."
    if _unborrowed(score) < policy.approve_below:
        return "approved", f"Approved: the probability of {chance} is below {policy.approve_below:.1%} (approve_below)."
    trusted = _trusted(policy, facts)
    if trusted:
        return "approved", (
            f"Approved: {trusted}, and the probability of {chance} is below {policy.hold_above:.1%} (hold_above)."
        )
    if score.probability < policy.approve_below:
        return "pending", (
            f"Held: the probability of {chance} would be {_unborrowed(score):.1%} without the e-mail address, which anybody "
            f"can type, and that is not below {policy.approve_below:.1%} (approve_below); "
            f"{_stranger(policy, facts.verified)}."
        )
    return "pending", (
        f"Held: the probability of {chance} lies between {policy.approve_below:.1%} (approve_below) "
        f"and {policy.hold_above:.1%} (hold_above), and {_stranger(policy, facts.verified)}."
    )


def _unborrowed(score: Score) -> float:
    """The probability without what a known e-mail address says for its author: anybody can type one."""
    return max([score.probability, *(signal.without or 0.0 for signal in score.signals if signal.name in BORROWED)])


def _trusted(policy: Policy, facts: Facts) -> str | None:
    """Why the author is trusted, or nothing. What a moderator marked as spam since ends every trust."""
    if facts.verified.spam:
        return None
    if facts.trusted:
        return "a moderator trusts this browser"
    if 0 < policy.trust_after <= facts.verified.approved:
        return f"{_past(facts.verified)} (trust_after is {policy.trust_after})"
    return None


def _stranger(policy: Policy, verified: Tally) -> str:
    if not policy.trust_after:
        return "this site trusts no author (trust_after is 0)"
    return f"{_past(verified)} (trust_after is {policy.trust_after})"


def _past(verified: Tally) -> str:
    if verified.spam:
        return "this browser sent what a moderator marked as spam"
    if verified.approved == 1:
        return "this browser has 1 approved comment"
    return f"this browser has {verified.approved or 'no'} approved comments"


def _named(entries: tuple[str, ...]) -> str:
    more = len(entries) - _NAMED
    return ", ".join(entries[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _hold_everything(_probability: float, policy: Policy, _facts: Facts) -> str | None:
    return "this site holds every comment (hold_everything)" if policy.hold_everything else None


def _hold_list(_probability: float, _policy: Policy, facts: Facts) -> str | None:
    return f"the hold list has {_named(facts.held)}" if facts.held else None


def _hold_above(probability: float, policy: Policy, facts: Facts) -> str | None:
    name = "spam_above" if facts.allowed else "hold_above"
    threshold = policy.spam_above if facts.allowed else policy.hold_above
    if probability < threshold:
        return None
    kept = f", and only the allow list with {_named(facts.allowed)} keeps it from the spam" if facts.allowed else ""
    return f"the probability of {probability:.1%} is not below {threshold:.1%} ({name}){kept}"


def _hold_links(_probability: float, policy: Policy, facts: Facts) -> str | None:
    if facts.allowed or not 0 < policy.hold_links <= facts.links:
        return None
    return f"links: {facts.links}, and this site holds from {policy.hold_links} on (hold_links)"


def _hold_first(_probability: float, policy: Policy, facts: Facts) -> str | None:
    if facts.allowed or not policy.hold_first:
        return None
    if (facts.trusted or facts.verified.approved >= policy.hold_first) and not facts.verified.spam:
        return None
    return f"{_past(facts.verified)} (hold_first is {policy.hold_first})"


def _hold_unproved(_probability: float, _policy: Policy, facts: Facts) -> str | None:
    if facts.allowed or facts.proved or not facts.flooded:
        return None
    return "no proof of work came with the comment, as flood mode asks for"


_HOLDING: tuple[Callable[[float, Policy, Facts], str | None], ...] = (
    _hold_everything,
    _hold_list,
    _hold_above,
    _hold_links,
    _hold_first,
    _hold_unproved,
)
"""The rules that can only hold, in the order in which they are named. Each gives its reason, or nothing."""
