"""The plots are well-formed, tell in words what they show, and need nothing from elsewhere."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.spam import Policy
from moderation.spam.measure import Judged
from moderation.spam.measure.plots import curve, document, reliability, roc
from moderation.spam.measure.report import Report, report
from moderation.spam.measure.run import SHIPPED, Measured, Plan, Setting
from moderation.spam.measure.stream import Results
from moderation.spam.measure.worst import Worst
from moderation.spam.weights import load

SVG = "{http://www.w3.org/2000/svg}"
PROBABILITIES = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg.encode())  # noqa: S314  # made here


def measured(scores: list[tuple[bool, float]], names: tuple[str, ...] = (SHIPPED,)) -> tuple[Results, Report]:
    results = Results(names)
    for spam, probability in scores:
        results.add("s", "en", spam, dict.fromkeys(names, probability))
    return results, report(Measured(results, Worst(0), {}), Plan(Setting(SHIPPED, load(), Policy())))


@given(st.lists(st.tuples(st.booleans(), PROBABILITIES), min_size=1, max_size=40))
@settings(max_examples=50)
def test_whatever_was_measured_the_drawing_is_well_formed_and_says_what_it_shows(
    scores: list[tuple[bool, float]],
) -> None:
    results, found = measured(scores)

    for drawing in (reliability(found), roc(results, found)):
        root = parsed(drawing.svg())
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        names = str(root.get("aria-labelledby")).split()
        described = [element for element in root if element.get("id") in names]
        assert [element.tag for element in described] == [f"{SVG}title", f"{SVG}desc"]
        assert all(element.text for element in described)


def test_both_drawings_fit_in_one_file() -> None:
    results, found = measured([(True, 0.9), (False, 0.1)])
    drawings = [reliability(found), roc(results, found)]

    root = parsed(document(drawings))

    assert len(root.findall(f"{SVG}title")) == 1
    assert len(root.findall(f"{SVG}g")) == 2


def test_a_drawing_loads_nothing_and_has_colours_for_light_and_dark() -> None:
    results, found = measured([(True, 0.9), (False, 0.1)])
    svg = document([reliability(found), roc(results, found)])

    assert "prefers-color-scheme:dark" in svg
    assert svg.count("http") == 1  # the namespace
    assert not any(word in svg for word in ("<script", "<image", "url(", "@import", "href"))


def test_a_name_cannot_break_out_of_the_drawing() -> None:
    names = (SHIPPED, '<script>"&\x00\ud800.json')
    results, found = measured([(True, 0.9), (False, 0.1)], names)

    svg = roc(results, found).svg()

    parsed(svg)
    assert "<script" not in svg


def test_every_filter_has_a_line_of_its_own_kind() -> None:
    results, found = measured([(True, 0.9), (False, 0.1)], (SHIPPED, "other", "third"))

    root = parsed(roc(results, found).svg())

    kinds = {path.get("class") for path in root.iter(f"{SVG}path")} - {"axis"}
    assert kinds == {"a", "b", "c"}


@given(st.lists(st.tuples(st.booleans(), PROBABILITIES), max_size=40))
def test_the_curve_rises_from_nothing_to_everything(scores: list[tuple[bool, float]]) -> None:
    points = curve([Judged("s", "en", spam, probability) for spam, probability in scores])

    if {spam for spam, _ in scores} != {True, False}:
        assert points == []
        return
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert points == sorted(points)


def test_the_area_under_the_curve_is_the_area_in_the_table() -> None:
    judged = [
        Judged("s", "en", spam, probability) for spam, probability in zip([True, False] * 20, range(40), strict=True)
    ]
    points = curve(judged)

    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))

    results = Results([SHIPPED])
    for one in judged:
        results.add(one.source, one.lang, one.spam, {SHIPPED: one.probability / 40})
    found = report(Measured(results, Worst(0), {}), Plan(Setting(SHIPPED, load(), Policy())))
    assert found.stages[0].figures.auc
    assert found.stages[0].figures.auc.value == pytest.approx(area)
