"""Which comments a site's lists name: as WordPress does it, and beyond; and what it costs."""

import re
from dataclasses import replace
from datetime import date
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import Facts, Submission, Tally
from moderation.spam.entries import ListName, escaped
from moderation.spam.lists import MOST_LINES, read
from moderation.spam.matching import Matcher, facts_of
from moderation.spam.view import view_of

DAY = date(2026, 10, 1)
SENT = Submission(
    author="Amina Yusuf",
    email="Amina+News@Example.org",
    url="https://amina.example/about",
    text="I ride the N1 home from the bakery every night. See https://buses.example/n1?x=1 for more.",
    user_agent="Mozilla/5.0 (X11; Linux) Firefox/130.0",
)
ADDRESS = "203.0.113.7"


def matcher(*lines: str, name: ListName = "block") -> Matcher:
    taken, refused = read("\n".join(lines), name)
    assert not refused, refused
    return Matcher([line.entry for line in taken if line.entry])


def facts(
    *lines: str, sent: Submission = SENT, address: str | None = ADDRESS, name: ListName = "block", on: date = DAY
) -> Facts:
    lists = {name: matcher(*lines, name=name)}
    return facts_of(lists, sent, view_of(sent), address=address, verified=Tally(), on=on)


def blocked(*lines: str, **more: object) -> tuple[str, ...]:
    return facts(*lines, **more).blocked  # type: ignore[arg-type]  # handed on untouched


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("AMINA Y", "in the name"),
        ("news@example", "in the e-mail address"),
        ("amina.example/ab", "in the website"),
        ("bakery", "in the text"),
        ("the  bakery", "in the text"),
        ("buses.example/n1?x=", "in the text"),
        ("203.0.113.", "in the network address"),
        ("firefox/1", "in the user agent"),
        ("fire*/1", "in the user agent"),
        ("bak*y*r", None),
        ("bak*ry", "in the text"),
        ("ride*home", None),
        ("word:bakery", "in the text"),
        ("word:baker", None),
        ("word:baker*", "in the text"),
        ("word:*kery", "in the text"),
        ("word:b*kery", "in the text"),
        ("word:akery", None),
        ("word:every night", "in the text"),
        ("word:amina", None),
        ("name:yusuf", "in the name"),
        ("name:yus", None),
        ("name:bakery", None),
        ("email:amina@example.org", "in the e-mail address"),
        ("email:amina+news@example.org", "in the e-mail address"),
        ("email:amina+other@example.org", None),
        ("email:mina@example.org", None),
        ("email:*@example.org", "in the e-mail address"),
        ("email:*@example.or", None),
        ("email:amina*@ex*.org", "in the e-mail address"),
        ("domain:buses.example", "in a link"),
        ("domain:amina.example", "in the website"),
        ("domain:uses.example", None),
        ("domain:bus*.example", "in a link"),
        ("domain:*uses*", "in a link"),
        ("domain:*.example", "in a link"),
        ("domain:example.org", None),
        ("agent:linux", "in the user agent"),
        ("agent:bakery", None),
        (r"any:N1 home", "in the text"),
    ],
)
def test_an_entry_names_what_its_field_holds(line: str, where: str | None) -> None:
    assert [found.rpartition('" ')[2] for found in blocked(line)] == ([where] if where else [])


def test_every_entry_that_names_a_comment_is_shown_as_its_owner_wrote_it() -> None:
    found = blocked("Bakery until 2027-01-01 # bread", "casino", "ip:203.0.113.*", "domain:buses.example", "*ride*")

    assert sorted(found) == [
        '"*ride*" in the text',
        '"Bakery" in the text',
        '"domain:buses.example" in a link',
        '"ip:203.0.113.*"',
    ]


