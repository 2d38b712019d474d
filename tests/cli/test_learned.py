"""What a site has learned, as an operator looks at it and changes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select, update

from moderation.cli import cli, commands
from moderation.cli import db as db_commands
from moderation.extensions import db
from moderation.models import TOTAL, Comment, DroppedToken, LearnedToken, Site
from tests.cli.conftest import Run, fails
from tests.conftest import SECRET
from tests.factories import Make
from tests.reader import Reader

Typed = Callable[..., str]


@pytest.fixture
def typed(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in this process and read what it says: `typed("spam", "top", "--site", "demo")`."""
    for module in (commands, db_commands):
        monkeypatch.setattr(module, "create_app", lambda: app)
    monkeypatch.setenv("MODERATION_DATABASE_URL", database_url)
    monkeypatch.setenv("MODERATION_SECRET_KEY", SECRET)

    def type_(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(cli, words)
        assert (done.exit_code != 0) == fails, done.output
        return done.output

    return type_


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def taught(make: Make, site: Site) -> list[Comment]:
    """Six comments that a moderator called spam, then six that were approved."""
    moderator = make.moderator()
    made = []
    for number in range(12):
        text = f"Bonus casino number {number}" if number < 6 else f"The night bus was late again, line {number}"
        comment = make.comment(site, text)
        make.decide(comment, "spam" if number < 6 else "approved", moderator)
        made.append(make.load(comment))
    return made


def lines(output: str, word: str) -> list[str]:
    """Lines with this in them; with "$" at its end, lines that end on it."""
    return [line for line in output.splitlines() if word in f"{line}$"]


def test_the_words_that_say_most_are_shown_with_their_counts(typed: Typed, taught: list[Comment]) -> None:
    output = typed("spam", "top", "--site", "demo", "--limit", "40")
    assert output.startswith("demo has learned from 6 spam and 6 legitimate comments.\n")
    for_spam, for_readers = output.split("Speak for readers:")
    assert lines(for_spam, "6 spam     0 legitimate  casino$")
    assert lines(for_readers, "0 spam     6 legitimate  bus$")
    assert lines(for_spam, "casino$")[0].strip().startswith("+")
    assert lines(for_readers, " bus$")[0].strip().startswith("-")
    assert "mail:" not in for_readers, "what can be borrowed never speaks for anybody"
    assert len(typed("spam", "top", "--site", "demo", "--limit", "1").splitlines()) == 5


def test_before_both_kinds_are_taught_no_word_speaks_and_it_is_said(typed: Typed, make: Make, site: Site) -> None:
    make.decide(make.comment(site), "spam", make.moderator())
    output = typed("spam", "top", "--site", "demo")
    assert "begin to speak when moderators have both approved comments and marked some as spam" in output
    assert output.count("none.") == 2


def test_a_comment_is_explained_with_its_score_of_then_and_of_today(
    typed: Typed, make: Make, site: Site, taught: list[Comment]
) -> None:
    waiting = make.comment(site, "A casino bonus at the night bus")
    output = typed("spam", "explain", str(waiting.id))
    assert f"Comment {waiting.id} of demo is pending. No moderator's word stands for it" in output
    assert f"When it came: {waiting.probability:.1%} spam." in output
    assert "Today: " in output
    assert "The site has learned from 6 spam and 6 legitimate comments." in output
    for_spam, for_author = output.split("these speak for spam:")[1].split("these speak for the author:")
    assert lines(for_spam, "6 spam     0 legitimate  casino$")
    assert lines(for_author, "0 spam     6 legitimate  bus$")
    [row] = lines(output, "content.start:")
    then, without, today, _, name, *_ = row.split()
    assert (then, without, name) == (today, "-", "content.start:")
    [row] = lines(output, "learned.spam_words:")
    assert row.split()[0] == "-", "when it came, the site had not looked at words"
    assert row.split()[2].startswith("+")
    assert row.split()[3].endswith("%")
    assert waiting.verdict is not None
    for signal in waiting.verdict["signals"]:
        assert signal["name"] in output, "every signal is shown, those too that saw nothing"
    assert waiting.email not in output


def test_a_comment_bears_no_witness_in_its_own_case(typed: Typed, taught: list[Comment]) -> None:
    output = typed("spam", "explain", str(taught[0].id))
    assert "A moderator called it spam; the filter has learned from it." in output
    assert "The site has learned from 5 spam and 6 legitimate comments beside this one." in output
    assert lines(output, "5 spam     0 legitimate  casino$")
    output = typed("spam", "explain", str(taught[-1].id))
    assert "A moderator approved it" in output
    assert "6 spam and 5 legitimate comments beside this one" in output


@pytest.mark.parametrize(("address", "known"), [("9.9.9.9", True), ("10.0.0.9", False)])
def test_today_counts_what_became_of_other_comments_and_never_of_the_comment_itself(
    app: Flask, typed: Typed, make: Make, site: Site, address: str, known: bool
) -> None:
    token, ids = "", list[int]()
    for page in ("/a/", "/b/"):
        text = "The night buses of this town run until two in the morning: https://shop.example.net/timetable"
        answer = Reader(app, page=page, address=address).post(comment=text, author_token=token).get_json()
        token, ids = answer["author_token"], [*ids, answer["id"]]
    past = ["author_spam", "link_spam", "text_spam", "near_spam", "verified_spam"]
    # A private address is a proxy's, for intake and for today's score.
    past += ["network_spam"] if known else []
    make.decide(make.load(Comment(id=ids[0])), "spam", make.moderator())
    other, own = (typed("spam", "explain", str(number)) for number in reversed(ids))
    rows = [line.split() for line in lines(other, "_spam:")]
    assert {row[4]: (row[0], row[2][0]) for row in rows} == {f"history.{name}:": ("-", "+") for name in past}
    assert not lines(own, "_spam:")


def test_what_staff_wrote_is_not_explained(typed: Typed, make: Make, site: Site) -> None:
    reply = make.comment(site, staff=make.moderator())
    assert "no filter judged it" in typed("spam", "explain", str(reply.id))


def test_a_comment_stored_before_verdicts_had_all_fields_is_explained(
    app: Flask, typed: Typed, make: Make, site: Site
) -> None:
    old = make.comment(site)
    with app.app_context():
        signals = [{"name": "content.gone", "group": "content", "points": 2.0, "reason": "Once seen."}]
        db.session.execute(
            update(Comment).values(verdict={"probability": 0.5, "status": "pending", "signals": signals})
        )
        db.session.commit()
    [row] = lines(typed("spam", "explain", str(old.id)), "content.gone")
    assert row.split()[:5] == ["+2.00", "-", "-", "-", "content.gone:"]


def test_a_dropped_word_says_nothing_until_it_is_restored(
    app: Flask, typed: Typed, make: Make, site: Site, taught: list[Comment]
) -> None:
    comment = make.comment(site, "Another casino")
    before = typed("spam", "explain", str(comment.id))
    output = typed("spam", "drop", "--site", "demo", "casino", "casino", "unheard-of")
    assert output == (
        "casino says nothing any more on demo; it stands in 6 spam and 0 legitimate comments learned.\n"
        "unheard-of says nothing any more on demo; it stands in 0 spam and 0 legitimate comments learned.\n"
    )
    typed("spam", "drop", "--site", "demo", "casino")
    assert not lines(typed("spam", "top", "--site", "demo"), "legitimate  casino$")
    assert "Dropped: casino, unheard-of." in typed("spam", "top", "--site", "demo")
    after = typed("spam", "explain", str(comment.id))
    assert not lines(after, "legitimate  casino$")
    assert "Dropped by an owner: casino." in after
    with app.app_context():
        assert set(db.session.scalars(select(DroppedToken.token))) == {"casino", "unheard-of"}
    typed("spam", "drop", "--site", "demo", "--restore", "casino")
    assert typed("spam", "explain", str(comment.id)) == before
    assert "not among the dropped" in typed("spam", "drop", "--site", "demo", "--restore", "casino", fails=True)


def test_a_word_dropped_on_one_site_speaks_on_another(app: Flask, typed: Typed, make: Make, site: Site) -> None:
    make.site("other")
    typed("spam", "drop", "--site", "other", "casino")
    assert "Dropped" not in typed("spam", "top", "--site", "demo")


def test_relearning_says_whether_anything_was_wrong(
    app: Flask, typed: Typed, make: Make, taught: list[Comment]
) -> None:
    make.site("empty")
    with app.app_context():
        number = len(db.session.scalars(select(LearnedToken).where(LearnedToken.token != TOTAL)).all())
    assert typed("spam", "relearn") == (
        f"demo: learned from 6 spam and 6 legitimate comments, {number} different words; as it was before.\n"
        "empty: learned from 0 spam and 0 legitimate comments, 0 different words; as it was before.\n"
    )
    with app.app_context():
        db.session.execute(delete(LearnedToken).where(LearnedToken.token == "casino"))
        db.session.commit()
    told = f"demo: learned from 6 spam and 6 legitimate comments, {number} different words; it was not so before.\n"
    assert typed("spam", "relearn", "--site", "demo") == told


def test_an_upgrade_learns_what_was_decided_before_there_was_learning(
    app: Flask, typed: Typed, taught: list[Comment]
) -> None:
    with app.app_context():
        db.session.execute(delete(LearnedToken))
        db.session.execute(update(Comment).values(taught=None, standing=False, learned=False))
        db.session.commit()
    assert "demo: learned from 6 spam and 6 legitimate comments" in typed("db", "upgrade")
    assert "learned" not in typed("db", "upgrade"), "once is enough"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("explain", "7"), ("no comment 7",)),
        (("explain", "0"), ("0",)),
        (("explain", str(2**31)), (str(2**31),)),
        (("explain", "x"), ("'x'",)),
        (("top", "--site", "nowhere"), ("no site nowhere",)),
        (("top",), ("--site",)),
        (("top", "--site", "demo", "--limit", "0"), ("--limit",)),
        (("drop", "--site", "nowhere", "casino"), ("no site nowhere",)),
        (("drop", "--site", "demo"), ("WORD",)),
        (("drop", "--site", "demo", ""), ("''", "1 to 60")),
        (("drop", "--site", "demo", "x" * 61), ("1 to 60",)),
        (("relearn", "--site", "nowhere"), ("no site nowhere",)),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    typed: Typed, site: Site, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    output = typed("spam", *words, fails=True)
    assert all(word in output for word in told), output


def test_without_a_database_it_is_said_in_one_line_and_none_is_made(run: Run) -> None:
    fails(run("spam", "top", "--site", "demo"), "there is no database")
