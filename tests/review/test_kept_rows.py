"""A row that was shown is kept and shown again: nobody may be able to tell, and nothing that changed may be missing."""

from __future__ import annotations

import re
import sys
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale, format_timedelta
from sqlalchemy import update

from moderation.extensions import db
from moderation.models import Moderator, Page, Site, now
from moderation.review import notes, presence
from moderation.review.desk import ago
from moderation.review.kept import KeptRows
from tests.factories import Make
from tests.review.browser import Browser

QUEUE = "/desk/demo/"


def without_tokens(page: str) -> str:
    return re.sub(r'(name="(?:csrf_token|nonce)"\s+value=")[^"]+', r"\1", page)


def nonces(page: str) -> list[str]:
    return re.findall(r'name="nonce"\s+value="([^"]+)"', page)


def test_a_page_that_is_shown_again_is_the_same_page_with_reply_forms_of_its_own(
    browser: Browser, make: Make, site: Site
) -> None:
    for text in ("One", "Two & <three>", "x" * 2_000):
        make.comment(site, text, at=now() - timedelta(days=3))
    first, again = browser.get(QUEUE).text, browser.get(QUEUE).text
    assert without_tokens(first) == without_tokens(again)
    assert "\0" not in first + again
    assert len({*nonces(first), *nonces(again)}) == 6


def test_what_changed_beside_a_kept_row_is_seen(browser: Browser, make: Make, app: Flask, site: Site) -> None:
    other = make.moderator("ana@example.org", sites=[site], name="Ana")
    comment = make.comment(site, "A word", email="who@example.org")

    def shown() -> str:
        return browser.get(QUEUE).text

    assert "Ana" not in shown()
    with app.app_context():
        notes.add(db.session.get_one(Moderator, other.id), comment, "Look at this", at=now())
    assert "Look at this" in shown()
    with app.app_context():
        presence.report(db.session.get_one(Moderator, other.id), comment.id, within=[site.id], at=now())
    assert "\u2068Ana\u2069 has this open" in shown()
    make.comment(site, "Another word", email="who@example.org")
    assert shown().count("1 pending") == 2
    with app.app_context():
        db.session.execute(update(Page).where(Page.id == comment.page_id).values(title="Another headline"))
        db.session.commit()
    assert "Another headline" in shown()


def test_a_kept_row_follows_its_comment_and_the_rules_of_the_site(
    browser: Browser, make: Make, app: Flask, site: Site
) -> None:
    owner = make.moderator("owner@example.org", role="owner")
    comment = make.comment(site, "A word about buses")
    first = browser.get(QUEUE).text
    assert f"{comment.id}:1" in first
    make.edit(comment, "A word about trams", owner)
    edited = browser.get(QUEUE).text
    assert "about trams" in edited
    assert "about buses" not in edited
    with app.app_context():
        db.session.execute(update(Site).where(Site.id == site.id).values(rules={"hold_everything": True}))
        db.session.commit()
    assert "this site holds every comment" in browser.get(QUEUE).text
    browser.decide("demo", "spam", comment, seen=2)
    assert "Confirm spam" not in browser.get(f"{QUEUE}?status=spam").text
    assert f"{comment.id}:3" in browser.get(f"{QUEUE}?status=spam").text


def test_two_moderators_never_see_each_others_rows(browser: Browser, make: Make, app: Flask, site: Site) -> None:
    make.comment(site)
    make.moderator("ana@example.org", sites=[site], name="Ana")
    ana = Browser(app)
    ana.sign_in("ana@example.org")
    for who, name, other in ((browser, "Mo", "Ana"), (ana, "Ana", "Mo"), (browser, "Mo", "Ana")):
        page = who.get(QUEUE).text
        assert f"signed {name}<" in page
        assert f"signed {other}<" not in page
        assert set(re.findall(r'name="csrf_token"\s+value="([^"]+)"', page)) == {who.token}


def test_a_row_is_kept_for_each_language(browser: Browser, make: Make, site: Site) -> None:
    make.comment(site)
    pages = {lang: browser.get(f"{QUEUE}?lang={lang}").text for lang in ("en", "de", "en", "de")}
    assert "Your reply, at once public" in pages["en"]
    assert "Your reply, at once public" not in pages["de"]


def test_only_so_many_rows_are_kept_the_newest() -> None:
    kept = KeptRows(2)
    for key in "abac":
        kept.keep(key, [key])
    assert [kept.get(key) for key in "abc"] == [["a"], None, ["c"]]


@pytest.mark.parametrize("lang", ["en", "ar", "ru", "hi"])
def test_ages_are_what_babel_says(app: Flask, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now()
    monkeypatch.setattr(sys.modules[ago.__module__], "now", lambda: at)
    seconds = [*range(-200, 100), *range(-90_000, 0, 331), *range(-(10**8), 0, 4_333_333)]
    with app.test_request_context(), force_locale(lang):
        for each in seconds:
            since = timedelta(seconds=each + 0.5)
            assert ago(at + since) == format_timedelta(since, granularity="minute", add_direction=True), each
