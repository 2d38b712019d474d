"""When flood mode starts, how it raises the bar, and how it stands down."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from moderation.spam import Facts, Policy, Score, Signal, Tally, judge
from moderation.spam.flood import (
    ALIKE,
    FEWEST,
    MOST_COUNTED,
    QUIET,
    TIMES,
    WINDOW,
    Arrivals,
    Flood,
    is_calm,
    look_back,
    most_of_hour,
    raised,
    usual_of,
    watched,
)
from moderation.spam.judging import LONGEST_BECAUSE

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

counts = st.integers(0, 3000)
arrivals = st.builds(Arrivals, recent=counts, usual=st.floats(0, 500), hour=counts, alike=st.integers(0, 300))


def on(at: datetime = NOON) -> Flood:
    flood = watched(None, Arrivals(recent=500), at)
    assert flood is not None
    return flood


# When it starts


def test_five_comments_on_a_quiet_site_are_no_flood_and_twenty_are() -> None:
    assert watched(None, Arrivals(recent=5), NOON) is None
    assert watched(None, Arrivals(recent=FEWEST - 1), NOON) is None
    flood = watched(None, Arrivals(recent=FEWEST), NOON)
    assert flood == Flood(NOON, NOON + QUIET, 0.0, "rate")


def test_a_busy_site_is_compared_with_itself() -> None:
    rush = Arrivals(recent=90, usual=30)
    assert watched(None, rush, NOON) is None
    assert watched(None, replace(rush, usual=1), NOON) is not None
    assert watched(None, replace(rush, recent=30 * TIMES), NOON) is not None


def test_near_duplicates_start_it_at_any_rate() -> None:
    assert watched(None, Arrivals(recent=2, hour=ALIKE, alike=ALIKE - 1), NOON) is None
    flood = watched(None, Arrivals(recent=2, hour=ALIKE, alike=ALIKE), NOON)
    assert flood is not None
    assert flood.cause == "alike"


def test_on_a_busy_site_some_that_quote_the_same_passage_do_not_start_it() -> None:
    quoting = Arrivals(recent=20, usual=20, hour=300, alike=20)
    assert watched(None, quoting, NOON) is None
    assert watched(None, replace(quoting, alike=70), NOON) is not None


# How it goes on and stands down


def test_it_goes_on_down_to_half_of_what_starts_it() -> None:
    flood, later = on(), NOON + 2 * MINUTE
    assert watched(flood, Arrivals(recent=FEWEST // 2), later) == replace(flood, until=later + QUIET)
    assert watched(flood, Arrivals(recent=FEWEST // 2 - 1), later) == flood
    assert watched(flood, Arrivals(recent=1, hour=9, alike=ALIKE // 2), later) == replace(flood, until=later + QUIET)


def test_it_stands_down_by_itself_after_the_quiet_minutes() -> None:
    flood = on()
    assert flood.lasts(NOON + QUIET - MINUTE)
    assert not flood.lasts(NOON + QUIET)
    assert watched(flood, Arrivals(recent=FEWEST // 2), NOON + QUIET) is None, "half a flood starts none"


def test_a_clock_that_was_ahead_does_not_keep_it_on() -> None:
    assert not on(NOON + timedelta(days=1)).lasts(NOON)
    assert on(NOON + MINUTE).lasts(NOON), "two machines' clocks differ a little"


@given(arrivals, arrivals, st.booleans())
def test_more_comments_never_calm_it_and_a_busier_past_never_starts_it(
    one: Arrivals, two: Arrivals, was_on: bool
) -> None:
    before = on() if was_on else None
    more = Arrivals(max(one.recent, two.recent), min(one.usual, two.usual), min(one.hour, two.hour), one.alike)
    if watched(before, one, NOON + MINUTE) is not None:
        assert watched(before, more, NOON + MINUTE) is not None
        assert watched(before, replace(more, alike=more.alike + two.alike), NOON + MINUTE) is not None


@given(arrivals)
def test_what_starts_it_prolongs_it(seen: Arrivals) -> None:
    later = NOON + MINUTE
    if watched(None, seen, later) is not None:
        assert watched(on(), seen, later) == replace(on(), until=later + QUIET)


@given(st.lists(st.tuples(st.integers(0, 3600), arrivals), max_size=30))
def test_a_flood_is_never_longer_than_its_signs_and_the_quiet_minutes(steps: list[tuple[int, Arrivals]]) -> None:
    state: Flood | None = None
    at, sign = NOON, None
    for seconds, seen in steps:
        at += timedelta(seconds=seconds)
        before, state = state, watched(state, seen, at)
        if watched(None, seen, at) is not None or (before is not None and before != state and state is not None):
            sign = at
        if state is not None:
            assert sign is not None
            assert state.since is not None
            assert state.since <= sign
            assert at - sign < QUIET or state.until == at + QUIET
            assert not state.lasts(at + QUIET)


@given(arrivals)
def test_it_comes_back_from_storage_as_it_was(seen: Arrivals) -> None:
    for state in (watched(None, seen, NOON), watched(on(), seen, NOON + MINUTE)):
        assert state is None or Flood.from_dict(state.to_dict()) == state


# What has to be counted


@given(arrivals, st.booleans())
def test_after_a_calm_look_nothing_more_need_be_counted(seen: Arrivals, was_on: bool) -> None:
    before = on() if was_on else None
    if is_calm(seen.recent, seen.alike, on=was_on):
        assert watched(before, seen, NOON + MINUTE) == before


@given(st.integers(1, 2000), st.booleans())
def test_where_as_much_was_usual_as_is_counted_there_is_no_flood(recent: int, was_on: bool) -> None:
    before = on() if was_on else None
    assert watched(before, Arrivals(recent, usual_of([MOST_COUNTED] * 7, recent)), NOON + MINUTE) == before
    crowd = Arrivals(1, hour=most_of_hour(recent) + 1, alike=recent)
    assert watched(before, crowd, NOON + MINUTE) == before


def test_where_many_come_a_shorter_stretch_tells_what_is_usual() -> None:
    assert look_back(1) == look_back(FEWEST) == timedelta(hours=2)
    assert look_back(MOST_COUNTED) == WINDOW


def test_neither_three_floods_nor_three_empty_days_of_a_week_move_what_is_usual() -> None:
    assert usual_of([24] * 7, FEWEST) == 1
    assert usual_of([480, 24, 480, 24, 480, 24, 24], FEWEST) == 1
    assert usual_of([0, 24, 0, 24, 0, 24, 24], FEWEST) == 1


# What it does


def test_the_thresholds_move_as_though_spam_were_four_times_as_likely() -> None:
    harder = raised(Policy())
    assert (round(harder.approve_below, 3), round(harder.hold_above, 3), round(harder.spam_above, 3)) == (
        0.013,
        0.692,
        0.89,
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    approve, hold, spam = sorted(draw(st.lists(st.floats(0, 1), min_size=3, max_size=3)))
    assume(approve < spam)
    return Policy(
        hold_everything=draw(st.booleans()), approve_below=approve, hold_above=hold, spam_above=spam, max_depth=3
    )


@given(policies())
def test_no_policy_is_milder_for_being_raised(policy: Policy) -> None:
    harder = raised(policy)
    assert harder.hold_everything >= policy.hold_everything
    assert harder.approve_below <= policy.approve_below
    assert harder.hold_above <= policy.hold_above
    assert harder.spam_above <= policy.spam_above
    assert harder.max_depth == policy.max_depth


def test_a_threshold_that_is_off_stays_off_and_those_that_touch_hold_everything() -> None:
    harder = raised(Policy(approve_below=0, spam_above=1))
    assert (harder.approve_below, harder.spam_above) == (0, 1)
    assert raised(Policy(hold_everything=False, approve_below=0, hold_above=0, spam_above=5e-324)).hold_everything


OPEN = Policy(hold_everything=False, approve_below=0.5)


def scored(probability: float) -> Score:
    return Score(probability, (Signal("links.any", "links", 0.0, "No links."),))


def test_without_a_proof_nothing_is_published_and_with_one_the_policy_decides() -> None:
    assert judge(scored(0.01), OPEN, Facts(flooded=True, proved=True)).status == "approved"
    held = judge(scored(0.01), OPEN, Facts(flooded=True))
    assert held.status == "pending"
    assert held.because == (
        "Held: no proof of work came with the comment, as flood mode asks for. (In flood mode the thresholds are lower.)"
    )
    trusted = Facts(verified=Tally(approved=9), flooded=True)
    assert judge(scored(0.01), OPEN, trusted).status == "pending"


@given(st.floats(0, 1), st.booleans())
def test_the_bar_is_that_of_the_raised_policy(probability: float, proved: bool) -> None:
    flooded = judge(scored(probability), OPEN, Facts(flooded=True, proved=proved))
    by_raised = judge(scored(probability), raised(OPEN), Facts())
    assert flooded.status == by_raised.status or (not proved and by_raised.status == "approved")


def test_spam_goes_among_the_spam_with_or_without_a_proof() -> None:
    assert judge(scored(0.9), OPEN, Facts()).status == "pending"
    assert judge(scored(0.9), OPEN, Facts(flooded=True, proved=True)).status == "spam"
    assert judge(scored(0.98), OPEN, Facts(flooded=True)).status == "spam"


def test_a_network_on_the_allow_list_needs_no_proof() -> None:
    assert judge(scored(0.3), OPEN, Facts(allowed=('"ip:192.0.2.7"',), flooded=True)).status == "approved"


def test_every_sentence_says_that_thresholds_are_lower_and_fits_into_the_log() -> None:
    many = tuple(f'"{"x" * 200}" in the text' for _ in range(3))
    for facts in (Facts(flooded=True), Facts(flooded=True, proved=True), Facts(blocked=many, flooded=True)):
        because = judge(scored(0.6), Policy(), facts).because
        assert because.endswith("(In flood mode the thresholds are lower.)")
        assert len(because) <= LONGEST_BECAUSE


def test_a_stored_verdict_knows_of_the_flood() -> None:
    for facts in (Facts(), Facts(flooded=True), Facts(flooded=True, proved=True)):
        assert Facts.from_dict(json.loads(json.dumps(facts.to_dict()))) == facts
