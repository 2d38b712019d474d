"""Comments from files: JSON Lines, one object in each line."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import click

from moderation.spam.measure.run import Labelled
from moderation.spam.records import RecordError, submission_of

_LABELS = {"spam": True, "ham": False}


class LineError(ValueError):
    """A line that cannot be scored. Its message is one sentence that names the fault."""


def record_of(line: bytes) -> dict[str, object]:
    """The object in a line.

    :raises LineError: a line that holds no JSON object.
    """
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


def labelled(files: Iterable[IO[bytes]]) -> Iterator[Labelled]:
    """The comments in files, in their order, each with what it is and where it comes from.

    :raises click.ClickException: at the first line that cannot be read or has no label.
    """
    for file in files:
        for number, line in enumerate(file, 1):
            place = f"{file.name}, line {number}"
            try:
                yield _labelled(record_of(line), place, Path(file.name).stem)
            except (LineError, RecordError) as fault:
                raise click.ClickException(f"{place}: {fault}") from None


def _labelled(record: dict[str, object], place: str, file: str) -> Labelled:
    label = record.get("label")
    if not isinstance(label, str) or label not in _LABELS:
        raise LineError('The field \'label\' must be "spam" or "ham".')
    return Labelled(
        place,
        _printable(record.get("id")) or place,
        _printable(record.get("source")) or file,
        _printable(record.get("lang")) or "-",
        _LABELS[label],
        submission_of(record),
    )


def _printable(value: object) -> str:
    """A name as a table can show it, whatever the file has there."""
    if not isinstance(value, str | int | float):
        return ""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:80])


def _refuse(constant: str) -> object:
    # Python would read NaN and Infinity, and write them out as what no other program takes for JSON.
    raise ValueError(constant)
