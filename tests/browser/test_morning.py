"""A moderator's morning: forty comments wait, and a flood of five hundred; by keyboard alone the queue is cleared."""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Job, Site
from tests.browser.conftest import Demo
from tests.browser.pages import press
from tests.browser.test_accessibility import LOOKS, faults, overflows
from tests.browser.test_main_job import sign_in
from tests.conftest import settings
from tests.factories import PASSWORD, Make
from tests.thorough import size

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
FLOOD = "Cheap watches and cheap pills and cheap loans, all of them at https://pills{n}.example for nothing, says number {n}"
WAITING, FLOODED, SMALLER = 40, 500, size(500, 220)


@dataclass
class Morning:
    """A site of the demo with what waits on it, as it stands in the database."""

    make: Make
    site: Site
    key: str

    def settle(self) -> None:
        """Wait until the worker has done all there is to do."""
        for _half_second in range(240):
            with self.make.app.app_context():
                if not db.session.scalars(select(Job.id).where(Job.state.in_(("waiting", "running")))).all():
                    return
            time.sleep(0.5)
        raise AssertionError("the worker did not come to an end")

    def counts(self) -> dict[str, int]:
        return {str(status): number for status, number in self.make.counts(self.site).items()}


@contextmanager
def _morning(demo: Demo, name: str, flooded: int) -> Iterator[Morning]:
    """Forty comments, every fourth of them spam, and in the middle a flood."""
    app = create_app(settings(database_url=f"sqlite:///{demo.folder}/var/demo/moderation.db"))
    key = f"morning-{zlib.crc32(name.encode())}"
    make = Make(app)
    site = make.site(key)
    for number in range(WAITING):
        if number == WAITING // 2:
            for each in range(flooded):
                make.comment(site, FLOOD.format(n=each), author=f"Seller {each}", flooded=True)
        make.comment(
            site, f"A thought about the buses, number {number}.", author="Spammer" if number % 4 == 0 else "Amina"
        )
    yield Morning(make, site, key)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def morning(demo: Demo, request: pytest.FixtureRequest) -> Iterator[Morning]:
    """A site of the demo on which a flood has come in."""
    with _morning(demo, request.node.name, FLOODED) as found:
        yield found


@pytest.fixture
def lesser(demo: Demo, request: pytest.FixtureRequest) -> Iterator[Morning]:
    """The same with a flood that still is more than one step of a job."""
    with _morning(demo, request.node.name, SMALLER) as found:
        yield found


@pytest.fixture
def shallow(demo: Demo, request: pytest.FixtureRequest) -> Iterator[Morning]:
    """The same with a flood of a handful."""
    with _morning(demo, request.node.name, 5) as found:
        yield found


@dataclass
class Keys:
    """A keyboard whose presses are counted."""

    page: Page
    pressed: int = 0
    log: list[str] = field(default_factory=list)

    def press(self, key: str) -> None:
        press(self.page, key)
        self.pressed += 1
        self.log.append(key)


