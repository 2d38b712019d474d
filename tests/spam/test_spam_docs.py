"""What docs/spam.md shows is so: the worked example, and the signal that is added step by step."""

import json
import re
from pathlib import Path

import pytest

from moderation.spam import Policy, Submission, judge, score
from moderation.spam.scoring import case_of, observe, weigh
from moderation.spam.signals import REGISTRY, content
from moderation.spam.types import History
from moderation.spam.weights import WEIGHTS_FILE, weights_of

PAGE = (Path(__file__).parents[2] / "docs" / "spam.md").read_text(encoding="utf-8")
EXAMPLE = Submission(
    author="summer hats",
    email="someone@mail.example",
    url="http://fine-hats.example/",
    text="Great post! I stumbled upon your blog by chance.",
    seconds_to_fill=4.0,
)


def test_the_worked_example_is_what_the_filter_says() -> None:
    verdict = judge(score(EXAMPLE), Policy(hold_everything=False))
    shown = re.findall(r"^\| `([a-z._]+)` \| ([+-][\d.]+) \| ([\d.]*)%? ?\| (.+) \|$", PAGE, re.MULTILINE)
    found = {one.name: one for one in verdict.signals if one.points}

    assert {name for name, *_ in shown} == set(found)
    for name, points, without, reason in shown:
        assert f"{found[name].points:+.2f}" == points, name
        assert without == ("" if found[name].without is None else f"{found[name].without:.1%}"[:-1]), name
        assert reason == found[name].reason.replace("|", "\\|"), name
    assert f"| **sum** | **{sum(one.points for one in verdict.signals):+.2f}** |" in PAGE
    assert f"here {verdict.probability:.1%}".replace("%", " %") in PAGE


def test_the_signal_that_the_page_adds_works_as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "@signal" in block)
    lines = re.findall(r'^ *("content\.ellipsis": \{.*\})$', PAGE, re.MULTILINE)
    # Lists are undented in the page; the file it goes into is the one that the page names.
    exec(re.sub(r"^   ", "", code, flags=re.MULTILINE), dict(vars(content)))  # noqa: S102  # the page's own code
    try:
        submission = Submission("", "", "", "we ... are ... the best")
        strength, reason = REGISTRY["content.ellipsis"].look(case_of(submission, History()))
        table = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))

        assert (strength > 0, reason) == (True, "2 places with dots between words.")
        assert len(lines) == 2
        for line in lines:
            weights = weights_of({**table, "signals": {**table["signals"], **json.loads(f"{{{line}}}")}})
            points = {one.name: one.points for one in weigh(observe(submission), weights).signals}
            assert points["content.ellipsis"] > 0
    finally:
        REGISTRY.pop("content.ellipsis", None)
