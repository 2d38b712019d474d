"""``moderation spam``: score comments from a file, and measure the scoring. Needs no database and no application."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import IO

import click

from moderation.spam import Policy, RecordError, score, submission_of
from moderation.spam.measure import Judged, recall_at, roc_auc, share_at

_LABELS = {"spam": True, "ham": False}


class LineError(ValueError):
    """A line that cannot be scored. Its message is one sentence that names the fault."""


@click.group()
def spam() -> None:
    """Score comments, and measure the scoring."""


@spam.command("score")
@click.argument("file", type=click.File("rb"))
def score_command(file: IO[bytes]) -> None:
    """Score the comments in FILE (JSON Lines; - is standard input).

    Each line is an object with author, email, url and text; unknown fields are ignored. For each line in, one line
    comes out, in the same order: probability and signals, with the id if there was one, or an error. If any line has
    an error, the exit code is 1.
    """
    faults = 0
    try:
        for number, line in enumerate(file, 1):
            answer, fault = _answer(line)
            if fault:
                faults += 1
                click.echo(f"Line {number}: {fault}", err=True)
            click.echo(json.dumps(answer))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough. Python would complain again when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(1 if faults else 0)


@spam.command("evaluate")
@click.argument("files", nargs=-1, required=True, type=click.File("rb"))
def evaluate_command(files: tuple[IO[bytes], ...]) -> None:
    """Measure the scoring on labelled comments in FILES (JSON Lines with label spam or ham in each line).

    ROC-AUC is the chance that a spam scores higher than a legitimate comment. Recall is the share of spam found when at
    most so many legitimate comments are.
    """
    judged: list[Judged] = []
    for file in files:
        for number, line in enumerate(file, 1):
            try:
                judged.append(_judged(line))
            except LineError as fault:
                raise click.ClickException(f"{file.name}, line {number}: {fault}") from None
    for text in _report(judged):
        click.echo(text)


def _answer(line: bytes) -> tuple[dict[str, object], str]:
    """What to print for a line, and what was wrong with it, if anything."""
    try:
        record = _record(line)
        return _with_id(record, dict(score(submission_of(record)).to_dict())), ""
    except (LineError, RecordError) as fault:
        return {"error": str(fault)}, str(fault)


def _with_id(record: dict[str, object], answer: dict[str, object]) -> dict[str, object]:
    if "id" not in record:
        return answer
    if not isinstance(record["id"], str | int | float | None):
        raise LineError("The field 'id' must be text or a number.")
    return {"id": record["id"], **answer}


def _refuse(constant: str) -> object:
    # Python would read NaN and Infinity, and write them out as what no other program takes for JSON.
    raise ValueError(constant)


def _record(line: bytes) -> dict[str, object]:
    if not line.strip():
        raise LineError("The line is blank; it must be a JSON object.")
    try:
        record = json.loads(line, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise LineError("The line is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise LineError("The line is not JSON.") from None
    if not isinstance(record, dict):
        raise LineError('The line must be a JSON object, such as {"author": "…", "text": "…"}.')
    return record


def _judged(line: bytes) -> Judged:
    record = _record(line)
    label = record.get("label")
    if not isinstance(label, str) or label not in _LABELS:
        raise LineError('The field \'label\' must be "spam" or "ham".')
    try:
        probability = score(submission_of(record)).probability
    except RecordError as fault:
        raise LineError(str(fault)) from None
    return Judged(str(record.get("source") or "-"), str(record.get("lang") or "-"), _LABELS[label], probability)


def _report(judged: list[Judged]) -> Iterator[str]:
    spam_above = Policy().spam_above
    count = sum(one.spam for one in judged)
    yield f"Comments: {len(judged)} ({count} spam, {len(judged) - count} legitimate)"
    yield f"ROC-AUC: {_figure(roc_auc(judged), '.4f')}"
    for rate in (0.005, 0.01):
        yield f"Recall at {rate:.1%} false positives: {_figure(recall_at(judged, rate), '.1%')}"
    sources: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        sources[one.source].append(one)
    yield ""
    high = f">= {spam_above:g}"
    yield f"{'source':32}{'spam':>7}{'>= 0.5':>9}{high:>9}{'ham':>9}{'>= 0.5':>9}{high:>9}"
    for source, here in sorted(sources.items()):
        yield f"{source[:31]:32}{_shares(here, spam_above, spam=True)}{_shares(here, spam_above, spam=False)}"


def _shares(judged: list[Judged], spam_above: float, *, spam: bool) -> str:
    (middle, count), (high, _) = (share_at(judged, threshold, spam=spam) for threshold in (0.5, spam_above))
    width = 7 if spam else 9
    if not count:
        return f"{'-':>{width}}{'':>9}{'':>9}"
    return f"{count:>{width}}{middle / count:>9.1%}{high / count:>9.1%}"


def _figure(value: float | None, form: str) -> str:
    return "needs both spam and ham" if value is None else format(value, form)