def focused_row(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.row')?.innerText ?? ''"))


def act(page: Page, keys: Keys, key: str) -> None:
    """Press a key that moves a row, and wait for the page that follows."""
    with page.expect_navigation(wait_until="load"):
        keys.press(key)


def test_the_queue_is_cleared_by_keyboard_and_each_act_can_be_undone(
    demo: Demo, browse: Browse, morning: Morning, capsys: pytest.CaptureFixture[str]
) -> None:
    page = browse()
    sign_in(page, demo)
    page.goto(f"{demo.service}/desk/{morning.key}/")
    expect(page.locator("article.row")).to_have_count(WAITING + 1)
    keys, began = Keys(page), time.monotonic()
    keys.press("j")
    decided = 0
    while decided < WAITING + 1:
        row = focused_row(page)
        assert row, "after an act the next row has the focus"
        act(page, keys, "s" if "Spammer" in row or "Seller" in row else "a")
        decided += 1
        if "Seller" in row:
            # The worker takes the flood; its row stays until it has, so one goes on to the next.
            expect(page.locator(".line.job progress")).to_be_visible()
    took = time.monotonic() - began
    morning.settle()
    assert morning.counts() == {"pending": 0, "approved": 30, "spam": 510, "trash": 0}
    assert keys.pressed == WAITING + 2
    with capsys.disabled():
        sys.stdout.write(f"\n{WAITING} comments and a flood of {FLOODED}: {keys.pressed} keys, {took:.0f} s\n")

    act(page, keys, "z")
    assert morning.counts()["pending"] == 1


def test_every_single_act_of_it_is_undone_at_once(demo: Demo, browse: Browse, shallow: Morning) -> None:
    page = browse()
    sign_in(page, demo)
    page.goto(f"{demo.service}/desk/{shallow.key}/")
    before, seen, keys = shallow.counts(), set(), Keys(page)
    keys.press("j")
    for _row in range(WAITING + 1):
        row = focused_row(page)
        seen.add(row)
        act(page, keys, "s" if "Spammer" in row or "Seller" in row else "a")
        assert shallow.counts() != before
        act(page, keys, "z")
        assert shallow.counts() == before
        assert focused_row(page).split("\n")[0] == row.split("\n")[0], "what was undone has the focus again"
        keys.press("j")
    assert len(seen) == WAITING + 1


def test_a_flood_that_is_undone_is_back_as_one_row(demo: Demo, browse: Browse, lesser: Morning) -> None:
    page = browse()
    sign_in(page, demo)
    page.goto(f"{demo.service}/desk/{lesser.key}/")
    row = page.locator("article.row", has_text=str(SMALLER - 1))
    row.focus()
    act(page, Keys(page), "s")
    lesser.settle()
    assert lesser.counts()["spam"] == SMALLER
    act(page, Keys(page), "z")
    lesser.settle()
    assert lesser.counts() == {"pending": WAITING + SMALLER, "approved": 0, "spam": 0, "trash": 0}
    page.goto(f"{demo.service}/desk/{lesser.key}/")
    expect(page.locator("article.row")).to_have_count(WAITING + 1)
    expect(page.locator("article.row", has_text=str(SMALLER - 1))).to_have_count(1)


def test_all_that_is_ticked_moves_by_capitals_and_none_while_one_types(
    demo: Demo, browse: Browse, lesser: Morning
) -> None:
    page = browse()
    sign_in(page, demo)
    page.goto(f"{demo.service}/desk/{lesser.key}/")
    page.locator("#q").focus()
    page.keyboard.type("XS asdz")
    expect(page.locator("#q")).to_have_value("XS asdz")
    assert lesser.counts()["pending"] == WAITING + SMALLER
    page.locator("article.row").nth(1).focus()
    keys = Keys(page)
    keys.press("x")
    keys.press("j")
    keys.press("x")
    act(page, keys, "Shift+D")
    assert lesser.counts()["trash"] in {2, SMALLER + 1}
    act(page, keys, "z")
    lesser.settle()
    assert lesser.counts()["pending"] == WAITING + SMALLER


def test_what_was_done_is_said_for_ten_seconds_and_undone_by_z_after_that(
    demo: Demo, browse: Browse, shallow: Morning
) -> None:
    page = browse()
    page.clock.install()
    sign_in(page, demo)
    page.goto(f"{demo.service}/desk/{shallow.key}/?status=pending&sort=oldest")
    page.locator("article.row").first.focus()
    act(page, Keys(page), "a")
    line = page.locator(".line.undo")
    expect(line).to_be_visible()
    expect(line).to_be_hidden(timeout=15_000)
    act(page, Keys(page), "z")
    assert shallow.counts()["pending"] == WAITING + 5


@pytest.mark.parametrize(("lang", "scheme", "width"), LOOKS)
def test_the_pages_for_many(demo: Demo, browse: Browse, shallow: Morning, lang: str, scheme: str, width: int) -> None:
    page = browse(locale=lang, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    page.goto(f"{demo.service}/desk/")
    page.locator("#email").fill(demo.email)
    page.locator("#password").fill(demo.password)
    page.locator("form button").last.click()
    bundle = page.goto(f"{demo.service}/desk/{shallow.key}/")
    assert bundle is not None
    address = page.locator("a.alike").first.get_attribute("href")
    paths = ["", "all?status=pending", "empty?status=spam", "jobs", "check?url=https://news.example/a/"]
    for path in [*(f"/desk/{shallow.key}/{each}" for each in paths), str(address)]:
        page.goto(demo.service + path)
        assert faults(page) == [], path
        assert not overflows(page), path


def test_a_moderator_decides_and_an_owner_does_the_rest(demo: Demo, browse: Browse, shallow: Morning) -> None:
    shallow.make.moderator("walk@example.org", sites=[shallow.site])
    page = browse()
    sign_in(page, replace(demo, email="walk@example.org", password=PASSWORD))
    areas = page.get_by_role("navigation", name="Parts of the desk").get_by_role("link")
    assert areas.all_text_contents() == ["Comments", "Mistakes", "Insights", "Rules", "Jobs"]
    page.locator("article.row", has_text="Amina").first.focus()
    act(page, Keys(page), "a")
    assert shallow.counts()["approved"] == 1
    for path in ("moderators", "settings", "log"):
        answer = page.goto(f"{demo.service}/desk/{shallow.key}/{path}")
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_text("Only an owner may do this.")).to_be_visible()
    answer = page.goto(f"{demo.service}/desk/demo/")
    assert answer is not None
    assert answer.status == 404
    page.goto(f"{demo.service}/desk/{shallow.key}/policy?spam_above=0.8&hold_above=0.7")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
