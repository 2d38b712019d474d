"""The figures that we publish are counted rightly; ties are no one's gain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam.measure import Judged, recall_at, roc_auc, share_at

MANY = st.lists(st.builds(Judged, st.just("s"), st.just("en"), st.booleans(), st.sampled_from([0.1, 0.3, 0.5, 0.9])))


def judged(spam: list[float], legitimate: list[float]) -> list[Judged]:
    return [Judged("s", "en", True, one) for one in spam] + [Judged("s", "en", False, one) for one in legitimate]


def test_a_filter_that_tells_all_apart_has_an_area_of_one() -> None:
    assert roc_auc(judged([0.8, 0.9], [0.1, 0.2])) == 1.0
    assert roc_auc(judged([0.1, 0.2], [0.8, 0.9])) == 0.0


def test_a_filter_that_says_the_same_of_everything_has_an_area_of_one_half_and_finds_nothing() -> None:
    same = judged([0.5] * 3, [0.5] * 200)

    assert roc_auc(same) == 0.5
    assert recall_at(same, 0.01) == 0.0


def test_recall_allows_exactly_so_many_false_positives() -> None:
    hundred = [n / 1000 for n in range(99)] + [0.7]

    assert recall_at(judged([0.6, 0.8], hundred), 0.01) == 1.0
    assert recall_at(judged([0.6, 0.8], hundred), 0.005) == 0.5


def test_there_is_no_figure_without_both_labels() -> None:
    assert roc_auc(judged([0.5], [])) is None
    assert recall_at(judged([], [0.5]), 0.01) is None


def test_a_share_counts_what_reaches_the_threshold() -> None:
    assert share_at(judged([0.4, 0.5, 0.6], [0.9]), 0.5, spam=True) == (2, 3)


@given(MANY)
def test_the_area_is_the_share_of_pairs_won(every: list[Judged]) -> None:
    spam = [one.probability for one in every if one.spam]
    legitimate = [one.probability for one in every if not one.spam]
    won = [1.0 if a > b else 0.5 if a == b else 0.0 for a in spam for b in legitimate]

    assert roc_auc(every) == (pytest.approx(sum(won) / len(won)) if won else None)
