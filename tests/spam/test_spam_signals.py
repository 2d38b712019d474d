"""Each kind of evidence raises or lowers the score, and says so in words a moderator understands."""

import pytest

from moderation.spam import History, Signal, Submission, Tally, score
from moderation.spam.learner import PRIOR
from moderation.spam.scoring import case_of
from moderation.spam.signals import NEEDS, REGISTRY
from moderation.spam.types import Evidence, Taught

READER = Submission(
    author="Amal Karim",
    email="amal@example.org",
    url="",
    text="I was there in March and the queue was longer than you say.",
)
PAGE = "How the harbour got its second lighthouse | The Evening Gull"


def with_(**changes: object) -> Submission:
    fields = {name: getattr(READER, name) for name in Submission.__dataclass_fields__}
    return Submission(**(fields | changes))


def signal(name: str, submission: Submission, history: History | None = None) -> Signal:
    found = score(submission, history or History(known=True)).signals
    return next(one for one in found if one.name == name)


SPAMMY: list[tuple[str, Submission]] = [
    ("content.pharma", with_(text="cheap viagra and cialis here")),
    ("content.gambling", with_(text="best casino with free jackpot")),
    ("content.adult", with_(text="live porn webcam")),
    ("content.seo", with_(text="we sell backlinks and seo")),
    ("content.finance", with_(text="a payday loan from private brokers")),
    ("content.goods", with_(text="louis vuitton handbags at the outlet")),
    ("content.services", with_(text="an emergency plumber and cheap car insurance quotes")),
    ("content.downloads", with_(text="watch free movies online, keygen inside")),
    ("content.unspaced_selling", with_(text="专业代开发票，加微信")),
    ("content.template", with_(text="I stumbled upon your blog, keep up the spirit")),
    ("content.robot", with_(text="Whoa! This blog looks exactly like my old one!")),
    ("content.testimonial", with_(text="A powerful spell caster got my husband back")),
    ("content.offer", with_(text="Visiting your website today we saw it is not on the first page of google")),
    ("content.praise_with_link", with_(text="Great post!", url="http://some.example")),
    ("content.invitation", with_(text="please subscribe to my channel")),
    ("content.messenger", with_(text="write me, telegram @goldman7")),
    ("content.phone", with_(text="call +1 (555) 010-4477 today")),
    ("content.gambling_brand", with_(text="gue main di gajah88 terus")),
    ("content.markup", with_(text="<h2>Offer</h2><font>now</font>")),
    ("content.starts_bold", with_(text="<strong>fine hats...</strong>\n\nMore of them.")),
    ("content.removed", with_(removed=("script",))),
    ("content.blank_lines", with_(text="Good day\r\n \r\n \r\nwe have news\r\n \r\nfor you")),
    ("content.doubled_spaces", with_(text="we  make your  life  easy  and  fun  now")),
    ("content.repetition", with_(text="stone ring stone ring stone ring stone ring stone ring stone ring stone ring")),
    ("content.shouting", with_(text="THIS IS THE BEST OF ALL OFFERS, do not miss it")),
    ("content.gibberish", with_(text="xkjwqrtz")),
    ("content.gibberish", with_(text="vTzLkQyWmRfA")),
    ("content.gibberish", with_(text="фывапр йцукен")),
    ("content.scrambled", with_(text="this gave me so much plusaere today")),
    ("content.slots", with_(text="{Great|Nice} page, %BLOGTITLE% is what I looked for")),
    ("content.mail_address", with_(text="write to hats@mail.example today")),
    ("content.mail_address", with_(text="write to hats at gmail dot com today")),
    ("content.styled", with_(text="coba 𝐆𝐀𝐉𝐀𝐇 sekarang")),
    ("content.hidden", with_(text="wo\u200brds in pie\u200bces")),
    ("content.masked", with_(text="sub.scribe to my chan-nel")),
    ("content.masked", with_(text="best c4sin0 of all")),
    ("content.hidden", with_(text="\u202eagraiv\u202c here")),
    ("content.mixed_script", with_(text="this is а very nісe оffer")),
    ("content.disguised", with_(text="buy v1agra")),
    ("content.disguised", with_(text="buy v i a g r a")),
    ("content.disguised", with_(text="buy viаgrа")),
    ("content.disguised", with_(text="buy via\u200bgra")),
    ("content.title_slot", with_(text=f"I read {PAGE} and you could have more hits", page_title=PAGE)),
    ("content.oversize", with_(text="word " * 3000)),
    ("links.any", with_(text="see http://some.example/a now")),
    ("links.any", with_(text="see some-shop.com/a now")),
    ("links.count", with_(text="http://a.example http://b.example http://c.example")),
    ("links.anchor", with_(text='<a href="http://a.example">here</a> it is')),
    ("links.bbcode", with_(text="[url=http://a.example]here[/url] it is")),
    ("links.same_host", with_(text="http://a.example/1 or http://a.example/2")),
    ("links.at_end", with_(text="all of it at http://a.example/1")),
    ("links.at_start", with_(text="http://a.example/1 has all of it")),
    ("links.density", with_(text="http://a.example/1")),
    ("links.front_door", with_(text="good hats at http://hats.example")),
    ("links.abused_domain", with_(text="go http://hats.top now")),
    ("links.shortener", with_(text="go http://bit.ly/3x now")),
    ("links.selling_address", with_(text="go http://cheap-pills.example now")),
    ("links.selling_text", with_(text='<a href="http://a.example">payday loans</a> now')),
    ("links.hyphens", with_(text="go http://very-fine-hats.example now")),
    ("links.number_host", with_(text="go http://192.0.2.7/x now")),
    ("links.rebuilt", with_(text="go to finehats dot com now")),
    ("links.rebuilt", with_(text="go to http : // finehats.com now")),
    ("links.unread", with_(text="word " * 1800 + "http://a.example " * 300 + "word " * 1000)),
    ("links.unquoted", with_(text="<a href=http://a.example>here</a> it is")),
    ("content.signature", with_(text="I agree with you.\n------\nsummer hats")),
    ("content.selling_share", with_(text="cheap viagra online")),
    ("links.random_host", with_(text="see http://qwrtzpsdfg.example now")),
    ("links.random_host", with_(url="http://xkcdqvbnmz.example")),
    ("content.trackback", with_(text="[...] Read more here: some.example [...]")),
    ("content.foreign_script", with_(text="Смотрите здесь http://a.example", page_title=PAGE)),
    ("learned.prior", with_(text=" ".join(token for token in PRIOR if ":" not in token))),
    ("links.website_again", with_(text="as I said on http://www.amal.example/x before", url="https://amal.example")),
    ("author.many_words", with_(author="very fine hats for summer", url="http://a.example")),
    ("author.selling_name", with_(author="Online Casino")),
    ("author.lower_phrase", with_(author="summer hats", url="http://a.example")),
    ("author.link_name", with_(author="finehats.com")),
    ("author.page_website", with_(url="http://a.example/shop.php?id=4")),
    ("author.selling_website", with_(url="http://cheap-hats.example")),
    ("author.long_website", with_(url="http://a.example/" + "summer-hats-" * 5)),
    ("author.abused_website", with_(url="http://hats.top")),
    ("author.hyphen_website", with_(url="http://very-fine-hats.example")),
    ("author.disposable_mail", with_(email="a@mailinator.com")),
    ("author.random_name", with_(author="OEsnwuBcJ")),
    ("author.mail_shape", with_(email="s.u.m.m.e.r@mail.example")),
    ("author.mail_shape", with_(email="a3b9k2z7@mail.example")),
    ("author.disagree", with_(author="Ines Call", email="office@mail.example", url="http://hats.example")),
    ("author.styled_name", with_(author="𝐂𝐚𝐬𝐢𝐧𝐨 fun")),
    ("behaviour.honeypot", with_(honeypot="http://a.example")),
    ("behaviour.too_fast", with_(seconds_to_fill=1.0)),
    ("behaviour.old_form", with_(seconds_to_fill=20 * 3600.0)),
    ("behaviour.faster_than_typing", with_(seconds_to_fill=8.0, text="a few words " * 40)),
    ("behaviour.program", with_(user_agent="python-requests/2.32")),
    ("behaviour.no_agent", with_(user_agent="")),
    ("behaviour.no_language", with_(language="")),
    ("behaviour.strange_referrer", with_(via="form", referrer="http://b.example/", page_url="https://a.example/x")),
    ("behaviour.proof", with_(proof=False)),
]
PAST: list[tuple[str, History]] = [
    ("history.author_spam", History(author=Tally(spam=3))),
    ("history.network_spam", History(network=Tally(spam=3))),
    ("history.link_spam", History(links={"a.example": Tally(spam=3)})),
    ("history.text_spam", History(same_text=Tally(spam=1))),
    ("history.near_spam", History(near_text=Tally(spam=2))),
    ("history.near_wave", History(recent_near=8)),
    ("history.verified_spam", History(verified=Tally(spam=1))),
    ("learned.spam_words", History(evidence=Evidence(Taught(50, 50), {"queue": Taught(20, 0)}))),
    ("history.text_repeated", History(same_text=Tally(pending=2))),
    ("history.network_rate", History(recent_network=20)),
    ("history.site_rate", History(recent_site=60)),
]
HONEST: list[tuple[str, Submission, History]] = [
    ("content.code", with_(text="It raises an exception: use `cache.clear()` and config['x'] == None"), History()),
    ("content.own_words", with_(text="I like the lighthouse at the harbour", page_title=PAGE), History()),
    ("content.answers_someone", with_(text="@nadia that was another year"), History()),
    ("content.answers_someone", with_(text="Hello Nadia, that was another year"), History()),
    ("content.smiles", with_(text="that was another year :-)"), History()),
    ("behaviour.reply", with_(has_parent=True), History()),
    ("author.own_website", with_(url="https://amal-karim.example"), History()),
    ("author.mail_at_website", with_(email="me@amal.example", url="https://amal.example"), History()),
    ("history.author_approved", READER, History(author=Tally(approved=3))),
    ("history.network_approved", READER, History(network=Tally(approved=3))),
    ("history.both_approved", READER, History(author=Tally(approved=3), network=Tally(approved=3))),
    ("history.verified_approved", READER, History(verified=Tally(approved=3))),
    ("learned.ham_words", READER, History(evidence=Evidence(Taught(50, 50), {"queue": Taught(0, 20)}))),
    ("history.links_approved", READER, History(links={"a.example": Tally(approved=9)})),
]


