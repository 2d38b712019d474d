"""What must hold of every score, whatever the comment: links do not help spam, spaces and capitals do not hide it, the same
comment always gets the same score, time grows with length, and what was learned can be taken back."""

import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from moderation.spam import History, Submission, score
from moderation.spam.memory import Memory
from moderation.spam.prints import prints_of
from moderation.spam.signals import REGISTRY
from moderation.spam.tokens import tokens_of
from moderation.spam.view import view_of

VOCABULARY = """the talk was better than slides gate closed all afternoon thanks for sharing great post your blog cheap
    viagra casino subscribe channel check out i think you are right about queue hello merci pour cet article die antwort
    steht im text спасибо статья اردو میں تبصرہ 会议 很好 gracias por la nota 12 2019 — ! ? … :) @amal ürün indirim"""
WORDS = st.sampled_from(VOCABULARY.split())
PROSE = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
FIELDS = st.sampled_from(["", "Amal Karim", "summer hats", "cheap pills online"])
SITES = st.sampled_from(["", "https://amal.example/", "http://fine-hats.top/sale.php?id=7"])
MAILS = st.sampled_from(["", "amal@example.org", "x1@mailinator.com"])
COMMENTS = st.builds(Submission, author=FIELDS, email=MAILS, url=SITES, text=PROSE)
SPAM_LINKS = st.sampled_from(
    [
        '<a href="http://buy-pills.top/x">cheap viagra</a>',
        "http://buy-pills.top/x",
        "[url=http://buy-pills.top]pills[/url]",
        "www.buy-pills.top",
    ]
)
SPACES = st.sampled_from(["  ", "\n", "\t", " \n", "\u00a0", "\r\n"])
LITTLE, MOST = 0.5, 4.0
"""Points that spaces or capitals may move a score: what has nothing to do with them by less than a factor of two in the
odds, and together with the signals that read them on purpose by less than what one signal may say."""
ON_PURPOSE = {
    "content.answers_someone", "content.blank_lines", "content.doubled_spaces", "content.gibberish", "content.phone",
    "content.shouting",
}  # fmt: skip


def log_odds(submission: Submission, history: History | None = None) -> float:
    return sum(one.points for one in score(submission, history or History()).signals)


def taught(comments: list[tuple[Submission, bool]]) -> Memory:
    memory = Memory()
    for submission, spam in comments:
        memory.decide(submission, view_of(submission), spam=spam)
    return memory


@given(COMMENTS, SPAM_LINKS, st.data())
@settings(max_examples=200)
def test_a_spam_link_anywhere_between_the_words_never_lowers_the_score(
    submission: Submission, link: str, data: st.DataObject
) -> None:
    words = submission.text.split(" ")
    at = data.draw(st.integers(0, len(words)))
    linked = replace(submission, text=" ".join([*words[:at], link, *words[at:]]))

    assert log_odds(linked) >= log_odds(submission) - 1e-9


@given(COMMENTS, st.lists(SPAM_LINKS, max_size=14), SPAM_LINKS)
def test_nor_does_one_more_where_there_are_links(submission: Submission, links: list[str], link: str) -> None:
    several = replace(submission, text=" ".join([submission.text, *links]))

    assert log_odds(replace(several, text=f"{several.text} {link}")) >= log_odds(several) - 1e-9


@given(COMMENTS, SPAM_LINKS, st.lists(st.tuples(COMMENTS, st.booleans()), max_size=8), st.integers(0, 20))
def test_nor_does_it_where_a_site_has_taught_the_filter(
    submission: Submission, link: str, past: list[tuple[Submission, bool]], approved: int
) -> None:
    """Not even where links that look alike, to other hosts, were approved again and again."""
    alike = Submission(
        "Amal Karim", "", "", 'see http://garden-pills.top/x and <a href="http://w.top/">cheap viagra</a>'
    )
    memory = taught([*past, *[(alike, False)] * approved])
    linked = replace(submission, text=f"{submission.text} {link}")

    before = log_odds(submission, memory.history_of(submission, view_of(submission)))
    assert log_odds(linked, memory.history_of(linked, view_of(linked))) >= before - 1e-9


@given(COMMENTS, SPACES)
@settings(max_examples=200)
def test_other_spaces_between_the_words_move_the_score_little(submission: Submission, space: str) -> None:
    spaced = replace(submission, text=submission.text.replace(" ", space))

    others, all_together = moved(submission, spaced)
    assert (others <= LITTLE, all_together <= MOST) == (True, True)


@given(COMMENTS, st.sampled_from([str.lower, str.title, str.capitalize, str.upper, str.swapcase]))
@settings(max_examples=200)
def test_other_capitals_move_the_score_little(submission: Submission, change: Callable[[str], str]) -> None:
    changed = change(submission.text)
    # Where a letter has no single capital, changing it writes another word: ß, SS, ss.
    assume(changed.casefold() == submission.text.casefold())

    others, all_together = moved(submission, replace(submission, text=changed))
    assert (others <= LITTLE, all_together <= MOST) == (True, True)


