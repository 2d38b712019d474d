"""The score card: what spoke, what the score would be without it, and what would give another status."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from moderation.locations import STATIC
from moderation.models import Comment, Site
from moderation.review.scorecards import SignalLine
from moderation.spam import Facts, Policy, Score, Signal, judge
from moderation.spam.scoring import logistic
from tests.factories import Make
from tests.review.browser import PAGE, Browser

OPEN: dict[str, Any] = {"hold_everything": False}


def verdict(points: Mapping[str, float], about: Facts | None = None, **rules: object) -> dict[str, Any]:
    """A stored verdict of signals that are worth these points; one with none found nothing."""
    total = sum(points.values())
    signals = [
        Signal(
            name,
            name.split(".")[0],  # type: ignore[arg-type]  # the names here are of real groups
            worth,
            f"Seen by {name}.",
            without=logistic(total - worth) if worth and name != "content.start" else None,
        )
        for name, worth in points.items()
    ]
    return dict(judge(Score(logistic(total), tuple(signals)), Policy.from_dict(rules), about or Facts()).to_dict())


def words(page: str) -> str:
    """The page as it is read: no markup, single spaces."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page)))


@pytest.fixture
def shown(browser: Browser, make: Make) -> Callable[..., str]:
    """What a moderator reads on the row of a comment with this verdict, on a site with these rules."""

    def look(points: Mapping[str, float], about: Facts | None = None, **rules: Any) -> str:
        place = make.site("other", **rules)
        make.moderator("other@example.org", sites=[place])
        make.comment(place, verdict=verdict(points, about, **rules))
        browser.enter("other@example.org")
        return words(browser.get("/desk/other/?status=all").text)

    return look


def test_the_card_in_short_has_the_probability_the_rule_and_the_three_strongest(
    browser: Browser, make: Make, site: Site
) -> None:
    seen = verdict({"content.start": -2, "links.any": 1, "links.count": 2, "author.digits": -0.5, "content.seo": 3})
    make.comment(site, verdict=seen)
    summary = re.search(
        r'<details class="verdict">\s*<summary>(.*?)</summary>', browser.get("/desk/demo/").text, re.DOTALL
    )
    assert summary is not None
    short = words(summary[1])
    assert "97 % spam" in short
    assert seen["because"] in short
    found = re.findall(r"([+\u2212][\d.]+) Seen by ([\w.]+)\.", short)
    assert found == [("+3.00", "content.seo"), ("+2.00", "links.count"), ("+1.00", "links.any")]


def test_what_spoke_stands_by_group_with_points_sums_and_the_probability_without_it(
    browser: Browser, make: Make, site: Site
) -> None:
    make.comment(site, verdict=verdict({"content.start": -2, "links.any": 1, "links.count": 2, "author.digits": -0.5}))
    table = re.search(r'<table class="signals">.*?</table>', browser.get("/desk/demo/").text, re.DOTALL)
    assert table is not None
    read = words(table[0])
    assert re.findall(r"([+\u2212][\d.]+) (Links|Author|Content)", read) == [
        ("+3.00", "Links"),
        ("\u22120.50", "Author"),
    ]
    assert "+2.00 Seen by links.count. links.count 18 %" in read
    assert "\u22120.50 Seen by author.digits. author.digits 73 %" in read
    assert "\u22122.00 Seen by content.start. content.start –" in read
    assert read.endswith("+0.50 Sum: 62 % spam ")
    assert table[0].count('scope="row"') == 5
    assert table[0].count('scope="rowgroup"') == 2