@pytest.mark.parametrize(("name", "submission"), SPAMMY)
def test_what_spam_looks_like_counts_against_it_and_not_against_a_reader(name: str, submission: Submission) -> None:
    assert signal(name, submission).points > 0
    assert signal(name, submission).reason != signal(name, READER).reason
    assert signal(name, READER).points == 0


@pytest.mark.parametrize(("name", "past"), PAST)
def test_a_bad_past_counts_against_a_comment(name: str, past: History) -> None:
    assert signal(name, READER, past).points > 0
    assert signal(name, READER).points == 0


@pytest.mark.parametrize(("name", "submission", "past"), HONEST)
def test_what_readers_do_counts_for_them(name: str, submission: Submission, past: History) -> None:
    assert signal(name, submission, past).points < 0
    assert signal(name, READER).points == 0


def test_every_signal_has_an_example_here() -> None:
    shown = {name for name, *_ in [*SPAMMY, *PAST, *HONEST]}

    assert shown == set(REGISTRY)


@pytest.mark.parametrize("name", [name for name, source in REGISTRY.items() if source.needs])
def test_without_what_it_needs_a_signal_finds_what_it_finds_in_an_empty_comment(name: str) -> None:
    source = REGISTRY[name]
    assert source.needs
    sent = [(submission, History()) for _, submission in SPAMMY] + [(READER, past) for _, past in PAST]
    cases = [case_of(*one) for one in [*sent, *((submission, past) for _, submission, past in HONEST)]]
    without = [case for case in cases if not NEEDS[source.needs](case)]

    nothing = source.look(case_of(Submission("", "", "", ""), History()))
    assert nothing[0] == 0
    assert without
    assert {source.look(case) for case in without} == {nothing}


