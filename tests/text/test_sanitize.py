"""What a reader types becomes HTML that is safe, and nothing typed is lost on the way."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.text import markup
from moderation.text import sanitize as sanitizing
from moderation.text.sanitize import SANITISER, MarkupError, clean_html, sanitize
from tests.text.markup_oracle import faults_of, text_of

CASES = json.loads((Path(__file__).parent / "data" / "comments.json").read_text("utf-8"))

TAGS = "a b em p pre br ul li code q script style svg math template iframe".split()  # noqa: SIM905 - easier to read
PIECES = st.sampled_from(
    [
        *"<>&\"'/=`*_[]()!#-+~.:;\\ \n\t",
        *("a", "x1", "é", "ش", "\u202e", "\x00", "&lt;", "&#x3c;", "&colon;", "http://a.example", "mailto:a@b.example"),
        *("//e.example", "javascript:", "data:", "<!--", "-->", "<![CDATA[", "]]>", "<?", "```\n", "\n\n", "1. ", "- "),
        *(f"<{slash}{tag}>" for tag in TAGS for slash in ("", "/")),
        *(
            '<a href="',
            "<a href='",
            "<a href=",
            "<b onclick=",
            " title=",
            " style=",
            " id=x",
            '">',
            "'>",
            ">",
            "](",
            "![",
        ),
        *("<table>", "<select>", "<form>", "<noscript>"),
    ]
)
SOUP = st.lists(PIECES, max_size=25).map("".join)
WORDS = st.lists(st.from_regex(r"[a-z]{1,7}[0-9]?", fullmatch=True), min_size=1, max_size=8)
MARKS = st.sampled_from(
    [
        " ",
        "\n",
        "\n\n",
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "> ",
        "- ",
        "1. ",
        "2. ",
        "# ",
        "[",
        "](",
        ")",
        "![",
        "!",
        "~",
        "|",
    ]
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_known_comment_comes_out_as_written_down(case: dict[str, str]) -> None:
    assert sanitize(case["source"]).html == case["html"]
    assert faults_of(case["html"]) == []


@given(SOUP | st.text(max_size=200))
@example('<a href="http://a.example/\'onclick=x">')
@example("<svg><style><a title='</style><img src=x onerror=go()>'>")
def test_no_comment_holds_anything_off_the_list(source: str) -> None:
    assert faults_of(sanitize(source).html) == []


@given(SOUP | st.text(max_size=200))
@example("<pre>\n\n\nx</pre>")
@example("<pre>&#10;&#10;x</pre>")
@example("hello</p><br>world")
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    once = clean_html(html)
    assert faults_of(once) == []
    assert clean_html(once) == once
    served = sanitize(html).html
    assert clean_html(served) == served


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Cn", "M"], exclude_characters="*_`[]()>-+.&\\<!:/#~|0123456789"),
        max_size=300,
    )
)
def test_plain_words_come_out_as_they_went_in(source: str) -> None:
    sanitised = sanitize(source)
    assert text_of(sanitised.html).split() == sanitised.source.split()


PLAIN = st.lists(
    st.sampled_from(
        [
            *"ab1.,;:/\"'()!?-+#=|{}^$%@ \n",
            *("\n\n", "é", "ش", "\u00a0", "\u2028", "\u200b", "\u0301", "<", "*"),
            *(
                "://",
                "http",
                "https://",
                "HTTP://",
                "http://a.example",
                "https://b.example/1?c=d#e",
                "http://C.example",
            ),
        ]
    ),
    max_size=30,
).map("".join)


@given(PLAIN | SOUP | st.text(max_size=200))
@example('One line\nand another\n\n\n\na 2nd "part": 1/2')
def test_the_short_way_for_plain_text_leads_where_the_long_way_does(source: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sanitizing, "_PLAIN", re.compile("(?!)"))
        the_long_way = sanitize(source)
    assert sanitize(source) == the_long_way


def test_most_texts_are_plain_enough_for_the_short_way() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "render", None)
        html = sanitize('I\'d say (again): 50% of it,\nno more!\n\n"Quite" – ٹھیک ہے۔ 很好。').html
    assert html == '<p>I\'d say (again): 50% of it,<br>\nno more!</p>\n<p>"Quite" – ٹھیک ہے۔ 很好。</p>'


def test_an_address_among_plain_words_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "render", None)
    html = sanitize("See (https://a.example/b-c.html?d=1), says www.b.example: http://c.example.").html
    link = '<a href="{0}" rel="nofollow ugc noopener">{0}</a>'.format
    ours, theirs = link("https://a.example/b-c.html?d=1"), link("http://c.example")
    assert html == f"<p>See ({ours}), says www.b.example: {theirs}.</p>"


@given(WORDS, st.lists(MARKS, min_size=8, max_size=8))
def test_no_word_vanishes_in_markdown(words: list[str], marks: list[str]) -> None:
    source = "".join(mark + word + " " for mark, word in zip(marks, words, strict=False))
    html = sanitize(source).html
    missing = [word for word in words if word not in html]
    # A word right after a fence names the language of the code.
    assert [
        word for word in missing if not re.search(rf"```\n{word} *(\n|\Z)", source) and f"```{word}" not in source
    ] == []


def test_what_did_not_survive_is_named_for_the_spam_filter() -> None:
    source = '<script>x</script> <b onclick="y">b</b> <a href="javascript:1" style="z">a</a>'
    assert sanitize(source).removed == ("a[href]", "a[style]", "b[onclick]", "script")
    assert sanitize("[win](javascript:1)").removed == ("a[href]",)
    assert sanitize("an honest *word* and http://a.example and `<script>`").removed == ()


def test_the_source_is_kept_as_typed_and_the_sanitiser_named() -> None:
    sanitised = sanitize("one\r\n<b>two</b>\x00")
    assert sanitised.source == "one\n<b>two</b>"
    assert sanitised.sanitiser == SANITISER
    assert re.fullmatch(r"bleach-\S+ nh3-\S+ md-\S+ rules-\d+", SANITISER)
    assert len(SANITISER) <= 64


def test_a_comment_of_exactly_the_limit_is_taken_and_one_more_character_is_not() -> None:
    assert sanitize("a" * 10_000).html == "<p>" + "a" * 10_000 + "</p>"
    with pytest.raises(MarkupError) as caught:
        sanitize("a" * 10_001)
    assert "10001 characters long; at most 10000" in str(caught.value)


def test_a_line_end_counts_once_however_the_browser_sends_it() -> None:
    assert sanitize("a\r\n" * 5000).source.count("\n") == 4999


def test_a_huge_text_is_refused_before_anything_looks_at_it() -> None:
    with pytest.raises(MarkupError, match="characters long"):
        sanitize("\u0301" * 1_000_000)


def test_too_many_tags_are_refused_and_comparisons_are_not_tags() -> None:
    assert sanitize("<b>x</b>" * 100).html.count("<b>") == 100
    with pytest.raises(MarkupError, match="201 pieces of markup in this; at most 200"):
        sanitize("<b>x</b>" * 100 + "<i>")
    assert sanitize("a < b " * 1000).html.count("&lt;") == 1000


def test_quotes_and_lists_nested_too_deep_keep_their_text() -> None:
    assert "deep" in sanitize("> " * 2000 + "deep").html
    assert sanitize("> " * 2000 + "deep").html.count("&gt;") == 1992
    assert "deep" in sanitize("- " * 2000 + "deep").html


def test_an_import_keeps_its_paragraphs_and_shows_what_it_may_not_hold() -> None:
    assert clean_html("<p>a</p><div>b</div>") == "<p>a</p>&lt;div&gt;b&lt;/div&gt;"


@pytest.mark.parametrize("tag", ["img", "script", "svg", "style", "iframe", "form", "noscript", "template", "math"])
def test_an_import_loses_no_element_silently(tag: str) -> None:
    assert clean_html(f"a <{tag}> b").startswith(f"a &lt;{tag}&gt; b")


def test_controls_do_not_come_back_as_character_references() -> None:
    html = clean_html("a\x00b&#27;c&#xfffe;d&#127;e")
    assert not set(html) & set("\x00\x1b\ufffe\x7f")
    assert [letter for letter in html if letter.isalpha()] == list("abcde")


def test_after_a_fault_of_the_first_parser_the_next_text_is_cleaned_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_html: str) -> str:
        raise RecursionError

    monkeypatch.setattr(sanitizing._bleach().cleaner, "clean", fails)
    with pytest.raises(RecursionError):
        sanitize("A *word*")
    assert sanitize("A *word*").html == "<p>A <em>word</em></p>"
