"""What a comment costs grows with its length and no faster, whatever stands in it."""

from dataclasses import replace
from time import process_time

import pytest

from moderation.spam import Submission, score

LONG = 65_536
MOST = 60
"""A 64 KB text costs at most some 20 times a usual one (bench/spam/speed.py). The rest of this bound is for a busy machine;
a pattern that is not linear costs thousands."""
USUAL = "The talk was better than the slides, and I wish you had shown the part about the queue a little longer. " * 5
PIECES = [
    "a", "aX", " ", "&", "&amp;", "&#", "<", "<a ", "<a href=", "<a href=\"http://a.example/\">b</a>", "[",
    "[url=", "]", "a.", "a-", "a.com", "a.com/", "1 ", "1", "+1 (", "v i a ", "a1b", "\u0301\u0316", "\ufdfa",
    "\ud835\udc00", "a\u0430", "http://", "http : ", "www.", "\r\n \r\n", "a\u200b", "\u202e", "a  ", "dot com ",
    "a dot ", " .", "telegram ", "@", "href=", "href= ", "_", "{}", "\ufdfa", "\u00df", "\u0130", "\ud55c",
    "\u5b57", "\u3002", "'", "\u0000", "\ud800",
]  # fmt: skip


def seconds(text: str, runs: int) -> float:
    best = float("inf")
    for _ in range(runs):
        began = process_time()
        score(Submission("Amal", "amal@example.org", "https://amal.example", text))
        best = min(best, process_time() - began)
    return best


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_no_text_of_64_kilobytes_costs_more_than_its_length(piece: str) -> None:
    usual = seconds(USUAL[:500], 20)

    assert seconds((piece * LONG)[:LONG], 3) < MOST * usual


@pytest.mark.parametrize(
    "field", ["author", "email", "url", "page_title", "page_url", "user_agent", "referrer", "honeypot"]
)
@pytest.mark.parametrize("piece", ["a", "a.", "http://a.", "\u0301\u0316", " a"], ids=ascii)
def test_no_other_field_of_64_kilobytes_costs_much(field: str, piece: str) -> None:
    usual = seconds(USUAL[:500], 20)
    plain = Submission("a", "b", "c", "d", via="form")
    sent = replace(plain, **{field: (piece * LONG)[:LONG]})  # type: ignore[arg-type]  # all these fields are text

    began = process_time()
    score(sent)

    assert process_time() - began < MOST * usual
