"""A large collection of known attacks, where it is at hand, comes out clean."""

import json
from pathlib import Path

import pytest

from moderation.text.sanitize import clean_html, sanitize
from tests.text.markup_oracle import faults_of

ATTACKS = Path(__file__).parents[3] / "shared" / "data" / "xss" / "dev.jsonl"
SAMPLE = 1500


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    if not ATTACKS.exists():
        pytest.skip(f"no collection of attacks at {ATTACKS}: only our own cases were tried")
    everything = [json.loads(line)["payload"] for line in ATTACKS.read_text("utf-8").splitlines() if line]
    return everything[:: max(len(everything) // SAMPLE, 1)]


def test_no_known_attack_survives_as_a_comment(payloads: list[str]) -> None:
    assert len(payloads) >= SAMPLE
    survived = {payload: faults for payload in payloads if (faults := faults_of(sanitize(payload).html))}
    assert survived == {}


def test_no_known_attack_survives_as_an_import(payloads: list[str]) -> None:
    cleaned = {payload: clean_html(payload) for payload in payloads}
    assert {payload: faults for payload, html in cleaned.items() if (faults := faults_of(html))} == {}
    assert {payload: html for payload, html in cleaned.items() if clean_html(html) != html} == {}
