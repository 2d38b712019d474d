"""What an owner may write on a list, line by line, and what is refused with which sentence."""

import re
import shlex
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.spam.entries import LIST_NAMES, LONGEST_LINE, Entry, ListError, ListName, entry_of, escaped
from moderation.spam.lists import MOST_LINES, joined, read, without


def entry(line: str, name: ListName = "block") -> Entry:
    found = entry_of(line, name)
    assert found is not None
    return found


def fault(line: str, name: ListName = "block") -> str:
    with pytest.raises(ListError) as refused:
        entry_of(line, name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("line", "field", "pieces"),
    [
        ("casino", "any", ("casino",)),
        ("Online  CASINO", "any", ("online casino",)),
        ("*casino*", "any", ("casino",)),
        ("cheap*pills", "any", ("cheap", "pills")),
        ("cheap**pills", "any", ("cheap", "pills")),
        ("any:casino", "any", ("casino",)),
        ("word:bet*", "word", ("bet", "")),
        ("WORD:Bet365", "word", ("bet365",)),
        ("name:seo-agency", "name", ("seo agency",)),
        ("email:Spam@Example.ORG", "email", ("spam@example.org",)),
        ("email:*@mail.example", "email", ("", "@mail.example")),
        ("email:a+b@example.org", "email", ("a+b@example.org",)),
        ("email:*@Bücher.example", "email", ("", "@xn--bcher-kva.example")),
        ("domain:Shop.Example", "domain", ("shop.example",)),
        ("domain:*.shop.example", "domain", ("shop.example",)),
        ("domain:www.shop.example.", "domain", ("shop.example",)),
        ("domain:bücher.example", "domain", ("xn--bcher-kva.example",)),
        ("domain:casino*.example", "domain", ("casino", ".example")),
        ("domain:*.top", "domain", ("top",)),
        ("agent:SomeBot/1.0", "agent", ("somebot/1.0",)),
        ("http://casino", "any", ("http://casino",)),
        (r"\#tag", "any", ("#tag",)),
        (r"5\*hotel", "any", ("5*hotel",)),
        (r"a\\b\c", "any", ("a\\bc",)),
        (r"skype\:me", "any", ("skype:me",)),
        ("wait until dawn", "any", ("wait until dawn",)),
        (r"open \until 2027-01-31", "any", ("open until 2027-01-31",)),
        ("ｃａｓｉｎｏ", "any", ("casino",)),
        ("赌博", "any", ("赌博",)),
        ("جوا", "any", ("جوا",)),
        ("word:کازینو", "word", ("کازینو",)),
        ("C# course", "any", ("c# course",)),
    ],
)  # fmt: skip
def test_a_line_is_read_as_an_owner_means_it(line: str, field: str, pieces: tuple[str, ...]) -> None:
    found = entry(line)

    assert (found.field, found.pieces, found.until, found.remark) == (field, pieces, None, "")


@pytest.mark.parametrize(
    ("line", "network"),
    [
        ("ip:203.0.113.7", "203.0.113.7/32"),
        ("ip:203.0.113.0/24", "203.0.113.0/24"),
        ("ip:203.0.113.7/24", "203.0.113.0/24"),
        ("ip:203.0.113.*", "203.0.113.0/24"),
        ("ip:203.0.*", "203.0.0.0/16"),
        ("ip:203.0.*.*", "203.0.0.0/16"),
        ("ip: 2001:db8::/32", "2001:db8::/32"),
        ("ip:2001:DB8:0:0::1", "2001:db8::1/128"),
        ("ip:::ffff:203.0.113.7", "203.0.113.7/32"),
        ("ip:::ffff:203.0.113.0/120", "203.0.113.0/24"),
    ],
)
def test_an_address_is_read_as_a_network(line: str, network: str) -> None:
    assert str(entry(line).network) == network


