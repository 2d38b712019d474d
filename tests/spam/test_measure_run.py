"""A stream is scored as a site meets it: nothing is learned of a comment before its decision comes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from moderation.spam import Policy, Submission
from moderation.spam.measure.report import report
from moderation.spam.measure.run import LEARNING, SHIPPED, Labelled, Plan, Setting, run, side
from moderation.spam.measure.stream import Results, delayed
from moderation.spam.measure.worst import LONGEST_TEXT
from moderation.spam.weights import WEIGHTS_FILE, load, weights_of

NOW = Setting(SHIPPED, load(), Policy())
OFFER = '<a href="http://pills-{n}.top/">cheap viagra</a> great post'
ANSWER = "I was there in March too, and gate {n} was closed the whole afternoon."


class Notebook:
    """A rival that writes down what it was asked and taught, in order."""

    name = "notebook"

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def score(self, submission: Submission) -> float:
        self.seen.append(("scored", submission.text))
        return 0.5

    def learn(self, submission: Submission, *, spam: bool) -> None:
        self.seen.append(("spam" if spam else "ham", submission.text))


def labelled(texts: Iterable[str], *, spam: bool, source: str = "blog") -> list[Labelled]:
    return [
        Labelled(f"file, line {at}", f"{source}-{at}", source, "en", spam, Submission("Amal", "", "", text))
        for at, text in enumerate(texts, 1)
    ]


def mixed(count: int) -> list[Labelled]:
    spam = labelled((OFFER.format(n=n) for n in range(count)), spam=True)
    legitimate = labelled((ANSWER.format(n=n) for n in range(count)), spam=False, source="other")
    return [one for pair in zip(spam, legitimate, strict=True) for one in pair]


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_decision_comes_so_many_comments_late(lag: int) -> None:
    known: list[int] = []
    for comment, late in delayed(range(10), lag):
        assert known == list(range(max(0, comment - lag)))
        if late is not None:
            known.append(late)


def test_each_comment_is_scored_before_it_is_taught_and_taught_late() -> None:
    rival = Notebook()

    run(labelled(["one", "two", "three"], spam=True), Plan(NOW, rival=rival, lag=1))

    assert rival.seen == [
        ("scored", "one"), ("scored", "two"), ("spam", "one"), ("scored", "three"), ("spam", "two"),
    ]  # fmt: skip


def test_without_learning_nothing_is_taught() -> None:
    rival = Notebook()

    run(labelled(["one", "two"], spam=True), Plan(NOW, rival=rival))

    assert {kind for kind, _ in rival.seen} == {"scored"}


def test_what_was_decided_before_is_taught_first() -> None:
    rival = Notebook()
    before = labelled(["old"], spam=False)

    run(labelled(["new"], spam=True), Plan(NOW, rival=rival, taught=before))

    assert rival.seen == [("ham", "old"), ("scored", "new")]


def test_a_filter_that_learns_ends_above_its_own_cold_start() -> None:
    """The same praise without a link again and again: nothing but a moderator's decision can tell."""
    praise = labelled(["What a wonderful weblog, greetings from the kitchen remodelling team"] * 60, spam=True)
    answers = labelled((ANSWER.format(n=n) for n in range(60)), spam=False)
    stream = [one for pair in zip(praise, answers, strict=True) for one in pair]

    results = run(stream, Plan(NOW, lag=5)).results

    learned, cold = (results.judged(name)[-2:] for name in (LEARNING, SHIPPED))
    assert learned[0].spam
    assert learned[0].probability > cold[0].probability + 0.2
    assert learned[1].probability <= cold[1].probability


def test_the_cold_column_of_a_stream_is_what_is_measured_without_learning() -> None:
    stream = mixed(30)

    assert run(stream, Plan(NOW, lag=2)).results.judged(SHIPPED) == run(stream, Plan(NOW)).results.judged()


def test_a_stream_is_measured_whole_and_after_the_first_decisions() -> None:
    plan = Plan(NOW, lag=20)

    stages = report(run(mixed(60), plan), plan).stages

    assert [(one.after, one.filter, one.figures.spam + one.figures.legitimate) for one in stages] == [
        (0, LEARNING, 120), (0, SHIPPED, 120), (50, LEARNING, 50), (50, SHIPPED, 50),
    ]  # fmt: skip


def test_the_worst_errors_are_kept_with_their_cards_and_no_more_text_than_that() -> None:
    long = labelled([ANSWER.format(n=1) + " x\u202ey\n\ud800" * 100], spam=True)
    plan = Plan(NOW, errors=1)

    found = report(run([*mixed(3), *long], plan), plan)

    (card,) = found.spam_errors
    assert card.place == "file, line 1"
    assert len(card.text) <= LONGEST_TEXT + 1
    assert card.text.isprintable()
    assert card.text.endswith("…")
    assert len(found.ham_errors) == 1
    assert all(signal.points for signal in card.signals)


def test_of_equal_errors_the_first_are_shown() -> None:
    plan = Plan(NOW, errors=2)

    found = report(run(labelled(["the same words"] * 5, spam=True), plan), plan)

    assert [card.place for card in found.spam_errors] == ["file, line 1", "file, line 2"]


def test_other_thresholds_show_which_comments_change_side() -> None:
    stream = mixed(8)
    strict = replace(NOW, name="strict", policy=Policy(approve_below=0.0, hold_above=0.0, spam_above=0.00001))
    plan = Plan(NOW, other=strict)

    found = report(run(stream, plan), plan)

    assert found.compared
    assert found.compared.now.figures == found.compared.other.figures
    moved = [(move.there, move.legitimate) for move in found.compared.moves if move.legitimate]
    assert sum(count for _, count in moved) == 8
    assert {there for there, _ in moved} == {"spam"}
    assert all(len(move.first) <= 5 for move in found.compared.moves)
    assert found.compared.other.sides.lost.part == 8


def test_other_weights_have_a_column_of_their_own() -> None:
    table = json.loads(Path(WEIGHTS_FILE).read_text(encoding="utf-8"))
    mute = weights_of({**table, "signals": {name: {**one, "points": 0} for name, one in table["signals"].items()}})
    plan = Plan(NOW, other=Setting("mute.json", mute, Policy()))

    found = report(run(mixed(5), plan), plan)

    assert [stage.filter for stage in found.stages] == [SHIPPED, "mute.json"]
    assert found.stages[1].figures.auc
    assert found.stages[1].figures.auc.value == 0.5


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.01, "published"),
        (0.05, "held for strangers"),
        (0.5, "held for strangers"),
        (0.9, "held"),
        (0.97, "spam"),
        (1.0, "spam"),
    ],
)
def test_thresholds_divide_comments_as_the_policy_does(probability: float, expected: str) -> None:
    assert side(probability, Policy()) == expected


@pytest.mark.parametrize("stream", [labelled(["a"], spam=True), labelled(["a"], spam=False)])
@pytest.mark.parametrize("lag", [None, 0])
def test_a_stream_of_one_comment_has_a_report(stream: Sequence[Labelled], lag: int | None) -> None:
    plan = Plan(NOW, lag=lag, other=NOW, errors=3)

    found = report(run(stream, plan), plan)

    assert found.stages[0].figures.auc is None
    assert found.sources[0].name == "blog"


def test_results_are_kept_small() -> None:
    """A million comments have to fit: what repeats is kept once."""
    results = Results(["a"])
    for _ in range(3):
        results.add("source" * 2, "en", True, {"a": 0.5})

    truths = results._truths
    assert truths[0] is truths[2]