@pytest.mark.parametrize(
    ("line", "address", "named"),
    [
        ("ip:203.0.113.0/24", "203.0.113.255", True),
        ("ip:203.0.113.0/24", "203.0.114.0", False),
        ("ip:203.0.113.0/24", "::ffff:203.0.113.9", True),
        ("ip:203.0.113.9", "203.0.113.9", True),
        ("ip:2001:db8:1::/48", "2001:db8:1:ffff::9", True),
        ("ip:2001:db8:1::/48", "2001:db8:2::", False),
        ("ip:2001:db8::7", "2001:0DB8:0::0:7", True),
        ("ip:203.0.113.0/24", None, False),
        ("ip:203.0.113.0/24", "", False),
        ("ip:203.0.113.0/24", "not an address", False),
        ("203.0.113", None, False),
    ],
)
def test_a_network_names_its_addresses_and_a_missing_address_is_in_none(
    line: str, address: str | None, named: bool
) -> None:
    assert bool(blocked(line, address=address)) == named


@pytest.mark.parametrize("disguise", [
    "Visit our online c\u200basino now",
    "Visit our online саsino now",
    "Visit our online ｃａｓｉｎｏ now",
    "Visit our online cas<b></b>ino now",
    "Visit our online cas[b][/b]ino now",
    "Visit our online c&#97;sino now",
    "Visit our online c4s1no now",
    "Visit our online c a s i n o now",
    "Visit our online 𝐜𝐚𝐬𝐢𝐧𝐨 now",
], ids=ascii)  # fmt: skip
@pytest.mark.parametrize("line", ["casino", "word:casino"])
def test_a_disguise_hides_no_word(line: str, disguise: str) -> None:
    assert blocked(line, sent=replace(SENT, text=disguise))
    assert not blocked(line, sent=replace(SENT, text="Visit our online shop now"))


@pytest.mark.parametrize(
    ("line", "text", "named"),
    [
        ("کازینو", "آن لائن کازینو میں خوش آمدید", True),
        ("word:جوا", "یہاں جوا کھیلیں۔", True),
        ("word:جوا", "میرا جواب پڑھیں۔", False),
        ("جوا", "میرا جواب پڑھیں۔", True),
        ("word:کازینو*", "کازینوز بند ہیں، شکریہ", True),
        ("word:कैसीनो", "नया कैसीनो।", True),
        ("word:कैसी", "नया कैसीनो।", False),
        ("赌博", "欢迎来到赌博网站", True),
        ("word:赌博", "欢迎来到赌博网站", True),
        ("word:카지노*", "카지노를 즐기세요", True),
        ("КАЗИНО", "лучшее казино", True),
        ("strasse", "In der STRAßE", True),
    ],
)
def test_words_of_every_script_are_found(line: str, text: str, named: bool) -> None:
    assert bool(blocked(line, sent=replace(SENT, text=text))) == named


@pytest.mark.parametrize("line", ["domain:bücher.example", "domain:xn--bcher-kva.example", "domain:büch*.example"])
@pytest.mark.parametrize(
    "host", ["bücher.example", "xn--bcher-kva.example", "www.BÜCHER.example", "a.b.bücher.example"]
)
def test_an_international_domain_is_the_same_in_both_spellings(line: str, host: str) -> None:
    assert blocked(line, sent=replace(SENT, text=f"Look: https://{host}/x"))
    assert blocked(line, sent=replace(SENT, url=f"https://{host}/"))
    assert not blocked(line, sent=replace(SENT, text="Look: https://mybücher.example/"))


def test_words_stand_apart_where_markup_parts_them() -> None:
    assert blocked("word:bakery", sent=replace(SENT, text="The bakery<br>now"))
    assert blocked("word:bakery", sent=replace(SENT, text="The b\u0430kery<br>now")), "look-alike letters too"


