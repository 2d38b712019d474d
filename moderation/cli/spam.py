"""``moderation spam``: score comments from a file, and measure the scoring. The commands of `learned` stand beside these."""

import json
import os
import sys
from typing import IO

import click

from moderation.cli.evaluate import evaluate_command
from moderation.cli.learned import commands as learned_commands
from moderation.cli.lines import LineError, record_of
from moderation.spam import RecordError, score, submission_of


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


spam.add_command(evaluate_command)


def _answer(line: bytes) -> tuple[dict[str, object], str]:
    """What to print for a line, and what was wrong with it, if anything."""
    try:
        record = record_of(line)
        return _with_id(record, dict(score(submission_of(record)).to_dict())), ""
    except (LineError, RecordError) as fault:
        return {"error": str(fault)}, str(fault)


def _with_id(record: dict[str, object], answer: dict[str, object]) -> dict[str, object]:
    if "id" not in record:
        return answer
    if not isinstance(record["id"], str | int | float | None):
        raise LineError("The field 'id' must be text or a number.")
    return {"id": record["id"], **answer}


for _command in learned_commands():
    spam.add_command(_command)
