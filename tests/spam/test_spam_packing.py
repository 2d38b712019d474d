"""A verdict is kept small: what is silent by its name alone, and read back as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import History, Policy, Submission, Tally, judge, score
from moderation.spam.packing import pack, packed, unpacked
from moderation.spam.scoring import weigh
from moderation.spam.signals import REGISTRY
from moderation.spam.types import Facts, Signal
from moderation.spam.weights import load

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def verdict(text: str, history: History | None = None, **changes: Any) -> dict[str, Any]:
    """The verdict on a comment, as it is given to the database."""
    found = score(Submission("Ann", "ann@example.org", "", text, **changes), history or History())
    return dict(judge(found, Policy(), Facts()).to_dict())


@given(
    text=st.text(max_size=200),
    spam=st.integers(0, 3),
    agent=st.none() | st.text(max_size=20),
    seconds=st.none() | st.floats(0, 1e6),
)
def test_a_verdict_is_read_back_as_it_was(text: str, spam: int, agent: str | None, seconds: float | None) -> None:
    whole = verdict(text, History(author=Tally(spam=spam), known=True), user_agent=agent, seconds_to_fill=seconds)
    assert unpacked(orjson.loads(orjson.dumps(packed(whole)))) == whole


@given(text=st.text(max_size=200), agent=st.none() | st.text(max_size=20), forgotten=st.booleans())
def test_a_verdict_is_packed_at_once_as_it_is_packed_in_two_steps(
    text: str, agent: str | None, forgotten: bool
) -> None:
    found = judge(score(Submission("Ann", "ann@example.org", "", text, user_agent=agent)), Policy(), Facts())
    if forgotten:
        # What scores share is made anew once a process has lived long enough.
        found = replace(found, signals=tuple(Signal(*each) for each in found.signals))
    assert packed(pack(found)) == packed(found.to_dict())
    assert unpacked(orjson.loads(orjson.dumps(pack(found)))) == found.to_dict()


def test_what_is_silent_takes_no_more_room_than_its_name() -> None:
    whole = verdict("I read this twice. Where did you get the figures for the second year? https://example.org/a")
    short = packed(whole)
    assert len(orjson.dumps(short)) < len(orjson.dumps(whole)) / 3
    assert {one if isinstance(one, str) else one["name"] for one in short["signals"]} == {"content.start", *REGISTRY}
    assert all(one["points"] or one["reason"] for one in short["signals"] if not isinstance(one, str))


def test_a_signal_that_failed_is_kept_in_full() -> None:
    findings = dict.fromkeys(REGISTRY)
    whole = {"signals": [one.to_dict() for one in weigh(findings, load()).signals]}
    assert not any(isinstance(one, str) for one in packed(whole)["signals"])
    assert unpacked(packed(whole)) == whole


def test_a_signal_that_is_gone_says_nothing_any_more() -> None:
    assert unpacked({"signals": ["links.of_old"]})["signals"] == [
        {"name": "links.of_old", "group": "links", "points": 0.0, "reason": "", "evaluated": True, "without": None}
    ]


@pytest.mark.parametrize("stored", [{}, {"probability": 0.5}, {"signals": []}])
def test_a_verdict_of_any_shape_stays_as_it_is(stored: dict[str, Any]) -> None:
    assert unpacked(packed(stored)) == stored


@given(signals=st.lists(st.dictionaries(st.sampled_from(["name", "points", "reason"]), _JSON)))
def test_signals_of_any_shape_stay_as_they_are(signals: list[dict[str, Any]]) -> None:
    assert unpacked(packed({"signals": signals})) == {"signals": signals}