def test_a_long_text_is_read_whole() -> None:
    words = "a " * 4_500

    assert blocked("casino", sent=replace(SENT, text=f"{words}casino {words}"))
    assert blocked("casino", sent=replace(SENT, text=f"{words}cas<b></b>ino {words}"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cheap cheap-pills pills pills", True),
        ("cheap pills cheap pills", False),
        ("pills-cheap cheap pills", False),
        ("xcheapxpillsx", True),
        ("pills-cheap-pills", True),
    ],
)
def test_every_place_is_looked_at(text: str, named: bool) -> None:
    assert bool(blocked("cheap*pills", sent=replace(SENT, text=text))) == named


def test_an_entry_counts_through_its_last_day() -> None:
    for line in ("bakery until 2026-10-01", "ip:203.0.113.7 until 2026-10-01"):
        assert blocked(line, on=date(2026, 10, 1))
        assert not blocked(line, on=date(2026, 10, 2))


def test_no_entry_reaches_from_one_field_into_the_next() -> None:
    sent = Submission("cas", "ino@example.org", "", "ino bonus")

    assert not blocked("cas ino", "cas*ino", "casino", "word:cas*bonus", sent=sent, address=None)


def test_of_the_allow_list_only_networks_speak_for_an_author_and_domains_for_their_links() -> None:
    assert facts("ip:203.0.113.0/24", "domain:amina.example", name="allow").allowed == ('"ip:203.0.113.0/24"',)
    assert facts("ip:203.0.113.0/24 until 2026-09-30", name="allow").allowed == ()
    assert facts("ip:203.0.113.0/24", name="allow", address=None).allowed == ()
    assert facts("domain:buses.example", name="allow").allowed == ()


@pytest.mark.parametrize(
    ("line", "links"),
    [
        ("domain:other.example", 3),
        ("domain:buses.example", 1),
        ("domain:buses.example until 2026-09-30", 3),
        ("domain:night.buses.example", 2),
        ("domain:example.org", 3),
    ],
)
def test_links_to_allowed_domains_do_not_count(line: str, links: int) -> None:
    text = "See https://buses.example/n1 and night.buses.example.com, http://x.night.buses.example/ too"
    sent = replace(SENT, text=text)

    assert facts(line, name="allow", sent=sent).links == links


def wordpress(line: str, sent: Submission, address: str) -> bool:
    """What `wp_check_comment_disallowed_list` does with one line."""
    word = line.strip()
    if not word:
        return False
    bare = re.sub(r"<[^>]*>", "", sent.text)
    fields = (sent.author, sent.email, sent.url, sent.text, bare, address, sent.user_agent or "")
    return any(re.search(re.escape(word), field, re.IGNORECASE) for field in fields)


LETTERS = st.text(alphabet="abAB .#*\\:/@-_<>?&;=0１کجواä博", min_size=1, max_size=30)


@given(text=LETTERS, author=LETTERS, line=LETTERS, start=st.integers(0, 10), taken=st.booleans())
def test_whatever_wordpress_names_is_named(text: str, author: str, line: str, start: int, taken: bool) -> None:
    if taken:
        line = f"{text} {author}"[start : start + 6]
    sent = Submission(author, "a@b.example", "", text, user_agent="Bot/1")
    lines, refused = read(escaped(line), "block")
    if refused or not lines:
        return
    assert wordpress(line, sent, ADDRESS) <= bool(blocked(escaped(line), sent=sent))


@pytest.mark.parametrize(
    ("line", "text", "named"),
    [
        ("#promo", "use #PROMO today", True),
        ("#promo", "a comment without it", False),
        ("5* hotel", "a 5* hotel", True),
        ("5* hotel", "a 5-star hotel", False),
        ("word:cheap", "the word:cheap", True),
        ("word:cheap", "the word cheap", False),
        ("viagra", "via<em></em>gra", True),
        ("press", "WordPress", True),
        ("a.b.c", "aXbXc", False),
        ("until 2027-01-31", "open until 2027-01-31 only", True),
        ("[url=", "[URL=http://x.example]", True),
    ],
)
def test_a_line_of_wordpress_is_taken_as_it_stands(line: str, text: str, named: bool) -> None:
    assert bool(blocked(escaped(line), sent=replace(SENT, text=text))) == named
    assert wordpress(line, replace(SENT, text=text), ADDRESS) <= named


