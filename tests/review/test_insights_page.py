"""The page of insights: whole sentences, drawings that are XML, tables with the same numbers, and nothing that breaks out."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from sqlalchemy import update

from moderation.extensions import db
from moderation.models import Comment, Page, Site, now
from moderation.review.accounts import create_moderator
from tests.factories import PASSWORD, Make
from tests.review.browser import PAGE, Browser
from tests.review.lantern import arrive, decide, fill
from tests.review.test_queue import HOSTILE

_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
_CHART = re.compile(r'<section class="chart" aria-labelledby="(\w+)">(.*?)</section>', re.DOTALL)


@pytest.fixture
def lively(app: Flask, make: Make, site: Site, browser: Browser) -> Site:
    """The site with a month of comments and decisions."""
    moderator = make.moderator("second@example.org")
    with app.app_context():
        fill(site, moderator, days=12, until=now())
    return site


def drawings(page: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in _SVG.findall(page)]  # noqa: S314  # made here


def table(chart: str) -> list[list[str]]:
    body = chart.split("<tbody>")[1]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[cell.strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


@pytest.mark.parametrize("lang", ["en", "ur"])
@pytest.mark.parametrize("days", [7, 30, 90])
def test_every_drawing_is_xml_and_says_in_words_what_it_shows(
    browser: Browser, lively: Site, days: int, lang: str
) -> None:
    page = browser.get(f"/desk/demo/insights?days={days}&lang={lang}").text
    images = [svg for svg in drawings(page) if svg.get("role") == "img"]
    assert len(images) == 9, "four charts for two widths, and the bar of shares"
    assert all(len(svg.get("aria-label", "")) > 20 for svg in images)
    assert all(svg.get("aria-hidden") == "true" for svg in drawings(page) if svg.get("role") != "img")
    filled = set(re.findall(r"url\(#([\w-]+)\)", page))
    assert filled <= set(re.findall(r'<pattern id="([\w-]+)"', page))
    assert not re.search(r"\sstyle=|<style|<script(?! src=)", page)


def test_a_table_has_the_numbers_that_are_drawn(browser: Browser, lively: Site) -> None:
    page = browser.get("/desk/demo/insights?days=30").text
    charts = dict(_CHART.findall(page))
    for key in ("arrivals", "decisions", "finds"):
        rows = table(charts[key])
        assert len(rows) == 30
        wide, narrow = (
            svg for svg in map(ET.fromstring, _SVG.findall(charts[key])) if svg.get("role") == "img"
        )  # fmt: skip
        columns = list(zip(*rows, strict=True))[1:]
        for svg in (wide, narrow):
            lines = svg.findall("g[@class='grid']/path")
            marks = [float(text.text or "") for text in svg.findall("g[@class='grid']/text[@class='number']")]
            height = {float(re.findall(r"M\S+ ([\d.]+)H", line.get("d", ""))[0]) for line in lines}
            worth = marks[-1] / (max(height) - min(height))
            for shape, column in zip(svg.findall("path[@class='shape']"), columns, strict=True):
                bars = re.findall(r"M\S+ ([\d.]+)V([\d.]+)h", shape.get("d", ""))
                numbers = [round((float(base) - float(top)) * worth) for base, top in bars]
                assert numbers == [int(cell) for cell in column if cell != "0"]
    assert [title.count("\n") for title in re.findall(r"<title>(.*?)</title>", charts["arrivals"], re.DOTALL)] == [
        3
    ] * 30


def test_the_headline_says_it_in_sentences(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    moderator = make.moderator("second@example.org")
    with app.app_context():
        made = [arrive(site, at=now(), status=status) for status in ("approved", "approved", "spam", "pending")]
        decide(made[0], "spam", moderator, now())
        decide(made[2], "spam", moderator, now())
    text = " ".join(re.sub(r"<[^>]+>", " ", browser.get("/desk/demo/insights").text).split())
    assert "In the last 30 days 4 comments came in. The site's policy decided 75% of them by itself." in text.replace(
        "&#39;", "'"
    )
    assert "A moderator changed 1 of these decisions. 1 comment still waits." in text
    assert "Of what turned out to be spam, policy caught 50% by itself." in text
    assert "2 decisions, confirmations included." in text
    assert "No comment that waited was decided on." in text


def test_what_was_undone_is_as_if_it_had_not_been(app: Flask, site: Site, browser: Browser) -> None:
    with app.app_context():
        comment = arrive(site, at=now() - timedelta(minutes=5), status="pending")
    before = browser.get("/desk/demo/insights").text
    browser.decide("demo", "trash", comment)
    undo = str(re.findall(r'name="batch" value="(\w+)"', browser.get("/desk/demo/").text)[0])
    assert "1 decision," in browser.get("/desk/demo/insights").text
    browser.post("/desk/demo/undo", batch=undo)
    browser.get("/desk/demo/")
    assert _content(browser.get("/desk/demo/insights").text) == _content(before)


def _content(page: str) -> str:
    return page.split('<div class="head">')[1]


def test_an_empty_site_is_met_with_friendliness(browser: Browser) -> None:
    page = browser.get("/desk/demo/insights")
    assert page.status_code == 200
    assert "Nothing to count yet" in page.text
    assert 'href="/desk/demo/"' in page.text
    assert "<svg" not in page.text


def test_quiet_days_on_a_site_with_a_past(app: Flask, site: Site, browser: Browser) -> None:
    with app.app_context():
        arrive(site, at=now() - timedelta(days=20))
    page = browser.get("/desk/demo/insights?days=7").text
    assert "Quiet days" in page
    assert "No comment came in in the last 7 days." in page
    assert "In the last 30 days 1 comment came in." in browser.get("/desk/demo/insights").text


def test_a_cut_log_is_told(app: Flask, site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        for day in (3, 2, 1, 0):
            arrive(site, at=now() - timedelta(days=day))
    monkeypatch.setattr("moderation.review.insights_log.MOST", 3)
    page = browser.get("/desk/demo/insights").text
    assert "from then on they are complete" in page
    assert "In the last 3 days 3 comments came in." in page
    monkeypatch.setattr("moderation.review.insights_log.MOST", 0)
    assert browser.get("/desk/demo/insights").status_code == 200


@pytest.mark.parametrize("days", ["", "0", "8", "-7", "9" * 30, "7 ", "x", "%00", "%F0%9F", "7%ED%A0%80", "a" * 64_000])
def test_other_spans_are_refused_in_words(browser: Browser, days: str) -> None:
    answer = browser.get(f"/desk/demo/insights?days={days}")
    assert answer.status_code == 400
    assert "7, 30 or 90 days" in answer.text


def test_another_sites_insights_look_like_none(app: Flask, make: Make, browser: Browser) -> None:
    make.site("theirs")
    foreign, nowhere = browser.get("/desk/theirs/insights"), browser.get("/desk/nowhere/insights")
    assert foreign.status_code == nowhere.status_code == 404
    assert foreign.text == nowhere.text


class _Structure(HTMLParser):
    """The tags of a page and their attributes, without what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *sorted(name for name, _value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/" + tag,))


def structure(page: str) -> list[tuple[str, ...]]:
    parser = _Structure()
    parser.feed(page)
    return [tag for tag in parser.tags if tag != ("wbr",)]


@pytest.mark.parametrize("attack", [*HOSTILE.values(), "x" * 65_536, "\ud800\u202e", "a.b_c" * 9], ids=ascii)
def test_neither_a_title_nor_a_signals_name_breaks_out(
    app: Flask, make: Make, site: Site, browser: Browser, attack: str
) -> None:
    moderator = make.moderator("second@example.org")
    stored = attack.replace("\ud800", "")
    with app.app_context():
        long = len(stored) if db.engine.dialect.name == "sqlite" else 300
        comment = arrive(site, at=now(), status="spam", verdict={"signals": [{"name": "quiet", "points": 1.0}]})
        decide(comment, "spam", moderator, now())
        plain = browser.get("/desk/demo/insights").text
        hostile = {"signals": [{"name": attack, "points": 1.0}, {"name": [attack], "points": attack}]}
        db.session.execute(update(Comment).values(verdict=hostile))
        db.session.execute(update(Page).values(title=stored[:long], url="javascript:alert(1)"))
        db.session.commit()
    answer = browser.get("/desk/demo/insights")
    assert answer.status_code == 200
    assert structure(answer.text) == structure(plain)
    assert "javascript:" not in answer.text
    assert len(answer.text) < len(plain) + 4_000


def test_a_page_leads_to_its_article(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    moderator = make.moderator("second@example.org")
    with app.app_context():
        decide(arrive(site, at=now(), status="pending"), "approved", moderator, now())
    assert 'href="https://news.example/night-buses/"' in browser.get("/desk/demo/insights").text


def test_a_stranger_has_to_sign_in(app: Flask, site: Site) -> None:
    with app.app_context():
        create_moderator("third@example.org", "Third", "moderator", [], PASSWORD)
    for path in ("/desk/demo/insights", "/desk/demo/rescue"):
        assert app.test_client().get(path, headers=PAGE).status_code == 302