@pytest.mark.parametrize(
    ("line", "until", "remark", "written"),
    [
        ("casino until 2027-01-31", date(2027, 1, 31), "", "casino"),
        ("casino # the March wave", None, "the March wave", "casino"),
        ("ip:203.0.113.7 UNTIL 2027-01-31 # office of Mo", date(2027, 1, 31), "office of Mo", "ip:203.0.113.7"),
        ("casino # until 2027-01-31", None, "until 2027-01-31", "casino"),
    ],
)
def test_an_entry_may_expire_and_have_a_remark(line: str, until: date | None, remark: str, written: str) -> None:
    found = entry(line)

    assert (found.until, found.remark, found.written) == (until, remark, written)
    assert not found.is_over(date(2027, 1, 31))
    assert found.is_over(date(2027, 2, 1)) == (until is not None)
    assert entry(found.line) == found


@pytest.mark.parametrize("line", ["", "# casino", "#"])
def test_a_comment_is_no_entry(line: str) -> None:
    assert entry_of(line, "block") is None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a", "too broad"),
        ("ab", "too broad"),
        ("*", "too broad"),
        ("a*b*c", "too broad"),
        ("博", "too broad"),
        ("word:--", "too broad"),
        ("email:*", "too broad"),
        ("email:*@*", "too broad"),
        ("domain:*", "too broad"),
        ("domain:*a*", "too broad"),
        ("any:", "too broad"),
        ("ip:0.0.0.0/0", "at least /8"),
        ("ip:::/0", "at least /16"),
        ("ip:::ffff:0.0.0.0/96", "at least /8"),
        ("ip:::ffff:10.0.0.0/8", "at least /16"),
        ("ip:300.1.1.1", "no address"),
        ("ip:*", "no address"),
        ("ip:example.org", "no address"),
        ("ip:٢٠٣.0.113.1", "no address"),
        ("casino until 31.1.2027", "'31.1.2027' is no day; write the last one as 2027-01-31."),
        ("casino until 2027-02-30", "'2027-02-30' is no day"),
        ("emial:a@b.example", "There is no field 'emial'; there are any, word, name, email, domain, ip, agent."),
        ("skype:me", r"If the colon belongs to the text, write skype\: instead."),
        ("email:nobody", "no whole e-mail address"),
        ("email:@mail.example", "*@mail.example"),
        ("domain:com", "write '*.com'"),
        ("domain:https://shop.example/", "without https://"),
        ("domain:shop..example", "no host name"),
        ("domain:-", "no host name"),
        ("buy * now", "inside one word"),
        ("aaa*b*c*d*e*f*g", "at most 5"),
        ("casino\\", "single backslash"),
        ("x" * (LONGEST_LINE + 1), f"longer than {LONGEST_LINE} characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_or_names_too_much_is_refused_with_the_fault(line: str, sentence: str) -> None:
    assert sentence in fault(line)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("casino", "anybody can type"),
        ("email:friend@example.org", "anybody can type"),
        ("name:Amina", "anybody can type"),
        ("word:thanks", "anybody can type"),
        ("agent:Firefox", "anybody can type"),
        ("domain:*.com", "whole domains"),
        ("domain:news*.example", "whole domains"),
        ("ip:203.0.0.0/15", "at least /16"),
        ("ip:2001:d00::/24", "at least /32"),
        ("ip:10.1.0.0/16", "public internet"),
        ("ip:127.0.0.1", "public internet"),
        ("ip:192.168.1.9", "public internet"),
        ("ip:::1", "public internet"),
        ("ip:fd00::/48", "public internet"),
        ("ip:::ffff:10.0.0.9", "public internet"),
    ],
)
def test_the_allow_list_takes_nothing_that_proves_nothing(line: str, sentence: str) -> None:
    assert sentence in fault(line, "allow")


