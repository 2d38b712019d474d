"""`moderation spam evaluate`: figures on comments whose truth is known."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from moderation.cli import bogofilter
from moderation.cli.bogofilter import Bogofilter, BogofilterError, message_of
from moderation.cli.spam import spam
from moderation.spam import Submission
from moderation.spam.measure.plots import PANEL
from moderation.spam.weights import WEIGHTS_FILE

needs_bogofilter = pytest.mark.skipif(shutil.which("bogofilter") is None, reason="bogofilter is not installed")


def write(path: Path, *records: object) -> str:
    path.write_text("".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records))
    return str(path)


def records(count: int = 12) -> list[dict[str, object]]:
    """Spam and legitimate comments in turn, from two sources in two languages."""
    found: list[dict[str, object]] = []
    for n in range(count):
        offer = f'great post <a href="http://pills-{n}.top/">cheap viagra</a>'
        answer = f"I was there in March too, and gate {n} was closed the whole afternoon."
        found.append({"id": f"s{n}", "text": offer, "label": "spam", "source": "تبصرے", "lang": "ur"})
        found.append({"id": f"h{n}", "text": answer, "label": "ham", "source": "会议", "lang": "en"})
    return found


@pytest.fixture
def file(tmp_path: Path) -> str:
    return write(tmp_path / "labelled.jsonl", *records())


def evaluate(*arguments: str) -> Result:
    return CliRunner().invoke(spam, ["evaluate", *arguments])


def as_json(*arguments: str) -> dict[str, Any]:
    done = evaluate(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def root_of(path: Path) -> ET.Element:
    return ET.fromstring(path.read_bytes())  # noqa: S314  # made here


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_the_tables_name_every_source_and_language_and_fit_a_terminal(file: str) -> None:
    done = evaluate(file, "--learn", "--compare", "spam_above=0.9")

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Comments: 24 (12 spam, 12 legitimate)"
    assert max(map(columns, lines)) <= 110
    for name in ("تبصرے", "会议", "ur", "en", "all"):
        assert any(line.startswith(name) for line in lines), name


def test_without_a_source_the_file_is_the_source(tmp_path: Path) -> None:
    found = as_json(
        write(tmp_path / "mine.jsonl", {"text": "a", "label": "ham"}),
        write(tmp_path / "theirs.jsonl", {"text": "b", "label": "spam", "lang": "de"}),
    )

    assert [part["name"] for part in found["sources"]] == ["mine", "theirs"]
    assert [part["name"] for part in found["languages"]] == ["-", "de"]


def test_programs_get_every_figure_with_its_interval(file: str) -> None:
    found = as_json(file, "--errors", "2")

    auc = found["stages"][0]["figures"]["auc"]
    assert auc["low"] < auc["value"] == 1.0 == auc["high"]
    assert set(found["stages"][0]["figures"]["recall"]) == {"0.001", "0.005", "0.01"}
    assert found["sides"]["kept"]["whole"] == 12
    assert [len(found[name]) for name in ("ham_errors", "spam_errors")] == [2, 2]
    assert {"name", "points", "reason"} <= set(found["spam_errors"][0]["signals"][0])
    assert found["calibration"]["error"] < 0.2


def test_the_worst_errors_are_shown_with_place_text_and_reasons(tmp_path: Path) -> None:
    told = [{"text": "See http://pills.top \u202ebuy\x1b[31m viagra", "label": "ham"}, *records(2)]

    shown = evaluate(write(tmp_path / "a.jsonl", *told), "--errors", "1").stdout

    assert "The legitimate comments with the highest scores:" in shown
    assert "a.jsonl, line 1" in shown
    assert "links.any: Links to" in shown
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "highest scores" not in evaluate(write(tmp_path / "b.jsonl", *told), "--errors", "0").stdout


def test_learning_is_shown_beside_the_cold_start(file: str) -> None:
    found = as_json(file, "--learn", "--lag", "2")

    assert found["lag"] == 2
    assert [stage["filter"] for stage in found["stages"]] == ["learning", "as shipped"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--lag", "3"], "--lag says how late decisions come, and says nothing without --learn."),
        (["--train", "FILE"], "--train says what to learn first, and says nothing without --learn or --against."),
        (["--compare", "trust_after=1"], "the thresholds are approve_below, hold_above, spam_above."),
        (["--compare", "spam_above=2"], "--compare: spam_above was '2'; it must be"),
        (["--compare", "spam_above=0.3"], "must not be more than spam_above (0.3)"),
        (["--compare", "nowhere.json"], "--compare nowhere.json: No such file or directory."),
        (["--compare", "FILE"], "this is no file of weights, and no prior"),
        (["--against", "bogofilter"], "bogofilter knows nothing before it is taught"),
    ],
)
def test_options_that_cannot_be_are_named(file: str, arguments: list[str], fault: str) -> None:
    done = evaluate(file, *(file if one == "FILE" else one for one in arguments))

    assert done.exit_code == 2
    assert fault in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "line", ["", "{", "[1]", '{"text": 5, "label": "ham"}', '{"text": "a"}', '{"label": ["spam"]}']
)
def test_a_bad_line_is_named_with_its_file_and_number(tmp_path: Path, line: str) -> None:
    good = {"text": "a", "label": "ham"}

    done = evaluate(write(tmp_path / "one.jsonl", good), write(tmp_path / "two.jsonl", good, good, line, good))

    assert done.exit_code == 1
    assert "two.jsonl, line 3: The " in done.stderr


def test_an_empty_file_has_no_figures(tmp_path: Path) -> None:
    done = evaluate(write(tmp_path / "empty.jsonl"))

    assert (done.exit_code, done.stderr) == (1, "Error: The files hold no comments.\n")


@pytest.mark.parametrize("label", ["spam", "ham"])
def test_one_label_alone_is_measured_as_far_as_it_goes(tmp_path: Path, label: str) -> None:
    path = write(tmp_path / "one.jsonl", *(one for one in records() if one["label"] == label))

    done = evaluate(path, "--learn", "--compare", "hold_above=0.4", "--plot", str(tmp_path / "plot.svg"))

    assert done.exit_code == 0, done.output
    assert "needs both" in done.stdout
    assert root_of(tmp_path / "plot.svg").get("role") == "img"


def test_other_weights_and_thresholds_are_compared_comment_by_comment(file: str, tmp_path: Path) -> None:
    table = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    mute = {**table, "signals": {name: {**one, "points": 0} for name, one in table["signals"].items()}}
    weights = write(tmp_path / "mute.json", mute)

    found = as_json(file, "--compare", weights, "--compare", "spam_above=0.9")

    assert found["compared"]["other"]["name"] == "mute.json spam_above=0.9"
    assert found["compared"]["other"]["figures"]["auc"]["value"] == 0.5
    assert found["compared"]["now"]["figures"]["auc"]["value"] == 1.0
    assert sum(move["spam"] for move in found["compared"]["moves"]) == 12
    assert found["compared"]["moves"][0]["first"][0] == "s0"


def test_a_prior_of_ones_own_is_compared_too(file: str, tmp_path: Path) -> None:
    prior = write(tmp_path / "prior.json", {"tokens": {"gate": 9.0, "afternoon": 9.0}})

    found = as_json(file, "--compare", prior)

    assert [stage["filter"] for stage in found["stages"]] == ["as shipped", "prior.json"]
    assert found["compared"]["other"]["calibration_error"] > found["compared"]["now"]["calibration_error"]


def test_plots_go_into_one_file_or_a_folder(file: str, tmp_path: Path) -> None:
    assert evaluate(file, "--plot", str(tmp_path / "both.svg")).exit_code == 0
    assert evaluate(file, "--plot", str(tmp_path / "deep" / "folder")).exit_code == 0

    assert root_of(tmp_path / "both.svg").get("width") == str(2 * PANEL)
    assert sorted(one.name for one in (tmp_path / "deep" / "folder").iterdir()) == ["reliability.svg", "roc.svg"]


def test_a_place_that_cannot_be_written_to_is_named(file: str, tmp_path: Path) -> None:
    done = evaluate(file, "--plot", f"{file}/plot.svg")

    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: --plot {file}/plot.svg: ")


def test_where_bogofilter_is_missing_one_sentence_says_so(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    done = evaluate(file, "--learn", "--against", "bogofilter")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: bogofilter is not installed here")
    assert len(done.stderr.splitlines()) == 1


@needs_bogofilter
def test_bogofilter_sees_the_same_stream(file: str) -> None:
    found = as_json(file, "--learn", "--lag", "0", "--against", "bogofilter")

    assert [stage["filter"] for stage in found["stages"]] == ["learning", "as shipped", "bogofilter"]
    assert found["stages"][2]["figures"]["auc"]["value"] > 0.8


@needs_bogofilter
def test_bogofilter_is_trained_before_a_cold_comparison(file: str, tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", *records(20))

    found = as_json(file, "--train", train, "--against", "bogofilter")

    assert [stage["filter"] for stage in found["stages"]] == ["as shipped", "bogofilter"]
    assert found["stages"][1]["figures"]["auc"]["value"] > 0.9


@needs_bogofilter
@pytest.mark.parametrize("text", ["", "From here", "a\nFrom me\r\rFrom you\n\n.\n", "\x00\ud800\u202e", "x" * 65_536])
def test_one_comment_is_one_message_whatever_stands_in_it(text: str) -> None:
    odd = Submission("Amal\nFrom x", "a@b\r\n\r\n", "u\n\nFrom y", text)
    with Bogofilter() as rival:
        assert rival.score(odd) == 0.5
        rival.learn_all([odd, odd], spam=True)
        rival.learn(Submission("", "", "", "plain words"), spam=False)

        assert len(rival.score_all([odd, Submission("", "", "", "plain words"), odd])) == 3


def test_a_message_has_one_head_and_one_body() -> None:
    made = message_of(Submission("Amal\nKarim", "amal@example.org", "https://a.example\n", "From me.\nBye."))

    head, _, body = made.decode().partition("\n\n")
    assert head.splitlines() == [
        "From: Amal Karim <amal@example.org>", "X-Website: https://a.example", "Content-Type: text/plain; charset=utf-8",
    ]  # fmt: skip
    assert body == ">From me.\nBye.\n"


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("echo nonsense", "bogofilter answered 'nonsense'"),
        ("echo broken >&2; exit 3", "bogofilter failed: broken"),
        ("exit 9", "bogofilter failed: exit code 9"),
        ("exec sleep 20", "bogofilter took more than"),
    ],
)
def test_a_bogofilter_that_does_not_work_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, fault: str
) -> None:
    program = tmp_path / "bogofilter"
    program.write_text(f'#!/bin/sh\ncase "$*" in *-v*) cat >/dev/null; {script};; *) cat >/dev/null;; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(bogofilter, "SECONDS", 1 if "sleep" in script else 60)

    with Bogofilter() as rival, pytest.raises(BogofilterError) as refused:
        rival.learn(Submission("", "", "", "a"), spam=True)
        rival.score(Submission("", "", "", "a"))

    assert refused.value.message.startswith(fault)
    assert refused.value.exit_code == 2
