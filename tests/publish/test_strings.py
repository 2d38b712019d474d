"""The readers' words in the embed: each of them in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from moderation.locations import STATIC, TRANSLATIONS
from moderation.strings import LANGUAGES, comment_time, direction, embed_script, reader_strings

EMBED = STATIC / "embed.js"
ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")


@pytest.fixture(autouse=True)
def babel() -> Iterator[None]:
    app = Flask("moderation")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel().init_app(app)
    with app.app_context():
        yield


def words(lang: str) -> dict[str, str]:
    return {key: text for key, text in reader_strings(lang).items() if key != "dir"}


def test_every_language_has_every_word() -> None:
    assert all(words(lang).keys() == words("en").keys() for lang in LANGUAGES)
    assert all(text.strip() for lang in LANGUAGES for text in words(lang).values())


def test_every_urdu_word_is_urdu() -> None:
    assert [key for key, text in words("ur").items() if not ARABIC_SCRIPT.search(text)] == []


def test_placeholders_survive_translation() -> None:
    for key, text in words("en").items():
        assert re.findall(r"\{\w+\}", words("ur")[key]) == re.findall(r"\{\w+\}", text), key


def test_the_form_says_what_wordpress_says() -> None:
    assert words("en")["leave"] == "Leave a Reply"
    assert words("en")["notes"] == "Your email address will not be published. Required fields are marked *"
    assert words("en")["consent"] == "Save my name, email, and website in this browser for the next time I comment."
    assert words("en")["post"] == "Post Comment"


@pytest.mark.parametrize(
    ("lang", "way"),
    [("en", "ltr"), ("en-GB", "ltr"), ("ur", "rtl"), ("ur-PK", "rtl"), ("UR_pk", "rtl"), ("xx", "ltr"), ("", "ltr")],
)
def test_a_language_runs_its_own_way_and_an_unknown_one_is_served_in_english(lang: str, way: str) -> None:
    assert direction(lang) == way
    assert reader_strings(lang)["dir"] == way


def test_the_embed_asks_for_the_words_it_gets_and_gets_no_others() -> None:
    source = EMBED.read_text("utf-8")
    asked = set(re.findall(r"words\.(\w+)", source))
    by_name = {"comment", "author", "email", "url", "none", "one", "many"}
    assert asked | by_name == reader_strings("en").keys()


def test_an_embed_without_a_place_for_the_words_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold"):
        embed_script("const STRINGS = {};")


def test_times_are_written_out_and_say_that_they_are_utc() -> None:
    assert comment_time("2026-10-14T06:05:00Z") == "14 October 2026 · 06:05 UTC"
