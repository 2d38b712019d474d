"""Names and titles show what they hold, and look like one line."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.text.names import clean_line, is_blank

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty.jsonl"
FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    "name",
    [
        "undefined",
        "null",
        "<b>x</b>",
        "O'Brien & Söhne",
        "ثناء",
        "می\u200cخواهم",
        "क्\u200dष",
        FAMILY,
        "👍🏿",
        "❤️",
        "1️⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "葛󠄀城",
        "Nguyễn Thị",
        "{{7*7}}",
        "%s",
        "山田 太郎",
        "🏳️\u200d🌈",
    ],
)
def test_a_name_that_a_person_could_type_stays_as_it_is(name: str) -> None:
    assert clean_line(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann \t\r\n Lee ", "Ann Lee"),
        ("Ann\x00\x1b[31mLee", "Ann [31mLee"),
        ("Bob\r\nBcc: x@example.com", "Bob Bcc: x@example.com"),
        ("Bob\u2028Lee", "Bob Lee"),
        ("Admin\u202eistrator", "Administrator"),
        ("\u2067a\u200f\u061cb", "ab"),
        ("Admin\u200b\ufeff\u2060", "Admin"),
        ("a\u200db\u200cc", "abc"),
        ("a\ufe0f\U000e0041b", "ab"),
        ("Zoe\u0308", "Zoë"),
        ("a\ud800b", "a\ufffdb"),
        ("\u00a0\u2003x\u3000", "x"),
        ("x" + "\u0316" * 30, "x" + "\u0316" * 8),
    ],
)
def test_what_does_not_show_goes(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b\u200b",
        "\u2060",
        "\xad",
        "ㅤ",
        "ᅟᅠ",
        "\u180e",
        "⠀",
        "️",
        "͏" * 9,
        "\xa0",
        "\u2003",
        "\t\n",
        "\U000e0041\U000e0042",
        "\ufeff",
        "\u202e",
        "\x00",
        "\u200d\u200c",
        "ﾠ",
    ],
)
def test_a_name_of_nothing_visible_is_empty(text: str) -> None:
    assert is_blank(text)
    assert clean_line(text) == ""


@pytest.mark.parametrize("text", ["a", "0", ".", "ش", "👍", " x ", "\u0600"])
def test_a_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@given(
    st.text(st.characters(codec=None) | st.sampled_from("\u200d\u200c\ufe0f\u202e\u0301\u0316👩❤ क्ش\n"), max_size=60)
)
def test_a_cleaned_line_is_one_line_and_stays_as_it_is(raw: str) -> None:
    line = clean_line(raw)
    assert clean_line(line) == line
    assert line == unicodedata.normalize("NFC", line)
    assert line == " ".join(line.split())
    assert is_blank(line) == (line == "")
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in line)
    assert not set(line) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_plain_letters_take_a_shorter_way_to_the_same_line(raw: str) -> None:
    assert clean_line(raw) == clean_line(raw + "\u200b")


@given(st.text(st.sampled_from(" \n\u200b\u2060\u3164\u00ad\ufe0f\ufff9\u0600\u0301aé\U000e0041"), max_size=6))
def test_a_text_is_blank_when_none_of_its_characters_shows(text: str) -> None:
    assert is_blank(text) == all(map(is_blank, text))


def test_a_huge_stack_of_marks_is_cut_in_no_time() -> None:
    assert len(clean_line("x" + "\u0301\u0316" * 100_000)) <= 9


def test_nasty_names_lose_what_does_not_show() -> None:
    if not NASTY.exists():
        pytest.skip(f"no collection of nasty strings at {NASTY}: only our own cases were tried")
    rows = [json.loads(line) for line in NASTY.read_text("utf-8").splitlines() if line]
    wanted = {"bidi", "invisible", "zalgo", "controls", "newline-in-oneline"}
    values = [row["value"] for row in rows if row["category"] in wanted and "value" in row]
    assert len(values) > 100
    for value in values:
        line = clean_line(value)
        assert not any(unicodedata.category(character) == "Cc" for character in line)
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b")
        assert clean_line(line) == line
        assert is_blank(value) == (line == "")
