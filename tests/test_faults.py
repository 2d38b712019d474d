"""Whatever is wrong with something typed is said in every language, whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from babel.messages.extract import extract_from_dir
from flask import Flask
from flask_babel import force_locale

from moderation.problems import said
from moderation.strings import LANGUAGES
from moderation.text import emails, pages, sanitize, urls
from moderation.text.faults import Fault

ROOT = Path(__file__).parent.parent
ORIGINS = ["https://news.example"]
NO_SIGN = "An email address must have an @-sign."
ALONE = "An email address stands alone here, without a name, quotation marks or angle brackets."
LONG = "The e-mail address is longer than 254 characters."
BEFORE = (
    "The part before the @-sign holds a space, a dot in the wrong place or another character that cannot stand there."
)
AFTER = "The part after the @-sign is not a complete domain name."
EMAILS = {
    "": "Please type your email address.",
    " ": "Please type your email address.",
    "ann": NO_SIGN,
    "ann＠example.com": NO_SIGN,
    "ann﹫example.com": NO_SIGN,
    "@example.com": "There must be something before and after the @-sign.",
    "ann@": "There must be something before and after the @-sign.",
    "ann@@example.com": "An email address has only one @-sign.",
    "ann@example.com, bob@example.com": "An email address has only one @-sign.",
    '"ann lee"@example.com': ALONE,
    '"ann"lee@example.com': ALONE,
    "Ann <ann@example.com>": ALONE,
    "<ann@example.com": ALONE,
    "<ann@example.com> x": ALONE,
    "a" * 65 + "@example.com": "The part before the @-sign is longer than 64 characters.",
    "x" * 300 + "@example.com": LONG,
    "é" * 64 + "@" + ".".join(["é" * 40] * 3) + ".com": LONG,
    "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".exämple.com": LONG,
    "ann lee@example.com": BEFORE,
    " ann@example.com": BEFORE,
    ".ann@example.com": BEFORE,
    "ann.@example.com": BEFORE,
    "an..n@example.com": BEFORE,
    "ann,lee@example.com": BEFORE,
    "ann\x00@example.com": BEFORE,
    "ann\ud800@example.com": BEFORE,
    "\u0301ann@example.com": BEFORE,
    "ann@example": AFTER,
    "ann@localhost": AFTER,
    "ann@example..com": AFTER,
    "ann@.example.com": AFTER,
    "ann@example.com.": AFTER,
    "ann@-example.com": AFTER,
    "ann@example-.com": AFTER,
    "ann@ab--cd.com": AFTER,
    "ann@xn--a.com": AFTER,
    "ann@exam ple.com": AFTER,
    "ann@exam_ple.com": AFTER,
    "ann@exam\u202eple.com": AFTER,
    "ann@example.com\nBcc: bob": AFTER,
    "ann@[127.0.0.1]": AFTER,
    "ann@[IPv6:::1]": AFTER,
    "ann@[x]": AFTER,
    "ann@" + "b" * 64 + ".com": AFTER,
    "a@" + "é" * 62 + ".com": AFTER,
    "ann@mail.test": "mail.test does not exist or takes no mail.",
    "ann@printer.local": "printer.local does not exist or takes no mail.",
    "ann@example.123": AFTER,
    "ann@exam ple.test": AFTER,
}
PAGES = ["", "a\u200bb", "x" * 501, "https://elsewhere.example/a", "https://news.example:x/"]
WEBSITES = [
    "hello",
    "x y",
    "https://ann@example.com",
    "https://example.com/" + "x" * 2000,
    "http:///x",
    "https://a..com",
]
ADDRESSES = [*WEBSITES, "https://example.com:0", "https://example.com:99999"]
ORIGINS_TYPED = ["https://*.example", "https://example.com/a", "example.com"]
TEXTS = ["x" * 20_000, "<b>" * 300]


def met(check: Callable[..., Any], *given: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        check(*given)
    return caught.value


def every_fault() -> Iterator[Fault]:
    yield from (met(emails.parse_email, typed) for typed in EMAILS)
    yield from (met(urls.clean_website, typed) for typed in WEBSITES)
    yield from (met(urls.parse_url, typed) for typed in ADDRESSES)
    yield from (met(urls.parse_origin, typed) for typed in ORIGINS_TYPED)
    yield from (met(pages.page_key, typed, ORIGINS) for typed in PAGES)
    yield from (met(sanitize.sanitize, typed) for typed in TEXTS)


def parts(fault: Fault) -> set[str]:
    """The sentences that a fault is put together from, as translators get them."""
    return {fault.sentence}.union(*(parts(value) for value in fault.values.values() if isinstance(value, Fault)))


def keywords() -> list[str]:
    """The names with which translators' texts are made, besides those that gettext has everywhere."""
    config = ConfigParser()
    config.read(ROOT / "babel.cfg")
    return config["python: moderation/**.py"]["keywords"].split()


def collected() -> set[str]:
    """The sentences that stand in the code for faults."""
    found = extract_from_dir(ROOT / "moderation" / "text", keywords=dict.fromkeys(keywords()))
    return {str(message) for _file, _line, message, _comments, _context in found}


@pytest.mark.parametrize(("typed", "fault"), EMAILS.items(), ids=lambda typed: ascii(typed)[:40])
def test_what_is_wrong_with_an_email_address_is_named_with_a_way_out(typed: str, fault: str) -> None:
    told = str(met(emails.parse_email, typed))
    assert told.startswith(fault)
    assert "Please" in told


def test_a_domain_that_takes_no_mail_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_self: Any, _name: str, _kind: str, **_options: Any) -> Any:
        raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", missing)
    with pytest.raises(emails.BadEmail, match=r"^nowhere\.example\.com does not exist or takes no mail\."):
        emails.parse_email("ann@nowhere.example.com", deliverability=True)


def test_the_sentences_of_every_kind_of_fault_are_collected_for_translators() -> None:
    assert {kind.__name__ for kind in Fault.__subclasses__()} <= set(keywords())


def test_every_sentence_for_what_is_typed_is_met_by_these_examples() -> None:
    assert set().union(*(parts(fault) for fault in every_fault())) == collected()


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_no_fault_is_told_in_english_to_those_who_read_another_language(app: Flask, lang: str) -> None:
    with app.app_context(), force_locale(lang):
        for fault in every_fault():
            told, english = said(fault), [re.split(r"%\(\w+\)s", met) for met in parts(fault)]
            assert [each for pieces in english for each in pieces if len(each) > 9 and each in told] == []
            assert "%(" not in told


def test_in_english_a_fault_reads_as_commands_and_logs_tell_it(app: Flask) -> None:
    with app.app_context(), force_locale("en"):
        assert [said(fault) for fault in every_fault()] == [str(fault) for fault in every_fault()]