def test_the_reason_holds_the_evidence() -> None:
    text = "http://a.example/1 http://a.example/2 http://b.example/"

    assert signal("links.count", with_(text=text), History()).reason == "3 links to 2 hosts."
    assert signal("links.count", with_(text=text)).reason == "3 links to 2 hosts, 2 of them new to this site."
    met = History(known=True, links={"a.example": Tally(pending=1)})
    assert signal("links.count", with_(text=text), met).reason == "3 links to 2 hosts, 1 of them new to this site."


def test_reasons_never_hold_an_email_address_or_a_telephone_number() -> None:
    submission = with_(email="zaphod77@mailinator.com", text="call +1 (555) 010-4477, http://a.example")

    reasons = " ".join(one.reason for one in score(submission, History(author=Tally(spam=2))).signals)

    assert "zaphod77" not in reasons
    assert "4477" not in reasons


@pytest.mark.parametrize(
    ("text", "name"),
    [("whatsapp: +491511234567", "whatsapp"), ("telegram @goldman7", "telegram"), ("see t.me/goldman7", "t.me")],
)
def test_the_account_on_a_messenger_stays_out_of_the_reason(text: str, name: str) -> None:
    assert signal("content.messenger", with_(text=text)).reason == f"Gives a messenger account ({name})."


