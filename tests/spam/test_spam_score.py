"""A score is complete, adds up, is the same every time, and cannot be lowered by adding what spammers add."""

import logging
import math
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import History, Policy, Submission, Tally, judge, score
from moderation.spam.signals import REGISTRY, Case, Finding, Source
from moderation.spam.types import Evidence, Group, Taught
from moderation.spam.weights import load, weights_of

# Everything a client can send, broken surrogates among it, and the pieces that patterns look for.
PIECES = st.sampled_from(
    ["http://", "www.", "<a href=", ">", "</a>", "[url=", "[/url]", ".com", " dot com", "&amp;", "\u200b", "а", "𝐀", "\r\n \r\n",
     "viagra", "your blog", "great post", "```", "{}", "v1agra", "v i a g r a"]
)  # fmt: skip
TEXTS = st.lists(st.text(alphabet=st.characters(), max_size=40) | PIECES, max_size=12).map("".join)
SUBMISSIONS = st.builds(
    Submission,
    author=TEXTS,
    email=TEXTS,
    url=TEXTS,
    text=TEXTS,
    page_key=TEXTS,
    page_title=TEXTS,
    page_url=TEXTS,
    user_agent=st.none() | TEXTS,
    referrer=st.none() | TEXTS,
    seconds_to_fill=st.none() | st.floats(),
    honeypot=TEXTS,
    removed=st.lists(TEXTS, max_size=3).map(tuple),
    has_parent=st.booleans(),
    via=st.sampled_from(["", "json", "form", "hosted"]),
    proof=st.none() | st.booleans(),
)
COUNTS = st.integers(min_value=0, max_value=10**6)
TALLIES = st.builds(Tally, COUNTS, COUNTS, COUNTS, COUNTS)
TAUGHT = st.builds(Taught, COUNTS, COUNTS)
TOKENS = st.text(alphabet="abc", min_size=1, max_size=2) | st.sampled_from(
    ["great", "post", "your blog", "viagra", "link:buy-pills.top", "url:pills", "link:.top", "name:viagra"]
)
EVIDENCE = st.builds(Evidence, TAUGHT, st.dictionaries(TOKENS, TAUGHT, max_size=8), st.frozensets(TOKENS, max_size=2))
HISTORIES = st.builds(
    History,
    author=TALLIES,
    network=TALLIES,
    links=st.dictionaries(TEXTS, TALLIES, max_size=3),
    same_text=TALLIES,
    near_text=TALLIES,
    verified=TALLIES,
    recent_network=COUNTS,
    recent_site=COUNTS,
    recent_near=COUNTS,
    evidence=EVIDENCE,
    known=st.booleans(),
)
SPAM_LINKS = st.sampled_from(
    [
        '<a href="http://buy-pills.top/x">cheap viagra</a>',
        "http://buy-pills.top/x",
        "[url=http://buy-pills.top]pills[/url]",
    ]
)
READER = Submission("Amal Karim", "amal@example.org", "", "I was there in March and the queue was longer than you say.")


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


@given(SUBMISSIONS, HISTORIES)
def test_nothing_that_can_be_sent_stops_the_scoring(submission: Submission, history: History) -> None:
    found = score(submission, history)

    assert found.complete
    assert 0 <= found.probability <= 1
    assert {one.name for one in found.signals} == {"content.start", *REGISTRY}
    assert all(one.reason and len(one.reason) < 400 for one in found.signals)


@given(SUBMISSIONS, HISTORIES)
def test_scoring_twice_gives_the_same(submission: Submission, history: History) -> None:
    assert score(submission, history) == score(submission, history)


@given(SUBMISSIONS)
def test_the_points_shown_add_up_to_the_probability(submission: Submission) -> None:
    found = score(submission)

    assert found.probability == pytest.approx(1 / (1 + math.exp(-sum(one.points for one in found.signals))))


@given(SUBMISSIONS, HISTORIES, SPAM_LINKS)
def test_adding_a_spam_link_never_lowers_the_probability(submission: Submission, history: History, link: str) -> None:
    before = score(submission, history).probability
    after = score(replace(submission, text=f"{submission.text} {link}"), history).probability

    assert after >= before - 1e-12


@pytest.mark.parametrize("text", ["viаgrа", "v i a g r a", "v1agra"])
@pytest.mark.parametrize("added", [" ", " viagra", " http://a.top", ' <a href="http://a.top">viagra</a>'])
def test_a_disguised_word_stays_disguised_whatever_follows(text: str, added: str) -> None:
    disguised = replace(READER, text=text)

    def hidden(submission: Submission) -> float:
        return next(one.points for one in score(submission).signals if one.name == "content.disguised")

    assert hidden(replace(disguised, text=text + added)) == hidden(disguised) > 0


@given(SUBMISSIONS, st.text(alphabet=" \n\t", max_size=20))
def test_white_space_at_the_ends_moves_the_score_little(submission: Submission, space: str) -> None:
    plain = replace(submission, text=submission.text.strip())
    padded = replace(plain, text=f"{space}{plain.text}{space}")

    assert sum(one.points for one in score(padded).signals) == pytest.approx(
        sum(one.points for one in score(plain).signals), abs=1.0
    )


