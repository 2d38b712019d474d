"""What the desk says of a flood: calmly, with numbers, in both languages; and nothing where there is none."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from pytest import MonkeyPatch

from moderation.models import Site, now
from moderation.review import flood
from moderation.spam.flood import Cause
from tests.factories import Make
from tests.flooding import overrun, wait
from tests.review.browser import Browser


def notice(page: str) -> list[str]:
    """The sentences of the notice on a page of the desk."""
    found = re.search(r'<div class="flood" role="status">(.*?)</div>', page, re.DOTALL)
    return re.findall(r"<p>(.*?)</p>", html.unescape(found[1])) if found else []


def test_without_a_flood_there_is_no_notice(browser: Browser) -> None:
    assert notice(browser.get("/desk/demo/").text) == []


def test_the_queue_says_what_comes_in_what_is_done_and_when_it_ends(
    app: Flask, browser: Browser, make: Make, site: Site
) -> None:
    make.comment(site, at=now() - timedelta(minutes=30))
    make.comment(make.site("elsewhere"))
    for minutes in (8, 2, 1):
        make.comment(site, at=now() - timedelta(minutes=minutes))
    overrun(app)
    assert notice(browser.get("/desk/demo/").text) == [
        "Flood: 3 new comments in 9 minutes. Usual at this time of day: 3 an hour.",
        "Comments without a proof of work wait here, and the filter is stricter with all others.",
        "It ends by itself after 10 quiet minutes.",
    ]
    wait(app, timedelta(minutes=10))
    assert notice(browser.get("/desk/demo/").text) == []


def test_near_duplicates_are_named_as_the_cause(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    for _ in range(2):
        make.comment(site)
    overrun(app, "alike")
    assert (
        notice(browser.get("/desk/demo/").text)[0]
        == "Flood: 2 new comments in 9 minutes, many of them nearly the same."
    )


def test_the_owners_own_setting_is_named(app: Flask, make: Make) -> None:
    site = make.site("quiet", flood_mode="on")
    make.moderator(sites=[site])
    browser = Browser(app)
    browser.enter()
    assert notice(browser.get("/desk/quiet/").text)[::2] == [
        "Flood mode is switched on.",
        "It stays so until the site's rule flood_mode says otherwise.",
    ]


def test_a_flood_on_one_site_is_not_told_on_another(app: Flask, browser: Browser, make: Make, site: Site) -> None:
    overrun(app)
    other = make.site("other")
    make.moderator("two@example.org", sites=[other])
    second = Browser(app)
    second.enter("two@example.org")
    assert notice(second.get("/desk/other/").text) == []


@pytest.mark.parametrize("cause", ["rate", "alike"])
def test_it_is_told_in_urdu(app: Flask, browser: Browser, cause: Cause) -> None:
    overrun(app, cause)
    sentences = notice(browser.get("/desk/demo/?lang=ur").text)
    assert len(sentences) == 3
    assert all(re.search("[\u0600-\u06ff]", sentence) for sentence in sentences)


def test_a_great_flood_is_counted_up_to_a_bound(
    app: Flask, browser: Browser, make: Make, site: Site, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(flood, "_MOST", 3)
    for _ in range(5):
        make.comment(site)
    overrun(app)
    assert notice(browser.get("/desk/demo/").text)[0].startswith("Flood: 3+ new comments in 9 minutes.")