@pytest.mark.parametrize(
    "text",
    [
        "میں\u200cنے یہ مضمون پڑھا، بہت اچھا لگا",  # Urdu with a joiner
        "می\u200cخواهم این را بخوانم",  # Persian
        "क्\u200dष यह लेख अच्छा है",  # Hindi
        "Nous étions là 👨\u200d👩\u200d👧 et c'était bien",  # a family of emoji
        "\u200fشكرا على المقال\u200e 2024",  # direction marks in Arabic
        "Resistance of 5 µm foil and ２０２４年の夏",  # micro sign, full-width digits
    ],
)
def test_scripts_that_need_joiners_and_marks_are_not_taken_for_disguises(text: str) -> None:
    for name in ("content.hidden", "content.mixed_script", "content.disguised", "content.styled"):
        assert signal(name, with_(text=text)).points == 0, name


@pytest.mark.parametrize(
    "text",
    [
        "Great post, thank you!",
        "Tolle Folge, vielen Dank und bis bald.",
        "Merci pour l'article, c'est passionnant.",
        "Спасибо за статью, узнал много нового.",
        "写得很好，学习了。",
        "기사 잘 읽었습니다.",
        "bohat acha likha hai, shukriya",
        "یہ بات درست نہیں، وہاں کی سڑک بند تھی۔",
        "This is a disgrace and the minister should resign!!!",
        "Yazınız için teşekkürler, köprü yıllardır kapalıydı.",
        "شكرا على المقال، لم أكن أعرف ذلك عن الميناء.",
        "লেখাটা ভালো লাগল, নদীর ঘাটের কথা মনে পড়ে গেল।",
        "記事をありがとうございます。港の写真が懐かしいです。",
        "Terima kasih, dulu jembatan itu masih kayu.",
        "लेख अच्छा है, पर पुल का नाम दूसरा था।",
        "مقاله خوبی بود، ولی پل را سال بعد ساختند.",
        "Gracias por el artículo, mi abuelo trabajaba en ese puerto.",
    ],
)
def test_plain_readers_in_any_language_stay_well_below_the_middle(text: str) -> None:
    assert score(with_(text=text)).probability < 0.25


def test_a_program_that_cites_its_manual_is_not_punished_like_a_shop() -> None:
    cited = score(with_(text="The answer is at https://docs.python.org/3/library/re.html if you scroll down."))
    shop = score(with_(text="The answer is at https://cheap-replica.example/3/library/re.html if you scroll down."))

    assert cited.probability < 0.5 < shop.probability


