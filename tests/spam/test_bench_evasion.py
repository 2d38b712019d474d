"""Disguises keep what people read, and the same spams are disguised every time."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.spam import evasion
from bench.spam.comments import merged, read
from bench.spam.disguises import DISGUISES, OF_WORDS, PADDING_WORDS, on_words, without_links
from moderation.spam import Submission
from moderation.spam.measure.run import Labelled

SPAM = Submission(
    author="summer hats",
    email="a@b.example",
    url="http://fine-hats.top/sale.php",
    text='Great post! Write to hats@fine.example. <a href="http://fine-hats.top/">wholesale viagra</a> '
    "[url=http://x.top]pills[/url] &amp; so on",
)
LINKED = {"links by a shortener", "links in words (dot com)", "links with look-alike hosts"}


def rows(folder: Path) -> list[Path]:
    """Three sources of made-up comments: two with spam, one without."""
    spam = [
        f'great post number {n} about cheap viagra <a href="http://pills-{n}.top/">order now</a>' for n in range(30)
    ]
    answers = [f"I was there in March too, and gate {n} was closed the whole afternoon." for n in range(60)]
    kinds = {
        "blog_a": [("spam", text) for text in spam[:25]],
        "blog_b": [("spam", text) for text in spam[25:]] + [("ham", text) for text in answers[:10]],
        "ham_c": [("ham", text) for text in answers[10:]],
    }
    for name, lines in kinds.items():
        made = [json.dumps({"text": text, "label": label, "lang": "en"}) for label, text in lines]
        (folder / f"{name}.jsonl").write_text("\n".join(made) + "\n")
    return sorted(folder.glob("*.jsonl"))


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_the_comment_and_always_alike(name: str) -> None:
    disguised = DISGUISES[name](SPAM)

    assert disguised != SPAM
    assert disguised == DISGUISES[name](SPAM)
    assert disguised.email == SPAM.email


@pytest.mark.parametrize("name", [name for name in DISGUISES if name not in LINKED])
def test_links_markup_and_addresses_still_work(name: str) -> None:
    disguised = DISGUISES[name](SPAM).text

    for kept in ('<a href="http://fine-hats.top/">', "</a>", "[url=http://x.top]", "hats@fine.example", "&amp;"):
        assert kept in disguised


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (SPAM.text, "Great post! Write to hats@fine.example. wholesale viagra pills &amp; so on"),
        ("<a href=http://a.example>left open and www.b.example/x or fine-hats.com/y", "left open and or"),
        ("write to hats@fine.com", "write to hats@fine.com"),
    ],
)
def test_without_links_no_address_is_left_and_no_other_word_is_lost(text: str, left: str) -> None:
    found = without_links(replace(SPAM, text=text))

    assert " ".join(found.text.split()) == left
    assert (found.url, found.author) == ("", SPAM.author)


@pytest.mark.parametrize("name", OF_WORDS)
def test_every_word_is_disguised_or_only_those_that_the_filter_looks_for(name: str) -> None:
    sent = Submission("", "", "", "afternoon viagra")

    everything, known = (on_words(OF_WORDS[name], known_only=only)(sent).text for only in (False, True))

    assert "afternoon" not in everything
    assert "afternoon" in known
    assert "viagra" not in everything + known


def test_entities_read_as_the_words_they_stand_for() -> None:
    assert html.unescape(DISGUISES["HTML entities"](SPAM).text) == html.unescape(SPAM.text)


def test_links_are_shortened_spoken_or_written_in_other_letters() -> None:
    short, spoken, foreign = (DISGUISES[name](SPAM) for name in sorted(LINKED, key=list(DISGUISES).index))

    assert re.search(r'href="https://bit\.ly/\w+"', short.text)
    assert short.url.startswith("https://bit.ly/")
    assert "wholesale viagra fine-hats dot top" in spoken.text
    assert "<a" not in spoken.text
    assert "fine-hats.top" not in foreign.text + foreign.url
    assert foreign.url.endswith(".top/sale.php")


def test_padding_is_so_many_honest_words_after_the_spam() -> None:
    padded = DISGUISES["60 honest words after it"](SPAM).text

    assert padded.startswith(SPAM.text)
    assert len(padded[len(SPAM.text) :].split()) == PADDING_WORDS


def test_the_same_spams_are_chosen_across_sources_in_whatever_order_they_come(tmp_path: Path) -> None:
    spam = [one for one in read(rows(tmp_path)) if one.spam]

    chosen = evasion.chosen(spam, 10)

    assert evasion.chosen(spam[::-1], 10) == chosen
    assert len({one.submission.text for one in chosen}) == 10
    assert {source: sum(one.source == source for one in chosen) for source in ("blog_a", "blog_b")} == {
        "blog_a": 7, "blog_b": 3,
    }  # fmt: skip


def test_what_is_not_in_latin_letters_cannot_be_disguised_and_is_not_chosen() -> None:
    spam = [Labelled("f, line 1", "1", "s", "ru", True, Submission("", "", "", "купить таблетки http://a.top"))]

    assert evasion.chosen(spam, 10) == []


def test_the_table_has_a_line_for_each_disguise_and_the_exit_code_says_whether_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(path) for path in rows(tmp_path)]
    monkeypatch.setattr("sys.argv", ["evasion", *files])
    with pytest.raises(SystemExit) as kept:
        evasion.main()
    table = capsys.readouterr().out

    monkeypatch.setattr(evasion, "DISGUISES", {"nothing left": lambda _: Submission("", "", "", "Good morning.")})
    with pytest.raises(SystemExit) as lost:
        evasion.main()

    assert [name for name in DISGUISES if f"| {name} | " not in table] == []
    assert "Over 3 points lost: none." in table
    assert "| nothing left | 30 | 0.0% | 100.0 | 0.0% | 100.0 |" in capsys.readouterr().out
    assert (kept.value.code, lost.value.code) == (0, 1)


def test_files_are_merged_each_in_its_own_order(tmp_path: Path) -> None:
    files = [read([path]) for path in rows(tmp_path)]

    stream = merged(files)

    assert sorted(stream) == sorted(one for file in files for one in file)
    for file in files:
        assert [one for one in stream if one.source == file[0].source] == file
    assert {one.source for one in stream[:10]} == {"blog_a", "blog_b", "ham_c"}
