"""Feeds: valid by a feed reader, complete, and whole whatever people are called."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.publish import feeds
from moderation.publish.feeds import Feed
from tests.factories import ORIGIN, Make

ATOM, JSON = "/v1/sites/demo/feed.atom", "/v1/sites/demo/feed.json"
HOSTILE = """</title><script>alert(1)</script>&lt;b&gt; ]]> "quoted' \u202e"""


def parsed(client: FlaskClient, url: str = ATOM) -> Any:
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def test_a_reader_of_atom_finds_the_newest_comments_first(client: FlaskClient, make: Make) -> None:
    site = make.site()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    first = make.comment(
        site, "One **bold** word.", status="approved", author="Amina", at=start, page_title="Night buses"
    )
    make.comment(site, "Waiting.")
    second = make.comment(
        site, status="approved", author="Bilal", url="https://bilal.example/", at=start + timedelta(hours=1), page="/b/"
    )
    feed = parsed(client)
    assert feed.version == "atom10"
    assert feed.feed.title == "Demo"
    assert feed.feed.updated == "2026-01-01T01:00:00Z"
    assert [link.href for link in feed.feed.links] == [f"http://comments.example{ATOM}", f"{ORIGIN}/"]
    assert [entry.author for entry in feed.entries] == ["Bilal", "Amina"]
    assert [entry.link for entry in feed.entries] == [
        f"{ORIGIN}/b/#comment-{second.id}",
        f"{ORIGIN}/a/#comment-{first.id}",
    ]
    assert feed.entries[0].author_detail.href == "https://bilal.example/"
    assert feed.entries[1].title == "Amina · Night buses"
    assert feed.entries[1].content[0].value == "<p>One <strong>bold</strong> word.</p>"
    assert feed.entries[1].published == feed.entries[1].updated == "2026-01-01T00:00:00Z"
    identities = [feed.feed.id, *(entry.id for entry in feed.entries)]
    assert len(set(identities)) == 3
    assert all(identity.startswith("urn:uuid:") for identity in identities)


def test_a_json_feed_is_as_version_1_1_has_it(client: FlaskClient, make: Make) -> None:
    site = make.site()
    comment = make.comment(site, status="approved", at=datetime(2026, 1, 1, tzinfo=UTC), page_title="Night buses")
    make.comment(site, status="approved", page="/b/")
    answer = client.get(f"{JSON}?page=/a/")
    assert answer.mimetype == "application/feed+json"
    feed = answer.get_json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Demo · Night buses"
    assert feed["home_page_url"] == f"{ORIGIN}/a/"
    assert feed["feed_url"] == f"http://comments.example{JSON}?page=%2Fa%2F"
    [item] = feed["items"]
    assert item["url"] == f"{ORIGIN}/a/#comment-{comment.id}"
    assert item["content_html"] == comment.html
    assert item["date_published"] == "2026-01-01T00:00:00Z"
    assert item["authors"] == [{"name": "Amina"}]


def test_both_feeds_and_both_scopes_name_a_comment_alike(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved")
    names = {client.get(f"{JSON}{page}").get_json()["items"][0]["id"] for page in ("", "?page=/a/")}
    names |= {parsed(client, f"{ATOM}{page}").entries[0].id for page in ("", "?page=/a/")}
    assert len(names) == 1


def test_a_feed_has_the_newest_fifty(client: FlaskClient, make: Make) -> None:
    site = make.site()
    made = [make.comment(site, status="approved") for _ in range(52)]
    items = client.get(JSON).get_json()["items"]
    assert [item["url"].rsplit("-", 1)[1] for item in items] == [str(comment.id) for comment in reversed(made[2:])]


@pytest.mark.parametrize("page", ["", "?page=/never/"])
def test_an_empty_feed_is_valid_and_does_not_move_for_what_waits(client: FlaskClient, make: Make, page: str) -> None:
    site = make.site()
    assert parsed(client, f"{ATOM}{page}").entries == []
    before = [client.get(f"{url}{page}").data for url in (ATOM, JSON)]
    make.comment(site, page="/never/", page_title="Not public")
    assert [client.get(f"{url}{page}").data for url in (ATOM, JSON)] == before


def test_hostile_names_stay_text(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved", author=HOSTILE, page_title=HOSTILE)
    feed = parsed(client)
    root = ET.fromstring(client.get(ATOM).data)  # noqa: S314 - our own output
    assert root.findtext(".//{*}author/{*}name") == HOSTILE
    assert not root.findall(".//{*}script")
    assert feed.entries[0].title_detail.type == "text/plain"
    assert client.get(JSON).get_json()["items"][0]["authors"][0]["name"] == HOSTILE


@given(st.text(max_size=50))
@settings(max_examples=200)
def test_any_text_makes_a_well_formed_feed(text: str) -> None:
    entry: Any = {
        "id": 2,
        "parent_id": 1,
        "author": {"name": text, "url": text, "staff": False},
        "html": text,
        "created_at": "2026-01-01T00:00:00Z",
        "edited_at": None,
        "permalink": "https://a.example/#comment-2",
    }
    made = feeds.atom(Feed(text, "https://a.example/", "2026-01-01T00:00:00Z", [(text, entry)]), "x", "y")
    assert ET.fromstring(made).tag.endswith("feed")  # noqa: S314 - our own output


@pytest.mark.parametrize("url", [ATOM, JSON])
def test_a_page_that_cannot_be_is_named(client: FlaskClient, make: Make, url: str) -> None:
    make.site()
    for page in ("?page=", "?page=/a/&page=/b/", "?page=https://elsewhere.example/"):
        answer = client.get(url + page)
        assert answer.status_code == 400
        assert list(answer.get_json()["errors"]) == ["page"]