def test_a_link_dilutes_nothing_else_in_the_comment() -> None:
    """Whatever is measured as a share is a share of the words outside links."""
    repeated = replace(READER, text="stone ring " * 10)
    linked = replace(repeated, text=f'{repeated.text} <a href="http://a.top">one two three four five six seven</a>')

    def points(submission: Submission) -> float:
        return next(one.points for one in score(submission).signals if one.name == "content.repetition")

    assert points(linked) == points(repeated) > 0


def test_an_empty_field_is_no_evidence() -> None:
    bare = score(Submission("", "", "", READER.text))

    assert [one.name for one in bare.signals if one.points] == ["content.start"]


def test_no_history_is_no_evidence() -> None:
    assert score(READER) == score(READER, History())
    assert not any(one.points for one in score(READER).signals if one.group == "history")


def test_a_signal_that_fails_is_recorded_and_the_comment_is_held(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(case: Case) -> Finding:
        raise RuntimeError(case.submission.email)

    monkeypatch.setitem(REGISTRY, "links.any", Source("links.any", "links", "spam", fails))
    with caplog.at_level(logging.INFO):
        found = score(READER)

    broken = next(one for one in found.signals if one.name == "links.any")
    assert (broken.evaluated, broken.points, broken.reason) == (False, 0.0, "not evaluated")
    assert sum(not one.evaluated for one in found.signals) == 1
    assert judge(found, Policy(hold_everything=False, approve_below=0.5)).status == "pending"
    assert "links.any" in caplog.text
    assert READER.email not in caplog.text


def test_if_the_text_cannot_be_read_at_all_nothing_is_evaluated_and_the_comment_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_: Submission) -> None:
        raise RuntimeError

    monkeypatch.setattr("moderation.spam.scoring.view_of", fails)

    found = score(READER)

    assert not any(one.evaluated for one in found.signals if one.name != "content.start")
    assert judge(found, Policy(hold_everything=False, approve_below=0.5)).status == "pending"


def test_one_group_cannot_say_more_than_its_cap() -> None:
    text = " ".join(f'<a href="http://buy-cheap-pills.top/{n}">viagra</a>' for n in range(30))
    caps = load().caps

    found = score(Submission("", "", "", text))

    assert sum(one.points for one in found.signals if one.group == "links") == pytest.approx(caps["links"][1])


def test_a_typed_name_and_address_alone_do_not_open_the_gate() -> None:
    """Anyone can type the name and e-mail address of somebody whose comments were approved."""
    links = replace(READER, text="Have a look at http://some.example/a and tell me.")
    past = History(known=True, author=Tally(approved=1000))
    between = (score(links).probability + score(links, past).probability) / 2
    policy = Policy(hold_everything=False, approve_below=between, hold_above=0.9)

    assert score(links, past).probability < between < score(links).probability
    assert judge(score(links, past), policy).status == "pending"
    assert judge(score(READER), policy).status == "approved"


def test_spam_in_the_past_outweighs_approvals() -> None:
    mixed = History(known=True, author=Tally(approved=5, spam=5), network=Tally(approved=5, spam=5))

    assert score(READER, mixed).probability > score(READER).probability


def test_whoever_sent_spam_has_no_good_past_to_show() -> None:
    mixed = Tally(approved=5, spam=5)
    found = score(READER, History(known=True, author=mixed, network=mixed, links={"a.example": mixed}))

    assert not [one.name for one in found.signals if one.group == "history" and one.points < 0]


def test_an_honest_reader_is_never_taken_for_spam_by_a_wave_alone() -> None:
    wave = History(known=True, recent_site=1000, recent_network=1000)

    assert score(READER, wave).probability < Policy().spam_above


def test_weights_that_do_not_fit_the_signals_are_refused() -> None:
    entries: dict[str, object] = {name: {"points": 0.0} for name in REGISTRY}
    caps = {group: [-1, 1] for group in get_args(Group)}
    table = {"start": 0, "caps": caps, "calibration": {"slope": 1, "shift": 0}}

    with pytest.raises(ValueError, match=r"signals and weights differ: links\.any"):
        weights_of(table | {"signals": {k: v for k, v in entries.items() if k != "links.any"}})
    with pytest.raises(ValueError, match="wrong side"):
        weights_of(table | {"signals": entries | {"links.any": {"points": -1.0}}})


def test_no_weight_decides_alone_but_the_honeypot_the_same_spam_again_and_what_was_taught() -> None:
    weights = load()
    alone = {name for name, points in weights.points.items() if weights.start + points > log_odds(0.85)}

    assert alone == {"behaviour.honeypot", "history.text_spam", "learned.spam_words"}


def test_the_dictionary_of_a_verdict_is_what_is_stored() -> None:
    verdict = judge(score(READER), Policy())

    stored = verdict.to_dict()

    assert set(stored) == {"probability", "status", "because", "facts", "signals"}
    assert stored["status"] == "pending"
    assert stored["probability"] == round(verdict.probability, 4)
    assert {frozenset(one) for one in stored["signals"]} == {
        frozenset({"name", "group", "points", "reason", "evaluated", "without"})
    }
    assert all(one["points"] == round(one["points"], 2) for one in stored["signals"])


def test_every_field_of_a_submission_is_fuzzed_here() -> None:
    assert {field.name for field in fields(Submission)} == {
        "author", "email", "url", "text", "page_key", "page_title", "page_url", "user_agent", "referrer",
        "language", "seconds_to_fill", "honeypot", "removed", "has_parent", "via", "proof",
    }  # fmt: skip
