"""Who most needs a person: the nearest to a border of the policy, the longest waiting."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import Policy
from moderation.spam.urgency import SURE_WAITS, rank_of

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
POLICY = Policy(approve_below=0.05, hold_above=0.9, spam_above=0.97)
chances = st.floats(0, 1)


def test_a_doubtful_comment_goes_before_a_sure_one_of_the_same_moment() -> None:
    at_a_border, doubtful, sure = (rank_of(chance, POLICY, NOON) for chance in (0.9, 0.8, 0.4))
    assert at_a_border == NOON.timestamp()
    assert at_a_border < doubtful < sure


def test_the_longer_one_waits_the_sooner_it_is_looked_at() -> None:
    assert rank_of(0.5, POLICY, NOON - timedelta(minutes=1)) < rank_of(0.5, POLICY, NOON)


@given(first=chances, second=chances)
def test_nobody_waits_for_ever(first: float, second: float) -> None:
    assert rank_of(first, POLICY, NOON) < rank_of(second, POLICY, NOON + SURE_WAITS + timedelta(seconds=1))
