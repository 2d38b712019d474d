"""Every text for people is there in every language, whole, and in the file that the service reads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from moderation.locations import TRANSLATIONS
from moderation.strings import LANGUAGES

ROOT = Path(__file__).parent.parent
WAY_OUT = "Run `make translations`, then write what is missing in messages.po, then run it again."
OTHERS = [lang for lang in LANGUAGES if lang != "en"]
# `%(name)s` is Python's, `{name}` is for the embed's script and for names in markup.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
# Arabic yeh, alef maksura, kaf, heh and teh marbuta look like Urdu's and Persian's letters but are others: search does not
# find them. Digits are those of the numbers beside them.
FOREIGN = {"ur": "[يىكهة٠-٩۰-۹]", "fa": "[يىكة٠-٩۰-۹]", "ar": "[یکگ٠-٩۰-۹]", "hi": "[०-९]", "bn": "[০-৯]"}
SCRIPTS = {
    "ar": "[ء-ي]",
    "bn": "[ঀ-৿]",
    "fa": "[آ-ی]",
    "hi": "[ऀ-ॿ]",
    "ja": "[぀-ヿ一-鿿]",
    "ru": "[а-яА-ЯёЁ]",
    "ur": "[آ-ے]",
    "zh": "[一-鿿]",
}
ENDS = {".": ".。।۔॥", ":": ":：", "!": "!！", "…": "…", ",": ",،，、", "?": "?؟？"}
# What is the same in every language: names, formats, commands, and what is typed.
SAME = re.compile(r"[A-Za-z0-9 .,:;()/@*%…<>{}_+=\"'–-]+\Z")


def several(text: object) -> tuple[str, ...]:
    """A text in all its forms: one, or singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text) if isinstance(text, list | tuple) else ()