PIECE = st.text(alphabet="ab1", min_size=1, max_size=4)


@given(
    st.lists(PIECE, min_size=2, max_size=4).map("*".join), st.lists(st.text(alphabet="ab1", max_size=14), max_size=6)
)
def test_a_wildcard_is_a_run_without_white_space(line: str, words: list[str]) -> None:
    """Compared with what a regular expression, which is not linear, says of it."""
    if read(line, "block")[1]:
        return
    pattern = re.escape(line).replace(r"\*", r"\S*")
    sent = Submission("", "", "", " ".join(words))
    found = blocked(line, sent=sent, address=None)
    assert bool(found) == bool(re.search(pattern, sent.text))
    whole = blocked(f"word:{line}", sent=sent, address=None)
    assert bool(whole) == any(re.fullmatch(pattern, word) for word in words)


@given(st.lists(st.text(alphabet="abc", min_size=3, max_size=9), max_size=30), st.text(alphabet="abc ", max_size=200))
def test_many_entries_are_found_as_each_alone(lines: list[str], text: str) -> None:
    sent = Submission("", "", "", text)

    assert {found.split('"')[1] for found in blocked(*lines, sent=sent, address=None)} == {
        line for line in lines if line in text
    }


def seconds(lists: dict[ListName, Matcher], sent: Submission) -> float:
    view = view_of(sent)
    best = float("inf")
    for _ in range(5):
        began = process_time()
        facts_of(lists, sent, view, address=ADDRESS, verified=Tally(), on=DAY)
        best = min(best, process_time() - began)
    return best


MANY = {
    "literals": [f"w{number:04}x{number * 7919 % 5003}" for number in range(MOST_LINES)],
    "one beginning": [f"cheap-pills-{number:04}-now" for number in range(MOST_LINES)],
    "wildcards": [f"cheap*w{number:04}z" for number in range(MOST_LINES)],
    "one letter": ["a" * length + "b" for length in range(3, 190)],
    "words": [f"word:w{number:04}*" for number in range(MOST_LINES)],
    "domains": [f"domain:w{number:04}.example" for number in range(MOST_LINES)],
}
TEXTS = {
    "prose": "I ride the N1 home from the bakery every night and wonder. " * 170,
    "one word": "cheap " * 1_700,
    "one run": "cheap-pills-" * 850,
    "one letter": "a" * 10_000,
    "parts of entries": " ".join(f"w{number:04}" for number in range(1_700)),
    "parts of entries and their beginning": " ".join(f"w{number:04}z" for number in range(700)) + " cheap" * 800,
    "tags": "<a [b= " * 1_450,
    "hosts": " ".join(f"http://ü{number}.example" for number in range(450)),
}


@pytest.mark.parametrize("lines", MANY)
@pytest.mark.parametrize("text", TEXTS)
def test_a_full_list_costs_a_long_comment_milliseconds_whatever_stands_in_both(lines: str, text: str) -> None:
    lists: dict[ListName, Matcher] = {"block": matcher(*MANY[lines])}

    assert seconds(lists, replace(SENT, text=TEXTS[text])) < 0.1, "1 to 30 ms where it was written"


@pytest.mark.parametrize("piece", ["cheap", "cheap ", "a", "<", "[b ", "w0001 ", "\u0301", "http://a.example "])
def test_the_cost_grows_with_the_length_and_no_faster(piece: str) -> None:
    lists: dict[ListName, Matcher] = {"block": matcher(*MANY["wildcards"][:500], "word:cheap*x", "che*ap*q")}
    short, long = (replace(SENT, text=(piece * length)[:length]) for length in (4_000, 64_000))

    assert seconds(lists, long) < 16 * 4 * seconds(lists, short) + 0.01
