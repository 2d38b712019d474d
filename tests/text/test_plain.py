"""Typed text becomes storable without losing anything; served HTML becomes readable without markup."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.plain import clean_source, plain_text
from moderation.text.sanitize import sanitize


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("a\n\n \n", "a"),
        ("\n  a", "\n  a"),
        ("a\x00\x08\x1b\x7f\x85b\tc", "ab\tc"),
        ("a\ud83db", "a\ufffdb"),
        ("e\u0301", "é"),
        ("a\ufffe\uffffb", "ab"),
        ("x" + "\u0316" * 100, "x" + "\u0316" * 30),
        ("\u202eabc می\u200cخواهم", "\u202eabc می\u200cخواهم"),
    ],
)
def test_typed_text_is_made_storable(typed: str, stored: str) -> None:
    assert clean_source(typed) == stored


@given(st.text(st.characters(codec=None), max_size=200))
def test_stored_text_is_storable_and_stays_as_it_is(raw: str) -> None:
    text = clean_source(raw)
    assert text.encode("utf-8").decode("utf-8") == text
    assert text == unicodedata.normalize("NFC", text)
    assert "\x00" not in text
    assert "\r" not in text
    assert clean_source(text) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<br>\nb</p>\n<p>c</p>", "a\nb\n\nc"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "a\n\nb"),
        ("<p>a <b>b</b>c &lt;d&gt; &amp; e</p>", "a bc <d> & e"),
        ("<pre><code>a\n    b\n</code></pre>", "a\n    b"),
        ("<p>a\n  b</p>", "a b"),
        ("", ""),
    ],
)
def test_html_reads_as_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (100, "one two three"),
        (13, "one two three"),
        (12, "one two…"),
        (8, "one two…"),
        (7, "one…"),
        (3, "on…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_an_excerpt_ends_at_a_word(limit: int, text: str) -> None:
    assert plain_text("<p>one\ntwo</p><p>three</p>", limit) == text


@given(st.text(max_size=200), st.integers(0, 60))
def test_an_excerpt_is_never_longer_than_asked_for(source: str, limit: int) -> None:
    excerpt = plain_text(sanitize(source).html, limit)
    assert len(excerpt) <= limit
    assert "\n" not in excerpt
