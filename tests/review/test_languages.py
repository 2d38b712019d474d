"""The desk speaks the moderator's language; what is English there says that it is."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import update

from moderation.extensions import db
from moderation.models import Decision, Site, record
from moderation.review import rules
from tests.factories import Make
from tests.review.browser import Browser
from tests.review.test_replies import hidden
from tests.review.test_scorecard import verdict


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


def test_the_filters_sentences_are_marked_as_the_english_that_they_are(owner: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site, verdict=verdict({"content.start": -2, "links.any": 6.5, "content.words": 0}))
    for path in ("/desk/demo/?lang=ur", f"/desk/demo/comments/{comment.id}?lang=ur"):
        page = owner.get(path).text
        assert "<bdi>Seen by" not in page
        assert page.count('<bdi lang="en">Seen by links.any.</bdi>') == 2
        assert re.search(r'class="because"><bdi lang="en">[A-Z]', page)
    assert '<bdi lang="en">Seen by content.words.</bdi>' in page


@pytest.mark.parametrize(
    ("actor", "note", "shown"),
    [
        ("author", "edited by its author", '<q dir="auto">vom Autor bearbeitet</q>'),
        ("author", "withdrawn by its author", '<q dir="auto">vom Autor zurückgezogen</q>'),
        ("moderator", "Approved with a reply", '<q dir="auto">Mit einer Antwort genehmigt</q>'),
        ("moderator", "Written at the desk", '<q dir="auto">Im Moderationsbereich geschrieben</q>'),
        ("policy", "Held: it is long.", '<q dir="auto" lang="en">Held: it is long.</q>'),
        ("moderator", "Sie ist es.", '<q dir="auto">Sie ist es.</q>'),
    ],
)
def test_the_services_own_notes_are_translated_or_marked_as_english(
    app: Flask, owner: Browser, make: Make, site: Site, actor: str, note: str, shown: str
) -> None:
    comment = make.comment(site)
    make.decide(comment, "spam")
    with app.app_context():
        db.session.execute(update(Decision).values(actor=actor, note=note))
        db.session.commit()
    for path in (f"/desk/demo/comments/{comment.id}?lang=de", "/desk/demo/log?policy=yes&lang=de"):
        assert shown in owner.get(path).text


def test_the_log_names_in_german_what_a_rule_was_and_is(app: Flask, owner: Browser, site: Site) -> None:
    with app.app_context():
        rules.change_policy(db.session.get_one(Site, site.id), {"hold_above": "0.7"}, None, seen=None)
        record(db.session(), "list.changed", moderator=None, site_id=site.id, list="block", added=2, removed=1)
        db.session.commit()
    page = owner.get("/desk/demo/log?lang=de").text
    assert {"Vorher", "Nachher", "Hinzugefügt", "Entfernt"} <= set(re.findall(r"<dt>([^<]*)</dt>", page))
