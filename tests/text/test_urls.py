"""Which addresses may be linked, and which origin an address belongs to."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.urls import BadWebsite, clean_website, is_safe_href, origin_of, parse_origin

CASES = json.loads((Path(__file__).parent / "data" / "websites.json").read_text("utf-8"))
NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty.jsonl"
ADDRESSES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP://", "", "//", "javascript:", "http:", "www."]),
    st.sampled_from(["example.com", "a.example:80", "[::1]", "münchen.example", "u@h.example", "127.0.0.1", ""])
    | st.text(max_size=20),
    st.text(max_size=30).map(lambda text: f"/{text}") | st.text(max_size=10),
)


@pytest.mark.parametrize(("typed", "kept"), CASES["taken"])
def test_a_website_is_taken(typed: str, kept: str | None) -> None:
    assert clean_website(typed) == kept


@pytest.mark.parametrize("typed", CASES["refused"], ids=ascii)
def test_a_website_that_cannot_be_linked_is_refused_with_a_way_out(typed: str) -> None:
    with pytest.raises(BadWebsite) as caught:
        clean_website(typed)
    assert str(caught.value).endswith(".")
    assert "Please" in str(caught.value)


@given(ADDRESSES | st.text(max_size=80))
def test_every_website_taken_is_a_safe_ascii_address_and_stays_as_it_is(typed: str) -> None:
    try:
        website = clean_website(typed)
    except BadWebsite:
        return
    if website is not None:
        assert website.isascii()
        assert is_safe_href(website.replace("&", "&amp;"))
        assert clean_website(website) == website
        assert "@" not in website.split("/")[2]


def test_nasty_websites_are_refused_or_made_harmless() -> None:
    if not NASTY.exists():
        pytest.skip(f"no collection of nasty strings at {NASTY}: only our own cases were tried")
    rows = [json.loads(line) for line in NASTY.read_text("utf-8").splitlines() if line]
    values = [row["value"] for row in rows if row["category"] == "bad-website-url"]
    taken = []
    for value in values:
        try:
            taken.append(clean_website(value))
        except BadWebsite:
            continue
    assert len(values) > 40
    assert all(url and url.isascii() and url.startswith(("http://", "https://")) and is_safe_href(url) for url in taken)
    assert len(taken) < len(values) / 3


@pytest.mark.parametrize(
    "value",
    [
        "http://a.example",
        "HTTPS://a.example:8/x?y#z",
        "http://[::1]/",
        "http://a.example/?a=1&amp;b=2",
        "mailto:a@b.example",
        "mailto:a@b.example?subject=x",
        "http://münchen.example/ß",
    ],
)
def test_a_web_or_mail_address_may_be_followed(value: str) -> None:
    assert is_safe_href(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "/x",
        "//a.example",
        "http:",
        "http://",
        "http:a.example",
        "javascript:1",
        "javascript:123",
        "javascript:`é 1`",
        "java&#115;cript:1",
        "javascript&colon;1",
        "&#x6a;avascript:1",
        " http://a.example",
        "http://a.example\n",
        "tel:1900",
        "data:1",
        "http://u:p@a.example",
        "http://a.example/ x",
        "http://a.example/&#10;",
        "http://a.example/&quot;",
        "http://a.example/`",
        "http://a.example\\@b.example",
        "http://a.example/\u202e",
        "http://a.example/\ud800",
        "http://a.example:123456",
        "mailto:x",
        "mailto:a@b@c",
        "http://a.example/" + "x" * 2000,
        "feed:http://a.example",
        "http://a.example/\xa0",
    ],
)
def test_anything_else_may_not(value: str) -> None:
    assert not is_safe_href(value)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.COM/a?b#c", "https://example.com"),
        ("https://example.com:443/", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://localhost:8001/x", "http://localhost:8001"),
        ("http://MÜNCHEN.example", "http://xn--mnchen-3ya.example"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_the_origin_of_an_address(url: str, origin: str) -> None:
    assert origin_of(url) == origin
    assert parse_origin(origin) == origin
    assert parse_origin(f" {origin}/ ") == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "null",
        "/a",
        "//a.example",
        "ftp://a.example",
        "http://",
        "http://u@a.example",
        "http://a b",
        "http://a.example:x",
    ],
)
def test_what_is_no_web_address_has_no_origin(url: str) -> None:
    assert origin_of(url) is None
    with pytest.raises(ValueError, match=r"Please give an origin such as https://example\.com"):
        parse_origin(url)


@pytest.mark.parametrize(
    "typed",
    [
        "https://a.example/x",
        "https://a.example/?",
        "https://a.example#",
        "https://*.example",
        "a.example",
        "*",
        "https://a.example//",
    ],
)
def test_an_origin_is_scheme_host_and_port_alone(typed: str) -> None:
    with pytest.raises(ValueError, match="Please give an origin"):
        parse_origin(typed)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_an_origin(text: str) -> None:
    origin = origin_of(text)
    assert origin is None or parse_origin(origin) == origin
