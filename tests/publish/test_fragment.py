"""The HTML fragment: for hosts that build pages on their server, and for readers without scripts."""

import html
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from moderation.publish import linked_data, thread
from moderation.publish.rows import CommentDict, PageDict
from tests.factories import ORIGIN, Make

URL = "/sites/demo/thread"


class Outline(HTMLParser):
    """What stands in a fragment: elements with their attributes, nesting of articles, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.levels: dict[str, int] = {}
        self.words = ""
        self._lists = 0
        self.feed(text)
        assert self._lists == 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "ol":
            self._lists += 1
        if tag == "article":
            self.levels[str(dict(attrs)["id"])] = self._lists

    def handle_endtag(self, tag: str) -> None:
        self._lists -= tag == "ol"

    def handle_data(self, data: str) -> None:
        self.words += data

    def values(self, tag: str, attribute: str) -> list[str | None]:
        """An attribute of all elements of one kind."""
        return [attrs.get(attribute) for name, attrs in self.elements if name == tag]


def outline(client: FlaskClient, **query: object) -> Outline:
    answer = client.get(URL, query_string={"page": "/a/", **query})
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return Outline(answer.text)


def linked(client: FlaskClient, **query: object) -> dict[str, Any]:
    """The block of data for search engines, read as they read it."""
    text = client.get(URL, query_string={"page": "/a/", **query}).text
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script', text, re.DOTALL | re.IGNORECASE)
    found: dict[str, Any] = json.loads(block)
    return found


def test_search_engines_find_the_comments_as_data(client: FlaskClient, make: Make) -> None:
    site, at = make.site(), datetime(2026, 1, 1, tzinfo=UTC)
    assert "<script" not in client.get(f"{URL}?page=/a/").text
    first = make.comment(
        site, "One *word*.\n\nA < b & c", status="approved", at=at, url="https://a.example/", page_title="Buses"
    )
    reply = make.comment(site, status="approved", parent=first, at=at, author="Bilal")
    found = linked(client)
    address = f"{ORIGIN}/a/"
    assert found.pop("comment") == [
        {
            "@type": "Comment",
            "@id": f"{address}#comment-{first.id}",
            "url": f"{address}#comment-{first.id}",
            "author": {"@type": "Person", "name": "Amina", "url": "https://a.example/"},
            "datePublished": "2026-01-01T00:00:00Z",
            "text": "One word. A < b & c",
        },
        {
            "@type": "Comment",
            "@id": f"{address}#comment-{reply.id}",
            "url": f"{address}#comment-{reply.id}",
            "author": {"@type": "Person", "name": "Bilal"},
            "datePublished": "2026-01-01T00:00:00Z",
            "parentItem": {"@id": f"{address}#comment-{first.id}"},
            "text": "A kind word about the article.",
        },
    ]
    assert found == {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": address,
        "url": address,
        "name": "Buses",
        "commentCount": 2,
    }


@given(st.text(max_size=60), st.sampled_from(["</script>", "<!--", "<script>", "]]>", "\u2028", "&lt;/script"]))
def test_no_word_of_a_reader_ends_the_block(text: str, bad: str) -> None:
    said: CommentDict = {
        "id": 1,
        "parent_id": None,
        "author": {"name": text + bad, "url": None, "staff": False},
        "html": html.escape(text + bad),
        "created_at": "2026-01-01T00:00:00Z",
        "edited_at": None,
        "permalink": f"https://a.example/{bad}#comment-1",
    }
    page: PageDict = {"key": "/", "url": None, "title": bad, "open": True, "count": 1, "depth": 1}
    made = str(linked_data.block(page, [said]))
    assert not set(made) & set("<>&\u2028\u2029")
    assert json.loads(made)["comment"][0]["author"]["name"] == text + bad


def test_replies_are_nested_under_what_they_answer(client: FlaskClient, make: Make) -> None:
    site = make.site()
    root = make.comment(site, status="approved")
    reply = make.comment(site, status="approved", parent=root)
    deeper = make.comment(site, status="approved", parent=reply)
    again = make.comment(site, status="approved", parent=root)
    other = make.comment(site, status="approved")
    levels = {
        f"comment-{comment.id}": level
        for comment, level in ((root, 1), (reply, 2), (deeper, 3), (again, 2), (other, 1))
    }
    assert outline(client).levels == levels
    make.decide(reply, "trash")
    assert outline(client).levels == {
        key: min(level, 2) for key, level in levels.items() if key != f"comment-{reply.id}"
    }


def test_a_late_reply_stands_under_what_it_answers_not_under_what_came_before_it(
    client: FlaskClient, make: Make
) -> None:
    site = make.site()
    root = make.comment(site, status="approved")
    first = make.comment(site, status="approved", parent=root)
    second = make.comment(site, status="approved", parent=root)
    late = make.comment(site, status="approved", parent=first)
    assert list(outline(client).levels.items()) == [
        (f"comment-{comment.id}", level) for comment, level in ((root, 1), (first, 2), (late, 3), (second, 2))
    ]


def test_hostile_names_cannot_leave_their_place(client: FlaskClient, make: Make) -> None:
    name = """</bdi></a><script>alert(1)</script><img src=x onerror=alert(1)>"' onmouseover=alert(1) {{ 7*7 }}"""
    make.comment(make.site(), status="approved", author=name, url="https://x.example/", page_title=name)
    page = outline(client)
    assert name in page.words
    assert not {tag for tag, _attrs in page.elements} & {"img"}
    # The one script is data, and the name stands in it as text.
    assert page.values("script", "type") == ["application/ld+json"]
    assert linked(client)["comment"][0]["author"]["name"] == name
    assert not [name for _tag, attrs in page.elements for name in attrs if name.startswith("on")]