def entries(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What a catalogue says, English to Urdu, without its header."""
    return {several(message.id): several(message.string) for message in catalog if message.id}


def imported_names() -> Iterator[tuple[str, str, Path]]:
    """Each function of Flask-Babel that a file imports: its name, the name it has there, the file."""
    for path in sorted((ROOT / "moderation").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "flask_babel":
                yield from ((each.name, each.asname or each.name, path) for each in node.names)


def written(lang: str) -> Path:
    """The file in which a language is written."""
    return TRANSLATIONS / lang / "LC_MESSAGES" / "messages.po"


@cache
@cache
def catalogue(lang: str) -> Catalog:
    """A language as translators write it."""
    with written(lang).open("rb") as file:
        return read_po(file, locale=lang)


def pairs(lang: str) -> list[tuple[str, str]]:
    """Every form of every text with the English that it stands for: the singular for the form that 1 has, else the plural."""
    singular = c2py(catalogue(lang).plural_expr)(1)
    found = []
    for english, forms in entries(catalogue(lang)).items():
        if len(english) == 1:
            found.append((english[0], forms[0]))
        else:
            found += [(english[int(at != singular or len(forms) == 1)], form) for at, form in enumerate(forms)]
    return found


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text that stands in the code and the templates now, collected as `make translations` does."""
    found = tmp_path_factory.mktemp("translations") / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-F",
        "babel.cfg",
        "-o",
        str(found),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    with found.open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("lang", OTHERS)
def test_every_text_of_the_service_is_in_every_catalogue(english: Catalog, lang: str) -> None:
    missing = [identifier for identifier in entries(english) if identifier not in entries(catalogue(lang))]
    assert len(entries(english)) > 200
    assert missing == [], WAY_OUT


@pytest.mark.parametrize("lang", OTHERS)
def test_no_catalogue_holds_a_text_that_the_service_has_given_up(english: Catalog, lang: str) -> None:
    assert [identifier for identifier in entries(catalogue(lang)) if identifier not in entries(english)] == [], WAY_OUT
    assert list(catalogue(lang).obsolete) == [], WAY_OUT


@pytest.mark.parametrize("lang", OTHERS)
def test_no_translation_is_empty_or_a_guess(lang: str) -> None:
    assert [source for source, target in pairs(lang) if not target.strip()] == [], WAY_OUT
    assert [message.id for message in catalogue(lang) if message.id and message.fuzzy] == []
    several_forms = [forms for english, forms in entries(catalogue(lang)).items() if len(english) > 1]
    assert {len(forms) for forms in several_forms} == {catalogue(lang).num_plurals}


def test_a_translating_function_has_only_names_under_which_its_texts_are_collected() -> None:
    collected = {"gettext": {"_", "gettext"}, "ngettext": {"ngettext"}, "lazy_gettext": {"_l", "lazy_gettext"}}
    translating = [each for each in imported_names() if each[0].endswith("gettext")]
    assert translating
    assert [each for each in translating if each[1] not in collected.get(each[0], ())] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_a_translation_names_the_same_things_as_english(lang: str) -> None:
    def named(text: str) -> set[str]:
        return set(PLACEHOLDER.findall(text))

    # A form for one number alone, such as Arabic's dual, may leave the number out.
    number = {"%(num)s", "%(num)d", "%(number)s", "{n}"}
    assert [pair for pair in pairs(lang) if named(pair[0]) - named(pair[1]) - number] == []
    assert [pair for pair in pairs(lang) if named(pair[1]) - named(pair[0]) - number] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_a_number_is_said_in_every_form_that_more_than_one_number_has(lang: str) -> None:
    rule = c2py(catalogue(lang).plural_expr)
    numbers = [rule(number) for number in range(1, 200)]
    shared = {form for form in numbers if numbers.count(form) > 1}
    mute = [
        (english, forms[form])
        for english, forms in entries(catalogue(lang)).items()
        if len(english) > 1 and PLACEHOLDER.search(english[1])
        for form in shared
        if not set(PLACEHOLDER.findall(english[1])) <= set(PLACEHOLDER.findall(forms[form]))
    ]
    assert mute == []


@pytest.mark.parametrize("lang", OTHERS)
def test_no_translation_has_a_percent_sign_that_python_would_take_for_a_placeholder(lang: str) -> None:
    assert [target for _, target in pairs(lang) if "%" in PLACEHOLDER.sub("", target)] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_translations_are_words_and_never_markup(lang: str) -> None:
    assert [target for _, target in pairs(lang) if re.search(r"[<>&\x00-\x1f]", target)] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_translations_are_spelt_with_the_letters_of_their_language(lang: str) -> None:
    assert [target for _, target in pairs(lang) if lang in FOREIGN and re.search(FOREIGN[lang], target)] == []
    script = SCRIPTS.get(lang)
    if script:
        assert [
            each
            for each in pairs(lang)
            if not re.search(script, PLACEHOLDER.sub("", each[1])) and not SAME.match(each[1])
        ] == []
    assert [target for _, target in pairs(lang) if unicodedata.normalize("NFC", target) != target] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_most_texts_are_not_left_in_english(lang: str) -> None:
    left = [source for source, target in pairs(lang) if source == target and len(source.split()) > 2]
    assert left == []


@pytest.mark.parametrize("lang", OTHERS)
def test_a_sentence_ends_as_a_sentence(lang: str) -> None:
    odd = []
    for source, target in pairs(lang):
        # A command or an address at the end takes no full stop, so that it can be copied.
        if source[-1] in ENDS and target[-1] not in ENDS[source[-1]]:
            odd.append((source, target))
        if source[-1] not in ENDS and target[-1] in ENDS["."]:
            odd.append((source, target))
    assert odd == []


@pytest.mark.parametrize("lang", OTHERS)
def test_the_compiled_catalogue_says_what_the_written_one_says(lang: str) -> None:
    with written(lang).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert entries(compiled) == entries(catalogue(lang)), "Run `make translations`."
    assert compiled.plural_forms == catalogue(lang).plural_forms


def test_a_reader_of_urdu_gets_the_page_in_urdu_from_right_to_left(app: Flask) -> None:
    """The catalogue reaches the page: by the address, and by what the browser asks for."""
    client = app.test_client()
    asked = client.get("/desk/login?lang=ur")
    preferred = client.get("/desk/login", headers={"Accept-Language": "ur-PK,ur;q=0.9,en;q=0.5"})
    plain = client.get("/desk/login")
    for answer in (asked, preferred):
        assert '<html lang="ur" dir="rtl">' in answer.text
        assert "ڈیسک میں لاگ ان کریں" in answer.text
        assert "Sign in" not in answer.text
    assert '<html lang="en" dir="ltr">' in plain.text
    assert "Sign in to the desk" in plain.text
