"""Scoring a file: a line out for each line in, whatever stands in it, and no database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from moderation.cli.spam import spam
from moderation.spam import RecordError, Submission, submission_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def lines(*records: object) -> str:
    return "".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records)


def test_unknown_fields_are_ignored_and_missing_ones_are_empty() -> None:
    assert submission_of({"text": "Hello.", "colour": 7, "label": "spam"}) == Submission("", "", "", "Hello.")


def test_null_and_an_empty_agent_count_as_not_known() -> None:
    assert submission_of({"text": None, "ua": ""}) == Submission("", "", "", "")


@pytest.mark.parametrize(
    ("value", "kind"), [(5, "a number"), (True, "true or false"), (["a"], "a list"), ({"a": 1}, "an object")]
)
def test_a_field_of_the_wrong_type_is_named(value: object, kind: str) -> None:
    with pytest.raises(RecordError) as refused:
        submission_of({"email": value})

    assert str(refused.value) == f"The field 'email' must be text, and is {kind}."


def test_each_line_in_gives_one_line_out_in_the_same_order() -> None:
    given_lines = lines({"id": "a", "text": "First."}, {"text": "no id"}, {"id": 9, "text": "Third."})

    result = CliRunner().invoke(spam, ["score", "-"], input=given_lines)

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [answer.get("id") for answer in answers] == ["a", None, 9]
    assert all(0 <= answer["probability"] <= 1 and len(answer["signals"]) > 25 for answer in answers)


def test_a_bad_line_is_named_and_the_others_are_scored_all_the_same() -> None:
    bad = ["", "{", "[1, 2]", '{"text": 5}', '{"id": {"a": 1}, "text": "x"}', '{"id": NaN}', "[" * 100_000]

    result = CliRunner().invoke(spam, ["score", "-"], input=lines({"text": "Good."}, *bad, {"text": "Good too."}))

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert ["error" in answer for answer in answers] == [False, *[True] * 7, False]
    assert result.stderr.splitlines() == [
        "Line 2: The line is blank; it must be a JSON object.",
        "Line 3: The line is not JSON.",
        'Line 4: The line must be a JSON object, such as {"author": "…", "text": "…"}.',
        "Line 5: The field 'text' must be text, and is a number.",
        "Line 6: The field 'id' must be text or a number.",
        "Line 7: The line is not JSON.",
        "Line 8: The line is not JSON.",
    ]


def test_bytes_that_are_not_utf8_are_named() -> None:
    result = CliRunner().invoke(spam, ["score", "-"], input=b'{"text": "\xff"}\n')

    assert result.stderr == "Line 1: The line is not UTF-8.\n"


@given(st.lists(JSON.map(json.dumps) | st.text().map(lambda text: " ".join(text.splitlines())), max_size=5))
def test_whatever_the_lines_hold_as_many_come_out(given_lines: list[str]) -> None:
    given_bytes = b"".join(line.encode("utf-8", "replace").replace(b"\n", b" ") + b"\n" for line in given_lines)

    result = CliRunner().invoke(spam, ["score", "-"], input=given_bytes)

    assert len(result.stdout.splitlines()) == len(given_lines)
    assert result.exit_code in (0, 1)


def test_a_reader_who_stops_reading_is_not_answered_with_an_error(tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text(lines(*({"text": f"Comment {n}."} for n in range(2000))))
    code = "from moderation.cli.spam import spam; spam()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "score", str(many)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()

    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_the_room_needs_no_web_framework_and_no_database() -> None:
    code = (
        "import sys\n"
        "for name in ('flask', 'sqlalchemy', 'werkzeug', 'click'): sys.modules[name] = None\n"
        "from moderation.spam import History, Policy, Submission, judge, score, submission_of\n"
        "import moderation.spam.measure\n"
        "print(judge(score(Submission('a', 'b', 'c', 'd'), History()), Policy()).status)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)

    assert (done.stdout, done.stderr) == ("pending\n", "")
