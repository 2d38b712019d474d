"""A reader asks for mail on replies, confirms it, gets a letter for each, and can end it."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from moderation import lifecycle
from moderation.extensions import db
from moderation.locations import STATIC
from moderation.models import UNDO_TIME, Comment, Mail, Moderator, ReplyNotice, Site, Status, Subscription, now
from moderation.subscriptions import WAIT
from tests.factories import Make
from tests.notify.conftest import Post
from tests.notify.server import MailServer

AFTER = WAIT + timedelta(seconds=30)


@pytest.fixture
def moderator(made: Make) -> Moderator:
    return made.moderator()


@pytest.fixture
def mine(made: Make, post: Post, site: Site) -> Comment:
    """A reader's published comment, whose replies they get mail on."""
    comment = made.comment(site, author="Amina", email="amina@example.org", status="approved", page_title="Night buses")
    post.subscribe(site, comment)
    return comment


def reply(made: Make, site: Site, parent: Comment, status: Status = "approved", **columns: Any) -> Comment:
    columns = {"author": "Bilal", "email": "bilal@example.org", **columns}
    return made.comment(site, parent=parent, status=status, **columns)


def test_the_reader_is_asked_first_and_nothing_is_sent_unless_they_confirm(made: Make, post: Post, site: Site) -> None:
    comment = made.comment(site, email="amina@example.org", status="approved")
    assert post.ask(site, comment) == "asked" == post.state(comment)
    assert post.deliver() == ["Confirm that you want mail on replies: Demo"]
    letter = post.server.letters[0]
    assert letter["To"] == "amina@example.org"
    assert letter["From"] == "News comments <comments@news.example>"
    assert "https://news.example/a/" in letter.get_content()
    assert "48 hours" in letter.get_content()
    assert letter["List-Unsubscribe"] is None
    reply(made, site, comment)
    assert post.deliver(AFTER) == []


def test_a_letter_says_who_replied_what_where_and_how_to_end_it(
    made: Make, post: Post, site: Site, mine: Comment
) -> None:
    answer = reply(made, site, mine, text="The N2 is *quicker*. " + "Really. " * 100)
    assert post.deliver(AFTER) == ["New reply to your comment: Night buses"]
    letter = post.server.letters[0]
    text = letter.get_content()
    assert "Bilal replied on Demo:\n\n> The N2 is quicker. Really." in text
    assert f"\nhttps://news.example/a/#comment-{answer.id}\n" in text
    quoted = " ".join(line[2:] for line in text.splitlines() if line.startswith("> "))
    assert 400 < len(quoted) <= 500
    assert quoted.endswith("…")
    link = f"<https://comments.example{post.link('stop')}>"
    assert link == letter["List-Unsubscribe"]
    assert len(link) > 78, "so long that the standard library would encode it, and no mail program would find it"
    assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in post.server.raw[-1]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["To"] == "amina@example.org"
    assert re.fullmatch(r"<[0-9a-f]{32}@news\.example>", letter["Message-ID"])
    assert abs(parsedate_to_datetime(letter["Date"]) - post.at(AFTER)) < timedelta(seconds=2)
    assert letter.get_content_type() == "text/plain"
    assert "bilal@example.org" not in str(letter)


def test_replies_further_down_the_thread_are_told_of_and_those_beside_it_are_not(
    made: Make, post: Post, site: Site, mine: Comment
) -> None:
    first = reply(made, site, mine)
    reply(made, site, first, author="Cem", email="cem@example.org")
    reply(made, site, made.comment(site, status="approved"), author="Dora")
    made.comment(site, status="approved")
    assert len(post.deliver(AFTER)) == 2
    assert ["Bilal" in each.get_content() for each in post.server.letters] == [True, False]


def test_a_letter_is_in_the_readers_language(made: Make, post: Post, site: Site) -> None:
    comment = made.comment(site, email="amina@example.org", status="approved")
    post.ask(site, comment, lang="ur")
    post.deliver()
    assert post.app.test_client().get(post.link("confirm")).text.count('<html lang="ur" dir="rtl">') == 1


@pytest.mark.parametrize("status", ["pending", "spam", "trash"])
def test_what_is_not_public_is_not_told_of(made: Make, post: Post, site: Site, mine: Comment, status: Status) -> None:
    reply(made, site, mine, status)
    assert post.waiting() == 0
    assert post.deliver(AFTER) == []


def test_nobody_is_told_of_their_own_reply(made: Make, post: Post, site: Site) -> None:
    comment = made.comment(site, email="amina@example.org", status="approved", author_key="k" * 32)
    post.subscribe(site, comment)
    reply(made, site, comment, email="Amina@Example.org")
    reply(made, site, comment, email="other@example.org", author_key="k" * 32)
    assert post.deliver(AFTER) == []
    reply(made, site, comment)
    assert len(post.deliver(AFTER)) == 1


def test_one_letter_for_a_reply_below_two_comments_of_one_reader(
    made: Make, post: Post, site: Site, mine: Comment
) -> None:
    again = reply(made, site, mine, author="Amina", email="Amina@example.org")
    with post.app.app_context():
        db.session.add(Subscription(comment_id=again.id, site_id=site.id, lang="en", confirmed_at=now()))
        db.session.commit()
    reply(made, site, again)
    post.deliver(AFTER)
    assert [each["To"] for each in post.server.letters] == ["Amina@example.org"], "that of the comment replied to"


