"""What changed from one text to another."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from moderation.text.diff import MOST_COMPARED, Change, changes, shortened

texts = st.text(st.sampled_from(list("ab .,\n\u0301\u202eکے <*")), max_size=60) | st.text(max_size=40)


def side(found: list[Change], without: str) -> str:
    return "".join(change.text for change in found if change.kind != without)


@given(texts, texts)
def test_both_texts_can_be_read_off_the_changes(before: str, after: str) -> None:
    found = changes(before, after)
    assert side(found, "added") == before
    assert side(found, "removed") == after
    assert all(change.text for change in found)
    assert (before == after) == ({change.kind for change in found} <= {"same"})


@given(texts, texts)
def test_what_is_left_out_stayed_and_nothing_else_is_lost(before: str, after: str) -> None:
    short = shortened(changes(before * 9, after * 9))
    assert side(short, "added") == before * 9
    assert side(short, "removed") == after * 9


def test_words_are_compared_whole_and_accents_stay_with_their_letters() -> None:
    assert changes("The cat sat.", "The dog sat.") == [
        Change("same", "The "),
        Change("removed", "cat"),
        Change("added", "dog"),
        Change("same", " sat."),
    ]
    assert Change("removed", "اُردو") in changes("یہ اُردو ہے", "یہ زبان ہے")
    assert Change("removed", "हिन्दी") in changes("यह हिन्दी है", "यह भाषा है")


def test_only_the_neighbourhood_of_a_change_is_kept() -> None:
    long = "word " * 100
    kinds = [change.kind for change in shortened(changes(f"{long}old {long}", f"{long}new {long}"))]
    assert kinds == ["cut", "same", "removed", "added", "same", "cut"]


def test_texts_that_have_nothing_in_common_are_not_compared_word_by_word() -> None:
    """However it is written, a diff costs next to nothing."""
    words = [f"w{number % 97}" for number in range(5000)]
    began = time.process_time()
    found = changes("! ".join(words), "? ".join(reversed(words)))
    assert time.process_time() - began < 1
    assert [change.kind for change in found[:2]] == ["removed", "added"]
    assert len(words) > MOST_COMPARED
