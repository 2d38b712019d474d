"""What is known of a submission's past: people's words, near texts, learned tokens. Every look is bounded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from moderation.extensions import db
from moderation.intake import history
from moderation.learning.counts import stored
from moderation.models import Comment, CommentLink, CommentPrint, DroppedToken, Moderator, Site, Status, now
from moderation.models.asking import Asked
from moderation.models.many import keys_of
from moderation.spam import History, Tally
from moderation.spam.hosts import MOST_HOSTS
from moderation.spam.learner import PRIOR
from moderation.spam.prints import MOST_PRINTS, prints_of
from moderation.spam.tokens import tokens_of
from moderation.spam.types import Evidence, Taught
from moderation.spam.view import view_of
from tests.factories import Make
from tests.reader import Reader

LONG = (
    "The night buses of this town run until two in the morning, and on some evenings they even wait for the last train."
)


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


def look_up(app: Flask, site: Site, **asked: Any) -> History:
    question: dict[str, Any] = {
        "email_key": None,
        "network_key": None,
        "text_key": "",
        "hosts": (),
        "prints": (),
        "tokens": (),
        "at": now(),
    }
    with app.app_context():
        return history.look_up(db.session(), site_id=site.id, **{**question, **asked})


def comments(app: Flask) -> list[Comment]:
    with app.app_context():
        return list(db.session.scalars(select(Comment).order_by(Comment.id)))


def points(comment: Comment) -> dict[str, float]:
    assert comment.verdict is not None
    return {signal["name"]: signal["points"] for signal in comment.verdict["signals"]}


# Whose word counts


def test_only_a_moderators_word_approves_or_condemns(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    by_people: list[Status] = ["approved", "approved", "spam", "trash", "pending"]
    for status in by_people:
        make.decide(make.comment(site, email_key="k", network_key="n"), status, moderator)
    for status in by_people[:3]:
        make.comment(site, email_key="k", network_key="n", status=status)
    due = Tally(approved=2, spam=1, trash=1, pending=4)
    found = look_up(app, site, email_key="k", network_key="n")
    assert found.author == due
    assert found.network == due
    assert look_up(app, make.site("other"), email_key="k").author == Tally()


def test_what_was_taken_back_speaks_no_more(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    comment = make.comment(site, email_key="k")
    make.decide(comment, "spam", moderator)
    make.decide(comment, "pending", moderator)
    assert look_up(app, site, email_key="k").author == Tally(pending=1)


# Near texts


def test_near_texts_find_each_other_whatever_is_put_around_them(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    reader = Reader(app)
    for number, (before, after) in enumerate([("", ""), ("Dear Sam, ", " Yours, Li"), ("ONE MORE THING: ", "!!")]):
        reader.post(comment=f"{before}{LONG}{after}", email=f"r{number}@example.org")
    reader.post(
        comment="Something else entirely, of which nobody has spoken before in this place, I think.",
        email="x@example.org",
    )
    first, second, third, other = comments(app)
    make.decide(first, "spam", moderator)
    make.decide(second, "approved", moderator)
    prints = prints_of(view_of(submission(app, third)))
    assert look_up(app, site, prints=prints).near_text == Tally(spam=1, approved=1, pending=1), "each counts once"
    assert look_up(app, site, prints=prints_of(view_of(submission(app, other)))).near_text == Tally(pending=1)
    assert look_up(app, site).near_text == Tally()
    assert look_up(app, make.site("other"), prints=prints).near_text == Tally()


def submission(app: Flask, comment: Comment) -> Any:
    with app.app_context():
        [(_, found)] = stored(db.session(), [comment.id])
    return found


def test_spam_near_a_text_counts_against_it(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    reader = Reader(app)
    reader.post(comment=f"{LONG} Call Bob.", email="a@example.org", author="Bob")
    make.decide(comments(app)[0], "spam", moderator)
    reader.post(comment=f"{LONG} Call Eve.", email="b@example.org", author="Eve")
    before, after = comments(app)
    assert points(before)["history.near_spam"] == 0 < points(after)["history.near_spam"]


def test_a_wave_of_near_texts_is_counted_for_an_hour(app: Flask, make: Make, site: Site) -> None:
    at = now()
    for number, age in enumerate([1, 30, 59, 61, 600]):
        comment = make.comment(site, LONG, at=at - timedelta(minutes=age))
        with app.app_context():
            db.session.add(CommentPrint(comment_id=comment.id, print=2**63 - 1, site_id=site.id))
            db.session.add(CommentPrint(comment_id=comment.id, print=number, site_id=site.id))
            db.session.commit()
    found = look_up(app, site, prints={2**63 - 1, 0, 1}, at=at)
    assert (found.recent_near, found.near_text) == (3, Tally(pending=5))


@pytest.mark.parametrize("prints", [1, MOST_PRINTS])
def test_a_text_sent_a_thousand_times_is_looked_at_as_far_as_it_tells_more(
    app: Flask, make: Make, site: Site, prints: int
) -> None:
    """No more is read for a text that everybody sends: the newest of each fingerprint."""
    first = make.comment(site, LONG)
    with app.app_context():
        columns = {c.name: getattr(first, c.key) for c in Comment.__table__.columns if c.name != "id"}
        db.session.execute(insert(Comment), [columns] * 999)
        ids = db.session.scalars(select(Comment.id)).all()
        rows = [
            {"comment_id": comment_id, "print": number, "site_id": site.id}
            for comment_id in ids
            for number in range(prints)
        ]
        db.session.execute(insert(CommentPrint), rows)
        db.session.commit()
    assert look_up(app, site, prints=range(prints)).near_text == Tally(pending=50)


# Links


def linked(app: Flask, make: Make, site: Site, *hosts: str, **columns: Any) -> Comment:
    comment = make.comment(site, **columns)
    with app.app_context():
        db.session.add_all(CommentLink(comment_id=comment.id, host=host, site_id=site.id) for host in hosts)
        db.session.commit()
    return comment


def test_each_host_has_the_past_of_the_comments_that_link_to_it(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    make.decide(linked(app, make, site, "a.example", "b.example"), "spam", moderator)
    make.decide(linked(app, make, site, "b.example"), "approved", moderator)
    linked(app, make, site, "b.example", "c.example")
    linked(app, make, make.site("other"), "d.example")
    found = look_up(app, site, hosts={"a.example", "b.example", "c.example", "d.example"})
    assert found.links == {
        "a.example": Tally(spam=1),
        "b.example": Tally(spam=1, approved=1, pending=1),
        "c.example": Tally(pending=1),
        "d.example": Tally(),
    }
    assert look_up(app, site).links == {}


def test_harmless_links_hide_no_bad_one(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    make.decide(linked(app, make, site, "zz.example"), "spam", moderator)
    harmless = [f"a{number}.example" for number in range(MOST_HOSTS - 1)]
    links = look_up(app, site, hosts={*harmless, "zz.example"}).links
    assert links == {**dict.fromkeys(harmless, Tally()), "zz.example": Tally(spam=1)}
    Reader(app).post(comment=" ".join(f"https://{host}/" for host in [*harmless, "zz.example"]))
    assert points(comments(app)[-1])["history.link_spam"] > 0


def test_all_hosts_are_one_question(app: Flask, site: Site) -> None:
    asked: list[str] = []

    def note(*words: Any) -> None:
        asked.append(words[2])

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        look_up(app, site, hosts={f"a{number}.example" for number in range(MOST_HOSTS)})
        event.remove(db.engine, "before_cursor_execute", note)
    assert sum("comment_link" in statement for statement in asked) == 1


def test_a_host_that_everybody_links_to_is_looked_at_as_far_as_it_tells_more(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    make.decide(linked(app, make, site, "a.example", "b.example"), "spam", moderator)
    first = linked(app, make, site, "a.example")
    with app.app_context():
        columns = {c.name: getattr(first, c.key) for c in Comment.__table__.columns if c.name != "id"}
        db.session.execute(insert(Comment), [columns] * 300)
        ids = db.session.scalars(select(Comment.id).where(Comment.id > first.id)).all()
        rows = [{"comment_id": comment_id, "host": "a.example", "site_id": site.id} for comment_id in ids]
        db.session.execute(insert(CommentLink), rows)
        db.session.commit()
    links = look_up(app, site, hosts={"a.example", "b.example"}).links
    assert links == {"a.example": Tally(pending=200), "b.example": Tally(spam=1)}


# One's own past


def test_a_comment_is_no_part_of_its_own_past(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    keys = {"email_key": "e", "network_key": "n", "text_key": "t", "author_key": "a"}
    mine = linked(app, make, site, "a.example", **keys)
    before = linked(app, make, site, "a.example", **keys)
    make.decide(mine, "spam", moderator)
    make.decide(before, "approved", moderator)
    with app.app_context():
        db.session.add_all(CommentPrint(comment_id=each.id, print=7, site_id=site.id) for each in (mine, before))
        db.session.commit()
    found = look_up(app, site, hosts={"a.example"}, prints={7}, **keys, but=mine.id)
    own = Tally(approved=1)
    assert (found.author, found.network, found.same_text, found.verified, found.near_text) == (own,) * 5
    assert found.links == {"a.example": own}
    assert (found.recent_network, found.recent_site, found.recent_near) == (1, 1, 1)


# How it is looked up


@pytest.mark.parametrize(
    ("question", "name", "keys", "index"),
    [
        (history._linking(2), "host", ["a", "b"], "ix_comment_link_by_host"),
        (history._sharing(2), "print", [1, 2], "ix_comment_print_by_print"),
    ],
    ids=["links", "prints"],
)
def test_what_may_be_many_is_looked_up_by_the_index_newest_first(
    app: Flask, site: Site, question: Asked, name: str, keys: list[Any], index: str
) -> None:
    with app.app_context():
        dialect = db.engine.dialect
        words = question.words(dialect)
        given = words.parameters({"site_id": 1, "but": 0, "since": now(), **keys_of(dialect, name, keys, 2)})
        if dialect.name == "sqlite":
            told = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words.text}", given)
            steps = [row.detail for row in told]
            due, times, forbidden = f"{index} (site_id=? AND {name}=?)", 2, "SCAN comment"
        else:
            # How it looks depends on how much there is; here it must look as it would among many.
            for way in ("seqscan", "bitmapscan", "sort"):
                db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            steps = list(db.session.connection().exec_driver_sql(f"EXPLAIN {words.text}", given).scalars())
            # In one look that is made for each key.
            due, times, forbidden = f"Backward using {index} ", 1, "Seq Scan"
    assert sum(due in step for step in steps) == times, steps
    assert not [step for step in steps if forbidden in step], steps


# What was learned


def test_the_site_is_asked_what_it_was_taught_of_a_comments_words(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    for status in ("spam", "spam", "approved"):
        make.decide(make.comment(site, "casino bus" if status == "spam" else "bus"), status, moderator)
    with app.app_context():
        db.session.add_all(DroppedToken(site_id=site.id, token=token) for token in ("bus", "elsewhere"))
        db.session.commit()
    found = look_up(app, site, tokens={"casino", "bus", "unheard-of"}).evidence
    assert found == Evidence(Taught(2, 1), {"casino": Taught(2, 0), "bus": Taught(2, 1)}, frozenset({"bus"}))
    assert look_up(app, site).evidence == Evidence(Taught(2, 1))
    assert look_up(app, make.site("other"), tokens={"casino"}).evidence == Evidence()
    many = {f"word{number}" for number in range(2000)} | {"casino"}
    assert look_up(app, site, tokens=many).evidence.tokens == {"casino": Taught(2, 0)}


def test_what_moderators_teach_moves_the_score_of_the_next_comment(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    reader = Reader(app)
    reader.post(comment="The zorblax is on sale", email="a@example.org")
    for number in range(30):
        make.decide(make.comment(site, f"Try a zorblax, number {number}"), "spam", moderator)
        make.decide(make.comment(site, f"The bus was late, {number}"), "approved", moderator)
    reader.post(comment="The zorblax is on sale again", email="b@example.org")
    found = comments(app)
    assert points(found[0])["learned.spam_words"] == 0 < points(found[-1])["learned.spam_words"]
    assert found[0].probability < found[-1].probability


def test_what_is_learned_of_a_comment_is_what_was_read_when_it_came(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[frozenset[str], frozenset[int]]] = []

    def noted(*_args: object, tokens: frozenset[str], prints: frozenset[int], **_asked: object) -> History:
        read.append((tokens, prints))
        return History(known=True)

    monkeypatch.setattr(history, "look_up", noted)
    Reader(app).post(
        comment=f"{LONG}\r\n<b>see</b> https://Shop.example.net/a?b=c and news.example/x",
        url="Example.org/me",
        author="  Amina\u200b Yusuf ",
        page_title=" Night \u202ebuses ",
        page_url="https://news.example/2026/10/night-buses/#comments",
    )
    [comment] = comments(app)
    make.decide(comment, "spam", moderator)
    view = view_of(submission(app, comment))
    assert read == [(tokens_of(view), prints_of(view))]
    with app.app_context():
        assert set(db.session.scalars(select(CommentPrint.print))) == prints_of(view)


def test_a_dropped_word_of_the_shipped_list_says_nothing_either(app: Flask, site: Site) -> None:
    word = next(iter(PRIOR))
    reader = Reader(app)
    reader.post(comment=f"Well, {word}, said nobody", email="a@example.org")
    with app.app_context():
        db.session.add(DroppedToken(site_id=site.id, token=word))
        db.session.commit()
    reader.post(comment=f"Well, {word}, said nobody else", email="b@example.org")
    before, after = comments(app)
    assert points(before)["learned.prior"] > points(after)["learned.prior"]