def test_links_lead_to_the_hosted_form_and_are_absolute(client: FlaskClient, make: Make) -> None:
    comment = make.comment(make.site(), status="approved", page="/a b/?x&y")
    links = outline(client, page="/a b/?x&y", lang="ur").values("a", "href")
    form = "http://comments.example/sites/demo/reply?page=%2Fa+b%2F%3Fx%26y&lang=ur"
    assert form in links
    assert f"{form}&parent_id={comment.id}" in links
    assert f"{ORIGIN}/a%20b/?x&y#comment-{comment.id}" in links


def test_the_form_knows_the_article_that_it_leads_back_to(client: FlaskClient, make: Make) -> None:
    site = make.site()
    form = "http://comments.example/sites/demo/reply?page=%2Fa%2F&lang=en"
    article = "&page_url=https%3A%2F%2Fnews.example%2Fa%2F"
    assert form in outline(client).values("a", "href")
    assert form + article in outline(client, page=f"{ORIGIN}/a/#top").values("a", "href")
    make.comment(site, status="approved", page_url=f"{ORIGIN}/?p=1")
    assert f"{form}&page_url=https%3A%2F%2Fnews.example%2F%3Fp%3D1" in outline(client).values("a", "href")


def test_what_search_engines_read_has_addresses_that_are_some(client: FlaskClient, make: Make) -> None:
    site = make.site()
    first = make.comment(
        site,
        status="approved",
        page="own",
        url="https://a.example/#x#y",
        page_url="https://news.example/h[o]st%il/?a=[1]&b=%zz",
    )
    make.comment(site, status="approved", page="own", parent=first)
    text = client.get(f"{URL}?page=own").text
    said = json.loads(text.partition('ld+json">')[2].partition("</script>")[0])
    address = "https://news.example/h%5Bo%5Dst%25il/?a=%5B1%5D&b=%25zz"
    assert said["@id"] == said["url"] == address
    assert said["comment"][0]["author"]["url"] == "https://a.example/#x%23y"
    assert said["comment"][1]["parentItem"]["@id"] == said["comment"][0]["@id"] == f"{address}#comment-{first.id}"


def test_a_long_page_goes_on_behind_a_link(client: FlaskClient, make: Make) -> None:
    site = make.site()
    made = [f"comment-{make.comment(site, status='approved').id}" for _ in range(5)]
    found: list[str] = []
    url = f"{URL}?page=/a/&limit=2&sort=newest&framed=1&lang=ur"
    while url:
        page = Outline(client.get(url).text)
        found += page.levels
        following = [attrs["href"] for tag, attrs in page.elements if tag == "a" and attrs.get("rel") == "next"]
        url = str(following[0]).removeprefix("http://comments.example") if following else ""
    assert found == made[::-1]


def test_a_piece_of_a_long_thread_is_whole_html(
    client: FlaskClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MOST_COMMENTS", 2)
    site = make.site()
    root = make.comment(site, status="approved")
    reply = make.comment(site, status="approved", parent=root)
    last = make.comment(site, status="approved", parent=reply)
    following = client.get("/v1/sites/demo/comments?page=/a/").get_json()["next"]
    assert list(outline(client, cursor=following).levels) == [f"comment-{last.id}"]


def test_the_language_is_the_one_asked_for_and_english_by_default(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved")
    english, urdu = outline(client), outline(client, lang="ur")
    assert english.values("section", "lang") == ["en"]
    assert (urdu.values("section", "lang"), urdu.values("section", "dir")) == (["ur"], ["rtl"])
    assert "Reply" in english.words
    assert "Reply" not in urdu.words
    for query in ({"lang": "xx"}, {"lang": ["en", "ur"]}, {"framed": "yes"}):
        answer = client.get(URL, query_string={"page": "/a/", **query})
        assert answer.status_code == 400


def test_only_the_sites_own_pages_may_frame_it(client: FlaskClient, make: Make) -> None:
    make.site(origins=[ORIGIN, "http://localhost:8001"])
    policy = client.get(f"{URL}?page=/a/").headers["Content-Security-Policy"].split("; ")
    assert f"frame-ancestors {ORIGIN} http://localhost:8001" in policy
    assert "style-src 'self'" in policy
    assert "default-src 'none'" in policy
    make.site("homeless", origins=[])
    policy = client.get("/sites/homeless/thread?page=/a/").headers["Content-Security-Policy"].split("; ")
    assert "frame-ancestors 'none'" in policy


def test_only_a_framed_fragment_brings_its_style(client: FlaskClient, make: Make) -> None:
    make.site()
    assert outline(client).values("link", "href") == []
    assert outline(client, framed=1).values("link", "href") == ["/static/reader.css"]


def test_a_frame_holds_a_whole_document_and_a_host_gets_a_piece_of_one(client: FlaskClient, make: Make) -> None:
    site = make.site()
    assert "<title>No comments yet</title>" in client.get(f"{URL}?page=/a/&framed=1").text
    make.comment(site, status="approved", page_title="Buses & <trams>")
    piece, whole = (client.get(f"{URL}?page=/a/&lang=ur&framed={framed}").text for framed in (0, 1))
    assert whole.startswith('<!doctype html>\n<html lang="ur" dir="rtl">')
    assert whole.endswith("</html>")
    head = whole.partition("<body>")[0]
    assert '<meta charset="utf-8">' in head
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in head
    assert "<title>Buses &amp; &lt;trams&gt; · " in head
    assert '<base target="_top">' in head
    assert not re.search(r"<(!doctype|html|head|body|main|title|meta|base|link)\b", piece)
    for each in (piece, whole):
        assert each.count("<section") == each.count("</section>") == 1
