"""Charts are drawn to scale, inside their field, and in a right-to-left language the other way round."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.review.plots import NARROW, WIDE, Plot, Scale, Series, bars, lines, strip, ticks

NUMBERS = st.lists(st.integers(0, 10**6), min_size=1, max_size=90)
_BAR = re.compile(r"M([\d.]+) ([\d.]+)V([\d.]+)h([\d.]+)V[\d.]+z")


def scale(days: int, *, rtl: bool = False) -> Scale:
    names = [f"day {day}" for day in range(days)]
    return Scale(lambda value: f"{value:g}", names, names, rtl=rtl)


def drawn(plot: Plot, at: int) -> list[tuple[float, float]]:
    """The bars of a series: their middles, and the numbers that they are as high as."""
    top = float(plot.grid[-1].label)
    worth = top / (plot.bottom - plot.top)
    return [
        (float(x) + float(wide) / 2, (float(base) - float(up)) * worth)
        for x, base, up, wide in _BAR.findall(plot.shapes[at].path)
    ]


@given(st.floats(0, 1e9))
def test_a_scale_reaches_from_nothing_just_above_the_most(most: float) -> None:
    marks = ticks(most)
    assert marks[0] == 0
    assert 2 <= len(marks) <= 5
    assert marks[-2] < most <= marks[-1] or (most == 0 and marks == [0, 1])


@pytest.mark.parametrize("width", [WIDE, NARROW])
@given(below=NUMBERS, rtl=st.booleans(), data=st.data())
def test_bars_are_as_high_as_their_numbers_and_stand_on_each_other(
    width: int, below: list[int], rtl: bool, data: st.DataObject
) -> None:
    above = data.draw(st.lists(st.integers(0, 10**6), min_size=len(below), max_size=len(below)))
    plot = bars([Series("a", below), Series("b", above)], scale(len(below), rtl=rtl), width)
    worth = float(plot.grid[-1].label) / (plot.bottom - plot.top)
    for at, numbers in enumerate((below, above)):
        assert [value for _x, value in drawn(plot, at)] == pytest.approx([n for n in numbers if n], abs=worth * 0.11)
    for x, base, up, wide in (map(float, bar) for shape in plot.shapes for bar in _BAR.findall(shape.path)):
        assert plot.left - 0.1 <= x
        assert x + wide <= plot.right + 0.1
        assert plot.top - 0.1 <= up <= base <= plot.bottom + 0.1


def test_time_runs_the_way_one_reads() -> None:
    series = [Series("a", [1, 2, 3])]
    there, back = bars(series, scale(3), WIDE), bars(series, scale(3, rtl=True), WIDE)
    assert [x for x, _value in drawn(there, 0)] == sorted(x for x, _value in drawn(there, 0))
    assert [WIDE - x for x, _value in drawn(there, 0)] == pytest.approx([x for x, _value in drawn(back, 0)], abs=0.11)
    assert there.labels[-1].x > there.labels[0].x
    assert back.labels[-1].x < back.labels[0].x
    assert back.name_at > back.right


@pytest.mark.parametrize("days", [1, 7, 30, 90])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_names_of_days_do_not_touch_and_the_last_day_has_one(days: int, width: int) -> None:
    plot = bars([Series("a", [1] * days)], scale(days), width)
    places = [label.x for label in plot.labels]
    assert plot.labels[-1].text == f"day {days - 1}"
    assert all(after - before >= 36 for before, after in pairwise(places))
    assert [column.text for column in plot.columns] == [f"day {day}" for day in range(days)]


def test_a_line_breaks_where_there_is_no_number() -> None:
    plot = lines([Series("a", [1, 2, None, 3, None, 1, 1])], scale(7), WIDE)
    assert re.sub(r"[\d. ]+", "", plot.shapes[0].path) == "MLMML"
    assert len(plot.shapes[0].points) == 5


def test_among_many_days_only_a_lone_number_is_a_point() -> None:
    values = [1, 2, None, 3, None, *([4] * 60)]
    [shape] = lines([Series("a", values)], scale(65), WIDE).shapes
    assert len(shape.points) == 1


@given(st.lists(st.integers(0, 1000), max_size=6), st.booleans())
def test_shares_fill_the_whole_bar(numbers: list[int], rtl: bool) -> None:
    shapes = strip([(str(at), number) for at, number in enumerate(numbers)], 100, 10, rtl=rtl)
    wide = [float(re.findall(r"h([\d.]+)v", shape.path)[0]) for shape in shapes]
    assert len(shapes) == sum(map(bool, numbers))
    assert sum(wide) == pytest.approx(100 if any(numbers) else 0, abs=0.5)
