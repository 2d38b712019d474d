"""What moderators teach: tokens that a person can read, evidence that cannot be drowned, near-duplicates that find each
other."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.spam import History, Submission, score
from moderation.spam.learner import PRIOR, TELLING, lesson, load_prior, log_odds
from moderation.spam.prints import MOST_PRINTS, prints_of
from moderation.spam.tokens import LONGEST_TOKEN, MOST_TOKENS, of_the_text, tokens_of
from moderation.spam.types import Evidence, Taught
from moderation.spam.view import view_of

TEMPLATE = (
    "Good day, we noticed that {site} has no newsletter and would gladly write the first {number} issues for you today."
)


def tokens(text: str, author: str = "", email: str = "", url: str = "") -> frozenset[str]:
    return tokens_of(view_of(Submission(author, email, url, text)))


def prints(text: str) -> frozenset[int]:
    return prints_of(view_of(Submission("", "", "", text)))


def probability(text: str, evidence: Evidence) -> float:
    return score(Submission("", "", "", text), History(known=True, evidence=evidence)).probability


_SPACED = st.lists(st.sampled_from(["ferry", "was", "é", "река", "late", "night"]), max_size=40).map(" ".join)
_UNSPACED = st.text("字海船夜", max_size=40)


@given(_SPACED | _UNSPACED)
def test_a_print_is_the_smallest_hash_of_four_runs_in_a_row(text: str) -> None:
    units, size = (list(text), 12) if text and text[0] in "字海船夜" else (text.split(), 6)
    runs = [units[at : at + size] for at in range(max(1, len(units) - size + 1))]
    hashes = [int.from_bytes(blake2b(" ".join(run).encode(), digest_size=8).digest()) >> 1 for run in runs]
    smallest = {min(hashes[at : at + 4]) for at in range(max(1, len(hashes) - 3))}
    assert prints(text) == (set(sorted(smallest)[:MOST_PRINTS]) if len(units) >= 4 else set())


def test_tokens_are_words_and_pairs_of_words() -> None:
    assert tokens("The ferry was late") == {"the", "ferry", "was", "late", "the ferry", "ferry was", "was late"}


def test_what_stands_in_other_fields_or_in_links_says_so() -> None:
    found = tokens(
        "see http://hats.example/summer now", author="Amal K", email="amal.k@mail.example", url="https://a.example"
    )

    assert {"name:amal", "mail:mail.example", "site:a.example", "link:hats.example", "url:summer"} <= found
    assert not any("amal.k" in token for token in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天天气很好", {"今天", "天天", "天气", "气很", "很好"}),
        ("ฉันชอบ", {"ฉั", "ัน", "ชอ"}),
        ("良い 天気", {"良い", "天気"}),
        ("QQ群代开发票", {"群代", "代开", "开发", "发票"}),
    ],
)
def test_scripts_without_spaces_give_pairs_of_characters(text: str, expected: set[str]) -> None:
    assert expected <= tokens(text)


@pytest.mark.parametrize(
    "text", ["오늘 날씨가 좋다", "آج موسم اچھا ہے", "сегодня хорошая погода", "आज मौसम अच्छा है", "আজ আবহাওয়া ভালো"]
)
def test_scripts_with_spaces_give_words(text: str) -> None:
    assert set(text.split()) <= tokens(text)


@given(st.text(max_size=3000), st.text(max_size=600))
def test_tokens_are_few_and_short_whatever_is_written(text: str, other: str) -> None:
    found = tokens(text, author=other, email=other, url=other)

    assert len(found) <= MOST_TOKENS
    assert all(0 < len(token) <= LONGEST_TOKEN for token in found)


@given(st.lists(st.text("abcdef", min_size=2, max_size=30), max_size=300))
def test_of_a_long_text_the_first_words_and_pairs_are_read(words: list[str]) -> None:
    words = [word[:24] for word in view_of(Submission("", "", "", " ".join(words))).words]
    in_order = [token for last, word in zip(["", *words], words, strict=False) for token in (word, f"{last} {word}")]

    expected = dict.fromkeys(token for token in in_order if not token.startswith(" "))
    assert tokens_of(view_of(Submission("", "", "", " ".join(words)))) == frozenset(list(expected)[:120])


def test_a_token_met_in_spam_speaks_for_spam_the_more_the_oftener() -> None:
    total = Taught(spam=100, ham=100)

    assert log_odds(Taught(0, 0), total) == pytest.approx(0)
    assert 0 < log_odds(Taught(1, 0), total) < log_odds(Taught(10, 0), total) < log_odds(Taught(100, 0), total) < 10
    assert log_odds(Taught(0, 10), total) == pytest.approx(-log_odds(Taught(10, 0), total))
    assert log_odds(Taught(10, 10), total) == pytest.approx(0)


def test_shares_are_compared_and_not_counts() -> None:
    """On a site with much spam a word that stands in every fourth comment of either kind says nothing."""
    assert log_odds(Taught(250, 10), Taught(1000, 40)) == pytest.approx(0)


@pytest.mark.parametrize("total", [Taught(0, 0), Taught(50, 0), Taught(0, 50)])
def test_while_only_one_kind_was_taught_nothing_is_said(total: Taught) -> None:
    assert log_odds(Taught(*(min(one, 20) for one in total)), total) == 0
    evidence = Evidence(total, {"ferry": Taught(*(min(one, 20) for one in total))})
    assert probability("the ferry", evidence) == probability("the ferry", Evidence())


def test_a_site_learns_from_spam_and_from_approvals() -> None:
    total = Taught(40, 40)

    spam = probability("the ferry was late", Evidence(total, {"ferry": Taught(30, 0)}))
    ham = probability("the ferry was late", Evidence(total, {"ferry": Taught(0, 30)}))

    assert ham < probability("the ferry was late", Evidence(total)) < spam


def test_the_first_decisions_do_not_turn_the_filter_around() -> None:
    nothing = probability("the ferry", Evidence())
    few = probability("the ferry", Evidence(Taught(2, 2), {"ferry": Taught(2, 0)}))
    many = probability("the ferry", Evidence(Taught(200, 200), {"ferry": Taught(200, 0)}))

    assert few < 2 * nothing < 5 * nothing < many


def test_one_spam_among_many_approvals_teaches_no_more_than_one_spam_beside_one_approval() -> None:
    few = lesson({"hats"}, Evidence(Taught(1, 1), {"hats": Taught(1, 0)}))
    lopsided = lesson({"hats"}, Evidence(Taught(1, 1000), {"hats": Taught(1, 0)}))

    assert lopsided.trust < 3 * few.trust < 0.2
    assert lesson({"hats"}, Evidence(Taught(500, 500), {})).trust > 0.9


def test_counts_below_nothing_keep_no_comment_from_being_scored() -> None:
    broken = Evidence(Taught(5, 5), {"ferry": Taught(-1, 3), "late": Taught(3, -1)})

    assert score(Submission("", "", "", "the ferry was late"), History(known=True, evidence=broken)).complete


ENGLISH = "I think that the queue is longer than you say, and there was no boat for us"
KOREAN = "진짜 이 다리는 너무 오래된 것 같아요 그냥 새로 지어야"


def site_of(readers: str, spam: str, spam_words: str) -> Evidence:
    """A site whose readers write in one language and whose spam is in another, with some words of its own."""
    known = {word: Taught(0, 80) for word in tokens(readers)}
    known |= {word: Taught(60, 0) for word in tokens(spam)}
    known |= {word: Taught(90, 0) for word in tokens(spam_words)}
    return Evidence(Taught(100, 100), known)


def test_a_language_in_which_only_spam_was_met_speaks_against_no_reader() -> None:
    evidence = site_of(readers=KOREAN, spam=ENGLISH, spam_words="cheap handbags")

    assert lesson(tokens(ENGLISH), evidence).spam == []
    assert {one.token for one in lesson(tokens(f"{ENGLISH} cheap handbags"), evidence).spam} == {
        "cheap", "handbags", "cheap handbags",
    }  # fmt: skip


def test_in_the_language_of_the_readers_words_speak_as_they_are() -> None:
    evidence = site_of(readers=ENGLISH, spam="handbags", spam_words="cheap handbags")

    assert {one.token for one in lesson(tokens("I have no cheap handbags for you"), evidence).spam} >= {
        "cheap",
        "handbags",
    }


def test_that_there_is_a_link_at_all_is_not_learned_again_for_each_kind_of_link() -> None:
    spam = tokens("http://hats.example/summer", url="http://fine.example")
    evidence = Evidence(Taught(100, 100), {token: Taught(80, 0) for token in spam if "*" in token or "." in token})

    found = lesson(tokens("http://ferry.example/summer", url="http://amal.example"), evidence)

    assert found.spam == []
    assert {one.token for one in lesson(spam, evidence).spam} == set()
    worse = Evidence(evidence.total, {**evidence.tokens, "link:*": Taught(80, 60)})
    assert "link:hats.example" in {one.token for one in lesson(spam, worse).spam}


def test_a_dropped_token_does_not_speak() -> None:
    taught = {"ferry": Taught(30, 0)}

    assert probability("the ferry", Evidence(Taught(40, 40), taught, frozenset({"ferry"}))) == probability(
        "the ferry", Evidence(Taught(40, 40))
    )


def test_the_most_telling_tokens_speak_and_padding_does_not_drown_them() -> None:
    known = {f"word{chr(97 + at)}": Taught(0, 2) for at in range(20)} | {"hats": Taught(40, 0), "outlet": Taught(40, 0)}
    evidence = Evidence(Taught(50, 50), known)

    found = lesson(known, evidence)

    assert [one.token for one in found.spam] == ["outlet", "hats"]
    assert len(found.ham) == TELLING
    assert sum(one.log_odds for one in [*found.spam, *found.ham]) > -1


def test_names_addresses_and_links_never_speak_for_their_author() -> None:
    evidence = Evidence(
        Taught(50, 50), {token: Taught(0, 40) for token in ("name:amal", "mail:a.example", "link:a.example", "url:x")}
    )

    assert lesson(evidence.tokens, evidence).ham == []
    assert not any(of_the_text(token) for token in evidence.tokens)


def test_the_reason_names_the_words_and_how_often_they_were_met() -> None:
    history = History(known=True, evidence=Evidence(Taught(40, 40), {"ferry": Taught(30, 2)}))

    found = next(
        one for one in score(Submission("", "", "", "the ferry"), history).signals if one.name == "learned.spam_words"
    )

    assert found.reason == 'Words that this site knows from spam: "ferry" (30 spam, 2 not).'


def test_the_shipped_prior_fades_as_a_site_teaches() -> None:
    text = " ".join(token for token in PRIOR if of_the_text(token))[:400]

    def points(total: Taught) -> float:
        history = History(known=True, evidence=Evidence(total))
        return next(
            one.points for one in score(Submission("", "", "", text), history).signals if one.name == "learned.prior"
        )

    assert points(Taught()) > points(Taught(30, 30)) > points(Taught(3000, 3000)) > 0


def test_the_shipped_prior_holds_no_names_and_no_addresses() -> None:
    assert load_prior()
    assert all(value > 0 for value in load_prior().values())
    assert not any(token.startswith(("name:", "mail:")) or "@" in token for token in load_prior())


def test_a_template_is_known_again_with_other_slots() -> None:
    one, two = TEMPLATE.format(site="gull.example", number="three"), TEMPLATE.format(site="harbour news", number="9")

    assert prints(one) & prints(two)
    assert prints(f"Hello! {one} Bye.") & prints(two)


def test_a_letter_of_another_script_changes_no_fingerprint_elsewhere() -> None:
    text = TEMPLATE.format(site="gull.example", number="three")

    assert prints(text) & prints(f"{text} 好")


def test_different_texts_share_nothing() -> None:
    assert not prints(TEMPLATE) & prints(
        "I was at the harbour in March and the queue for the ferry was longer than you say it is."
    )


def test_unspaced_scripts_have_fingerprints_too() -> None:
    assert prints("今天我们在港口看到了一艘很大的渡轮它迟到了两个小时") & prints(
        "朋友说今天我们在港口看到了一艘很大的渡轮它迟到了"
    )


@pytest.mark.parametrize("text", ["", "Thanks!", "I agree with", "http://a.example/one/two/three/four/five/six"])
def test_what_is_short_is_the_same_by_chance_and_has_none(text: str) -> None:
    assert prints(text) == frozenset()


@given(st.text(max_size=4000))
def test_fingerprints_are_few_and_fit_a_database(text: str) -> None:
    found = prints(text)

    assert len(found) <= MOST_PRINTS
    assert all(0 <= one < 2**63 for one in found)