def test_a_group_at_its_limit_says_what_it_had_before(browser: Browser, make: Make, site: Site) -> None:
    seen = verdict({"content.start": -2, "links.any": 3, "links.count": 3})
    seen["signals"][1]["full"] = seen["signals"][2]["full"] = 4.5
    make.comment(site, verdict=seen)
    assert "+6.00 Links +9.00 before this group's limit" in words(browser.get("/desk/demo/").text)


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ({"links.count": 6.5}, "Without links.count it would be held."),
        ({"links.count": 3, "links.any": 2.6}, "Without any one of links.count and links.any it would be held."),
        (
            {"links.any": 3, "content.seo": 1.5, "links.count": 3, "author.digits": 1.5},
            "Without links.any and links.count together it would be held; no signal alone would do.",
        ),
        ({"links.any": 1.5}, "2.5 points fewer would have it published."),
        ({"links.any": 1.5}, "4.0 points more would make it spam."),
        ({"history.verified": -2, "content.seo": 0.2}, "Without history.verified it would be held."),
        ({"history.verified": -2, "content.seo": 0.2}, "0.9 points more would have it held."),
        (
            {"history.verified": -1, "history.both": -0.95},
            "Without history.verified and history.both together it would be held; no signal alone would do.",
        ),
    ],
)
def test_a_sentence_says_what_would_give_another_status(
    shown: Callable[..., str], points: dict[str, float], sentence: str
) -> None:
    assert sentence in shown({"content.start": -2, **points}, **OPEN)


def test_without_what_speaks_for_the_author_it_would_be_spam(shown: Callable[..., str]) -> None:
    page = shown({"content.start": -2, "links.any": 5.6, "history.verified": -3}, **OPEN)
    assert "Without history.verified it would be spam." in page
    assert "Without links.any it would be published." in page


def test_where_everything_is_held_it_says_that_no_score_would_publish(shown: Callable[..., str]) -> None:
    page = shown({"content.start": -2, "links.any": 1})
    assert "4.5 points more would make it spam." in page
    assert "No score would publish it: another rule holds it." in page
    assert "would be published" not in page


@pytest.mark.parametrize("about", [Facts(blocked=("casino",)), Facts(held=("hats",))])
def test_where_a_list_decides_it_says_that_the_score_does_not(shown: Callable[..., str], about: Facts) -> None:
    page = shown({"content.start": -2, "links.any": 1}, about, **OPEN, **({"spam_above": 1.0} if about.held else {}))
    assert "No other score would change this: another rule decides." in page
    assert "points more" not in page


def test_a_signal_that_failed_is_named_and_no_score_would_help(browser: Browser, make: Make, site: Site) -> None:
    signals = (Signal("links.any", "links", 1.0, "Links."), Signal("links.count", "links", 0.0, "not evaluated", False))
    make.comment(site, verdict=judge(Score(0.7, signals), site.policy).to_dict())
    page = words(browser.get("/desk/demo/").text)
    assert "Not evaluated: links.count" in page
    assert "No other score would change this" in page


def test_where_the_rules_have_changed_since_it_says_what_they_give_now(
    browser: Browser, make: Make, site: Site
) -> None:
    make.comment(site, verdict=verdict({"content.start": -2, "links.any": 1}, **OPEN, approve_below=0.4))
    page = words(browser.get("/desk/demo/").text)
    assert "Approved: the probability of 26.9% is below 40.0% (approve_below)." in page
    assert "By the rules that the site has now: Pending Held: this site holds every comment (hold_everything)." in page


def test_what_found_nothing_is_counted_on_the_row_and_listed_on_the_own_page(
    browser: Browser, make: Make, site: Site
) -> None:
    comment = make.comment(
        site, verdict=verdict({"content.start": -2, "links.any": 1, "links.count": 0, "content.seo": 0})
    )
    row = browser.get("/desk/demo/").text
    assert "2 signals found nothing" in words(row)
    assert f'href="/desk/demo/comments/{comment.id}#silent"' in row
    assert "links.count" not in row
    own = browser.get(f"/desk/demo/comments/{comment.id}").text
    assert 'id="silent"' in own
    for name in ("links.count", "content.seo"):
        assert f"{name} Seen by {name}." in words(own)


def test_every_signal_of_a_verdict_is_on_the_own_page(browser: Browser, make: Make, site: Site) -> None:
    comment = make.comment(site, 'Great post! <a href="http://fine-hats.top/">wholesale hats</a>')
    page = browser.get(f"/desk/demo/comments/{comment.id}").text.replace("<wbr>", "")
    assert comment.verdict is not None
    for signal in comment.verdict["signals"]:
        assert f">{signal['name']}</code>" in page


def test_fifty_rows_do_not_carry_what_found_nothing(browser: Browser, make: Make, site: Site) -> None:
    comments = [make.comment(site, f"A word about the buses {number}.") for number in range(50)]
    page = browser.get("/desk/demo/").text
    assert page.count("<article") == 50
    spoken = sum(1 for comment in comments for signal in (comment.verdict or {})["signals"] if signal["points"])
    assert page.count('<th scope="row">') == spoken
    assert len(page) < 50 * 12_000


