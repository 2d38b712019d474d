"""The charts of a site's insights: figures put into shapes and words of the moderator's language.

Every chart comes with the sentence that it shows, and with all its numbers as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import format_skeleton
from babel.units import format_unit
from flask_babel import format_date, format_decimal, format_percent, get_locale
from flask_babel import gettext as _

from moderation.review import insights_said as said
from moderation.review.insights import DECIDERS, Insights
from moderation.review.insights_said import number
from moderation.review.plots import NARROW, WIDE, Plot, Scale, Series, Shape, bars, lines, strip

STRIP = 14
"""How tall the bar of shares is."""
# A pattern and a colour each, so that no two look alike where colours are not told apart.
_ARRIVALS = {"approved": "solid-good", "pending": "diagonal-wait", "spam": "cross-bad", "trash": "rows-soft"}
_FINDS = {"caught": "solid-good", "held": "diagonal-wait", "public": "cross-bad", "rescued": "dots-link"}
_DECIDERS = {
    "policy": "solid-link",
    "confirmed": "rows-link",
    "changed": "cross-bad",
    "moderator": "columns-good",
    "waiting": "diagonal-wait",
    "withdrawn": "dots-soft",
}
LOOKS = sorted({*_ARRIVALS.values(), *_FINDS.values(), *_DECIDERS.values()})
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart over days. There are no `plots` where there is nothing to draw; then `lead` says so.

    `summary` says in words what is drawn. `legend` has the look and the name of each series, `rows` what the drawing
    shows, under `head`: first the day, then a number for each series.
    """

    key: str
    title: str
    lead: str
    summary: str = ""
    marks: str = "bars"
    plots: Sequence[tuple[str, Plot]] = ()
    legend: list[tuple[str, str]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shares:
    """One bar cut into shares: its shapes for a width of `WIDE`, and a row for each: look, name, number, share."""

    shapes: list[Shape]
    summary: str
    rows: list[tuple[str, str, str, str]]


def arrivals(made: Insights, *, rtl: bool) -> Chart:
    """Comments that came in, by what policy did with them."""
    names = {
        "approved": _("Published at once"),
        "pending": _("Held"),
        "spam": _("Put among the spam"),
        "trash": _("Thrown away"),
    }
    return _stacked("arrivals", _("What came in"), said.arrivals(made), made.days, made.arrivals, names, _ARRIVALS, rtl)


def decisions(made: Insights, *, rtl: bool) -> Chart:
    """What moderators decided."""
    names = {
        "approved": _("Approved"),
        "pending": _("Back to pending"),
        "spam": _("Marked as spam"),
        "trash": _("Thrown away"),
    }
    title = _("What moderators decided")
    return _stacked("decisions", title, said.decisions(made), made.days, made.decisions, names, _ARRIVALS, rtl)


def finds(made: Insights, *, rtl: bool) -> Chart:
    """Spam caught and missed, and what was taken for spam and is not."""
    names = {
        "caught": _("Spam caught by policy"),
        "held": _("Spam that policy held"),
        "public": _("Spam that was public"),
        "rescued": _("No spam, rescued by a moderator"),
    }
    return _stacked("finds", _("Spam caught and missed"), said.finds(made), made.days, made.finds, names, _FINDS, rtl)


def waits(made: Insights, *, rtl: bool) -> Chart:
    """How long comments had waited when they were decided."""
    title, lead = _("Time to a decision"), said.waits(made)
    if made.wait is None:
        return Chart("waits", title, lead)
    legend = [("line-link", _("Half of them within")), ("dash-wait", _("Nine of ten within"))]
    most = max(each.most for each in made.waits if each)
    size, unit = (_MINUTE, "minute") if most < 2 * _HOUR else (_HOUR, "hour") if most < 2 * _DAY else (_DAY, "day")
    head = [_("Day"), legend[0][1], legend[1][1], _("Comments")]
    rows = [
        [_full(day), said.duration(wait.half), said.duration(wait.most), number(wait.comments)]
        if wait
        else [_full(day), "–", "–", number(0)]
        for day, wait in zip(made.days, made.waits, strict=True)
    ]
    scale = _scale(made.days, _stories(head, rows), rtl, lambda value: str(_short_unit(value, unit)))
    series = [
        Series("line-link", [wait and wait.half / size for wait in made.waits]),
        Series("dash-wait", [wait and wait.most / size for wait in made.waits]),
    ]
    return Chart(
        "waits", title, lead, said.drawn_lines(lead), "lines", _plots(lines, series, scale), legend, head, rows
    )


def deciders(made: Insights, *, rtl: bool) -> Shares | None:
    """Whose word stands for what came in; None when nothing came in."""
    if not made.arrived:
        return None
    names = {
        "policy": _("Decided by policy alone"),
        "confirmed": _("Decided by policy, confirmed by a moderator"),
        "changed": _("Decided by policy, changed by a moderator"),
        "moderator": _("Held, then decided by a moderator"),
        "waiting": _("Still waiting"),
        "withdrawn": _("Taken back by the author"),
    }
    parts = [(_DECIDERS[each], made.deciders[each]) for each in DECIDERS]
    rows = [
        (_DECIDERS[each], names[each], number(made.deciders[each]), format_percent(made.deciders[each] / made.arrived))
        for each in DECIDERS
        if made.deciders[each]
    ]
    summary = said.listed(said.pair(name, share) for _look, name, _number, share in rows)
    return Shares(strip(parts, WIDE, STRIP, rtl=rtl), summary, rows)


def _stacked(
    key: str,
    title: str,
    lead: str,
    days: Sequence[date],
    counts: Mapping[Any, Sequence[int]],
    names: Mapping[str, str],
    looks: Mapping[str, str],
    rtl: bool,  # named where it is given
) -> Chart:
    kinds = [kind for kind in names if any(counts[kind])]
    if not kinds:
        return Chart(key, title, lead)
    head = [_("Day"), *(names[kind] for kind in kinds)]
    rows = [[_full(day), *(number(counts[kind][at]) for kind in kinds)] for at, day in enumerate(days)]
    scale = _scale(days, _stories(head, rows), rtl, lambda value: str(format_decimal(int(value))))
    series = [Series(looks[kind], counts[kind]) for kind in kinds]
    legend = [(looks[kind], names[kind]) for kind in kinds]
    return Chart(key, title, lead, said.drawn_bars(lead), "bars", _plots(bars, series, scale), legend, head, rows)


def _plots(
    draw: Callable[[Sequence[Series], Scale, int], Plot], series: Sequence[Series], scale: Scale
) -> list[tuple[str, Plot]]:
    return [("wide", draw(series, scale, WIDE)), ("narrow", draw(series, scale, NARROW))]


def _scale(days: Sequence[date], stories: Sequence[str], rtl: bool, name: Callable[[float], str]) -> Scale:
    return Scale(name, [_short(day) for day in days], stories, rtl=rtl)


def _stories(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What a pointer on a day is told: the row of the table, line by line."""
    return ["\n".join([row[0], *map(said.pair, head[1:], row[1:])]) for row in rows]


def _short_unit(value: float, unit: str) -> str:
    return format_unit(value, unit, length="short", locale=get_locale() or "en")


def _short(day: date) -> str:
    return format_skeleton("MMMd", day, locale=get_locale() or "en")


def _full(day: date) -> str:
    return str(format_date(day, "medium"))
