"""Every published figure comes with how far it is to be believed, and probabilities are held against the truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam.measure import Judged
from moderation.spam.measure.calibration import FULL, WIDE, calibration
from moderation.spam.measure.figures import area_interval, estimate, figures, share

PROBABILITIES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0]))
MANY = st.lists(st.builds(Judged, st.just("s"), st.just("en"), st.booleans(), PROBABILITIES), max_size=60)


def test_the_interval_of_a_share_is_wilsons() -> None:
    """The example of Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    found = [estimate(part, whole) for part, whole in ((81, 263), (15, 148), (0, 20), (1, 29))]

    assert [(round(one.low, 4), round(one.high, 4)) for one in found] == [
        (0.2553, 0.3662),
        (0.0624, 0.1605),
        (0.0, 0.1611),
        (0.0061, 0.1718),
    ]


def test_the_interval_of_an_area_is_near_that_of_hanley_and_mcneil_where_those_hold() -> None:
    """Hanley and McNeil (1982): an area of 0.893 from 51 and 58 cases has a standard error of about 0.032."""
    low, high = area_interval(0.893, 51, 58)

    assert low == pytest.approx(0.893 - 1.96 * 0.032, abs=0.02)
    assert high == pytest.approx(0.893 + 1.96 * 0.032, abs=0.02)


def test_a_perfect_area_from_few_comments_is_not_certain() -> None:
    low, high = area_interval(1.0, 5, 5)

    assert low < 0.75
    assert high == 1.0


@given(st.integers(1, 2000), st.integers(1, 2000), st.floats(0, 1))
def test_the_area_lies_in_its_interval(spam: int, legitimate: int, area: float) -> None:
    low, high = area_interval(area, spam, legitimate)

    assert 0 <= low <= area <= high <= 1


@given(st.integers(1, 10_000), st.data())
def test_a_share_lies_in_its_interval(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    found = estimate(part, whole)

    assert 0 <= found.low <= found.value <= found.high <= 1


def test_no_comments_have_no_share() -> None:
    assert share(0, 0).estimate is None


@pytest.mark.parametrize("spam", [True, False])
def test_one_label_alone_has_no_figures(spam: bool) -> None:
    found = figures([Judged("s", "en", spam, 0.5)])

    assert found.auc is None
    assert set(found.recall.values()) == {None}


@given(MANY)
def test_every_comment_is_in_one_bin(judged: list[Judged]) -> None:
    found = calibration(judged)

    assert sum(one.spam.whole for one in found.bins) == len(judged)
    assert len(found.bins) <= WIDE
    assert (found.error is None) == (not judged)


def test_probabilities_that_are_true_have_no_error() -> None:
    judged = [Judged("s", "en", at < 9, 0.9) for at in range(10)] + [Judged("s", "en", at < 2, 0.2) for at in range(10)]

    found = calibration(judged)

    assert found.error == pytest.approx(0.0, abs=1e-9)
    assert found.error_full == pytest.approx(0.0, abs=1e-9)


def test_the_error_is_how_far_off_the_bins_are_each_by_its_comments() -> None:
    judged = [Judged("s", "en", False, 0.95)] * 3 + [Judged("s", "en", False, 0.05)]

    assert calibration(judged).error == pytest.approx((3 * 0.95 + 0.05) / 4)


def test_bins_of_equal_size_keep_equal_scores_together() -> None:
    """Half of them spam, all with the same score: in whatever order they come, that score is true."""
    same = [Judged("s", "en", spam, 0.5) for spam in (True,) * 30 + (False,) * 30]

    assert len(same) > FULL
    assert calibration(same).error_full == pytest.approx(0.0)
