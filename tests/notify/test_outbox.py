"""The outbox: nothing is lost, nothing is sent twice, nothing stays, and nothing that people typed gets into a header."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation import lifecycle, outbox
from moderation.database import writing
from moderation.extensions import db
from moderation.mailserver import parse_sender
from moderation.models import Comment, Mail, Site, now
from moderation.notify import sending
from moderation.notify.letters import write
from moderation.outbox import KEPT, PRIVACY_LINK, Letter
from tests.conftest import empty
from tests.factories import Make
from tests.notify.conftest import SENDER, Post
from tests.thorough import examples

LINK = "https://comments.example/privacy/abc"
SECOND = timedelta(seconds=1)


def put(post: Post, site: Site, to: str = "amina@example.org", wait: timedelta = timedelta(0)) -> None:
    with post.app.app_context(), writing() as session:
        outbox.put(session, Letter("test", to, "en", site.id, {"address": SENDER}), at=post.began, wait=wait)


def put_confirm(post: Post, comment: Comment, what: str = "erase", to: str = "") -> None:
    with post.app.app_context(), writing() as session:
        data = {"link": LINK, "what": what}
        letter = Letter("privacy_confirm", to or comment.email, "en", comment.site_id, data, comment_id=comment.id)
        outbox.put(session, letter, at=post.began)


def row(post: Post) -> Mail:
    with post.app.app_context():
        return db.session.scalars(select(Mail)).one()


@pytest.mark.parametrize(("what", "words"), [("erase", "shall be erased"), ("export", "a copy of your data")])
def test_a_letter_about_ones_data_has_its_link(made: Make, post: Post, site: Site, what: str, words: str) -> None:
    put_confirm(post, made.comment(site), what)
    [subject] = post.deliver()
    assert words in subject
    assert f"\n{LINK}\n" in post.server.letters[0].get_content()
    assert post.waiting() == 0, "what was sent is not kept"


def test_a_letter_about_ones_data_is_not_sent_once_its_link_is_dead_or_to_another_address(
    made: Make, post: Post, site: Site
) -> None:
    put_confirm(post, made.comment(site))
    assert post.deliver(PRIVACY_LINK) == []
    put_confirm(post, made.comment(site), to="bilal@example.org")
    gone = made.comment(site)
    put_confirm(post, gone)
    with post.app.app_context():
        lifecycle.erase(site.id, [gone.id], at=post.began)
    assert post.deliver() == []
    assert post.waiting() == 0
    put_confirm(post, made.comment(site))
    assert len(post.deliver(PRIVACY_LINK - SECOND)) == 1


def test_a_letter_of_a_transaction_that_fails_is_never_sent(post: Post, site: Site) -> None:
    with post.app.app_context(), pytest.raises(RuntimeError), writing() as session:
        outbox.put(session, Letter("privacy_confirm", "a@example.org", "en", site.id), at=now())
        raise RuntimeError
    assert post.deliver() == []


def test_what_is_refused_for_now_is_tried_again_after_growing_pauses(post: Post, site: Site) -> None:
    put(post, site)
    post.server.says["RCPT"] = "450 amina@example.org is busy"
    at = timedelta(0)
    for tries, pause in enumerate(sending.PAUSES, 1):
        assert post.deliver(at) == []
        assert (row(post).tries, row(post).last_error) == (tries, "recipient refused (450)")
        heard = len(post.server.heard)
        post.deliver(at + pause - SECOND)
        assert len(post.server.heard) == heard, "not before its time"
        at += pause
    assert list(sending.PAUSES) == sorted(sending.PAUSES)
    post.server.says.clear()
    assert len(post.deliver(at)) == 1


@pytest.mark.parametrize(("answer", "rests"), [("450 Greylisted", False), ("421 Closing", True)])
def test_a_recipient_who_has_to_wait_keeps_no_other(post: Post, site: Site, answer: str, rests: bool) -> None:
    put(post, site)
    post.server.says["RCPT"] = answer
    with post.app.app_context():
        assert sending.work(post.began) is not rests
    assert row(post).tries == 1


def test_after_the_last_try_it_is_given_up_and_gone(post: Post, site: Site) -> None:
    put(post, site)
    post.server.says["RCPT"] = "450 Busy"
    for day in range(len(sending.PAUSES)):
        post.deliver(timedelta(days=day))
    assert post.waiting() == 1
    post.deliver(timedelta(days=99))
    assert post.waiting() == 0


def test_what_is_refused_for_good_is_given_up_at_once_and_the_log_names_nobody(
    post: Post, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    put(post, site)
    put(post, site, to="bilal@example.org")
    post.server.says["RCPT"] = "550 No such user amina@example.org"
    assert post.deliver() == []
    assert post.waiting() == 0
    assert caplog.text.count("given up at try 1: recipient refused (550)") == 2
    assert "example.org" not in caplog.text


def test_a_wrong_password_loses_no_letter(post: Post, site: Site) -> None:
    put(post, site)
    post.server.says["MAIL"] = "530 Log in first"
    post.deliver()
    assert row(post).last_error == "sender refused (530)"


def test_an_address_that_is_none_is_given_up(post: Post, site: Site) -> None:
    put(post, site, to="nobody")
    assert post.deliver() == []
    assert post.waiting() == 0


def test_a_template_that_is_missing_loses_no_letter_and_stops_no_other(post: Post, site: Site) -> None:
    with post.app.app_context(), writing() as session:
        outbox.put(session, Letter("unheard-of", "a@example.org", "en", site.id), at=post.began)
    put(post, site)
    assert len(post.deliver(SECOND)) == 1
    assert row(post).last_error == "letter failed (TemplateNotFound)"


def test_what_could_not_be_sent_in_three_days_is_deleted_also_without_a_mail_server(post: Post, site: Site) -> None:
    put(post, site)
    with post.app.app_context():
        sending.tidy(post.at(KEPT))
        assert post.waiting() == 1
        sending.tidy(post.at(KEPT + SECOND))
    assert post.waiting() == 0
    assert sum(sending.PAUSES, timedelta(0)) < KEPT


def test_two_workers_never_send_the_same_letter(post: Post, site: Site) -> None:
    for number in range(12):
        put(post, site, to=f"reader{number}@example.org")
    begin = threading.Barrier(4)

    def work() -> None:
        with post.app.app_context():
            begin.wait()
            while sending.work(post.at(SECOND)) is not None:
                db.session.remove()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(letter["To"] for letter in post.server.letters) == sorted(f"reader{n}@example.org" for n in range(12))


def test_a_letter_whose_worker_died_is_sent_by_another_with_the_same_number(
    post: Post, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(post, site)
    taken: list[str] = []

    def die(_server: object, message: EmailMessage) -> None:
        taken.append(message["Message-ID"])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, post.app.app_context(), pytest.raises(KeyboardInterrupt):
        patched.setattr(sending, "send", die)
        sending.work(post.began)
    assert post.deliver(sending.CLAIM - SECOND) == []
    assert len(post.deliver(sending.CLAIM)) == 1
    assert [post.server.letters[0]["Message-ID"]] == taken


def test_letters_go_out_one_number_each(post: Post, site: Site) -> None:
    put(post, site)
    put(post, site)
    post.deliver()
    assert len({letter["Message-ID"] for letter in post.server.letters}) == 2


HEADERS = ["Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "List-Unsubscribe"]
HEADERS += ["List-Unsubscribe-Post", "MIME-Version", "Message-ID", "Subject", "To"]


@examples(40)
@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    title=st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    site_name=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
@example("A\r\nBcc: victim@example.org", "T\r\n\r\nhttps://evil.example", "S\nTo: x@example.org")
@example("\u202egnp.exe", "\u2066\u2067", "\u200f")
@example("=?utf-8?q?=0D=0ABcc:_victim@example.org?=", "a" * 300, "ن" * 200)
@example("\x00\x1b[2J", "\u2028Bcc: v@example.org", "\x85")
def test_nothing_that_people_typed_gets_into_a_header_of_its_own_or_turns_the_text_around(
    post: Post, name: str, title: str, site_name: str
) -> None:
    name, title, site_name = (text.replace("\x00", "\x01") for text in (name, title, site_name))
    empty(post.app)
    post.server.letters.clear()
    made = Make(post.app)
    site = made.site()
    with post.app.app_context():
        db.session.get_one(Site, site.id).name = site_name
        db.session.commit()
    mine = made.comment(site, status="approved", page_title=title)
    post.subscribe(site, mine)
    made.comment(site, parent=mine, status="approved", author=name, email="bilal@example.org")
    assert len(post.deliver(timedelta(minutes=1))) == 1
    letter = post.server.letters[0]
    assert sorted(letter.keys(), key=str.lower) == sorted(HEADERS, key=str.lower)
    assert letter["To"] == mine.email
    assert len(post.server.envelopes) % 2 == 0
    text = f"{letter['Subject']}\n" + letter.get_content().replace("\r\n", "\n")
    assert text.count("\u2068") == text.count("\u2069")
    assert not set(text) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\x00\x1b\r")
    assert len(text.splitlines()) < 30


def test_a_name_in_the_other_direction_is_set_apart_and_others_are_left_alone(post: Post) -> None:
    sender = parse_sender(SENDER)
    words = {"excerpt": "", "permalink": "", "stop": "", "title": "Night buses"}
    with post.app.app_context():
        texts = [
            write("reply", "a@example.org", "en", {**words, "name": name, "site": "Demo"}, sender, now()).get_content()
            for name in ("آمنہ", "Amina")
        ]
    assert "\u2068آمنہ\u2069 replied on Demo" in texts[0]
    assert "\nAmina replied on Demo" in "\n" + texts[1]
