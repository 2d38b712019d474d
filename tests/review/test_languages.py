"""What a moderator typed wrongly is explained at the desk in the moderator's language."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask

from moderation.models import Site
from tests.factories import Make
from tests.review.browser import Browser
from tests.review.test_replies import hidden


@pytest.fixture
def owner(app: Flask, make: Make, site: Site) -> Browser:
    make.moderator("owner@example.org", role="owner")
    browser = Browser(app)
    browser.enter("owner@example.org")
    return browser


def test_an_origin_that_is_none_is_explained_in_german(owner: Browser) -> None:
    owner.get("/desk/demo/settings")
    page = unescape(owner.post("/desk/demo/settings?lang=de", name="Demo", origins="ftp://news.example").text)
    assert "'ftp://news.example': Die Adresse beginnt nicht mit http:// oder https://." in page
    assert "Bitte geben Sie einen Ursprung wie https://example.com" in page
    assert "The address" not in page


def test_an_email_address_that_is_none_is_explained_in_german(owner: Browser) -> None:
    owner.get("/desk/demo/moderators")
    form = {"email": "nadia", "name": "Nadia", "role": "moderator", "offered": ["1"], "sites": ["1"]}
    page = unescape(owner.post("/desk/demo/moderators?lang=de", **form).text)
    assert "Eine E-Mail-Adresse muss ein @-Zeichen haben." in page
    assert "An email address" not in page


def test_a_reply_that_is_too_long_is_explained_in_german(owner: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site)
    form = hidden(owner.get("/desk/demo/").text, comment)
    page = owner.post(f"/desk/demo/comments/{comment.id}/reply?lang=de", **form, text="x" * 10_001).text
    assert "Der Text ist 10001 Zeichen lang" in page
    assert "characters" not in page.replace("x" * 10_001, "")
