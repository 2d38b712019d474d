"""The feeds against the grammars of their formats: RFC 4287 for Atom, version 1.1 for JSON Feed."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from lxml import etree

from tests.factories import ORIGIN, Make

DATA = Path(__file__).parent / "data"
ATOM = "{http://www.w3.org/2005/Atom}"
GRAMMAR = etree.RelaxNG(etree.parse(DATA / "atom.rng"))
SCHEMA = Draft202012Validator(
    json.loads((DATA / "jsonfeed.json").read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
)
HOSTILE = """</title><script>alert(1)</script>&lt;b&gt; ]]> "quoted' \u202e 𝒳 آمنہ"""


def faults_of_atom(body: bytes) -> list[str]:
    """What a validator says against an Atom feed: the grammar, and the rules of RFC 4287 that no grammar holds."""
    root: Any = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    faults = [] if GRAMMAR.validate(root) else [str(error) for error in GRAMMAR.error_log]
    entries = root.findall(f"{ATOM}entry")
    if root.find(f"{ATOM}author") is None and any(entry.find(f"{ATOM}author") is None for entry in entries):
        faults.append("4.1.1: an entry has no author, and neither has the feed")
    for place in (root, *entries):
        links = [link.attrib for link in place.findall(f"{ATOM}link")]
        same = Counter((link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate")
        if same and max(same.values()) > 1:
            faults.append("4.1.1: two links with rel=alternate, of one type and language")
        if place is not root and place.find(f"{ATOM}content") is None and not same:
            faults.append("4.1.2: an entry has neither content nor a link with rel=alternate")
    if not [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]:
        faults.append("4.1.1: a feed should have a link with rel=self")
    ids = [element.findtext(f"{ATOM}id") for element in (root, *entries)]
    faults += [f"4.2.6: {number} is not absolute" for number in ids if ":" not in number]
    if len(set(ids)) != len(ids):
        faults.append("4.1.1: one id is there twice")
    return faults


@pytest.mark.parametrize("query", ["", "?page=/a/", "?page=/never/"])
def test_both_feeds_are_valid_whatever_readers_wrote(client: FlaskClient, make: Make, query: str) -> None:
    site, at = make.site(origins=["https://xn--nxasmq6b.example"]), datetime(2026, 1, 1, tzinfo=UTC)
    make.comment(
        site,
        HOSTILE,
        status="approved",
        author=HOSTILE,
        url="https://a.example/[x]?a=%zz&b=[2]#c#[d]",
        page_title=HOSTILE,
    )
    make.comment(
        site,
        "1 < 2 & `</content>`",
        status="approved",
        at=at,
        page="/a b/ü?x&y#z",
        page_url="https://xn--nxasmq6b.example/?tags[]=1&x=%",
    )
    make.comment(site, status="approved", url="https://[::1]/x%20", parent=make.comment(site, status="approved"))
    edited = make.comment(site, "*Old*", status="approved", at=at)
    make.edit(edited, "<b>New</b>\n\n- one\n- two", make.moderator())
    assert faults_of_atom(client.get(f"/v1/sites/demo/feed.atom{query}").data) == []
    feed = client.get(f"/v1/sites/demo/feed.json{query}").get_json()
    assert not [item["url"] for item in feed["items"] if set("[]|") & set(item["url"])]
    assert [fault.message for fault in SCHEMA.iter_errors(feed)] == []
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])


def entries(client: FlaskClient) -> list[Any]:
    """The entries of the site's Atom feed, newest first."""
    root: Any = etree.fromstring(client.get("/v1/sites/demo/feed.atom").data)
    found: list[Any] = root.findall(f"{ATOM}entry")
    return found


def replied_to(entry: Any) -> dict[str, str] | None:
    """What RFC 4685 has an entry say of the one that it replies to."""
    found = entry.find("{http://purl.org/syndication/thread/1.0}in-reply-to")
    return None if found is None else dict(found.attrib)


def test_a_reader_of_threads_finds_what_each_comment_replies_to(client: FlaskClient, make: Make) -> None:
    site = make.site()
    first = make.comment(site, status="approved", page_url=f"{ORIGIN}/a/?x=1&y=ü")
    middle = make.comment(site, status="approved", parent=first)
    make.comment(site, status="approved", parent=middle)
    last, answer, top = entries(client)
    assert replied_to(top) is None
    for entry, parent, number in ((answer, top, first.id), (last, answer, middle.id)):
        found = replied_to(entry)
        assert found == {
            "ref": parent.findtext(f"{ATOM}id"),
            "type": "text/html",
            "href": f"{ORIGIN}/a/?x=1&y=ü#comment-{number}",
        }
    make.decide(middle, "trash")
    last, top = entries(client)
    above = replied_to(last)
    assert above is not None
    assert above["ref"] == top.findtext(f"{ATOM}id")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<updated>2026", b"<updated>on 2026"),
        (b"<id>urn:uuid:", b"<id>"),
        (b"<author><name>Amina</name></author>", b""),
        (b'rel="self"', b'rel=""'),
        (b"<title>", b'<title type="svg">'),
        (b'<link rel="alternate"', b'<link rel="alternate" type="text/html" href="x:y" /><link rel="alternate"'),
    ],
)
def test_the_validator_finds_what_is_wrong(client: FlaskClient, make: Make, old: bytes, new: bytes) -> None:
    make.comment(make.site(), status="approved", at=datetime(2026, 1, 1, tzinfo=UTC))
    body = client.get("/v1/sites/demo/feed.atom").data
    assert faults_of_atom(body) == []
    assert old in body
    assert faults_of_atom(body.replace(old, new, 1)) != []
