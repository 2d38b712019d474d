"""The word lists: well formed, found in every filling of a template, and silent about what honest people write."""

import re
from itertools import chain

import pytest

from moderation.spam import Submission, score
from moderation.spam.lexicon import (
    ABUSED_TLD,
    DISPOSABLE,
    DOUBTFUL,
    FREE_MAIL,
    GAMBLING,
    REFERENCES,
    SAYINGS,
    SELLING,
    SELLING_PARTS,
    SHORTENERS,
    STRONG,
    TOPICS,
    UNSPACED,
    entries,
    phrases,
    selling_part,
)
from moderation.spam.runs import Phrases, places_of
from moderation.spam.view import plain, view_of

LISTS = (*TOPICS, *SAYINGS)
HOSTS = {"shorteners": SHORTENERS, "references": REFERENCES, "disposable": DISPOSABLE, "free_mail": FREE_MAIL}


def said(text: str) -> dict[str, list[str]]:
    return view_of(Submission(author="Amal", email="", url="", text=text)).said


def points(text: str) -> dict[str, float]:
    """The points of the signals from word lists."""
    names = (*TOPICS, "robot", "template", "invitation", "testimonial", "offer", "unspaced_selling", "selling_share")
    submission = Submission(author="Amal", email="", url="", text=text)
    wanted = {f"content.{name}" for name in names}
    return {one.name: one.points for one in score(submission).signals if one.name in wanted and one.points}


@pytest.mark.parametrize("name", LISTS)
def test_entries_stand_as_the_words_of_a_comment_do(name: str) -> None:
    for entry in entries(name):
        bare = entry.removeprefix("?")
        assert plain(bare) == bare, entry
        assert re.fullmatch(r"[^\W\d_](?:[^\W\d_]|[ |{}*])*|\{(?:[^\W\d_]|[ |{}*])*", bare), entry
        assert bare.count("{") == bare.count("}"), entry


@pytest.mark.parametrize("name", LISTS)
def test_every_phrase_has_words_to_be_found_by(name: str) -> None:
    for entry in entries(name):
        places = places_of(entry.removeprefix("?"))
        assert any(place and all(place) for place in places), entry
        assert places[0], f"{entry} begins with a star"
        assert places[-1], f"{entry} ends on a star"


@pytest.mark.parametrize("name", LISTS)
def test_no_entry_stands_twice(name: str) -> None:
    listed = [entry.removeprefix("?") for entry in entries(name)]

    assert len(listed) == len(set(listed))


def test_words_of_scripts_without_spaces_are_lower_case_and_of_two_letters_or_more() -> None:
    for entry in UNSPACED:
        word = entry.removeprefix("?")
        assert plain(word) == word, entry
        assert len(word) > 1


@pytest.mark.parametrize("name", HOSTS)
def test_hosts_are_written_as_the_filter_reads_them(name: str) -> None:
    for host in HOSTS[name]:
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host), host
        assert not host.startswith("www.")


def test_no_host_is_both_cited_and_abused() -> None:
    assert not REFERENCES & SHORTENERS
    assert not FREE_MAIL & DISPOSABLE
    assert all("." not in one for one in ABUSED_TLD)


def test_parts_of_addresses_are_long_enough_not_to_stand_in_other_words() -> None:
    assert all(len(part) >= 4 for part in SELLING_PARTS)


@pytest.mark.parametrize(
    "address",
    [
        "learnpython.example/slots-in-classes",
        "photo.tools.example/prototype",
        "judicial-review.example/",
        "monikers.example/blog/2014/05/customs-union",
        "en.example.org/wiki/totoro",
        "museo-nacional.example",
        "thinkcredible.example/freedom",
    ],
)
def test_honest_addresses_sell_nothing(address: str) -> None:
    assert selling_part(address) == ""


def test_an_address_that_sells_is_seen_wherever_the_part_stands() -> None:
    assert selling_part("shop.example/all/louisvuitton-bags") == "vuitton"
    assert selling_part("bestcasino.example") == "casino"