@pytest.mark.parametrize(
    "text",
    [
        "ＪＲの駅からＮＨＫまで歩きました。",
        "①价格 ②位置 ③服务，都不错。",
        "Die Donau\u00addampf\u00adschiff\u00adfahrt fuhr nicht.",
        "Thanks!",
        "thanks a lot",
        "Rechtschreibung?",
        "Sehr wertvoll!",
        "Read it at https://münchen.example/ or https://президент.рф/ please",
        "NATO",
    ],
)
def test_ordinary_typography_is_no_disguise(text: str) -> None:
    for name in ("content.hidden", "content.styled", "content.gibberish", "content.shouting", "links.number_host"):
        assert signal(name, with_(text=text)).points == 0, name


@pytest.mark.parametrize("host", ["xn--80ak6aa92e.com", "аррӏе.com", "203.0.113.9"])
def test_a_host_that_imitates_another_hides_its_name(host: str) -> None:
    assert signal("links.number_host", with_(text=f"see http://{host}/ now")).points > 0


def test_a_host_in_letters_of_two_scripts_is_read_plainly_and_counts_as_disguise() -> None:
    submission = with_(text="see http://gооgle.example/ now")

    assert signal("content.mixed_script", submission).points > 0
    assert "google.example" in signal("links.any", submission).reason


def test_a_text_that_was_approved_as_often_is_not_condemned_by_one_spam() -> None:
    text = with_(text="Thank you so much for this")
    once = signal("history.text_spam", text, History(same_text=Tally(spam=1))).points

    assert once > 3
    assert signal("history.text_spam", text, History(same_text=Tally(spam=1, approved=20))).points < once / 10
    short = signal("history.text_spam", with_(text="Thank you"), History(same_text=Tally(spam=1)))
    assert 0 < short.points < once


def test_praise_that_speaks_of_the_page_counts_half() -> None:
    praise = with_(text="Great post! The lighthouse is a fine one.", url="http://some.example")
    about = Submission(
        **{name: getattr(praise, name) for name in Submission.__dataclass_fields__} | {"page_title": PAGE}
    )

    assert signal("content.praise_with_link", about).points == pytest.approx(
        signal("content.praise_with_link", praise).points / 2
    )


def test_words_of_the_title_are_found_whatever_stands_around_them() -> None:
    assert signal("content.own_words", with_(text="the lighthouse, again", page_title="A lighthouse!")).points < 0
    assert signal("content.own_words", with_(text="今天的港口很美", page_title="港口的故事")).points < 0


@pytest.mark.parametrize(
    ("author", "url"),
    [
        ("Acai Berry News", "http://acaiberry-newsblast.com"),
        ("baju muslim", "http://bajumuslim.example"),
        ("cafe", "http://cafeteras-ofertas.example"),
    ],
)
def test_a_keyword_in_a_host_is_nobodys_home_page(author: str, url: str) -> None:
    assert signal("author.own_website", with_(author=author, url=url)).points == 0


def test_names_in_other_letters_than_addresses_have_contradict_nothing() -> None:
    work = {"email": "office@werk.example", "url": "https://plant.example"}

    assert signal("author.disagree", with_(author="Ines Call", **work)).points > 0
    for author in ("Иван Петров", "محمد علی", "김민수"):
        assert signal("author.disagree", with_(author=author, **work)).points == 0


def test_a_long_text_of_two_words_repeats_itself_too() -> None:
    assert signal("content.repetition", with_(text="stone ring " * 300)).points > 0


def test_bbcode_is_markup_too() -> None:
    assert signal("content.markup", with_(text="[b]Offer[/b] [img]a[/img] [quote]b[/quote]")).points > 0


@pytest.mark.parametrize(
    "text", ["I have no freind here becuase of you", "Thsi is a pleasure, recieved with thanks", "ok"]
)
def test_slips_that_everybody_makes_are_no_shuffled_letters(text: str) -> None:
    assert signal("content.scrambled", with_(text=text)).points == 0


def test_a_page_is_no_front_door_and_neither_is_a_place_that_readers_cite() -> None:
    door = signal("links.front_door", with_(text="see http://hats.example/")).points

    assert signal("links.front_door", with_(text="see http://hats.example/2019/01/queues.html")).points == 0
    assert signal("links.front_door", with_(text="see https://github.com")).points < door / 2
    assert signal("links.front_door", with_(text=f"{READER.text} {READER.text} http://hats.example/")).points == 0
