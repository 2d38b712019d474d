"""Which waiting comment most needs a person: the one nearest to a border of the policy, and the one that waits longest."""

from datetime import datetime, timedelta

from moderation.spam.policy import Policy

SURE_WAITS = timedelta(days=2)
"""How much later a comment at the far end of the scale is looked at than one at a border that came at the same time. For a
sure case nobody hurries; after two days it goes before the doubtful ones of the day."""


def rank_of(probability: float, policy: Policy, at: datetime) -> int:
    """Where a comment stands in the queue: the lower, the sooner; in seconds since 1970.

    It stands where one at a border would that came later by its distance from the nearest border. Time passes for all
    alike, so the order never changes by itself, and an index can keep it.
    """
    borders = (policy.approve_below, policy.hold_above, policy.spam_above)
    distance = min(abs(probability - border) for border in borders)
    return round(at.timestamp() + distance * SURE_WAITS.total_seconds())
