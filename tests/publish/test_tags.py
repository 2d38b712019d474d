"""Answers name what is in them by tags, for caches that are told what changed; and the tags tell nobody anything."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from moderation import purges
from tests.factories import Make

OF_PAGE = (
    "/v1/sites/demo/comments?page=/a/",
    "/v1/sites/demo/counts?page=/a/",
    "/v1/sites/demo/feed.atom?page=/a/",
    "/v1/sites/demo/feed.json?page=/a/",
    "/sites/demo/thread?page=/a/",
)
FILES = ("/embed.js", "/embed/de.json", "/form.js", "/count.js", "/v1/openapi.json")


@pytest.mark.parametrize("url", OF_PAGE)
def test_an_answer_about_a_page_carries_its_tags_in_both_spellings(client: FlaskClient, make: Make, url: str) -> None:
    site = make.site()
    make.comment(site, status="approved")
    full = client.get(url)
    wanted = [purges.site_tag(site.id), purges.page_tag(site.id, "/a/")]
    for answer in (full, client.get(url, headers={"If-None-Match": full.headers["ETag"]})):
        assert answer.headers["Surrogate-Key"].split(" ") == wanted
        assert answer.headers["Cache-Tag"].split(",") == wanted


@pytest.mark.parametrize("url", OF_PAGE)
def test_no_tag_tells_whether_a_comment_waits(client: FlaskClient, make: Make, url: str) -> None:
    site = make.site()
    nobody = client.get(url).headers["Surrogate-Key"]
    waiting = make.comment(site)
    assert client.get(url).headers["Surrogate-Key"] == nobody
    make.decide(waiting, "approved")
    # The same as before: so a purge reaches the answer from before the first comment.
    assert client.get(url).headers["Surrogate-Key"] == nobody


def test_a_page_has_one_tag_however_it_is_asked_for(client: FlaskClient, make: Make) -> None:
    make.site(origins=["https://news.example"])
    by_address = client.get("/v1/sites/demo/comments?page=https://news.example/a/?utm_source=x")
    assert by_address.headers["Surrogate-Key"] == client.get(OF_PAGE[0]).headers["Surrogate-Key"]


def test_counts_carry_the_tags_of_all_their_pages_and_a_sites_feed_its_own(client: FlaskClient, make: Make) -> None:
    site = make.site()
    counts = client.get("/v1/sites/demo/counts?page=/a/&page=/b/&page=/a/").headers["Surrogate-Key"].split()
    assert counts == ["site-1", purges.page_tag(site.id, "/a/"), purges.page_tag(site.id, "/b/")]
    many = client.get("/v1/sites/demo/counts?" + "&".join(f"page=/{number}/" for number in range(100)))
    assert many.headers["Surrogate-Key"] == "site-1 pages-1"
    assert client.get("/v1/sites/demo/feed.atom").headers["Cache-Tag"] == "site-1,pages-1"
    assert client.get("/sites/demo/wp-json/wp/v2/comments").headers["Cache-Tag"] == "site-1,pages-1"
    for url in FILES:
        assert client.get(url).headers["Surrogate-Key"] == purges.FILES


def test_what_no_cache_keeps_carries_no_tags(client: FlaskClient, make: Make) -> None:
    make.site()
    for url in ("/v1/sites/none/comments?page=/a/", "/v1/sites/demo/form?page=/a/", "/desk/login", "/healthz"):
        assert "Surrogate-Key" not in client.get(url).headers