def moved(before: Submission, after: Submission) -> tuple[float, float]:
    """How far a score moves: without the signals that read spaces and capitals on purpose, and with them."""
    a, b = ({one.name: one.points for one in score(submission).signals} for submission in (before, after))
    changes = {name: b[name] - points for name, points in a.items()}
    return abs(sum(by for name, by in changes.items() if name not in ON_PURPOSE)), abs(sum(changes.values()))


def test_the_signals_that_read_spaces_and_capitals_are_still_there() -> None:
    assert REGISTRY.keys() >= ON_PURPOSE


def test_another_process_gives_the_same_scores_to_the_last_digit() -> None:
    """Sets are ordered by chance in each process; no sum and no sentence may follow them."""
    program = """if True:
        import json
        from moderation.spam import Submission, score
        from moderation.spam.memory import Memory
        from moderation.spam.view import view_of
        texts = ["great post your blog cheap viagra http://a.top/x http://b.top/y casino poker", "I was there too: gate 7",
                 "subscribe to my channel check out my video thanks for sharing and have a nice day " * 3]
        memory, found = Memory(), []
        for round in range(3):
            for at, text in enumerate(texts):
                sent = Submission("summer hats", "a@b.example", "http://fine-hats.top/", text)
                card = score(sent, memory.history_of(sent, view_of(sent)))
                found.append([repr(card.probability), [[repr(one.points), one.reason] for one in card.signals]])
                memory.decide(sent, view_of(sent), spam=at != 1)
        print(json.dumps(found))
    """
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip

    assert len(answers) == 1
    assert len(json.loads(answers.pop())) == 9


SHAPES = {
    "words": "the talk was better than the slides ",
    "one word": "a",
    "links": "http://a.example/x ",
    "anchors": '<a href="http://a.example/">b</a>',
    "open tags": "<a href=",
    "brackets": "[url=",
    "entities": "&amp;",
    "dots": "a.",
    "hyphens": "a-",
    "spaced letters": "v i a ",
    "digits in words": "v1agr4 ",
    "look-alikes": "aа",
    "zero width": "a\u200b",
    "overrides": "\u202ea",
    "overrides, closed": "\u202ea\u202c",
    "combining marks": "\u0301\u0316",
    "expanding letters": "\ufdfa",
    "styled letters": "\U0001d400",
    "Chinese": "会议很好",
    "Urdu": "تبصرہ ہے ",
    "empty lines": "\r\n \r\n",
    "addresses": "a@b.example ",
    "dot com": "a dot com ",
    "quotation": "> a\n",
    "capitals": "aX",
    "punctuation in words": "a.b-c_d*e'",
}
"""What stands again and again in texts that are awkward to read."""


def seconds(text: str, history: History, runs: int) -> float:
    best = math.inf
    for _ in range(runs):
        began = process_time()
        submission = Submission("Amal", "amal@example.org", "https://amal.example", text)
        view = view_of(submission)
        score(submission, history, view)
        tokens_of(view), prints_of(view)
        best = min(best, process_time() - began)
    return best


@pytest.mark.parametrize("piece", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(("short", "long"), [(1_000, 8_000), (8_000, 64_000)])
def test_time_grows_no_faster_than_length(piece: str, short: int, long: int) -> None:
    """Eight times the text may cost eight times the time, and as much again for a busy machine. What is not linear costs
    64 times; a fixed part, which every comment costs, is allowed on top."""
    history = History(known=True)
    fixed = seconds("", history, 5)
    for _ in range(3):
        a, b = (seconds((piece * length)[:length], history, 3) for length in (short, long))
        if b <= 16 * a + fixed:
            return
    pytest.fail(f"{long} characters cost {b / a:.0f} times what {short} cost")


PAST = st.lists(st.tuples(COMMENTS, st.booleans()), max_size=10)


@given(PAST, COMMENTS, st.booleans())
def test_what_is_learned_and_taken_back_was_never_there(
    past: list[tuple[Submission, bool]], submission: Submission, spam: bool
) -> None:
    memory = taught(past)
    before = memory.state()

    memory.decide(submission, view_of(submission), spam=spam)
    assert memory.state() != before
    memory.take_back(submission, view_of(submission), spam=spam)

    assert memory.state() == before


@given(PAST, st.randoms(use_true_random=False))
def test_the_order_of_decisions_leaves_no_trace(past: list[tuple[Submission, bool]], chance: random.Random) -> None:
    other = past.copy()
    chance.shuffle(other)

    assert taught(past).state() == taught(other).state()


@given(PAST, COMMENTS)
def test_equal_states_give_equal_scores(past: list[tuple[Submission, bool]], submission: Submission) -> None:
    view = view_of(submission)
    cards = [score(submission, taught(order).history_of(submission, view)) for order in (past, past[::-1])]

    assert cards[0] == cards[1]
