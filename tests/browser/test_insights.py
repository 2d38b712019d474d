"""Insights and mistakes in a real browser, on a site with two weeks behind it: readable, complete, by keyboard."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from moderation import schema
from moderation.app import create_app
from moderation.extensions import db
from moderation.models import now
from tests.browser.conftest import free_ports, wait_for
from tests.browser.pages import press
from tests.browser.test_accessibility import LOOKS, faults, overflows
from tests.conftest import SECRET, settings
from tests.factories import PASSWORD, Make
from tests.review.lantern import fill

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service with one site of many comments and one of none."""
    folder: Path = tmp_path_factory.mktemp("lantern")
    url = f"sqlite:///{folder / 'moderation.db'}"
    app = create_app(settings(database_url=url))
    with app.app_context():
        schema.upgrade()
        make = Make(app)
        site, moderator = make.site("lantern"), make.moderator(name="Mo")
        make.site("quiet")
        fill(site, moderator, days=12, until=now())
        db.engine.dispose()
    [port] = free_ports(1)
    environment = {**os.environ, "MODERATION_DATABASE_URL": url, "MODERATION_SECRET_KEY": SECRET}
    environment.pop("MODERATION_PUBLIC_URL", None)
    command = [sys.executable, "-m", "moderation", "serve", "--port", str(port)]
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output, text=True)
    try:
        wait_for(f"http://localhost:{port}/healthz", process)
        yield f"http://localhost:{port}/desk"
    finally:
        process.terminate()
        process.wait(timeout=120)


def enter(page: Page, service: str, path: str) -> Page:
    """A page of the desk, signed in."""
    page.goto(f"{service}/login")
    page.locator("#email").fill("mod@example.org")
    page.locator("#password").fill(PASSWORD)
    page.locator("form button").last.click()
    page.goto(service + path)
    return page


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_every_page_is_readable_for_everybody(service: str, browse: Browse, lang: str, scheme: str, width: int) -> None:
    viewport = {"width": width, "height": 900}
    page = enter(browse(locale=lang, color_scheme=scheme, viewport=viewport, bypass_csp=True), service, "/login")
    for path in (
        "/lantern/insights",
        "/quiet/insights",
        "/lantern/rescue",
        "/quiet/rescue",
    ):
        page.goto(service + path)
        for fold in page.locator("main details").all()[:12]:
            fold.evaluate("fold => fold.open = true")
        assert faults(page) == [], path
        assert not overflows(page), path


@pytest.mark.parametrize(("width", "other"), [(1280, "narrow"), (320, "wide")])
def test_letters_in_a_chart_are_as_large_as_beside_it(service: str, browse: Browse, width: int, other: str) -> None:
    page = enter(browse(viewport={"width": width, "height": 900}), service, "/lantern/insights")
    assert page.locator(f"svg.plot.{other}:visible").count() == 0
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg.plot')].filter(one => one.checkVisibility())"
        ".map(one => 11.5 * one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
    )
    assert len(sizes) == 4
    assert all(10 <= size <= 14 for size in sizes), sizes


def start_of(shape: Locator) -> float:
    """How far from the left of the page a shape begins."""
    box = shape.bounding_box()
    assert box
    return box["x"]


def test_in_urdu_the_newest_day_is_at_the_left_and_the_scale_at_the_right(service: str, browse: Browse) -> None:
    page = enter(browse(locale="ur"), service, "/lantern/insights?days=7")
    days = page.locator("section:has(#arrivals) svg.wide .day")
    [left, *_rest, right] = sorted(days.all(), key=start_of)
    assert left.text_content() == days.last.text_content()
    assert right.text_content() == days.first.text_content()
    number = page.locator("section:has(#arrivals) svg.wide .number").first.bounding_box()
    plot = page.locator("section:has(#arrivals) svg.wide").bounding_box()
    assert number
    assert plot
    assert number["x"] > start_of(right)
    assert number["x"] + number["width"] <= plot["x"] + plot["width"] + 0.5


def test_where_colours_are_forced_patterns_tell_series_apart(service: str, browse: Browse) -> None:
    page = enter(browse(forced_colors="active"), service, "/lantern/insights")
    fills = page.evaluate(
        "[...document.querySelectorAll('pattern')].map(one => getComputedStyle(one.querySelector('.wash')).fill)"
    )
    canvas = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert set(fills) == {canvas}
    shapes = page.evaluate(
        "[...document.querySelectorAll('section.whole .shape')].map(one => one.getAttribute('fill'))"
    )
    drawn = [shape.split("#")[1].split("-")[0] for shape in shapes]
    assert len(set(drawn)) == len(set(shapes)), "no two shares have the same pattern"


def test_without_javascript_the_numbers_open_by_keyboard(service: str, browse: Browse) -> None:
    page = enter(browse(java_script_enabled=False), service, "/lantern/insights?days=7")
    numbers = page.locator("details.numbers").first
    numbers.locator("summary").press("Enter")
    expect(numbers.get_by_role("row")).to_have_count(8)


def test_a_mistake_is_put_right_by_keys_and_the_next_one_has_the_focus(service: str, browse: Browse) -> None:
    page = enter(browse(), service, "/lantern/rescue")
    rows = page.locator("article.row")
    first, second = rows.nth(0).get_attribute("id"), rows.nth(1).get_attribute("id")
    press(page, "j")
    press(page, "a")
    expect(page.locator(f"#{second}")).to_be_focused()
    expect(page.locator(f"#{first}")).to_have_count(0)
    expect(page).to_have_url(f"{service}/lantern/rescue#{second}")
    press(page, "z")
    expect(page.locator(f"#{first}")).to_be_focused()
