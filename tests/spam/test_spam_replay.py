"""Other rules on decided comments: every comment is judged by the policy itself, counted once, and in the right group."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import Facts, Policy, Score, Signal, Tally, judge
from moderation.spam.judging import BORROWED
from moderation.spam.replay import CHANGES, Decided, points, replay, stored_score

chances = st.floats(0, 1)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    low, middle, high = sorted(draw(st.tuples(chances, chances, chances)))
    if low >= high:
        low, middle, high = 0.1, 0.5, 0.9
    return Policy(
        hold_everything=draw(st.booleans()),
        approve_below=low,
        hold_above=middle,
        spam_above=high,
        trust_after=draw(st.integers(0, 2)),
        hold_first=draw(st.integers(0, 2)),
        hold_links=draw(st.integers(0, 3)),
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    named = st.sampled_from([(), (), ("casino",)])
    return Facts(
        links=draw(st.integers(0, 4)),
        verified=Tally(approved=draw(st.integers(0, 3)), spam=draw(st.sampled_from([0, 0, 1]))),
        blocked=draw(named),
        held=draw(named),
        allowed=draw(named),
        flooded=draw(st.booleans()),
        proved=draw(st.booleans()),
        trusted=draw(st.booleans()),
    )


@st.composite
def scores(draw: st.DrawFn) -> Score:
    borrowed = Signal(BORROWED[0], "history", -1.0, "Known.", without=draw(chances))
    failed = Signal("links.count", "links", 0.0, "not evaluated", evaluated=False)
    spoken = Signal("content.caps", "content", 1.0, "Capitals.", without=0.1)
    given = draw(st.lists(st.sampled_from([borrowed, spoken, failed]), max_size=2, unique=True))
    return Score(draw(chances), tuple(given))


cases = st.lists(st.tuples(st.booleans(), scores(), facts(), facts()), max_size=12)


@given(cases, policies(), policies())
def test_a_replay_is_what_judging_each_comment_gives(
    given_cases: list[tuple[bool, Score, Facts, Facts]], present: Policy, proposed: Policy
) -> None:
    decided = [Decided(number, *one) for number, one in enumerate(given_cases)]
    found = replay(decided, present, proposed)
    before = Counter((one.spam, judge(one.score, present, one.now).status) for one in decided)
    after = Counter((one.spam, judge(one.score, proposed, one.then).status) for one in decided)
    for spam in (True, False):
        for status in ("approved", "pending", "spam"):
            assert found.before[spam][status] == before[spam, status]
            assert found.after[spam][status] == after[spam, status]
    differ = {
        one.id
        for one in decided
        if judge(one.score, present, one.now).status != judge(one.score, proposed, one.then).status
    }
    listed = [each.id for group in found.changes.values() for each in group]
    assert sorted(listed) == sorted(differ)
    assert found.changed == len(differ)


@given(cases, policies(), policies())
def test_each_change_stands_in_the_group_that_says_what_it_is(
    given_cases: list[tuple[bool, Score, Facts, Facts]], present: Policy, proposed: Policy
) -> None:
    decided = {number: Decided(number, *one) for number, one in enumerate(given_cases)}
    found = replay(decided.values(), present, proposed).changes
    assert list(found) == [change for change in CHANGES if change in found], "the worst first"
    strict = ("approved", "pending", "spam")
    for change, group in found.items():
        kind, what = change.split("_", 1)
        for each in group:
            assert decided[each.id].spam == (kind == "spam")
            stricter = strict.index(each.after) > strict.index(each.before)
            worse = stricter != decided[each.id].spam
            assert worse == (change in CHANGES[:4])
            ends = {"to_spam": "spam", "caught": "spam", "published": "approved"}.get(what, "pending")
            assert each.after == ends
        chances_found = [each.probability for each in group]
        assert chances_found == sorted(chances_found, reverse=kind == "ham"), "where the filter errs most, first"


@given(scores(), facts(), policies())
def test_a_stored_score_is_judged_as_the_score_was(score: Score, given_facts: Facts, policy: Policy) -> None:
    verdict = judge(score, policy, given_facts)
    # Stored are four digits of what the score would be without a signal: enough for rules that people write.
    rounded = Score(
        score.probability,
        tuple(
            one._replace(without=round(one.without, 4) if one.without is not None else None) for one in score.signals
        ),
    )
    again = stored_score(dict(verdict.to_dict()), score.probability)
    stored = Facts.from_dict(verdict.to_dict()["facts"])
    assert stored == given_facts
    assert judge(again, policy, stored).status == judge(rounded, policy, given_facts).status


def test_a_verdict_of_an_old_version_can_be_judged_too() -> None:
    assert stored_score({}, 0.3) == Score(0.3, ())


@given(st.lists(st.tuples(st.booleans(), chances), max_size=20), st.lists(chances, max_size=5))
def test_a_threshold_counts_what_reaches_it(comments: list[tuple[bool, float]], thresholds: list[float]) -> None:
    decided = [Decided(at, spam, Score(chance, ()), Facts(), Facts()) for at, (spam, chance) in enumerate(comments)]
    for point in points(decided, thresholds):
        assert point.spam == sum(chance >= point.threshold for spam, chance in comments if spam)
        assert point.ham == sum(chance >= point.threshold for spam, chance in comments if not spam)


def test_whom_a_moderator_trusts_is_judged_as_one_with_the_past_that_is_asked_for() -> None:
    policy = Policy(hold_everything=False, approve_below=0.0, hold_above=0.8, trust_after=5, hold_first=5)
    trusted = Facts(trusted=True)
    verdict = judge(Score(0.5, ()), policy, trusted)
    assert verdict.status == "approved"
    assert verdict.because.startswith("Approved: a moderator trusts this browser, and the probability of 50.0%")
    assert judge(Score(0.5, ()), Policy(**{**policy.to_dict(), "trust_after": 0}), trusted).status == "approved"  # type: ignore[arg-type]


@given(scores(), facts(), policies())
def test_trust_publishes_nothing_that_a_rule_holds_or_calls_spam(
    score: Score, given_facts: Facts, policy: Policy
) -> None:
    plenty = Tally(approved=1000, spam=given_facts.verified.spam)

    def status(**changes: object) -> str:
        stored = {**given_facts.to_dict(), **changes}
        return judge(score, policy, Facts.from_dict(stored)).status

    trusted = status(trusted=True)
    if policy.trust_after:
        assert trusted == status(trusted=False, verified={"approved": plenty.approved, "spam": plenty.spam})
    untrusted = status(trusted=False)
    assert trusted in (untrusted, "approved")
    if policy.hold_everything or given_facts.blocked or given_facts.held or given_facts.verified.spam:
        assert trusted == untrusted
