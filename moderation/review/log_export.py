"""The log as a file: CSV for spreadsheets, JSON Lines for programs. Read and sent part by part, up to `MOST_ROWS`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal, get_args

from flask_babel import gettext as _

from moderation.extensions import db
from moderation.models import rfc3339
from moderation.review import log, log_kinds
from moderation.review.log import Entry, Question

Format = Literal["csv", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
MIMETYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
MOST_ROWS = 100_000
MOST_LOOKED_AT = 1_000_000
_PART = 500
COLUMNS = (
    *("at", "kind", "who", "moderator_id", "comment_id", "from_status", "to_status"),
    *("note", "batch", "undo", "taken_back", "detail", "said"),
)
# What a spreadsheet takes for a formula, also behind a space or in the wide letters of East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def lines(question: Question, form: Format, most: int = MOST_ROWS) -> Iterator[str]:
    """The file in parts: every entry that the question asks for, newest first, at most `most`.

    Where it was cut the last line says so: in CSV a row whose `kind` is `cut`, in JSON Lines an object with `cut`.
    """
    write = _csv if form == "csv" else _json
    if form == "csv":
        # Spreadsheets need the mark to know that this is UTF-8.
        yield "\ufeff" + _csv([dict(zip(COLUMNS, COLUMNS, strict=True))])
    reader = _Reader(question, most)
    while part := list(islice(reader, _PART)):
        yield write(_rows(part))
        # A long file holds no transaction open.
        db.session.commit()
    if reader.cut:
        sentence = _("Cut after %(n)s entries; export the days before in a file of their own.", n=reader.given)
        yield (
            _csv([{"kind": "cut", "said": sentence}]) if form == "csv" else _json([{"cut": True, "rows": reader.given}])
        )


class _Reader:
    """Iterates over the wanted entries, and knows at the end whether there were more."""

    def __init__(self, question: Question, most: int) -> None:
        self.given, self.cut = 0, False
        self._question, self._most, self._looked = question, most, 0
        self._entries = log.walk(question)

    def __iter__(self) -> Iterator[Entry]:
        return self

    def __next__(self) -> Entry:
        for entry in self._entries:
            self._looked += 1
            wanted = log.matches(self._question, entry)
            if self.cut or (wanted and self.given == self._most) or self._looked > MOST_LOOKED_AT:
                self.cut = True
                raise StopIteration
            if wanted:
                self.given += 1
                return entry
        raise StopIteration


def _rows(part: list[Entry]) -> list[dict[str, Any]]:
    names, undone = log.names(part), log.taken_back(part)
    return [_row(entry, names.get(entry.moderator_id or 0, ""), undone) for entry in part]


def _row(entry: Entry, name: str, undone: set[int]) -> dict[str, Any]:
    is_event = entry.actor == "event"
    values = {**{key: str(value) for key, value in entry.detail.items()}, "who": name or actor_name(entry)}
    values["id"] = "–" if entry.comment_id is None else str(entry.comment_id)
    return {
        "at": rfc3339(entry.at),
        "kind": entry.kind,
        "who": name or ("" if is_event else entry.actor),
        "moderator_id": entry.moderator_id,
        "comment_id": entry.comment_id,
        "from_status": entry.from_status,
        "to_status": entry.to_status,
        "note": entry.note,
        "batch": entry.batch,
        "undo": entry.undoes,
        "taken_back": not is_event and entry.place.id in undone,
        "detail": entry.detail,
        "said": log_kinds.said(entry.kind, values),
    }


def actor_name(entry: Entry) -> str:
    """Who did something that no moderator's name stands for."""
    if entry.actor == "policy":
        return _("The policy")
    if entry.actor == "author":
        return _("The author")
    return _("Somebody by command")


def safe(value: Any) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int):
        return str(value)
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"'{words}" if words.lstrip(" \u00a0\u3000").startswith(_FORMULA) else words


def _csv(rows: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe(row.get(column)) for column in COLUMNS] for row in rows)
    return buffer.getvalue()


def _json(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