@given(st.text(max_size=300), st.sampled_from(LIST_NAMES))
def test_any_line_is_an_entry_nothing_or_a_sentence(line: str, name: ListName) -> None:
    try:
        found = entry_of(line, name)
    except ListError as refused:
        assert str(refused).endswith(".")
        assert "\n" not in str(refused)
    else:
        assert found is None or entry_of(found.line, name) == found or len(found.line) > LONGEST_LINE


GRAMMAR = st.lists(
    st.sampled_from(
        ["*", "\\", "#", " ", " until ", "2027-01-31", ":", "ip", "email", "domain", "word", "@", ".", "/", "8", "a", "casino",
         "203.0.113.", "2001:db8::", "%eth0", "xn--", "ü", "博", "ع", "\u200d", "\u0301", "\ud800", "\x00", "\u2028", "-"]
    ),
    max_size=9,
).map("".join)  # fmt: skip


@given(st.lists(GRAMMAR, max_size=5).map("\n".join), st.sampled_from(LIST_NAMES))
def test_any_text_is_read_line_by_line_and_what_was_read_is_read_again(text: str, name: ListName) -> None:
    lines, refused = read(text, name)

    again, faults = read("\n".join(line.text for line in lines), name)
    assert (again, faults) == (lines, [])
    assert all(1 <= fault.number <= text.count("\n") + 1 for fault in refused)
    "\n".join(line.text for line in lines).encode()


@given(GRAMMAR | st.text(max_size=60))
@example("* until \x00203.0.113.")
def test_a_wordpress_line_means_itself_and_nothing_more(literal: str) -> None:
    lines, refused = read(escaped(literal), "block")

    for line in lines:
        found = line.entry
        assert found is not None
        assert (found.field, len(found.pieces), found.until, found.remark) == ("any", 1, None, "")
    assert all("too broad" in each.fault or "longer" in each.fault for each in refused)


def documented() -> list[tuple[ListName, str]]:
    """Every entry that docs/spam.md shows, with the list that it is shown for."""
    section = (Path(__file__).parents[2] / "docs" / "spam.md").read_text().split("### Lists")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    shown: list[tuple[ListName, str]] = [("block", entry) for row in rows for entry in re.findall("`([^`]+)`", row)]
    for name, words in re.findall(r"^moderation site (block|hold|allow) demo (.+)$", section, re.MULTILINE):
        entries = shlex.split(words.partition(" --until")[0].replace("--remove ", ""))
        shown += [(name, each) for each in entries] if not words.startswith("--from") else []
    return shown


def test_every_entry_of_the_documentation_is_one() -> None:
    assert len(documented()) > 15
    for name, line in documented():
        assert entry_of(line, name), line


def test_lines_are_numbered_as_in_the_file_and_line_ends_of_all_systems_count() -> None:
    lines, refused = read("\ufeff# Pharma\r\n\r\nviagra\rcialis\nab\n ip:1.2.3.4/2 \n", "hold")

    assert [line.text for line in lines] == ["# Pharma", "viagra", "cialis"]
    assert [(each.number, each.text) for each in refused] == [(5, "ab"), (6, "ip:1.2.3.4/2")]


def test_the_same_said_again_replaces_what_was_there_and_can_be_taken_away_however_it_is_written() -> None:
    old = read("# Pharma\ncasino\ndomain:shop.example", "block")[0]
    more = read("CASINO until 2027-01-31\nviagra\n# Pharma", "block")[0]

    both = joined(old, more)
    assert [line.text for line in both] == ["# Pharma", "CASINO until 2027-01-31", "domain:shop.example", "viagra"]
    gone = read("domain:*.SHOP.example # any remark\ncasino", "block")[0]
    assert [line.text for line in without(both, gone)] == ["# Pharma", "viagra"]


def test_a_list_has_an_end() -> None:
    full = read("\n".join(f"word{number}" for number in range(MOST_LINES)), "block")[0]

    assert len(joined(full, full)) == MOST_LINES
    with pytest.raises(ListError, match="at most 5000 fit"):
        joined(full, read("one more", "block")[0])