@pytest.mark.parametrize(
    "text",
    [
        "Somebody essentially help to make seriously articles I would state.",
        "A person necessarily lend a hand to make severely posts I might state.",
        "Undeniably believe that which you said. Your favourite reason seemed to be on the net",
        "Hi! I'm at work browsing your blog from my new iphone 4! Just wanted to say",
        "it looks weird when viewing from my iphone",
        "I have been browsing online more than three hours these days",
        "An impressive share! I have just forwarded this onto a coworker who was conducting a little research on this",
        "Shiver me timbers, them's some great information.",
        "По моему мнению Вы не правы. Могу отстоять свою позицию. Пишите мне в PM, поговорим.",
        "Замечательно, очень ценная фраза",
        "Давайте обсудим это. Пишите мне в PM",
    ],
)
def test_templates_of_robots_are_known_however_their_slots_are_filled(text: str) -> None:
    assert said(text).get("robots")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("check out our brand new channel", ["check out our brand new channel"]),
        ("check out channel", ["check out channel"]),
        ("check out what he said there on channel", None),
    ],
)
def test_a_star_takes_up_to_three_words(text: str, expected: list[str] | None) -> None:
    assert Phrases({"a": ["check out * channel"]}).found_in(frozenset(text.split()), text.split()).get("a") == expected


def test_a_phrase_is_found_with_every_choice_and_counts_once() -> None:
    book = Phrases({"a": ["{very |}{good|nice} post{|s}", "post"], "b": ["good"]})
    words = ["a", "very", "good", "post", "and", "nice", "posts"]

    assert book.found_in(frozenset(words), words) == {"a": ["very good post", "post"], "b": ["good"]}


def test_a_phrase_does_not_reach_over_the_edges_of_the_text() -> None:
    book = Phrases({"a": ["one two three", "{x|y z} one", "one {p q|r}"]}, common=["one", "p"])

    for words in (["two"], ["one", "two"], ["two", "three"], ["z", "one"], ["one"], ["q"], ["p", "q"], []):
        assert book.found_in(frozenset(words), words) == {}


def test_a_text_made_of_our_own_lists_is_not_followed_up_for_ever() -> None:
    book = Phrases({"a": ["alpha beta gamma"]})
    padded = ["alpha", "beta"] * 5000 + ["gamma"]

    assert book.found_in(frozenset(padded), padded) == {}
    assert book.found_in(frozenset(padded), padded[-200:]) == {"a": ["alpha beta gamma"]}


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("very {nice|fine} blog", "a very fine blog indeed", "very fine blog"),
        ("very {nice|fine} blog", "a very blog", None),
        ("{|really }good post", "good post", "good post"),
        ("visit * site", "visit my very own site", "visit my very own site"),
        ("visit * site", "visit one two three four site", None),
        ("blog {|post }of yours", "that blog of yours", "blog of yours"),
        ("{write to|call} me", "please write to me", "write to me"),
        ("{write to|call} me", "please call me", "call me"),
        ("my site", "site my", None),
        ("my site", "my", None),
    ],
)
def test_a_phrase_is_found_wherever_its_places_let_it_stand(phrase: str, text: str, found: str | None) -> None:
    words = text.split()
    for at in range(3):
        padded = ["x"] * at + words
        expected = {"a": [found]} if found else {}
        assert Phrases({"a": [phrase]}).found_in(frozenset(padded), padded) == expected


