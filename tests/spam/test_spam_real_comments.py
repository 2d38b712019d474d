"""On real comments the shipped weights tell spam from readers. The comments are not part of the project."""

import json
from collections import Counter
from pathlib import Path

import pytest

from moderation.spam import Policy, score, submission_of
from moderation.spam.measure import Judged, recall_at, roc_auc

DATA = Path(__file__).parents[3] / "shared" / "data" / "spam" / "dev"
VIDEO = ("youtube", "id_judionline")


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    if not DATA.is_dir():
        pytest.skip(f"NOT MEASURED: there are no labelled comments in {DATA}")
    found = []
    for path in sorted(DATA.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            probability = score(submission_of(record)).probability
            found.append(Judged(path.stem, record["lang"], record["label"] == "spam", probability))
    return found


def test_blog_spam_is_told_from_readers(judged: list[Judged]) -> None:
    blog = [one for one in judged if not one.spam or not one.source.startswith(VIDEO)]

    assert (roc_auc(blog) or 0) > 0.998
    assert (recall_at(blog, 0.005) or 0) > 0.95
    assert (recall_at(blog, 0.001) or 0) > 0.85


@pytest.mark.parametrize("source", VIDEO)
def test_advertising_under_videos_is_told_from_chatter(judged: list[Judged], source: str) -> None:
    assert (roc_auc([one for one in judged if one.source.startswith(source)]) or 0) > 0.95


def test_no_language_is_held_more_than_now_and_then(judged: list[Judged]) -> None:
    readers = [one for one in judged if not one.spam]
    held = Counter(one.lang for one in readers if one.probability >= Policy().hold_above)

    for lang, count in Counter(one.lang for one in readers).items():
        assert held[lang] <= max(1, 0.01 * count), lang


def test_no_language_is_taken_for_spam(judged: list[Judged]) -> None:
    readers = [one for one in judged if not one.spam]
    taken = Counter(one.lang for one in readers if one.probability >= Policy().spam_above)

    for lang, count in Counter(one.lang for one in readers).items():
        assert taken[lang] <= max(1, 0.005 * count), lang
