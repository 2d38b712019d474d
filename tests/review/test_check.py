"""An article is checked: what its address tells, and the page that lets the moderator's browser look."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import Make
from tests.review.browser import Browser


def test_an_empty_desk_shows_the_tag_and_offers_to_check_an_article(browser: Browser) -> None:
    page = browser.get("/desk/demo/").text
    assert 'data-site="demo"' in page
    assert 'action="/desk/demo/check"' in page


def test_an_article_on_one_of_the_sites_origins_can_be_opened(browser: Browser) -> None:
    page = browser.get("/desk/demo/check?url=https://news.example/2026/buses/").text
    assert "lies on one of this site" in page
    assert "but the service is not: browsers refuse that" in page  # the tests' service is on http


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


@given(url=st.text(max_size=300))
def test_no_address_breaks_the_page(browser: Browser, url: str) -> None:
    query = {"url": url.encode("utf-8", "replace")}
    assert browser.client.get("/desk/demo/check", query_string=query).status_code == 200


def test_a_page_on_http_is_opened(app: Flask, make: Make) -> None:
    site = make.site(origins=["http://news.example"])
    make.moderator(sites=[site])
    browser = Browser(app)
    browser.sign_in()
    page = browser.get("/desk/demo/check?url=http://news.example/a/").text
    assert 'data-url="http://news.example/a/"' in page
    assert "Without JavaScript the desk cannot look" in page