HONEST = [
    "I bet the band Toto would have played it better, and the timeslot was wrong.",
    "The casino in our town closed and the council lost the income.",
    "Use a slot for the child component, then bet on the compiler.",
    "My doctor put me on antibiotics and I had to take the pills for a week.",
    "We borrowed from the bank, the interest went up, the house was sold.",
    "Could you call me when the train is in? The shop closes at six.",
    "Der Rat der Stadt hat das Gift im Fluss gefunden, der Kredit ist weg.",
    "Das Angebot war gut, die Schuhe waren billig und die Damen freuten sich.",
    "J'ai posé mon sac, la montre de mon père était dedans, le prix a monté.",
    "La femme et l'homme sont à la boutique, la livraison est en retard.",
    "Tim kita menang, semoga tahun depan situs ini tetap ada.",
    "Ibu beli obat di toko dekat rumah, harganya naik lagi.",
    "Bu para nereye gitti, ülkede her şey pahalı oldu, maaş yetmiyor.",
    "Maçı kazandık, hakem kötüydü ama takım iyi oynadı.",
    "bhai loan wapis karna parta hai, awam ki jaib khali hai",
    "ye slot kis ko mila, larkay ne kaha school band hai",
    "یہ دکان بند ہو گئی، قیمت بہت زیادہ تھی، لوگ پریشان ہیں۔",
    "یہ خبر درست نہیں، حکومت نے قرض لیا اور عوام پر بوجھ ڈالا۔",
    "هذا الخبر غير صحيح، الأسعار مرتفعة والناس تعبانة.",
    "শহরের রাস্তায় পানি জমে আছে, দোকান বন্ধ, মানুষ কষ্টে আছে।",
    "대통령이 오늘 발표한 정책은 서민에게 도움이 되지 않는다.",
    "은행 대출 금리가 너무 올라서 집을 못 산다.",
    "駅前の店で買った靴がすぐ壊れた。写真をありがとう。",
    "政府说要减税，可是房贷还是那么高，大家都没钱。",
    "Купил вчера хлеб, цена опять выросла, а зарплата нет.",
    "Дом построили за год, окна выходят во двор.",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_people_use_many_of_these_words(text: str) -> None:
    seen = score(Submission(author="Amal", email="", url="", text=text))

    assert seen.probability < 0.1, points(text)


@pytest.mark.parametrize(
    "text",
    [
        "I want to testify of a great herbal doctor who cured me of herpes, contact him via email",
        "I got my lost bitcoin back, hire a hacker, he is a recovery expert",
        "We can increase your website traffic and rank your site on the first page of google, reply for a free quote",
        "Are you in need of an urgent loan? We give out loans at 3%, contact us via whatsapp",
        "hey guys i'm a 17 year old rapper from ohio, please check out my channel, it would mean the world",
        "Ремонт квартир под ключ недорого, звоните по телефону, бесплатная консультация",
        "Situs slot gacor terpercaya, pasti maxwin, daftar sekarang",
        "casino siteleri deneme bonusu veren bahis siteleri",
        "شركة تنظيف منازل ومكافحة حشرات بأفضل الأسعار اتصل بنا",
        "nhà cái uy tín, nổ hũ đổi thưởng, đăng ký ngay",
        "คาสิโนออนไลน์ บาคาร่า เครดิตฟรี สมัครเลย",
        "카지노사이트 먹튀검증 가입코드 첫충",
        "专业代开发票，网赚日赚五百，加微信",
        "スーパーコピー激安通販店、ブランドコピー専門店",
        "ऑनलाइन कैसीनो में पैसे कमाएं, व्हाट्सएप पर संपर्क करें",
    ],
)
def test_what_sells_without_a_link_is_seen_in_many_languages(text: str) -> None:
    assert sum(points(text).values()) > 1.5


def test_a_doubtful_word_needs_company() -> None:
    assert "casino" in DOUBTFUL & GAMBLING
    alone = points("we drove past the casino")["content.gambling"]
    with_another = points("we drove past the casino to play roulette and blackjack")["content.gambling"]
    assert with_another > 2.9 * alone


def test_a_doubtful_phrase_needs_company_too() -> None:
    assert set(said("take a look at the roof")) == {"invitations?"}
    assert points("take a look at the roof")["content.invitation"] < 1.2
    assert points("take a look at the roof and subscribe to my channel")["content.invitation"] > 4


def test_names_of_people_sell_nothing() -> None:
    for name in ("Judi", "Michael", "Jordan", "Toto", "Chanel", "Angel", "Nike", "Louis", "Yasmin", "Tiffany"):
        found = next(
            one
            for one in score(Submission(author=name, email="", url="", text="It was good.")).signals
            if one.name == "author.selling_name"
        )
        assert not found.points, name


def test_strong_words_are_ones_that_sell() -> None:
    assert STRONG <= SELLING
    assert not STRONG & {"win", "bet", "para", "rat"}


def test_the_lists_are_as_long_as_the_documentation_of_the_field_suggests() -> None:
    words = set(chain.from_iterable(entry.split() for name in LISTS for entry in entries(name)))

    assert len(phrases()) > 2500
    assert len(words) > 4000
