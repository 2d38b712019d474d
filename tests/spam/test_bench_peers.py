"""Filters that ours is measured against are given the same comments, and are no straw men."""

import importlib.util
import json
from pathlib import Path

import pytest

from moderation.spam import Submission

if importlib.util.find_spec("sklearn") is None:
    pytest.skip("scikit-learn is not installed (requirements/bench.txt)", allow_module_level=True)

from bench.spam import peers
from bench.spam.rivals import Bayes, Logistic, OnlineLogistic, counts_of, wordpress

OFFERS = [f'great post number {n} <a href="http://pills-{n}.top/">cheap viagra</a>' for n in range(30)]
ANSWERS = [f"I was there in March too, and gate {n} was closed the whole afternoon." for n in range(30)]
COMMENTS = [Submission("", "", "", text) for pair in zip(OFFERS, ANSWERS, strict=True) for text in pair]
LABELS = [True, False] * 30


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("no link", False),
        ('<a href="http://a.example">http://a.example</a>', False),
        ("http://a.example and www.b.example", True),
        ('<a class="x" href="http://a.example">a</a> <A HREF=http://b.example>b</A>', True),
        ('<img src="http://a.example/x.png"> http://b.example', False),
    ],
)
def test_wordpress_holds_two_links_as_shown(text: str, held: bool) -> None:
    assert wordpress(Submission("", "", "", text)) == held


@pytest.mark.parametrize("rival", [Bayes, Logistic, OnlineLogistic])
def test_a_rival_tells_plain_spam_apart_once_it_has_learned(rival: type[Bayes | Logistic | OnlineLogistic]) -> None:
    counts, model = counts_of(COMMENTS), rival()

    model.learn(counts[:40], LABELS[:40])
    scores = model.score(counts[40:])

    assert min(scores[::2]) > max(scores[1::2])


@pytest.mark.parametrize("rival", [Bayes, OnlineLogistic])
def test_a_rival_that_met_one_kind_only_says_nothing(rival: type[Bayes | OnlineLogistic]) -> None:
    counts, model = counts_of(COMMENTS), rival()
    model.learn(counts[[0]], [True])

    assert model.score(counts[:2]) == [0.0, 0.0]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = {"blog_a": (OFFERS[:15], ANSWERS[:15]), "blog_b": (OFFERS[15:], ANSWERS[15:])}
    for name, (spam, ham) in made.items():
        lines = [
            {"text": text, "label": label, "lang": "en"}
            for label, texts in (("spam", spam), ("ham", ham))
            for text in texts
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return sorted(tmp_path.glob("*.jsonl"))


@pytest.mark.parametrize("arguments", [[], ["--by", "source"], ["--learn"], ["--linkless"], ["--learn", "--linkless"]])
def test_one_run_has_a_line_for_every_filter(
    files: list[Path], arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["peers", *arguments, *map(str, files)])

    peers.main()

    shown = capsys.readouterr().out
    names = ["ours", "naive Bayes, words and letters"]
    names += (
        ["online logistic regression"]
        if "--learn" in arguments
        else ["WordPress, two links", "logistic regression, words and letters"]
    )
    assert [name for name in names if f"| {name} | " not in shown] == []
