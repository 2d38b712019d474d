"""The proof of work that flood mode asks for: what counts as one, and what becomes of comments without."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from moderation.intake import proof
from moderation.intake.token import verify
from moderation.models import now
from moderation.settings import current
from tests.conftest import SECRET, settings
from tests.factories import Make
from tests.flooding import (
    MINUTE,
    OPEN,
    ask,
    begun,
    newest,
    overrun,
    said_of_the_proof,
    solve,
)
from tests.reader import PAGE, Reader


@pytest.fixture(autouse=True)
def short_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_NUMBERS", 4)


@pytest.fixture
def reader(app: Flask, make: Make) -> Reader:
    """A reader who comes to a flooded site where a comment without fault is otherwise published."""
    make.site(**OPEN)
    overrun(app)
    return Reader(app)


def test_nothing_is_asked_while_there_is_no_flood(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    form = ask(Reader(app))
    assert form["challenge"] is None
    assert "proof" not in form["strings"]
    answer = Reader(app).client.get("/sites/demo/reply", query_string={"page": PAGE})
    assert "script" not in answer.text + answer.headers["Content-Security-Policy"]
    assert Reader(app).post(altcha="uncalled for").status_code == 201


def test_a_comment_with_its_proof_is_judged_and_published(reader: Reader) -> None:
    form = ask(reader)
    assert set(form["challenge"]) == {"parameters", "signature"}
    assert form["strings"]["proof"]
    answer = reader.post(token=form["token"], altcha=solve(form["challenge"]))
    assert answer.status_code == 201
    comment = newest(reader.client.application)
    assert comment.verdict is not None
    assert comment.verdict["because"].endswith("(In flood mode the thresholds are lower.)")
    assert said_of_the_proof(comment) == (0, "Came with its proof of work.")


def test_the_same_as_a_form_post(reader: Reader) -> None:
    form = ask(reader)
    answer = reader.submit(to="/v1/sites/demo/comments", token=form["token"], altcha=solve(form["challenge"]))
    assert answer.status_code == 303
    assert newest(reader.client.application).status == "approved"


def test_a_missing_proof_holds_and_counts_a_little(reader: Reader) -> None:
    app = reader.client.application
    assert reader.post(token=begun(app, MINUTE)).status_code == 202
    comment = newest(app)
    points, reason = said_of_the_proof(comment)
    assert points > 0
    assert comment.probability < 0.3, "alone it makes no spam of anybody"
    assert reason == "Came without its proof of work."


def test_a_form_that_was_loaded_before_the_flood_is_held_and_not_blamed(app: Flask, make: Make) -> None:
    make.site(**OPEN)
    overrun(app)
    assert Reader(app).post(token=begun(app, timedelta(minutes=10))).status_code == 202
    assert said_of_the_proof(newest(app)) == (0, "No proof of work was asked for.")


def test_a_proof_is_good_for_its_own_form_alone(reader: Reader, make: Make) -> None:
    make.site("other", **OPEN)
    overrun(reader.client.application)
    one, two = ask(reader), ask(reader)
    elsewhere = ask(reader, "/another/page/")
    strange = Reader(reader.client.application, site="other")
    answers = [
        reader.post(token=one["token"], altcha=solve(two["challenge"]), comment="With the proof of another form."),
        reader.post(token=one["token"], altcha=solve(elsewhere["challenge"]), comment="With one of another page."),
        strange.post(altcha=solve(one["challenge"]), comment="With one of another site."),
    ]
    assert [answer.status_code for answer in answers[::2]] == [202, 202]
    assert answers[1].get_json()["type"] == "/problems/token-used"


def test_a_proof_is_good_once(reader: Reader) -> None:
    form = ask(reader)
    found = solve(form["challenge"])
    assert reader.post(token=form["token"], altcha=found).status_code == 201
    again = reader.post(token=form["token"], altcha=found, comment="A second comment with the same sum.")
    assert again.get_json()["type"] == "/problems/token-used"
    answer = reader.post(token=again.get_json()["token"], altcha=found, comment="A second comment with the same sum.")
    assert answer.status_code == 202


def forged(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def forge(found: str) -> str:
        payload = json.loads(base64.b64decode(found))
        change(payload)
        return base64.b64encode(json.dumps(payload).encode()).decode()

    return forge


FORGERIES: dict[str, Callable[[str], str]] = {
    "no number": forged(lambda it: it["solution"].pop("counter")),
    "another key": forged(lambda it: it["solution"].update(derivedKey="00" * 32)),
    "a cheaper sum": forged(lambda it: it["challenge"]["parameters"].update(cost=1, keyPrefix="")),
    "no signature of the answer": forged(lambda it: it["challenge"]["parameters"].pop("keySignature")),
    "a longer life": forged(lambda it: it["challenge"]["parameters"].update(expiresAt=2**60)),
    "no signature": forged(lambda it: it["challenge"].pop("signature")),
    "an empty signature": forged(lambda it: it["challenge"].update(signature="")),
    "a list": lambda _found: base64.b64encode(b"[1]").decode(),
    "nested": lambda _found: base64.b64encode(b"[" * 1400).decode(),
    "no base64": lambda _found: "%%% نہیں",
    "very long": lambda found: found + "A" * 100_000,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_what_is_no_proof_holds_the_comment_and_refuses_none(reader: Reader, forge: Callable[[str], str]) -> None:
    form = ask(reader)
    answer = reader.post(token=form["token"], altcha=forge(solve(form["challenge"])))
    assert answer.status_code == 202
    assert said_of_the_proof(newest(reader.client.application))[0] > 0


@pytest.mark.parametrize("typed", [None, 5, True, ["x"], {"a": 1}])
def test_a_proof_that_is_no_text_holds_the_comment_too(reader: Reader, typed: object) -> None:
    assert reader.post(altcha=typed).status_code == 202


def test_a_huge_number_in_the_right_key_is_still_the_right_key(reader: Reader) -> None:
    """What proves the work is the key that only the work finds; the number beside it is never worked with."""
    form = ask(reader)
    huge = forged(lambda it: it["solution"].update(counter=10**400))(solve(form["challenge"]))
    assert reader.post(token=form["token"], altcha=huge).status_code == 201


def challenge_of(app: Flask, token: str) -> dict[str, Any]:
    """A challenge for the form of `PAGE` with this token."""
    with app.app_context():
        return proof.challenge(current(), verify(current(), "demo", PAGE, token).nonce)


def test_an_expired_challenge_is_no_proof(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    token = reader.token()
    with monkeypatch.context() as patch:
        patch.setattr(proof, "now", lambda: now() - timedelta(days=2))
        old = challenge_of(reader.client.application, token)
    assert reader.post(token=token, altcha=solve(old)).status_code == 202


def test_a_proof_outlives_a_change_of_the_secret_key(reader: Reader, app_with: Callable[..., Flask]) -> None:
    form = ask(reader)
    renewed = app_with(secret_key="another-secret-of-more-than-32-characters", secret_key_fallbacks=(SECRET,))
    assert Reader(renewed).post(token=form["token"], altcha=solve(form["challenge"])).status_code == 201


def test_the_hosted_form_asks_too_and_its_script_is_allowed_then_alone(reader: Reader) -> None:
    answer = reader.client.get("/sites/demo/reply", query_string={"page": PAGE, "lang": "ur"})
    assert "script-src 'self'; " in answer.headers["Content-Security-Policy"]
    [challenge] = re.findall(r'name="altcha"\s+data-challenge="([^"]+)"', answer.text)
    [token] = re.findall(r'name="token"[^>]*value="([^"]+)"', answer.text)
    found = solve(json.loads(html.unescape(challenge)))
    assert reader.submit(token=token, altcha=found).status_code == 303
    assert newest(reader.client.application).status == "approved"


def test_a_hosted_form_that_comes_back_with_faults_asks_anew_for_the_same_token(reader: Reader) -> None:
    answer = reader.submit(comment="")
    assert answer.status_code == 422
    [challenge] = re.findall(r'name="altcha"\s+data-challenge="([^"]+)"', answer.text)
    [token] = re.findall(r'name="token"[^>]*value="([^"]+)"', answer.text)
    assert reader.submit(token=token, altcha=solve(json.loads(html.unescape(challenge)))).status_code == 303
    assert newest(reader.client.application).status == "approved"


def test_a_hosted_form_without_script_is_held(reader: Reader) -> None:
    assert reader.submit(altcha="").status_code == 303
    assert newest(reader.client.application).status == "pending"


@given(st.one_of(st.text(max_size=3000), st.binary(max_size=1000).map(lambda raw: base64.b64encode(raw).decode())))
def test_no_text_is_a_proof_or_breaks_the_check(typed: str) -> None:
    assert not proof.is_proof(settings(), "nonce", typed)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
parameters = st.fixed_dictionaries(
    {"algorithm": values, "nonce": values, "salt": values, "cost": values},
    optional={"keyLength": values, "keyPrefix": values, "keySignature": values, "expiresAt": values, "data": values},
)


@given(
    st.fixed_dictionaries(
        {
            "challenge": st.fixed_dictionaries({"parameters": parameters | values, "signature": values}) | values,
            "solution": st.fixed_dictionaries({"counter": values, "derivedKey": values}) | values,
        }
    )
)
def test_nothing_of_a_proofs_shape_breaks_the_check(payload: dict[str, Any]) -> None:
    typed = base64.b64encode(json.dumps(payload).encode()).decode()
    assert not proof.is_proof(settings(), "nonce", typed)


# What it costs


def test_checking_a_proof_costs_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousandth of the work of making one; what is no proof costs no more."""
    chosen = settings()
    asked = proof.challenge(chosen, "nonce")
    found = solve(asked)
    for typed, good in ((found, True), (found[:-40] + "A" * 40, False), ("A" * proof.LONGEST, False)):
        start = time.perf_counter()
        for _ in range(50):
            assert proof.is_proof(chosen, "nonce", typed) is good
        each = (time.perf_counter() - start) / 50
        one_round = hashing(asked["parameters"]["cost"])
        assert each < one_round, f"{each * 1e6:.0f} µs beside {one_round * 1e6:.0f} µs for one of a thousand tries"


def hashing(rounds: int) -> float:
    """Seconds that one try takes."""
    start = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds)
    return time.perf_counter() - start
