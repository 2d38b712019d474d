"""Making the shipped filter: the same data give the same files, and no person is in them."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench.spam import prior, train
from moderation.spam.weights import WEIGHTS_FILE, load

SPAM = [
    f'great gadget number {n}, order at <a href="http://pills-{n}.top/">cheap viagra</a> from our warehouse'
    for n in range(40)
]
HAM = [f"I was there in March too, and gate {n} was closed the whole afternoon." for n in range(40)]


@pytest.fixture
def data(tmp_path: Path) -> list[Path]:
    """Three sources, each with spam and readers' comments, in two languages."""
    for source, lang in (("blog_a", "en"), ("blog_b", "en"), ("blog_c", "de")):
        rows = [
            {"text": text, "label": label, "lang": lang, "author": author, "email": f"{author}@mail.example"}
            # One of each is labelled wrongly, as in real collections.
            for label, texts, author in (
                ("spam", [HAM[0], *SPAM[1:]], "warehouseman"),
                ("ham", [SPAM[0], *HAM[1:]], "amal"),
            )
            for text in texts
        ]
        (tmp_path / f"{source}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return sorted(tmp_path.glob("*.jsonl"))


def test_writing_twice_gives_the_same_files(
    data: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, tokens = tmp_path / "weights.json", tmp_path / "prior.json"
    shutil.copy(WEIGHTS_FILE, weights)
    monkeypatch.setattr(train, "WEIGHTS_FILE", weights)
    monkeypatch.setattr(train, "PRIOR_FILE", tokens)
    monkeypatch.setattr("sys.argv", ["train", "--write", *map(str, data)])
    made = []
    for _ in range(3):
        train.main()
        made.append((weights.read_text(), tokens.read_text()))

    assert made[1] == made[2]
    assert load(weights).points.keys() == load().points.keys()
    assert "240 comments fitted" in capsys.readouterr().out


def test_the_prior_keeps_what_several_sources_share_and_nobodys_name(data: list[Path]) -> None:
    kept = train.known(list(train.examples(data)))
    one_source = train.known([one for one in train.examples(data) if one.source == "blog_a"])

    assert {"warehouse", "gadget"} <= kept.keys()
    assert not any(token.startswith(("name:", "mail:")) for token in kept)
    assert not {"gate", "march", "afternoon"} & kept.keys()
    assert one_source == {}
    assert min(kept.values()) >= prior.LEAST_LOG_ODDS


@pytest.mark.parametrize("options", [[], ["--by", "lang"], ["--linkless"], ["--unlisted"]])
def test_each_source_is_judged_by_the_others(
    data: list[Path], options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["train", *options, *map(str, data)])
    train.main()

    shown = capsys.readouterr().out
    assert "| blogs | all legitimate | " in shown
    assert [source for source in ("blog_a", "blog_b", "blog_c") if f"| {source} | 40 | " not in shown] == []


def test_unlisted_forgets_what_only_the_own_spam_has_and_nothing_else(data: list[Path]) -> None:
    own = data[0].read_text().replace("warehouse", "casino").splitlines()
    data[0].write_text("\n".join(own) + "\n")
    listed = list(train.examples(data))
    unlisted = list(train.examples(data, unlisted=True))

    names = {name for one in listed if one.source == "blog_a" for name in one.findings}
    left = {name for one in unlisted if one.source == "blog_a" for name in one.findings}
    assert names - left == {"content.gambling"}
    assert [one for one in listed if one.source != "blog_a"] == [one for one in unlisted if one.source != "blog_a"]


def test_a_weight_never_changes_sides_whatever_the_data_say(data: list[Path]) -> None:
    table = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    turned = [replace(one, spam=not one.spam) for one in train.examples(data)]
    fitted = train.fitted(turned, table)["signals"]

    assert isinstance(fitted, dict)
    for name, entry in table["signals"].items():
        assert fitted[name]["points"] * entry["points"] >= 0, name
