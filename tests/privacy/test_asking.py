"""A reader asks for their data, or for its erasure, and nothing happens before the mailbox itself has confirmed it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import itsdangerous.timed
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderation import private_link
from moderation.extensions import db
from moderation.models import Comment, Mail, Site, now
from moderation.privacy import person, views
from moderation.settings import current
from tests.factories import Make

ADDRESS = "amina@example.org"
Ask = Callable[..., TestResponse]


@pytest.fixture
def mailing(app_with: Callable[..., Flask]) -> Flask:
    return app_with(smtp_url="smtp://localhost:2525", mail_from="comments@example.org")


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def comment(make: Make, site: Site) -> Comment:
    return make.comment(site, "A kind word", email=ADDRESS)


def private(app: Flask, site: Site, comment: Comment) -> str:
    with app.app_context():
        return private_link.link(current(), site, comment).removeprefix(current().public_url)


def ask(app: Flask, site: Site, comment: Comment, what: str, **headers: str) -> TestResponse:
    return app.test_client().post(f"{private(app, site, comment)}/data", data={"what": what}, headers=headers)


def letters(app: Flask) -> list[Mail]:
    with app.app_context():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def confirm_link(app: Flask) -> str:
    return str(letters(app)[-1].data["link"]).removeprefix("http://comments.example")


def test_the_private_page_offers_it_where_there_is_mail(
    app: Flask, mailing: Flask, site: Site, comment: Comment
) -> None:
    assert "Ask to erase all" in mailing.test_client().get(private(mailing, site, comment)).text
    assert "Ask to erase all" not in app.test_client().get(private(app, site, comment)).text
    assert ask(app, site, comment, "erase").status_code == 404


def test_asking_sends_one_letter_to_the_comments_own_address_and_does_nothing(
    mailing: Flask, make: Make, site: Site, comment: Comment
) -> None:
    answer = ask(mailing, site, comment, "erase")
    assert answer.status_code == 200
    assert "A letter is on its way" in answer.text
    assert ADDRESS not in answer.text
    letter = letters(mailing)[0]
    assert (letter.kind, letter.recipient, letter.site_id) == ("privacy_confirm", ADDRESS, site.id)
    assert letter.data["what"] == "erase"
    assert ADDRESS not in str(letter.data["link"])
    assert make.load(comment).source == "A kind word"


def test_erasing_is_confirmed_by_a_button_and_never_by_looking(
    mailing: Flask, make: Make, site: Site, comment: Comment
) -> None:
    ask(mailing, site, comment, "erase")
    link, client = confirm_link(mailing), mailing.test_client()
    for _ in range(20):
        page = client.get(link)
        assert page.status_code == 200
    assert "There is 1 comment." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert make.load(comment).source == "A kind word"
    assert "Your comments are erased" in client.post(link).text
    with mailing.app_context():
        assert db.session.get(Comment, comment.id) is None
    assert client.post(link).status_code == 200, "once more is no error"
    assert "Nothing is stored" in client.get(link).text
    assert client.get(private(mailing, site, comment)).status_code == 404


def test_a_copy_is_a_file(mailing: Flask, make: Make, site: Site, comment: Comment) -> None:
    make.comment(make.site("other"), "Elsewhere", email=ADDRESS)
    ask(mailing, site, comment, "export")
    answer = mailing.test_client().post(confirm_link(mailing))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="comments-demo.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    found = json.loads(answer.data)
    assert found["email"] == ADDRESS
    assert [each["source"] for each in found["sites"][0]["comments"]] == ["A kind word"]
    assert "Elsewhere" not in answer.text, "a site gives out what it keeps itself"
    assert make.load(comment).source == "A kind word"


def test_a_link_holds_a_day_for_its_site_and_its_purpose(
    mailing: Flask, make: Make, site: Site, comment: Comment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(mailing, site, comment, "export")
    link, client = confirm_link(mailing), mailing.test_client()
    make.site("other")
    signed = link.rsplit("/", 1)[1]
    for bad in (
        link[:-1],
        link + "x",
        link.replace("demo", "other"),
        "/sites/demo/data/1",
        f"/sites/nowhere/data/{signed}",
    ):
        assert client.post(bad).status_code == 404
    mine = private(mailing, site, comment).rsplit("/", 1)[1]
    assert client.post(f"/sites/demo/data/{mine}").status_code == 404, "the private link confirms nothing"
    later = int((now() + timedelta(hours=25)).timestamp())
    monkeypatch.setattr(itsdangerous.timed.TimestampSigner, "get_timestamp", lambda _self: later)
    assert client.post(link).status_code == 404
    assert make.load(comment).source == "A kind word"


def test_nobodys_mailbox_is_filled(mailing: Flask, site: Site, comment: Comment) -> None:
    assert ask(mailing, site, comment, "export").status_code == 200
    again = ask(mailing, site, comment, "export")
    assert again.status_code == 429
    assert int(again.headers["Retry-After"]) > 3000
    assert ask(mailing, site, comment, "erase").status_code == 200, "the other wish is another letter"
    assert len(letters(mailing)) == 2


def test_robots_that_sign_with_others_addresses_send_them_nothing(
    mailing: Flask, make: Make, site: Site, comment: Comment
) -> None:
    told = ask(mailing, site, comment, "export").text
    make.decide(comment, "spam")
    assert ask(mailing, site, comment, "erase").text == told
    assert len(letters(mailing)) == 1


@pytest.mark.parametrize("what", ["", "everything", "export\0"])
def test_what_is_no_wish_is_refused(mailing: Flask, site: Site, comment: Comment, what: str) -> None:
    assert ask(mailing, site, comment, what).status_code == 400


def test_who_wrote_very_much_presses_the_button_again(
    mailing: Flask, make: Make, site: Site, comment: Comment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person, "STEP", 2)
    monkeypatch.setattr(views, "_STEPS", 1)
    make.comment(site, "Two", email=ADDRESS)
    make.comment(site, "Three", email=ADDRESS)
    ask(mailing, site, comment, "erase")
    link, client = confirm_link(mailing), mailing.test_client()
    assert "Press the button again" in client.post(link).text
    assert "Your comments are erased" in client.post(link).text


def test_the_letter_and_the_page_speak_the_readers_language(mailing: Flask, site: Site, comment: Comment) -> None:
    answer = mailing.test_client().post(f"{private(mailing, site, comment)}/data?lang=ur", data={"what": "export"})
    assert 'dir="rtl"' in answer.text
    assert letters(mailing)[0].lang == "ur"
    assert confirm_link(mailing).endswith("?lang=ur")
    page = mailing.test_client().get(confirm_link(mailing), headers={"Accept-Language": "en"})
    assert 'dir="rtl"' in page.text
