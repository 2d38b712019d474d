"""Signals from what a site's moderators have taught. Only people's decisions teach, never the filter's own."""

from collections.abc import Mapping

from moderation.spam.learner import PRIOR, Telling, known_before
from moderation.spam.signals import Case, Finding, ramp, signal
from moderation.spam.view import quoted

FULL = 30.0
"""Log-odds that the telling tokens of one side add up to at strength 1: five tokens, each seen in two hundred spam and
no legitimate comment."""

PRIOR_FULL = 20.0
"""As ``FULL``, for the shipped prior."""


@signal("learned.prior")
def prior(case: Case) -> Finding:
    """Words known from spam elsewhere, but what an owner dropped. The more a site has taught, the less they count."""
    return from_prior(case, PRIOR)


def from_prior(case: Case, known: Mapping[str, float]) -> Finding:
    """What ``learned.prior`` finds with a prior; the measurements bring others than the shipped one."""
    dropped = case.history.evidence.dropped
    found = known_before(case.tokens - dropped if dropped else case.tokens, known)
    if not found:
        return 0.0, "No words known from spam elsewhere."
    strength = (1 - case.lesson.trust) * ramp(sum(says for _, says in found), PRIOR_FULL)
    return strength, f"Words known from spam elsewhere: {', '.join(quoted(token) for token, _ in found[:4])}."


def _speak(telling: list[Telling], trust: float) -> float:
    return trust * ramp(sum(abs(one.log_odds) for one in telling), FULL)


def _seen(one: Telling) -> str:
    return f"{quoted(one.token)} ({one.taught.spam} spam, {one.taught.ham} not)"


@signal("learned.spam_words", needs="lesson")
def spam_words(case: Case) -> Finding:
    """Words that moderators of this site have met in spam more than elsewhere."""
    found = case.lesson
    if not found.spam:
        return 0.0, "No words that this site's spam has taught."
    shown = ", ".join(map(_seen, found.spam[:3]))
    return _speak(found.spam, found.trust), f"Words that this site knows from spam: {shown}."


@signal("learned.ham_words", "author", needs="lesson")
def ham_words(case: Case) -> Finding:
    """Words that moderators of this site have approved more than elsewhere. Only the running text speaks here."""
    found = case.lesson
    if not found.ham:
        return 0.0, "No words that this site's approved comments have taught."
    shown = ", ".join(map(_seen, found.ham[:3]))
    return _speak(found.ham, found.trust), f"Words that this site knows from approved comments: {shown}."
