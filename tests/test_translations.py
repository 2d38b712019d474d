"""Every text for people is there in Urdu, whole, and in the file that the service reads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from moderation.locations import TRANSLATIONS

ROOT = Path(__file__).parent.parent
PO = TRANSLATIONS / "ur" / "LC_MESSAGES" / "messages.po"
WAY_OUT = "Run `make translations`, then write the Urdu in messages.po, then run it again."
# `%(name)s` is Python's, `{name}` is for the embed's script and for names in markup.
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
# Arabic yeh, alef maksura, kaf, heh and teh marbuta look like Urdu's letters but are others: search does not find them.
NOT_URDU = re.compile("[يىكهة٠-٩]")
ENDS = {".": "۔", ":": ":", "!": "!", "…": "…", ",": "،"}


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


@pytest.fixture(scope="module")
def urdu() -> Catalog:
    """The Urdu catalogue as translators write it."""
    with PO.open("rb") as file:
        return read_po(file, locale="ur")


@pytest.fixture(scope="module")
def pairs(urdu: Catalog) -> list[tuple[str, str]]:
    """Every English form with its Urdu."""
    return [pair for form in entries(urdu).items() for pair in zip(*form, strict=True)]


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


def test_every_text_of_the_service_is_in_the_urdu_catalogue(english: Catalog, urdu: Catalog) -> None:
    missing = [identifier for identifier in entries(english) if identifier not in entries(urdu)]
    assert len(entries(english)) > 200
    assert missing == [], WAY_OUT


def test_the_catalogue_holds_no_text_that_the_service_has_given_up(english: Catalog, urdu: Catalog) -> None:
    assert [identifier for identifier in entries(urdu) if identifier not in entries(english)] == [], WAY_OUT
    assert list(urdu.obsolete) == [], WAY_OUT


def test_no_translation_is_empty_or_a_guess(urdu: Catalog, pairs: list[tuple[str, str]]) -> None:
    assert [source for source, target in pairs if not target.strip()] == [], WAY_OUT
    assert [message.id for message in urdu if message.id and message.fuzzy] == []


def test_a_translating_function_has_only_names_under_which_its_texts_are_collected() -> None:
    collected = {"gettext": {"_", "gettext"}, "ngettext": {"ngettext"}, "lazy_gettext": {"_l", "lazy_gettext"}}
    translating = [each for each in imported_names() if each[0].endswith("gettext")]
    assert translating
    assert [each for each in translating if each[1] not in collected.get(each[0], ())] == []


def test_urdu_names_the_same_things_as_english(pairs: list[tuple[str, str]]) -> None:
    def named(text: str) -> set[str]:
        return set(PLACEHOLDER.findall(text))

    assert [pair for pair in pairs if named(pair[0]) != named(pair[1])] == []


def test_no_translation_has_a_percent_sign_that_python_would_take_for_a_placeholder(
    pairs: list[tuple[str, str]],
) -> None:
    assert [target for _, target in pairs if "%" in PLACEHOLDER.sub("", target)] == []


def test_translations_are_words_and_never_markup(pairs: list[tuple[str, str]]) -> None:
    assert [target for _, target in pairs if re.search(r"[<>&\x00-\x1f]", target)] == []


def test_translations_are_spelt_with_urdu_letters_and_the_digits_of_the_numbers_beside_them(
    pairs: list[tuple[str, str]],
) -> None:
    assert [target for _, target in pairs if NOT_URDU.search(target)] == []
    assert [pair for pair in pairs if not re.search("[آ-ے]", PLACEHOLDER.sub("", pair[1]))] == []


def test_a_sentence_ends_as_a_sentence(pairs: list[tuple[str, str]]) -> None:
    odd = []
    for source, target in pairs:
        # A command or an address at the end takes no full stop, so that it can be copied.
        if source[-1] in ENDS and not target.endswith(ENDS[source[-1]]):
            odd.append((source, target))
        if source[-1] not in ENDS and target.endswith("۔"):
            odd.append((source, target))
    assert odd == []


def test_the_compiled_catalogue_says_what_the_written_one_says(urdu: Catalog) -> None:
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert entries(compiled) == entries(urdu), "Run `make translations`."
    assert compiled.plural_forms == urdu.plural_forms == "nplurals=2; plural=(n != 1);"


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
