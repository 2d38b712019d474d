"""An owner's rules: what a score becomes, and what may be typed."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import Facts, Policy, PolicyError, Score, Signal, Tally, judge
from moderation.spam.judging import LONGEST_BECAUSE
from moderation.spam.policy import SETTINGS, Setting, Value

DOCS = (Path(__file__).parents[2] / "docs" / "spam.md").read_text()
OPEN = Policy(hold_everything=False, approve_below=0.2, hold_above=0.5, spam_above=0.8)
STRANGER = Facts()
KNOWN = Facts(verified=Tally(approved=2))


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
        (0.4999, OPEN, "pending"),
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


@pytest.mark.parametrize(
    ("probability", "facts", "rules", "status", "because"),
    [
        (0.1, STRANGER, {}, "approved", "Approved: the probability of 10.0% is below 20.0% (approve_below)."),
        (
            0.3, STRANGER, {}, "pending",
            ("Held: the probability of 30.0% lies between 20.0% (approve_below) and 50.0% (hold_above), "
            "and this browser has no approved comments (trust_after is 2)."),
        ),
        (
            0.3, STRANGER, {"trust_after": 0}, "pending",
            ("Held: the probability of 30.0% lies between 20.0% (approve_below) and 50.0% (hold_above), "
            "and this site trusts no author (trust_after is 0)."),
        ),
        (0.5, STRANGER, {}, "pending", "Held: the probability of 50.0% is not below 50.0% (hold_above)."),
        (0.8, STRANGER, {}, "spam", "Spam: the probability of 80.0% is not below 80.0% (spam_above)."),
        (
            0.3, KNOWN, {}, "approved",
            ("Approved: this browser has 2 approved comments (trust_after is 2), "
            "and the probability of 30.0% is below 50.0% (hold_above)."),
        ),
        (
            0.1, STRANGER, {"hold_first": 1}, "pending",
            "Held: this browser has no approved comments (hold_first is 1).",
        ),
        (0.1, Facts(links=2), {"hold_links": 2}, "pending", "Held: links: 2, and this site holds from 2 on (hold_links)."),
        (0.1, Facts(held=('"free" in the text',)), {}, "pending", 'Held: the hold list has "free" in the text.'),
        (0.1, Facts(blocked=('"casino" in the name',)), {}, "spam", 'Spam: the block list has "casino" in the name.'),
        (0.6, Facts(allowed=('"ip:192.0.2.7"',)), {}, "approved", 'Approved: the allow list has "ip:192.0.2.7".'),
        (
            0.9, Facts(allowed=('"ip:192.0.2.7"',)), {}, "pending",
            ("Held: the probability of 90.0% is not below 80.0% (spam_above), and only the allow list "
            'with "ip:192.0.2.7" keeps it from the spam.'),
        ),
        (
            0.6, Facts(links=3, held=('"free" in the text',)), {"hold_everything": True, "hold_links": 3}, "pending",
            ('Held: this site holds every comment (hold_everything). Also: the hold list has "free" in the text; '
            "the probability of 60.0% is not below 50.0% (hold_above); "
            "links: 3, and this site holds from 3 on (hold_links)."),
        ),
    ],
)  # fmt: skip
def test_the_reason_names_every_rule_that_decided(
    probability: float, facts: Facts, rules: dict[str, Value], status: str, because: str
) -> None:
    verdict = judge(scored(probability), Policy.from_dict(OPEN.to_dict() | rules), facts)

    assert (verdict.status, verdict.because) == (status, because)


@pytest.mark.parametrize(
    ("verified", "trust_after", "status"),
    [
        (Tally(approved=2), 2, "approved"),
        (Tally(approved=1), 2, "pending"),
        (Tally(approved=1), 1, "approved"),
        (Tally(pending=9), 2, "pending"),
        (Tally(approved=9, pending=9, trash=9), 2, "approved"),
        (Tally(approved=200, spam=1), 2, "pending"),
        (Tally(approved=200), 0, "pending"),
    ],
)
def test_an_author_is_trusted_after_so_many_approved_comments_and_no_spam(
    verified: Tally, trust_after: int, status: str
) -> None:
    policy = Policy.from_dict(OPEN.to_dict() | {"trust_after": trust_after})

    assert judge(scored(0.49), policy, Facts(verified=verified)).status == status
    assert judge(scored(0.5), policy, Facts(verified=verified)).status == "pending", "hold_above holds everybody"
    assert judge(scored(0.8), policy, Facts(verified=verified)).status == "spam"


@pytest.mark.parametrize(
    ("verified", "hold_first", "status"),
    [
        (Tally(), 1, "pending"),
        (Tally(pending=5), 1, "pending"),
        (Tally(approved=1), 1, "approved"),
        (Tally(approved=2), 3, "pending"),
        (Tally(approved=3), 3, "approved"),
        (Tally(approved=3, spam=1), 3, "pending"),
        (Tally(), 0, "approved"),
    ],
)
def test_the_first_comments_of_a_browser_wait(verified: Tally, hold_first: int, status: str) -> None:
    policy = Policy.from_dict(OPEN.to_dict() | {"hold_first": hold_first, "trust_after": 1})

    assert judge(scored(0.0), policy, Facts(verified=verified)).status == status


@pytest.mark.parametrize(
    ("links", "hold_links", "status"), [(1, 2, "approved"), (2, 2, "pending"), (200, 0, "approved")]
)
def test_so_many_links_wait_whoever_wrote_them(links: int, hold_links: int, status: str) -> None:
    policy = Policy.from_dict(OPEN.to_dict() | {"hold_links": hold_links})

    assert judge(scored(0.0), policy, Facts(links=links, verified=Tally(approved=9))).status == status


NAMED = ('"an entry"',)


@given(
    probability=st.floats(0, 1),
    links=st.integers(0, 5),
    approved=st.integers(0, 5),
    spam=st.integers(0, 1),
    lists=st.tuples(*[st.sampled_from([(), NAMED])] * 3),
    everything=st.booleans(),
    first=st.integers(0, 3),
    most=st.integers(0, 3),
)
def test_what_is_stricter_wins(
    probability: float, links: int, approved: int, spam: int, lists: tuple[tuple[str, ...], ...],
    everything: bool, first: int, most: int,
) -> None:  # fmt: skip
    blocked, held, allowed = lists
    policy = Policy(hold_everything=everything, hold_first=first, hold_links=most)
    facts = Facts(links, Tally(approved=approved, spam=spam), blocked, held, allowed)
    status = judge(scored(probability), policy, facts).status
    strict = judge(scored(probability), policy, Facts(links, facts.verified, blocked, held)).status
    without_rules = judge(scored(probability), Policy(hold_everything=False), facts).status

    assert (status == "spam") == (bool(blocked) or (probability >= 0.97 and not allowed))
    if everything or held:
        assert status != "approved", "no list and no past publishes what everything or the hold list holds"
    if status == "approved" and not allowed:
        assert probability < 0.9
        assert probability < 0.05 or (approved >= 2 and not spam)
    # A rule that holds can only hold.
    assert (status == "spam") == (without_rules == "spam")
    if status == "approved":
        assert without_rules == "approved"
    # The allow list never makes anything worse.
    assert ("approved", "pending", "spam").index(status) <= ("approved", "pending", "spam").index(strict)


def test_what_a_typed_address_says_publishes_nothing_and_the_verdict_says_so() -> None:
    borrowed = Signal("history.author_approved", "history", -0.5, "2 earlier comments approved.", without=0.25)
    score = Score(0.18, (borrowed,))

    verdict = judge(score, OPEN)
    assert (verdict.status, verdict.because) == (
        "pending",
        (
            "Held: the probability of 18.0% would be 25.0% without the e-mail address, which anybody can type, "
            "and that is not below 20.0% (approve_below); this browser has no approved comments (trust_after is 2)."
        ),
    )
    assert judge(score, OPEN, KNOWN).status == "approved", "whose browser is known needs no address"
    assert judge(Score(0.18, (borrowed._replace(without=0.19),)), OPEN).status == "approved"


def test_the_block_list_needs_no_complete_score() -> None:
    broken = scored(0.1, evaluated=False)

    assert judge(broken, OPEN, Facts(blocked=NAMED)).status == "spam"
    assert judge(broken, OPEN, Facts(allowed=NAMED)).status == "pending"
    assert judge(broken, OPEN, KNOWN).status == "pending"


def test_a_reason_fits_in_the_log_however_many_entries_it_names() -> None:
    many = tuple(f'"{"x" * 60}" in the text without disguises' for _ in range(50))

    assert " and 47 more." in judge(scored(0.1), OPEN, Facts(blocked=many[:3] + many[:47])).because
    held = judge(
        scored(0.6),
        Policy(hold_links=1, hold_first=1),
        Facts(links=1, held=tuple('"' + "y" * 200 + '"' for _ in range(9))),
    )
    assert len(held.because) <= LONGEST_BECAUSE


def test_the_table_and_the_policy_agree() -> None:
    assert Policy().to_dict() == {setting.name: setting.default for setting in SETTINGS}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_documentation_knows_every_setting_and_its_default(setting: Setting) -> None:
    if isinstance(setting.default, bool):
        default = ("no", "yes")[setting.default]
    else:
        default = setting.default if isinstance(setting.default, str) else f"{setting.default:g}"

    assert f"\n| `{setting.name}` | {default} | " in DOCS


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("hold_everything", "no", False),
        ("hold_everything", " ON ", True),
        ("approve_below", "0.2", 0.2),
        ("spam_above", "1", 1.0),
        ("close_after_days", "14", 14),
        ("max_depth", "1", 1),
        ("flood_mode", " ON ", "on"),
    ],
)
def test_an_owner_changes_one_setting_and_the_others_stay(name: str, typed: str, value: Value) -> None:
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
        ("flood_mode", "yes", "flood_mode was 'yes'; it must be auto, on or off."),
        ("close_after_days", "-1", "close_after_days was '-1'; it must be a whole number from 0 to 36500."),
        (
            "colour",
            "red",
            (
                "There is no policy setting 'colour'; there are hold_everything, approve_below, hold_above, spam_above, "
                "trust_after, hold_first, hold_links, close_after_days, empty_after_days, max_depth, "
                "edit_minutes, flood_mode, digest_hours."
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


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"approve_below": "0.95"}, "approve_below (0.95) must not be more than hold_above (0.9)"),
        ({"hold_above": "0.04"}, "approve_below (0.05) must not be more than hold_above (0.04)"),
        ({"hold_above": "0.98"}, "hold_above (0.98) must not be more than spam_above (0.97)"),
        ({"spam_above": "0.4"}, "hold_above (0.9) must not be more than spam_above (0.4)"),
    ],
)
def test_hold_above_lies_between_the_other_two(typed: dict[str, str], sentence: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy().changed_to(typed)

    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith("change the other one first, or both at once.")


def test_thresholds_can_be_changed_together_in_any_order() -> None:
    typed = {"approve_below": "0.6", "hold_above": "0.7", "spam_above": "0.8"}

    for order in itertools.permutations(typed):
        assert Policy().changed_to({name: typed[name] for name in order}).hold_above == 0.7


def test_equal_thresholds_leave_nothing_between_them() -> None:
    policy = Policy(hold_everything=False, approve_below=0.3, hold_above=0.3)

    assert judge(scored(0.29), policy).status == "approved"
    assert judge(scored(0.3), policy, KNOWN).status == "pending"


def test_what_is_missing_in_a_stored_policy_has_its_default() -> None:
    assert Policy.from_dict({"max_depth": 3}) == Policy(max_depth=3)


@pytest.mark.parametrize(
    ("stored", "hold_above"),
    [
        (
            {
                "hold_everything": False,
                "approve_below": 0.05,
                "spam_above": 0.97,
                "close_after_days": 0,
                "empty_after_days": 30,
                "max_depth": 5,
                "edit_minutes": 15,
                "flood_mode": "auto",
            },
            0.9,
        ),
        ({"approve_below": 0.95, "spam_above": 0.97}, 0.95),
        ({"approve_below": 0.95}, 0.95),
        ({"spam_above": 0.3}, 0.3),
    ],
)
def test_rules_stored_before_there_was_hold_above_go_on_as_they_were(
    stored: dict[str, object], hold_above: float
) -> None:
    policy = Policy.from_dict(stored)

    assert policy.hold_above == hold_above
    assert all(getattr(policy, name) == value for name, value in stored.items())


@given(st.sampled_from([setting.name for setting in SETTINGS]) | st.text(), st.text())
def test_whatever_is_typed_gives_a_valid_policy_or_a_sentence(name: str, typed: str) -> None:
    try:
        changed = Policy().changed(name, typed)
    except PolicyError as refused:
        assert str(refused).endswith(".")
        assert len(str(refused)) < 500
    else:
        assert Policy.from_dict(changed.to_dict()) == changed
