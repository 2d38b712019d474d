"""The self-check from the command line: each wrong setting is named, with what mends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Page, Site, now
from moderation.ops import page_check, setup_check
from moderation.ops.findings import Finding
from tests.conftest import SECRET, settings
from tests.factories import ORIGIN, Make
from tests.thorough import examples

Look = Callable[..., list[Finding]]
PUBLIC = "https://comments.example"


def one(found: list[Finding], about: str, word: str = "") -> Finding:
    [finding] = [each for each in found if each.about == about and word in ("", each.word)]
    return finding


def of_settings(**environ: str) -> list[Finding]:
    return setup_check.settings({f"MODERATION_{name}": value for name, value in environ.items()})[1]


@pytest.fixture
def look(app: Flask) -> Look:
    """Look at a page of a site."""

    def check(page: str | None = None, site: str = "demo", public_url: str = PUBLIC) -> list[Finding]:
        with app.app_context():
            return list(page_check.check(site, page, public_url))

    return check


def test_a_setting_that_cannot_be_used_is_named() -> None:
    chosen, found = setup_check.settings({"MODERATION_FLOOD_SECONDS": "soon", "MODERATION_COLOUR": "red"})
    assert chosen is None
    assert [finding.word for finding in found] == ["wrong", "wrong"]
    assert "MODERATION_FLOOD_SECONDS is 'soon'" in found[0].sentence


@pytest.mark.parametrize(
    ("url", "word", "says"),
    [
        ("", "warning", "is not set"),
        ("http://localhost:8000", "warning", "for a try here alone"),
        ("https://127.0.0.1", "warning", "for a try here alone"),
        ("http://comments.example", "warning", "is not https"),
        (PUBLIC, "ok", PUBLIC),
    ],
)
def test_the_address_must_be_one_that_readers_can_reach(url: str, word: str, says: str) -> None:
    finding = one(of_settings(PUBLIC_URL=url), "address")
    assert (finding.word, says in finding.sentence) == (word, True), finding


@pytest.mark.parametrize(
    ("url", "trusted", "word", "says"),
    [
        (PUBLIC, "", "warning", "all readers count as one network"),
        ("http://localhost:8000", "", "ok", "X-Forwarded-For is not believed"),
        (PUBLIC, "127.0.0.1,10.0.0.0/8", "ok", "believed from 127.0.0.1,10.0.0.0/8"),
        (PUBLIC, "0.0.0.0/0", "wrong", "0.0.0.0/0"),
        (PUBLIC, "::/0", "wrong", "::/0"),
    ],
)
def test_proxies_are_named_and_no_more_than_proxies(url: str, trusted: str, word: str, says: str) -> None:
    finding = one(of_settings(PUBLIC_URL=url, TRUSTED_PROXIES=trusted), "proxies")
    assert (finding.word, says in finding.sentence) == (word, True), finding


def test_the_secret_is_there_and_for_its_owners_eyes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/moderation.db"
    assert "will be made" in one(of_settings(DATABASE_URL=url), "secret").sentence
    (tmp_path / "moderation.db").touch()
    assert one(of_settings(DATABASE_URL=url), "secret").word == "warning"
    key = tmp_path / "secret.key"
    key.write_text("short")
    assert "holds no usable key" in one(of_settings(DATABASE_URL=url), "secret", "wrong").sentence
    key.write_text(SECRET)
    for mode, word in ((0o600, "ok"), (0o640, "warning"), (0o644, "wrong")):
        key.chmod(mode)
        finding = one(of_settings(DATABASE_URL=url), "secret")
        assert finding.word == word
        assert SECRET not in str(finding)
    assert finding.remedy == f"chmod 600 {key}"
    key.write_bytes(b"\xff" * 64)
    assert one(of_settings(DATABASE_URL=url), "secret").word == "wrong"
    assert one(of_settings(DATABASE_URL=url, SECRET_KEY=SECRET), "secret").word == "ok"
    assert one(of_settings(DATABASE_URL="postgresql://a:pass@h/d"), "secret").word == "wrong"


def test_a_database_that_is_not_there_or_does_not_answer_is_told(tmp_path: Path) -> None:
    chosen = settings(database_url=f"sqlite:///{tmp_path}/moderation.db")
    [finding] = setup_check.files(chosen)
    assert (finding.word, "moderation init" in finding.sentence) == ("wrong", True)
    (tmp_path / "moderation.db").touch(0o644)
    assert one(setup_check.files(chosen), "database").word == "wrong"
    with create_app(chosen).app_context():
        assert "moderation db upgrade" in one(setup_check.database(), "database").sentence
    with create_app(settings(database_url="postgresql+psycopg://nobody:pass@127.0.0.1:9/none")).app_context():
        finding = one(setup_check.database(), "database")
    assert (finding.word, "MODERATION_DATABASE_URL" in finding.remedy) == ("wrong", True)
    assert "pass@" not in finding.sentence


def test_a_ready_database_says_who_can_do_what(app: Flask, make: Make) -> None:
    with app.app_context():
        found = setup_check.database()
    assert one(found, "database").word == "ok"
    assert one(found, "sites").word == "wrong"
    assert "moderation moderator add" in one(found, "moderators").remedy
    make.moderator(sites=[make.site()])
    with app.app_context():
        assert [finding.word for finding in setup_check.database()] == ["ok", "ok"]


def test_a_misspelt_site_is_told_what_it_may_be(make: Make, look: Look) -> None:
    make.site("lantern")
    assert "Is it lantern?" in one(look(site="lantren"), "site", "wrong").sentence
    for strange in ("\0", "x" * 5000, ""):
        assert one(look(site=strange), "site").word == "wrong"


def test_an_origin_that_is_not_registered_comes_with_the_command_that_adds_it(make: Make, look: Look) -> None:
    make.site()
    finding = one(look("https://WWW.news.example/a/"), "origin", "wrong")
    assert finding.remedy == "moderation site set demo origin+=https://www.news.example"
    assert f"{ORIGIN} is, but" in finding.sentence
    assert one(look(f"{ORIGIN}/a/"), "origin").word == "ok"
    assert "but" not in one(look("https://other.example/a/"), "origin", "wrong").sentence.split(",")[-1]


def test_the_key_and_what_else_would_be_the_same_page(make: Make, look: Look) -> None:
    site = make.site(origins=[ORIGIN, "http://news.example"])
    found = look(f"{ORIGIN}//a/./index.html?x=1#y")
    assert "key is /a/." in one(found, "key").sentence
    variants = " ".join(finding.sentence for finding in found if finding.about == "variants")
    assert "same page on http://news.example" in variants
    assert "https://www.news.example" in variants
    assert "/a would be another page" in variants
    make.comment(site, page="/a", status="approved")
    finding = one(look(f"{ORIGIN}/a/"), "variants", "warning")
    assert finding.remedy == '<leave-a-reply page="/a"></leave-a-reply>'
    assert one(look("post-17"), "tag").sentence.endswith('<leave-a-reply page="post-17"></leave-a-reply>')


def test_counts_and_closing_rules_are_told(app: Flask, make: Make, look: Look) -> None:
    site = make.site(close_after_days=14)
    assert "Nobody" in one(look("/a/"), "comments").sentence
    assert "14 days after its first" in one(look("/a/"), "open").sentence
    make.comment(site, at=now() - timedelta(days=20), page="/held/")
    assert one(look("/held/"), "open").sentence.endswith("once one is published it closes 14 days after its first.")
    make.comment(site, status="approved")
    make.comment(site)
    assert one(look("/a/"), "comments").sentence == "There are 1 pending, 1 approved."
    assert "until 20" in one(look("/a/"), "open").sentence
    with app.app_context():
        page = db.session.query(Page).where(Page.key == "/a/").one()
        page.created_at = now() - timedelta(days=20)
        db.session.commit()
    assert one(look("/a/"), "open", "warning").remedy == "moderation site set demo close_after_days=0"
    with app.app_context():
        db.session.query(Page).where(Page.key == "/a/").one().closed = True
        db.session.commit()
    assert one(look("/a/"), "open", "warning").remedy == "moderation site close demo /a/ --open"


def test_a_secure_page_cannot_load_an_insecure_service(make: Make, look: Look) -> None:
    make.site()
    assert "https loads nothing from http" in one(look(public_url="http://comments.example"), "address").sentence
    assert "address" not in {finding.about for finding in look(public_url="http://localhost:8000")}
    assert f"script-src {PUBLIC}; connect-src {PUBLIC}" in one(look(), "csp").sentence


@pytest.fixture
def site(make: Make) -> Site:
    """The site `demo`."""
    return make.site()


@examples(100)
@given(page=st.one_of(st.text(max_size=40), st.text(max_size=40).map("https://news.example/".__add__)))
def test_no_page_breaks_the_check(site: Site, look: Look, page: str) -> None:
    assert look(page)[0].about == "site"
    assert look(site=page)
