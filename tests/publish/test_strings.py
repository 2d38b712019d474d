"""The readers' words in the embed: each of them in each language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from babel import Locale
from flask import Flask
from flask_babel import Babel

from moderation.locations import STATIC, TRANSLATIONS
from moderation.strings import (
    LANGUAGES,
    comment_time,
    direction,
    filled,
    form_strings,
    reader_strings,
    thread_strings,
)

PARTS = STATIC / "embed"
ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")


@pytest.fixture(autouse=True)
def babel() -> Iterator[None]:
    app = Flask("moderation")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel().init_app(app)
    with app.app_context():
        yield


# Named by the script for what they are about, and put together with a plural category.
COUNTED = {"count", "replies", "left", "over"}
# Of the language itself.
ABOUT = {"lang", "dir"}


def words(lang: str) -> dict[str, str]:
    return {key: text for key, text in reader_strings(lang).items() if key not in ABOUT}


def kinds(lang: str) -> set[str]:
    """The texts by name, whatever plural categories they have."""
    return {re.sub("_(zero|one|two|few|many|other)$", "", key) for key in words(lang)}


def test_every_language_has_every_word() -> None:
    assert [lang for lang in LANGUAGES if kinds(lang) != kinds("en")] == []
    assert all(text.strip() for lang in LANGUAGES for text in words(lang).values())


def test_every_language_has_a_text_for_every_number() -> None:
    for lang in LANGUAGES:
        category, said = Locale(lang).plural_form, words(lang)
        for kind in COUNTED:
            texts = {said.get(f"{kind}_{category(number)}", said[f"{kind}_other"]) for number in range(200)}
            # Arabic has a word for two, and needs no number beside it.
            assert [text for text in texts if "{n}" not in text and category(2) != "two"] == [], lang
    forms = {lang: [text for key, text in words(lang).items() if key.startswith("count_")] for lang in LANGUAGES}
    assert [len(set(forms[lang])) for lang in ("ja", "en", "ru")] == [1, 2, 3]
    assert len(set(forms["ar"])) >= 5


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


@pytest.mark.parametrize(
    ("script", "frame", "said"),
    [("element.js", "frame.html", thread_strings), ("form.js", "form.html", form_strings)],
)
def test_each_script_asks_for_the_words_it_gets_and_gets_no_others(
    script: str, frame: str, said: Callable[[str], dict[str, str]]
) -> None:
    source = (PARTS / script).read_text("utf-8")
    asked = set(re.findall(r"words\.(\w+)", source)) | set(re.findall(r"{(\w+)}", (PARTS / frame).read_text("utf-8")))
    asked |= {f"{name}_{form}" for name in re.findall(r'counted\(words, "(\w+)"', source) for form in ("one", "other")}
    assert {*asked, "lang", "dir", "retry"} - {*said("en"), "length"} == set()
    assert said("en").keys() - asked - {"dir", "retry", "lang"} == set()


def test_a_script_without_a_place_for_the_words_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold"):
        filled("const words = {};", {})


def test_times_are_written_out_and_say_that_they_are_utc() -> None:
    assert comment_time("2026-10-14T06:05:00Z") == "14 October 2026 · 06:05 UTC"