def test_verdicts_from_before_there_was_a_score_card_are_shown(browser: Browser, make: Make, site: Site) -> None:
    older = verdict({"content.start": -2, "links.any": 1}, **OPEN)
    del older["facts"]
    for signal in older["signals"]:
        del signal["without"]
    comment = make.comment(site, verdict=older)
    for path in ("/desk/demo/", f"/desk/demo/comments/{comment.id}"):
        assert "+1.00 Seen by links.any. links.any –" in words(browser.get(path).text)


def test_reasons_and_names_are_text_and_nothing_else(browser: Browser, make: Make, site: Site) -> None:
    seen = verdict({"content.start": -2, "links.any": 6.5})
    for signal in seen["signals"]:
        signal["name"], signal["reason"] = "<b>{0}%(x)s", "<script>alert(1)</script>"
    comment = make.comment(site, verdict=seen)
    for path in ("/desk/demo/", f"/desk/demo/comments/{comment.id}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b>{0}" not in page.text


def test_the_card_speaks_urdu(browser: Browser, make: Make, site: Site) -> None:
    make.comment(site, verdict=verdict({"content.start": -2, "links.any": 6.5}))
    page = words(browser.client.get("/desk/demo/", headers={**PAGE, "Accept-Language": "ur"}).text)
    assert "links.any کے بغیر یہ روک لیا جاتا۔" in page
    assert "اس کے بغیر" in page


@pytest.mark.parametrize(("amount", "start", "length"), [(3.0, 0.0, 0.5), (-1.5, -0.25, 0.25), (9.0, 0.0, 1.0)])
def test_a_bar_grows_from_the_middle_and_is_never_longer_than_its_half(
    amount: float, start: float, length: float
) -> None:
    line = SignalLine("links.any", "links", "", "", "", amount)
    assert (line.bar_start, line.bar) == (start, length)


def flip(client: FlaskClient, comment: Comment, bearer: dict[str, str]) -> Any:
    answer = client.get(f"/v1/moderation/comments/{comment.id}", headers=bearer)
    assert answer.status_code == 200
    return answer.get_json()["verdict"]["flip"]


def test_a_program_reads_what_would_flip_the_verdict(client: FlaskClient, make: Make, site: Site) -> None:
    bearer = make.bearer(make.moderator(sites=[site]))
    comment = make.comment(site, verdict=verdict({"content.start": -2, "links.any": 6.5}))
    assert flip(client, comment, bearer) == {
        "status": "spam",
        "because": "Spam: the probability of 98.9% is not below 97.0% (spam_above).",
        "without": [{"signals": ["links.any"], "probability": 0.1192, "status": "pending"}],
        "points": [{"points": -1.1, "status": "pending"}],
    }
    (row,) = client.get("/v1/moderation/comments?status=all", headers=bearer).get_json()["comments"]
    assert "flip" not in row["verdict"]
    assert row["verdict"]["signals"][1]["without"] == 0.1192


@pytest.mark.parametrize(
    "text", ["I was there in March.", 'Great post! <a href="http://fine-hats.top/">wholesale hats</a>']
)
def test_the_document_of_the_api_describes_verdicts_with_and_without_their_flip(
    client: FlaskClient, make: Make, site: Site, text: str
) -> None:
    bearer = make.bearer(make.moderator(sites=[site]))
    comment = make.comment(site, text)
    document = json.loads((STATIC / "openapi.json").read_text())
    for path, kind in ((f"/{comment.id}", "FullComment"), ("?status=all", "Queue")):
        body = client.get(f"/v1/moderation/comments{path}", headers=bearer).get_json()
        schema = {"$ref": f"#/components/schemas/{kind}", "components": document["components"]}
        Draft202012Validator(schema).validate(body)


def test_what_no_filter_judged_has_no_flip(client: FlaskClient, make: Make, site: Site) -> None:
    moderator = make.moderator(sites=[site])
    comment = make.comment(site, staff=moderator)
    answer = client.get(f"/v1/moderation/comments/{comment.id}", headers=make.bearer(moderator))
    assert answer.get_json()["verdict"] is None
