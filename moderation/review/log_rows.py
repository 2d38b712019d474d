"""The lines of the log's page: each a sentence with links, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from flask import url_for
from markupsafe import Markup, escape

from moderation.models import Site
from moderation.review import log, log_kinds
from moderation.review.log import Entry, Page
from moderation.review.log_export import actor_name
from moderation.review.noted import Noted, noted


class Row(NamedTuple):
    """One line. `batch` is the address of its single entries, "" where it is one. `back`: how many were taken back."""

    at: datetime
    said: Markup
    note: Noted
    details: list[tuple[str, str]]
    n: int
    batch: str
    undoes: bool
    back: int


class Day(NamedTuple):
    """The lines of one day, by UTC."""

    day: date
    rows: list[Row]


def days(page: Page, site: Site, asked: Mapping[str, str]) -> list[Day]:
    """The page's lines by day. `asked` is the filter, kept by links to what one moderator did."""
    every = [entry for line in page.lines for entry in line]
    names, undone = log.names(every), log.taken_back(every)
    rows = (_row(line, site, asked, names, undone) for line in page.lines)
    return [Day(day, list(group)) for day, group in groupby(rows, key=lambda row: row.at.date())]


def names_of(page: Page) -> dict[int, str]:
    """The names of those who did what stands on a page."""
    return log.names([line[0] for line in page.lines])


def _row(line: list[Entry], site: Site, asked: Mapping[str, str], names: Mapping[int, str], undone: set[int]) -> Row:
    entry = line[0]
    values = dict(_values(entry, site)) | {"who": _who(entry, site, asked, names)}
    # The sentence is a translation, in which there is no markup; all that is put in is escaped.
    said = Markup(log_kinds.said(entry.kind, values, len(line)))  # noqa: S704  # every value in it is escaped above
    alone = len(line) == 1
    return Row(
        at=entry.at,
        said=said,
        note=noted(entry.note, entry.actor),
        details=log_kinds.details(entry.kind, entry.detail),
        n=len(line),
        batch="" if alone else url_for("desk.log", site_key=site.key, batch=entry.batch),
        undoes=entry.undoes,
        back=sum(each.place.id in undone for each in line if each.actor != "event"),
    )


def _values(entry: Entry, site: Site) -> Iterator[tuple[str, Markup]]:
    for name, value in entry.detail.items():
        yield name, Markup("<bdi>{}</bdi>").format(str(value)[:200])
    if entry.comment_id is None:
        yield "id", Markup("–")
    else:
        address = url_for("desk.comment", site_key=site.key, comment_id=entry.comment_id)
        yield "id", Markup('<a href="{}">{}</a>').format(address, entry.comment_id)
    yield "kind", escape(entry.kind)


def _who(entry: Entry, site: Site, asked: Mapping[str, str], names: Mapping[int, str]) -> Markup:
    name = names.get(entry.moderator_id or 0)
    if name is None:
        return escape(actor_name(entry))
    kept: dict[str, Any] = {key: value for key, value in asked.items() if key not in {"who", "batch"}}
    address = url_for("desk.log", site_key=site.key, **kept, who=entry.moderator_id)
    return Markup('<a class="by" href="{}"><bdi>{}</bdi></a>').format(address, name)
