"""The readers' words: each of them in each language, in the embed and on the hosted pages, and none too many to download."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import Babel

from moderation.locations import STATIC, TEMPLATES, TRANSLATIONS
from moderation.strings import LANGUAGES, comment_time, direction, embed_script, reader_strings

FIVE_KB = 5 * 1024
EMBED = STATIC / "embed.js"
READER_TEMPLATES = [*sorted((TEMPLATES / "intake").glob("*.html")), *sorted((TEMPLATES / "pages").glob("*.html"))]
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


def urdu() -> Catalog:
    with (TRANSLATIONS / "ur/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="ur")


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


@pytest.mark.parametrize("template", READER_TEMPLATES, ids=lambda path: path.name)
def test_everything_the_hosted_pages_say_is_translated(template: Path) -> None:
    said = {str(found[1]) for found in extract_from_file("jinja2.ext:babel_extract", str(template))}
    catalogue = urdu()
    assert [text for text in said if not (text in catalogue and catalogue[text].string)] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (TRANSLATIONS / "ur/LC_MESSAGES/messages.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == {message.id: message.string for message in urdu() if message.id and message.string}


def test_the_embed_asks_for_the_words_it_gets_and_gets_no_others() -> None:
    source = EMBED.read_text("utf-8")
    asked = set(re.findall(r"words\.(\w+)", source))
    by_name = {"comment", "author", "email", "url", "none", "one", "many"}
    assert asked | by_name == reader_strings("en").keys()


def test_the_embed_is_served_in_five_kilobytes_with_all_languages() -> None:
    served = embed_script(EMBED.read_text("utf-8"))
    assert "Leave a Reply" in served
    assert "جواب دیں" in served
    assert len(gzip.compress(served.encode(), 9)) <= FIVE_KB


def test_an_embed_without_a_place_for_the_words_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold"):
        embed_script("const STRINGS = {};")


def test_times_are_written_out_and_say_that_they_are_utc() -> None:
    assert comment_time("2026-10-14T06:05:00Z") == "14 October 2026 · 06:05 UTC"