def test_a_reply_by_policy_and_one_by_staff_are_told_of(
    made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    made.comment(site, parent=mine, author="Mo", email=moderator.email, staff=moderator)
    assert len(post.deliver(AFTER)) == 1


def test_the_letter_waits_until_the_undo_time_is_over(made: Make, post: Post, site: Site, mine: Comment) -> None:
    reply(made, site, mine)
    assert post.deliver(UNDO_TIME) == []
    assert len(post.deliver(AFTER)) == 1


def test_an_approval_that_is_undone_in_time_sends_nothing_and_one_made_again_does(
    made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    answer = reply(made, site, mine, "pending")
    batch = made.decide(answer, "approved", moderator).batch
    assert post.waiting() == 1
    with post.app.app_context():
        lifecycle.undo(batch, at=now(), moderator=moderator, within=[site.id])
    assert post.deliver(AFTER) == []
    assert post.waiting() == 0
    made.decide(answer, "approved", moderator)
    assert len(post.deliver(2 * AFTER)) == 1


def test_the_undo_time_runs_anew_when_an_approval_is_undone_and_made_again(
    made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    answer = reply(made, site, mine, "pending")
    with post.app.app_context():
        moves: list[tuple[int, Status]] = [(0, "approved"), (5, "pending"), (9, "approved")]
        for seconds, to in moves:
            at = post.at(timedelta(seconds=seconds))
            lifecycle.decide([answer.id], to, at=at, moderator=moderator, within=[site.id])
    assert post.waiting() == 1
    assert post.deliver(WAIT + timedelta(seconds=3)) == []
    assert post.deliver(WAIT + timedelta(seconds=8)) == []
    assert len(post.deliver(WAIT + timedelta(seconds=9))) == 1


def test_a_reply_is_told_of_once_however_often_it_is_approved(
    made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    answer = reply(made, site, mine)
    assert len(post.deliver(AFTER)) == 1
    made.decide(answer, "spam", moderator)
    made.decide(answer, "approved", moderator)
    assert post.deliver(2 * AFTER) == []


def test_many_replies_approved_at_once_are_one_letter_each(
    made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    waiting = [reply(made, site, mine, "pending", email=f"reader{number}@example.net").id for number in range(5)]
    with post.app.app_context():
        lifecycle.decide(waiting, "approved", at=now(), moderator=moderator, within=[site.id])
    assert len(post.deliver(AFTER)) == 5


@pytest.mark.parametrize("status", ["spam", "trash"])
def test_whose_comment_is_taken_away_gets_no_more_mail(
    made: Make, post: Post, site: Site, mine: Comment, status: Status
) -> None:
    first = reply(made, site, mine)
    post.deliver(AFTER)
    made.decide(mine, status)
    reply(made, site, first)
    assert post.deliver(2 * AFTER) == []


def test_a_reply_that_was_edited_is_quoted_as_it_is_read(
    made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    answer = reply(made, site, mine, text="Call me on 555")
    made.edit(answer, "Call me", moderator)
    post.deliver(AFTER)
    assert "> Call me\n" in post.server.letters[0].get_content()


def test_nothing_of_a_reader_stays_once_their_comment_is_emptied(
    app: Flask, made: Make, post: Post, site: Site, mine: Comment, moderator: Moderator
) -> None:
    reply(made, site, mine)
    assert post.waiting() == 1
    made.decide(mine, "spam", moderator)
    with post.app.app_context():
        assert lifecycle.empty(site.id, [mine.id], "spam") == 1
        for table in (Mail, Subscription, ReplyNotice):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_the_outbox_holds_no_text_and_no_name(made: Make, post: Post, site: Site, mine: Comment) -> None:
    reply(made, site, mine)
    with post.app.app_context():
        row = db.session.scalars(select(Mail)).one()
        assert (row.kind, row.recipient, row.comment_id) == ("reply", "amina@example.org", mine.id)
        assert list(row.data) == ["reply"]


def test_an_address_that_changed_meanwhile_gets_nothing(made: Make, post: Post, site: Site, mine: Comment) -> None:
    reply(made, site, mine)
    with post.app.app_context():
        db.session.execute(update(Comment).where(Comment.id == mine.id).values(email=""))
        db.session.commit()
    assert post.deliver(AFTER) == []
    assert post.waiting() == 0


def test_without_a_mail_server_nothing_is_asked_and_nothing_is_kept(app: Flask, make: Make, server: MailServer) -> None:
    site = make.site()
    comment = make.comment(site, status="approved")
    quiet = Post(app, server)
    assert quiet.ask(site, comment) == "off"
    with app.app_context():
        db.session.add(Subscription(comment_id=comment.id, site_id=site.id, lang="en", confirmed_at=now()))
        db.session.commit()
    reply(make, site, comment)
    assert quiet.waiting() == 0


def test_the_line_at_the_desk_lasts_as_long_as_mail_takes_it_to_last() -> None:
    [seconds] = re.findall(r"animation: passing (\d+)s", (STATIC / "desk-many.css").read_text())
    assert timedelta(seconds=int(seconds)) == UNDO_TIME < WAIT
