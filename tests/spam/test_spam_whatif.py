"""What would have made another verdict is true: judged again without those signals, the comment gets that status."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import combinations
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import Facts, History, Policy, Score, Signal, Submission, Tally, judge, score
from moderation.spam.scoring import logistic, observe, weigh
from moderation.spam.signals import Finding
from moderation.spam.types import VerdictDict
from moderation.spam.weights import load
from moderation.spam.whatif import Distance, Flip, flip_of

WEIGHTS = load()
OPEN = Policy(hold_everything=False)
SALES = Submission(
    author="summer hats",
    email="x@mail.example",
    url="http://fine-hats.top/sale.php?id=7",
    text='Great post! I stumbled upon your blog. <a href="http://fine-hats.top/">wholesale hats</a>',
    seconds_to_fill=2.0,
)
PHRASES = (
    "Great post!", "I stumbled upon your blog.", '<a href="http://fine-hats.top/">wholesale hats</a>', "http://a.example",
    "buy v1agra", "payday loan", "casino jackpot", "telegram @goldman7", "I was there in March.", "[url=http://b.top]x[/url]",
    "The queue was longer than you say, and the second lighthouse stood dark for a year.",
)  # fmt: skip
submissions = st.builds(
    Submission,
    author=st.sampled_from(("Amal Karim", "summer hats", "BEST CASINO")),
    email=st.sampled_from(("amal@example.org", "")),
    url=st.sampled_from(("", "http://fine-hats.top/sale.php?id=7", "http://amal.example")),
    text=st.lists(st.sampled_from(PHRASES), max_size=8).map(" ".join),
    seconds_to_fill=st.sampled_from((None, 2.0, 90.0)),
    honeypot=st.sampled_from(("", "", "555")),
)
ORDER = ("approved", "pending", "spam")
tallies = st.builds(Tally, approved=st.integers(0, 9), spam=st.integers(0, 9))
histories = st.builds(History, author=tallies, network=tallies, same_text=tallies, known=st.just(True))
chances = st.sampled_from((0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.97, 0.999, 1.0)) | st.floats(0, 1)
policies = st.builds(
    lambda holds, first, limits: Policy(
        hold_everything=holds, hold_first=first, approve_below=limits[0], hold_above=limits[1], spam_above=limits[2]
    ),
    st.booleans(),
    st.integers(0, 2),
    st.lists(chances, min_size=3, max_size=3).map(sorted).filter(lambda limits: limits[0] < limits[2]),
)
named = st.sampled_from(((), ("an entry",)))
facts = st.builds(Facts, links=st.integers(0, 3), verified=tallies, blocked=named, held=named, allowed=named)


def without(names: Collection[str], seen: Mapping[str, Finding | None]) -> Score:
    """The score if these signals had seen nothing."""
    return weigh({name: (0.0, "") if name in names else finding for name, finding in seen.items()}, WEIGHTS)


def verdict_of(points: Mapping[str, float], policy: Policy) -> VerdictDict:
    """The stored verdict of signals that are worth these points, in groups without a cap."""
    total = sum(points.values())
    signals = tuple(Signal(name, "links", worth, "Seen.") for name, worth in points.items())
    return judge(Score(logistic(total), signals), policy).to_dict()


def said(flip: Flip) -> list[tuple[set[str], str]]:
    """Without which signals it would be what."""
    return [(set(one.signals), one.status) for one in flip.without]


def at_a_threshold(probability: float, policy: Policy) -> bool:
    """Too close to one for what was rounded when it was stored."""
    return any(
        abs(probability - limit) < 0.02 for limit in (policy.approve_below, policy.hold_above, policy.spam_above)
    )


@given(submission=submissions, history=histories)
def test_what_a_signal_stores_as_the_probability_without_it_is_what_scoring_without_it_gives(
    submission: Submission, history: History
) -> None:
    seen = observe(submission, history)

    for one in without((), seen).signals:
        if one.without is not None:
            assert one.without == pytest.approx(without({one.name}, seen).probability)


@given(submission=submissions, history=histories, policy=policies, about=facts)
def test_judged_again_without_those_signals_the_comment_gets_that_status(
    submission: Submission, history: History, policy: Policy, about: Facts
) -> None:
    seen = observe(submission, history)
    own = judge(without((), seen), policy, about)
    flip = flip_of(own.to_dict(), policy)

    assert flip.status == own.status or at_a_threshold(own.probability, policy)
    for removal in flip.without:
        again = judge(without(removal.signals, seen), policy, about)
        assert removal.status != flip.status
        assert abs(again.probability - removal.probability) < 0.02
        assert again.status == removal.status or at_a_threshold(again.probability, policy)


@given(submission=submissions, history=histories, policy=policies)
def test_what_decides_alone_is_all_there_and_else_no_smaller_set_would_do(
    submission: Submission, history: History, policy: Policy
) -> None:
    seen = observe(submission, history)
    own = judge(without((), seen), policy)
    there = flip_of(own.to_dict(), policy).without
    spoken = [one.name for one in own.signals if one.points and one.name != "content.start"]

    for way in (-1, 1):
        beyond = [one for one in there if (ORDER.index(one.status) - ORDER.index(own.status)) * way > 0]
        fewest = len(beyond[0].signals) if beyond else 3
        for names in [
            one for many in (1, 2) if many < fewest or fewest == 1 == many for one in combinations(spoken, many)
        ]:
            again = judge(without(names, seen), policy)
            if (ORDER.index(again.status) - ORDER.index(own.status)) * way > 0:
                borderline = at_a_threshold(again.probability, policy) or at_a_threshold(own.probability, policy)
                assert borderline or names in [one.signals for one in beyond]


@given(submission=submissions, history=histories, policy=policies, about=facts)
def test_so_many_points_more_or_fewer_give_that_status_and_a_tenth_less_does_not(
    submission: Submission, history: History, policy: Policy, about: Facts
) -> None:
    found = score(submission, history)
    own = judge(found, policy, about)
    log_odds = sum(one.points for one in found.signals)

    def moved(points: float) -> str:
        """The status with all that there is to look at moved by so many points."""
        signals = [
            one if one.without is None else one._replace(without=logistic(odds_of(one.without) + points))
            for one in found.signals
        ]
        return judge(
            replace(found, probability=logistic(log_odds + points), signals=tuple(signals)), policy, about
        ).status

    for points, status in flip_of(own.to_dict(), policy).points:
        way = 1 if points > 0 else -1
        # A tenth and a little to each side is what storing may have rounded.
        assert (ORDER.index(moved(points + way * 0.2)) - ORDER.index(status)) * way >= 0
        assert (ORDER.index(moved(points - way * 0.2)) - ORDER.index(status)) * way < 0 or abs(points) < 0.3


def odds_of(probability: float) -> float:
    return log(probability / (1 - probability)) if probability < 1 else 40.0


def test_a_signal_that_decides_alone_is_named_with_what_would_be_without_it() -> None:
    flip = flip_of(verdict_of({"content.start": -2.0, "links.any": 1.0, "links.count": 4.6}, OPEN), OPEN)

    assert [(one.signals, round(one.probability, 2), one.status) for one in flip.without] == [
        (("links.count",), 0.27, "pending"),
        (("links.any",), 0.93, "pending"),
    ]
    assert flip.points == (Distance(-0.2, "pending"), Distance(-6.6, "approved"))


def test_where_no_signal_decides_alone_the_fewest_of_the_strongest_are_named() -> None:
    points = {"content.start": -2.0, "links.a": 1.0, "links.b": 3.0, "links.c": 2.5, "links.d": 0.5, "links.e": 2.4}

    assert said(flip_of(verdict_of(points, OPEN), OPEN)) == [({"links.b", "links.c"}, "pending")]


def test_what_speaks_for_the_author_is_named_where_it_alone_keeps_the_comment_up() -> None:
    flip = flip_of(verdict_of({"content.start": -2.0, "history.verified": -3.0, "links.any": 1.6}, OPEN), OPEN)

    assert said(flip) == [({"history.verified"}, "pending")]
    assert flip.points == (Distance(0.5, "pending"), Distance(6.9, "spam"))


def test_in_a_capped_group_the_others_make_up_for_one_that_is_taken_away() -> None:
    signals = [Signal("content.start", "content", -2.0, "Start.")]
    # Twelve points capped to six: two of the three have to go before anything is lost.
    signals += [Signal(f"links.{name}", "links", 2.0, "Seen.", without=logistic(4.0), full=4.0) for name in "abc"]
    flip = flip_of(judge(Score(logistic(4.0), tuple(signals)), OPEN).to_dict(), OPEN)

    (removal,) = flip.without
    assert len(removal.signals) == 2
    assert removal.probability == pytest.approx(logistic(2.0), abs=0.01)


def test_what_a_stranger_could_borrow_does_not_publish_and_neither_is_it_said_to() -> None:
    signals = (
        Signal("content.start", "content", -2.0, "Start."),
        Signal("history.author_approved", "history", -2.0, "Known.", without=logistic(-0.5)),
        Signal("links.any", "links", 1.5, "Links.", without=logistic(-4.0)),
    )
    verdict = judge(Score(logistic(-2.5), signals), replace(OPEN, approve_below=0.1))
    flip = flip_of(verdict.to_dict(), replace(OPEN, approve_below=0.1))

    assert (verdict.status, flip.status) == ("pending", "pending")
    # Not by a tenth of a point fewer, as the probability alone would have it: without the borrowed points it takes 1.7.
    assert flip.points[0] == Distance(-1.7, "approved")


def test_what_a_stranger_could_borrow_makes_no_set_longer_that_decides_without_it() -> None:
    signals = (
        Signal("content.start", "content", -7.0, "Start."),
        Signal("behaviour.too_fast", "behaviour", 4.9, "Fast."),
        Signal("history.author_approved", "history", -2.2, "Known.", without=logistic(-4.4)),
        Signal("history.network_approved", "history", -0.9, "Known.", without=logistic(-5.7)),
        Signal("history.both_approved", "history", -1.4, "Known.", without=logistic(-5.2)),
    )
    policy = replace(OPEN, approve_below=0.05, hold_above=0.05, spam_above=0.2)
    flip = flip_of(judge(Score(logistic(-6.6), signals), policy).to_dict(), policy)

    assert flip.status == "approved"
    assert said(flip) == [({"history.network_approved", "history.both_approved"}, "pending")]


@pytest.mark.parametrize(
    ("policy", "about", "evaluated", "status"),
    [
        (OPEN, Facts(blocked=("casino",)), True, "spam"),
        (Policy(spam_above=1.0), Facts(), True, "pending"),
        (OPEN, Facts(), False, "pending"),
    ],
    ids=["block list", "hold everything", "a signal failed"],
)
def test_where_a_rule_decides_no_score_would_flip_it(
    policy: Policy, about: Facts, evaluated: bool, status: str
) -> None:
    signals = (Signal("links.any", "links", 3.0, "Links."), Signal("links.count", "links", 0.0, "", evaluated))
    verdict = judge(Score(logistic(3.0), signals), policy, about)

    assert verdict.status == status
    assert flip_of(verdict.to_dict(), policy) == Flip(verdict.status, verdict.because, (), ())


def test_where_everything_is_held_only_spam_is_within_reach() -> None:
    flip = flip_of(verdict_of({"content.start": -2.0, "links.any": 1.0}, Policy()), Policy())

    assert (flip.without, [one.status for one in flip.points]) == ((), ["spam"])


def test_it_is_asked_about_the_rules_of_today_and_the_facts_of_that_hour() -> None:
    scored = replace(score(SALES), probability=0.3)
    held = judge(scored, Policy(), Facts(held=("hats",))).to_dict()
    free = judge(scored, Policy()).to_dict()

    assert flip_of(held, OPEN).because == "Held: the hold list has hats."
    assert flip_of(free, replace(OPEN, approve_below=0.4)).status == "approved"


@pytest.mark.parametrize("odd", [{}, {"signals": [{}]}, {"probability": 2}, {"probability": 0.5, "signals": []}])
def test_a_verdict_with_nothing_in_it_has_nothing_that_decides(odd: dict[str, Any]) -> None:
    assert flip_of(odd, OPEN).without == ()


def test_verdicts_from_before_there_were_facts_are_judged_as_a_strangers() -> None:
    stored = verdict_of({"content.start": -2.0, "links.any": 5.6}, OPEN)
    older = {key: value for key, value in stored.items() if key != "facts"}
    older["signals"] = [{key: value for key, value in one.items() if key != "without"} for one in stored["signals"]]

    assert flip_of(older, OPEN) == flip_of(stored, OPEN)


def test_the_dictionary_of_a_flip_is_what_programs_get() -> None:
    flip = flip_of(verdict_of({"content.start": -2.0, "links.any": 5.6}, Policy()), Policy())

    assert flip.to_dict() == {
        "status": "spam",
        "because": "Spam: the probability of 97.3% is not below 97.0% (spam_above).",
        "without": [{"signals": ["links.any"], "probability": 0.1192, "status": "pending"}],
        "points": [{"points": -0.2, "status": "pending"}],
    }
