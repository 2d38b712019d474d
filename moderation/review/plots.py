"""Where the parts of a chart stand: bars on bars, and lines, one step for each day. Shapes alone; words come with them.

A plot is drawn for one width, since letters must not shrink with it: a page that may be narrow carries two. In a
right-to-left language time runs to the left, and the scale stands at the right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, count, pairwise
from math import ceil
from typing import NamedTuple

WIDE, NARROW = 480, 272
"""Widths of a plot in CSS pixels: beside another one, and on a phone."""
_TALL = {WIDE: 200, NARROW: 180}
_TOP, _BOTTOM, _SIDE = 10, 22, 20
_LETTER = 6.6
_BETWEEN_LABELS = 58
_STRIDES = (1, 2, 3, 5, 7, 10, 14, 15, 30)
_INTERVALS = 4
_FEW = 31
_WIDEST_BAR = 28


class Grid(NamedTuple):
    """A line across the plot, and what it stands for."""

    y: float
    label: str


class Label(NamedTuple):
    """A word below the plot."""

    x: float
    text: str


class Shape(NamedTuple):
    """What is drawn of one series: a path, and points on it."""

    look: str
    path: str
    points: list[tuple[float, float]]


class Column(NamedTuple):
    """The place of one day, and what a pointer on it is told."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers for each day, None where there is none, and how they look (`solid-good`)."""

    look: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Scale:
    """What is written at the axes: a number, each day, and each day's whole story."""

    number: Callable[[float], str]
    days: Sequence[str]
    stories: Sequence[str]
    rtl: bool = False


@dataclass(slots=True)
class Plot:
    """One drawing. `left`, `right`, `top` and `bottom` are where the field of the bars ends; `name_at` is where numbers end."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    name_at: float
    grid: list[Grid] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)


def bars(series: Sequence[Series], scale: Scale, width: int) -> Plot:
    """Bars, one for each day, the series on top of each other in their order."""
    sums = [sum(each.values[day] or 0 for each in series) for day in range(len(scale.days))]
    plot, step = _frame(max(sums, default=0), scale, width)
    tall = _height(plot)
    wide = (plot.right - plot.left) / max(len(scale.days), 1)
    gap = max(wide * 0.2, wide - _WIDEST_BAR)
    below = [0.0] * len(scale.days)
    for each in series:
        parts = []
        for day, value in enumerate(each.values):
            if not value:
                continue
            x = _x(plot, scale, day) - wide / 2 + gap / 2
            top, base = tall(below[day] + value, step), tall(below[day], step)
            parts.append(f"M{x:.1f} {base:.1f}V{top:.1f}h{wide - gap:.1f}V{base:.1f}z")
            below[day] += value
        plot.shapes.append(Shape(each.look, "".join(parts), []))
    return plot


def lines(series: Sequence[Series], scale: Scale, width: int) -> Plot:
    """A line for each series. It breaks where a day has no number; every number is a point, among many only a lone one."""
    plot, step = _frame(max((value for each in series for value in each.values if value), default=0), scale, width)
    tall = _height(plot)
    for each in series:
        points: list[tuple[float, float]] = []
        path, drawn = "", False
        for day, value in enumerate(each.values):
            if value is not None:
                x, y = round(_x(plot, scale, day), 1), round(tall(value, step), 1)
                if len(scale.days) <= _FEW or _alone(each.values, day):
                    points.append((x, y))
                path += f"{'L' if drawn else 'M'}{x} {y}"
            drawn = value is not None
        plot.shapes.append(Shape(each.look, path, points))
    return plot


def strip(parts: Sequence[tuple[str, int]], width: int, height: int, *, rtl: bool) -> list[Shape]:
    """One bar across, cut into shares, each with its look; those of nothing are left out."""
    whole = sum(number for _look, number in parts)
    if not whole:
        return []
    borders = [width * each / whole for each in accumulate((number for _look, number in parts), initial=0)]
    return [
        Shape(look, f"M{width - right if rtl else left:.1f} 0h{right - left:.1f}v{height}h{left - right:.1f}z", [])
        for (look, number), (left, right) in zip(parts, pairwise(borders), strict=True)
        if number
    ]


def ticks(most: float) -> list[float]:
    """Round whole numbers from 0 up to `most` or just above, at most five."""
    sizes = (digit * 10**zeros for zeros in count() for digit in (1, 2, 5))
    size = next(each for each in sizes if each * _INTERVALS >= most)
    return [size * each for each in range(max(1, ceil(most / size)) + 1)]


def _alone(values: Sequence[float | None], day: int) -> bool:
    """Whether neither the day before nor the day after has a number, so that no line leads to this one."""
    return all(value is None for value in (*values[max(day - 1, 0) : day], *values[day + 1 : day + 2]))


def _frame(most: float, scale: Scale, width: int) -> tuple[Plot, float]:
    """The empty plot with its axes, and how much one number's step is worth: the top of the scale."""
    marks = ticks(most)
    names = [scale.number(mark) for mark in marks]
    gutter = 10 + _LETTER * max(map(len, names))
    height = _TALL[width]
    left, right = (_SIDE, width - gutter) if scale.rtl else (gutter, width - _SIDE)
    plot = Plot(width, height, left, right, _TOP, height - _BOTTOM, right + 6 if scale.rtl else left - 6)
    tall = _height(plot)
    plot.grid = [Grid(round(tall(mark, marks[-1]), 1), name) for mark, name in zip(marks, names, strict=True)]
    stride = _stride(len(scale.days), plot.right - plot.left)
    last = len(scale.days) - 1
    plot.labels = [Label(round(_x(plot, scale, day), 1), scale.days[day]) for day in range(last, -1, -stride)][::-1]
    wide = (plot.right - plot.left) / max(len(scale.days), 1)
    plot.columns = [
        Column(round(_x(plot, scale, day) - wide / 2, 1), round(wide, 1), story)
        for day, story in enumerate(scale.stories)
    ]
    return plot, marks[-1]


def _stride(days: int, room: float) -> int:
    """Every how many days one is named, so that the names do not touch."""
    return next((each for each in _STRIDES if days / each * _BETWEEN_LABELS <= room + _BETWEEN_LABELS / 2), days)


def _x(plot: Plot, scale: Scale, day: int) -> float:
    """The middle of a day."""
    share = (day + 0.5) / len(scale.days)
    across = plot.right - plot.left
    return plot.right - share * across if scale.rtl else plot.left + share * across


def _height(plot: Plot) -> Callable[[float, float], float]:
    return lambda value, most: plot.bottom - (plot.bottom - plot.top) * value / most
