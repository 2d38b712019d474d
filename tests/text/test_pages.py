"""Two spellings of one address are one page; two addresses are two pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.pages import KEY_LENGTH, BadPage, page_key, page_url, stored_url

ORIGIN = "https://news.example"
ORIGINS = [ORIGIN, "http://localhost:8001"]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://news.example", "/"),
        ("https://news.example/", "/"),
        ("HTTPS://NEWS.example:443/2019/01/talks/", "/2019/01/talks/"),
        ("https://news.example/2019/01/talks", "/2019/01/talks"),
        ("https://news.example/a?utm_source=x#comment-4", "/a"),
        ("https://news.example/a/index.html", "/a/"),
        ("https://news.example/index.php?p=1", "/"),
        ("https://news.example/a/reindex.html", "/a/reindex.html"),
        ("https://news.example//a///b/", "/a/b/"),
        ("https://news.example/a/./b/../c", "/a/c"),
        ("https://news.example/a/%2e%2E/b", "/b"),
        ("https://news.example/../../a/..", "/"),
        ("https://news.example/%7Euser/%c3%bc", "/~user/%C3%BC"),
        ("https://news.example/ü", "/%C3%BC"),
        ("https://news.example/u\u0308", "/%C3%BC"),
        ("https://news.example/خبر/", "/%D8%AE%D8%A8%D8%B1/"),
        ("https://news.example/a%2Fb", "/a%2Fb"),
        ("https://news.example/100%", "/100%25"),
        ("http://localhost:8001/x", "/x"),
    ],
)
def test_an_address_becomes_its_canonical_path(url: str, key: str) -> None:
    assert page_key(url, ORIGINS) == key


@pytest.mark.parametrize("key", ["/2019/01/talks/", "post-17", "a?b=c", "index.html", "خبر", "x//y", "javascript:1"])
def test_a_key_of_the_hosts_own_is_kept_as_it_is(key: str) -> None:
    assert page_key(f"  {key}\n", ORIGINS) == key


def test_a_key_is_the_same_however_its_letters_are_composed() -> None:
    assert page_key("u\u0308", []) == page_key("ü", []) == "ü"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "empty"),
        (" \u200b", "empty"),
        ("a\x00b", "hidden"),
        ("a\nb", "hidden"),
        ("a\u202eb", "hidden"),
        ("a\u200bb", "hidden"),
        ("a\ud800", "hidden"),
        ("a" * (KEY_LENGTH + 1), "longer than 500"),
        ("https://news.example/" + "ü" * 200, "longer than 500"),
        ("x" * 1_000_000, "longer than 500"),
        ("https://evil.example/a", "https://evil.example is not one of this site's origins"),
        ("http://news.example/a", "not one of"),
        ("https://news.example:8443/a", "not one of"),
        ("https://news.example@evil.example/a", "no plain host"),
        ("https://news.example.evil.example/a", "not one of"),
        ("https://news.example\\a", "backslash"),
        ("https:///a", "host name"),
    ],
)
def test_what_cannot_name_a_page_is_refused_with_a_reason(value: str, fault: str) -> None:
    with pytest.raises(BadPage, match=fault):
        page_key(value, ORIGINS)


def test_a_key_of_exactly_the_longest_length_is_taken() -> None:
    assert page_key("a" * KEY_LENGTH, []) == "a" * KEY_LENGTH


@given(st.text(max_size=60))
def test_the_key_of_a_key_is_itself(path: str) -> None:
    try:
        key = page_key(f"{ORIGIN}/{path}", ORIGINS)
    except BadPage:
        return
    assert key.startswith("/")
    assert key.isascii()
    assert "//" not in key
    assert "?" not in key
    assert page_key(f"{ORIGIN}{key}", ORIGINS) == key
    assert page_key(key, ORIGINS) == key


@pytest.mark.parametrize(
    ("given", "key", "stored"),
    [
        ("https://news.example/a?mc_eid=9f8e&utm_source=letter#x", "/a", "https://news.example/a"),
        ("https://news.example/%C3%BC/index.html?session=1", "/ü/", "https://news.example/%C3%BC/index.html"),
        ("https://news.example/?p=123", "123", "https://news.example/?p=123"),
        ("https://news.example/?utm_source=letter&p=123&fbclid=x&clid", "123", "https://news.example/?p=123"),
        ("https://news.example/x?MC_EID=1", "123", "https://news.example/x"),
        ("https://news.example/x?", "123", "https://news.example/x"),
        ("https://evil.example/a?b", "/a", None),
    ],
)
def test_what_is_told_of_a_page_says_nothing_of_the_reader_who_brought_its_address(
    given: str, key: str, stored: str | None
) -> None:
    assert stored_url(given, ORIGINS, key) == stored


def test_an_address_is_believed_only_on_the_sites_own_origins() -> None:
    assert page_url("https://NEWS.example/a?b=c#d", ORIGINS) == "https://news.example/a?b=c"
    assert page_url("https://news.example/ü", ORIGINS) == "https://news.example/%C3%BC"
    for strange in [
        "https://evil.example/",
        "https://u:p@news.example/",
        "javascript:1",
        "/a",
        "https://news.example/\u202e",
        "",
    ]:
        assert page_url(strange, ORIGINS) is None
    assert page_url("https://news.example/" + "a" * 2000, ORIGINS) is None
    assert page_url("https://news.example/" + "ü" * 1000, ORIGINS) is None
