"""An article is checked: what its address tells, and the page that lets the moderator's browser look."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from moderation.review import checks
from moderation.review.checks import Finding, Seen, of_request
from moderation.settings import load
from tests.factories import Make
from tests.review.browser import PAGE, Browser
from tests.thorough import examples


def test_an_empty_desk_shows_the_tag_and_offers_to_check_an_article(browser: Browser) -> None:
    page = browser.get("/desk/demo/").text
    assert 'data-site="demo"' in page
    assert 'action="/desk/demo/check"' in page


def test_an_article_on_one_of_the_sites_origins_can_be_opened(browser: Browser) -> None:
    page = browser.get("/desk/demo/check?url=https://news.example/2026/buses/").text
    assert "lies on one of this site" in page
    assert "but the service is not: browsers refuse that" in page  # the tests' service is on http


def test_the_docs_name_the_buttons_in_the_order_in_which_they_are_there(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (
        (Path(__file__).parents[2] / "docs" / "moderate.md")
        .read_text()
        .partition("## The first run")[2]
        .partition("\n## ")[0]
    )
    assert 0 < told.index('press "Check"') < told.index('press "Open the article and look"')
    monkeypatch.setattr(checks, "of_address", lambda *_given: [Finding(True, "Good.")])
    for address, opens in (("/desk/demo/check", False), ("/desk/demo/check?url=https://news.example/a/", True)):
        page = browser.get(address).text
        assert ">Check</button>" in page
        assert (">Open the article and look</button>" in page) == opens


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://elsewhere.example/a/", "https://elsewhere.example is not one of this site"),
        ("javascript:alert(1)", "This is no address of an article."),
        ("news.example/a/", "This is no address of an article."),
        ("\0", "This is no address of an article."),
    ],
)
def test_what_is_amiss_is_named_and_nothing_can_be_opened(browser: Browser, url: str, says: str) -> None:
    answer = browser.client.get("/desk/demo/check", query_string={"url": url})
    assert says in answer.text.replace("&#39;", "'")
    assert "check-start" not in answer.text


def test_an_origin_that_is_missing_comes_with_the_command_that_adds_it(browser: Browser) -> None:
    page = browser.get("/desk/demo/check?url=https://www.news.example/a/").text
    assert '<code dir="ltr">moderation site set demo origin+=https://www.news.example</code>' in page


@pytest.mark.parametrize(
    ("public_url", "trusted", "peer", "headers", "remedy"),
    [
        ("http://c.example", "", "192.0.2.7", {}, None),
        (
            "https://c.example",
            "10.0.0.0/8",
            "10.0.0.5",
            {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"},
            None,
        ),
        ("https://c.example", "10.0.0.0/8", "10.0.0.5", {"X-Forwarded-For": "192.0.2.7"}, None),
        ("https://c.example:443", "::1", "::1", {"X-Forwarded-For": "192.0.2.7"}, None),
        ("http://c.example", "", "10.0.0.5", {"X-Forwarded-For": "192.0.2.7"}, "MODERATION_TRUSTED_PROXIES=10.0.0.5"),
        (
            "http://c.example",
            "127.0.0.1",
            "::1",
            {"X-Forwarded-For": "192.0.2.7"},
            "MODERATION_TRUSTED_PROXIES=127.0.0.1/32,::1",
        ),
        ("http://c.example", "10.0.0.5", "10.0.0.5", {}, "proxy_set_header X-Forwarded-For"),
        ("http://c.example", "", "10.0.0.5", {"X-Real-IP": "192.0.2.7"}, "proxy_set_header X-Forwarded-For"),
        ("http://c.example", "", "10.0.0.5", {"Forwarded": "for=192.0.2.7"}, "proxy_set_header X-Forwarded-For"),
        ("https://c.example", "", "192.0.2.7", {}, "proxy_set_header X-Forwarded-For"),
        ("http://other.example", "", "192.0.2.7", {}, "MODERATION_PUBLIC_URL=http://c.example"),
        ("http://other.example", "", "192.0.2.7", {"X-Forwarded-Host": "other.example"}, None),
        (
            "http://c.example",
            "",
            "192.0.2.7",
            {"X-Forwarded-Proto": "https"},
            "MODERATION_PUBLIC_URL=https://c.example",
        ),
    ],
)
def test_what_a_proxy_does_wrong_is_named_with_the_setting(
    app: Flask, public_url: str, trusted: str, peer: str, headers: dict[str, str], remedy: str | None
) -> None:
    environ = {"MODERATION_PUBLIC_URL": public_url, "MODERATION_TRUSTED_PROXIES": trusted}
    with app.test_request_context():
        seen = Seen.of(peer, "http", "c.example", Headers(headers))
        amiss = [finding.remedy for finding in of_request(seen, load(environ)) if not finding.good]
    assert amiss == ([] if remedy is None else [remedy]) or amiss[0].startswith(str(remedy))


def test_the_desk_shows_what_it_saw_of_the_moderators_own_request(browser: Browser) -> None:
    headers = {"X-Forwarded-For": "192.0.2.77, <b>", "Cookie-Jar": "unseen", **PAGE}
    page = browser.client.get("/desk/demo/check", headers=headers).text
    assert "MODERATION_TRUSTED_PROXIES=127.0.0.1" in page
    assert "192.0.2.77, &lt;b&gt;" in page
    assert "unseen" not in page
    long = browser.client.get("/desk/demo/check", headers={"Forwarded": "x" * 5000, **PAGE}).text
    assert "x" * 200 in long
    assert "x" * 201 not in long


def test_a_stranger_learns_nothing_of_the_proxies(app: Flask, make: Make) -> None:
    make.site()
    assert app.test_client().get("/desk/demo/check").status_code == 302


@examples(100)
@given(url=st.text(max_size=300))
def test_no_address_breaks_the_page(browser: Browser, url: str) -> None:
    query = {"url": url.encode("utf-8", "replace")}
    assert browser.client.get("/desk/demo/check", query_string=query).status_code == 200


def test_a_page_on_http_is_opened(app: Flask, make: Make) -> None:
    site = make.site(origins=["http://news.example"])
    make.moderator(sites=[site])
    browser = Browser(app)
    browser.enter()
    page = browser.get("/desk/demo/check?url=http://news.example/a/").text
    assert 'data-url="http://news.example/a/"' in page
    assert "Without JavaScript the desk cannot look" in page
