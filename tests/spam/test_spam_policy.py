"""An owner's rules: what a score becomes, and what may be typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import Policy, PolicyError, Score, Signal, judge
from moderation.spam.policy import SETTINGS

OPEN = Policy(hold_everything=False, approve_below=0.2, spam_above=0.8)


def scored(probability: float, *, evaluated: bool = True) -> Score:
    return Score(probability, (Signal("links.any", "links", 0.0, "No links.", evaluated),))


@pytest.mark.parametrize(
    ("probability", "policy", "status"),
    [
        (0.0, Policy(), "pending"),
        (0.9699, Policy(), "pending"),
        (0.97, Policy(), "spam"),
        (0.1999, OPEN, "approved"),
        (0.2, OPEN, "pending"),
        (0.7999, OPEN, "pending"),
        (0.8, OPEN, "spam"),
        (0.0, Policy(hold_everything=False, approve_below=0.0), "pending"),
        (1.0, Policy(spam_above=1.0), "spam"),
    ],
)
def test_a_probability_becomes_the_status_that_the_policy_says(probability: float, policy: Policy, status: str) -> None:
    assert judge(scored(probability), policy).status == status


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_an_incomplete_score_is_always_held_and_says_which_signal_is_missing(probability: float) -> None:
    verdict = judge(scored(probability, evaluated=False), OPEN)

    assert verdict.status == "pending"
    assert verdict.because == "Held: not every signal could be evaluated (links.any)."


def test_the_reason_names_the_setting_that_decided() -> None:
    assert "hold_everything" in judge(scored(0.1), Policy()).because
    assert "approve_below" in judge(scored(0.1), OPEN).because
    assert "spam_above" in judge(scored(0.9), OPEN).because


def test_the_table_and_the_policy_agree() -> None:
    assert Policy().to_dict() == {setting.name: setting.default for setting in SETTINGS}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("hold_everything", "no", False),
        ("hold_everything", " ON ", True),
        ("approve_below", "0.2", 0.2),
        ("spam_above", "1", 1.0),
        ("close_after_days", "14", 14),
        ("max_depth", "1", 1),
    ],
)
def test_an_owner_changes_one_setting_and_the_others_stay(name: str, typed: str, value: float) -> None:
    changed = Policy().changed(name, typed)

    assert changed.to_dict() == Policy().to_dict() | {name: value}
    assert Policy.from_dict(changed.to_dict()) == changed


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("spam_above", "high", "spam_above was 'high'; it must be a number from 0 to 1 and more than approve_below."),
        ("spam_above", "1.1", "spam_above was '1.1'; it must be a number from 0 to 1 and more than approve_below."),
        ("approve_below", "nan", "approve_below was 'nan'; it must be a number from 0 to 1 and less than spam_above."),
        ("hold_everything", "maybe", "hold_everything was 'maybe'; it must be yes or no."),
        ("max_depth", "0", "max_depth was '0'; it must be a whole number from 1 to 10."),
        ("max_depth", "2.5", "max_depth was '2.5'; it must be a whole number from 1 to 10."),
        ("close_after_days", "-1", "close_after_days was '-1'; it must be a whole number from 0 to 36500."),
        (
            "colour",
            "red",
            (
                "There is no policy setting 'colour'; there are hold_everything, approve_below, spam_above, "
                "close_after_days, max_depth."
            ),
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_that_says_what_can(name: str, typed: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy().changed(name, typed)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(("name", "typed"), [("spam_above", "0.05"), ("approve_below", "0.97")])
def test_thresholds_cannot_cross(name: str, typed: str) -> None:
    with pytest.raises(PolicyError, match="must be less than spam_above"):
        Policy().changed(name, typed)


def test_what_is_missing_in_a_stored_policy_has_its_default() -> None:
    assert Policy.from_dict({"max_depth": 3}) == Policy(max_depth=3)


@given(st.sampled_from([setting.name for setting in SETTINGS]) | st.text(), st.text())
def test_whatever_is_typed_gives_a_valid_policy_or_a_sentence(name: str, typed: str) -> None:
    try:
        changed = Policy().changed(name, typed)
    except PolicyError as refused:
        assert str(refused).endswith(".")
        assert len(str(refused)) < 300
    else:
        assert Policy.from_dict(changed.to_dict()) == changed
