"""Asking for mail, confirming it and ending it: what a link does, for whom, and for how long; and that nobody is flooded."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from moderation import lifecycle, private_link, subscriptions
from moderation.extensions import db
from moderation.models import Comment, ConfirmationRequest, Mail, Site, Subscription
from moderation.notify import sending
from moderation.problems import TooMany
from moderation.settings import current
from moderation.subscriptions import ASKED_FOR, DAY, MOST_AN_HOUR, PAUSE
from tests.factories import Make
from tests.notify.conftest import Post

MINUTE = timedelta(minutes=1)


@pytest.fixture
def mine(made: Make, site: Site) -> Comment:
    return made.comment(site, email="amina@example.org", status="approved")


def tidy(post: Post, later: timedelta) -> None:
    with post.app.app_context():
        sending.tidy(post.at(later))


def rows(post: Post, table: type) -> int:
    with post.app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def private(post: Post, site: Site, comment: Comment) -> str:
    with post.app.app_context():
        return private_link.link(current(), site, comment).removeprefix("https://comments.example")


def ask_for_mail(post: Post, site: Site, comment: Comment, network: str = "203.0.113.1", **form: str) -> int:
    """Press the button for mail on replies, on the comment's private page."""
    path, address = f"{private(post, site, comment)}/replies", {"REMOTE_ADDR": network}
    return post.app.test_client().post(path, data=form, environ_base=address).status_code


def ask_for_copy(post: Post, site: Site, comment: Comment, network: str = "203.0.113.1", **form: str) -> int:
    """Press the button for a copy of one's data, on the same page."""
    path, address = f"{private(post, site, comment)}/data", {"REMOTE_ADDR": network}
    return post.app.test_client().post(path, data={"what": "export", **form}, environ_base=address).status_code


def test_opening_the_link_never_confirms_and_pressing_the_button_does(post: Post, site: Site, mine: Comment) -> None:
    post.ask(site, mine)
    post.deliver()
    client, path = post.app.test_client(), post.link("confirm")
    for _time in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert '<form method="post" action="/sites/demo/mail/confirm/' in page.text
        assert client.head(path).status_code == 200
    assert post.state(mine) == "asked"
    assert "You get mail on replies" in client.post(path).text
    assert post.state(mine) == "on"
    assert post.press(path) == 200, "twice is as good as once"


def test_the_pages_are_private_and_cannot_be_framed(post: Post, site: Site, mine: Comment) -> None:
    post.ask(site, mine)
    post.deliver()
    page = post.app.test_client().get(post.link("confirm"))
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers
    assert "amina" not in page.text


def test_a_mail_program_ends_it_with_one_press(made: Make, post: Post, site: Site, mine: Comment) -> None:
    post.subscribe(site, mine)
    made.comment(site, parent=mine, status="approved")
    made.comment(site, parent=mine, status="approved")
    with post.app.app_context():
        sending.work(post.at(MINUTE))
    path = post.link("stop")
    client = post.app.test_client()
    assert "Send me no more mail" in client.get(path).text
    assert post.state(mine) == "on", "opening the link ends nothing"
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "You get no more mail" in answer.text
    assert post.state(mine) == "off"
    assert post.deliver(2 * MINUTE) == [], "what waited is not sent either"
    assert client.post(path).status_code == 200
    assert "You get no more mail" in client.get(path).text


@pytest.mark.parametrize("damage", ["x", "0", "~", "\x00"])
def test_a_link_that_was_altered_is_worthless(post: Post, site: Site, mine: Comment, damage: str) -> None:
    post.ask(site, mine)
    post.deliver()
    assert post.press(post.link("confirm") + damage) == 404
    assert post.state(mine) == "asked"


def test_a_link_is_good_for_one_purpose_one_comment_and_one_site(
    made: Make, post: Post, site: Site, mine: Comment
) -> None:
    other = made.site("other")
    made.comment(other, status="approved")
    post.subscribe(site, mine)
    made.comment(site, parent=mine, status="approved")
    post.deliver(MINUTE)
    stop = post.link("stop")
    assert post.press(stop.replace("/stop/", "/confirm/")) == 404
    assert post.press(stop.replace("/demo/", "/other/")) == 404
    assert post.press(stop.replace("/demo/", "/none/")) == 404
    assert post.state(mine) == "on"


def test_a_request_that_nobody_confirms_is_forgotten(post: Post, site: Site, mine: Comment) -> None:
    post.ask(site, mine, later=-ASKED_FOR)
    post.deliver(-ASKED_FOR)
    assert post.press(post.link("confirm")) == 404
    tidy(post, timedelta(0))
    assert rows(post, Subscription) == rows(post, ConfirmationRequest) == 0
    assert post.state(mine) == "off"
    assert post.app.test_client().get(post.link("confirm")).status_code == 404


def test_what_was_confirmed_is_not_forgotten(post: Post, site: Site, mine: Comment) -> None:
    post.subscribe(site, mine)
    tidy(post, 100 * DAY)
    assert post.state(mine) == "on"


def test_no_address_gets_more_than_one_letter_an_hour_and_three_a_day(made: Make, post: Post, site: Site) -> None:
    comments = [made.comment(site, email="Amina@example.org", status="approved") for _number in range(4)]
    for number in range(3):
        assert post.ask(site, comments[number], later=number * PAUSE) == "asked"
        with pytest.raises(TooMany) as fault:
            post.ask(site, comments[3], later=number * PAUSE + MINUTE)
        assert fault.value.retry_after
    with pytest.raises(TooMany):
        post.ask(site, made.comment(site, email="amina@example.org"), later=DAY - MINUTE)
    assert post.ask(site, comments[3], later=DAY) == "asked"
    assert len(post.deliver(DAY + MINUTE)) == 4


def test_stopping_and_asking_again_sends_no_more_letters_than_that(post: Post, site: Site, mine: Comment) -> None:
    post.subscribe(site, mine)
    assert post.ask(site, mine, later=MINUTE) == "on"
    with post.app.app_context():
        db.session.delete(db.session.get_one(Subscription, mine.id))
        db.session.commit()
    with pytest.raises(TooMany):
        post.ask(site, mine, later=MINUTE)
    assert post.state(mine) == "off"


def test_other_addresses_and_other_sites_have_letters_of_their_own(made: Make, post: Post, site: Site) -> None:
    other = made.site("other")
    assert post.ask(site, made.comment(site, email="amina@example.org")) == "asked"
    assert post.ask(site, made.comment(site, email="bilal@example.org")) == "asked"
    assert post.ask(other, made.comment(other, email="amina@example.org")) == "asked"
    assert len(post.deliver()) == 3


def test_a_robot_with_a_list_of_addresses_comes_to_an_end(made: Make, post: Post, site: Site) -> None:
    with post.app.app_context():
        for number in range(MOST_AN_HOUR):
            asked = ConfirmationRequest(
                site_id=site.id, purpose="subscription", email_key=f"{number:032}", asked_at=post.began
            )
            db.session.add(asked)
        db.session.commit()
    with pytest.raises(TooMany):
        post.ask(site, made.comment(site), later=MINUTE)
    assert ask_for_copy(post, site, made.comment(site)) == 200, "what is asked for is counted by itself"
    assert post.ask(site, made.comment(site), later=PAUSE + MINUTE) == "asked"


def test_requests_that_send_no_letter_take_none_from_the_others(
    made: Make, post: Post, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_AN_HOUR", 2)
    for _number in range(3):
        assert post.ask(site, made.comment(site, status="spam")) == "asked"
    for _number in range(2):
        assert post.ask(site, made.comment(site)) == "asked"
    for status in ("pending", "spam"):
        with pytest.raises(TooMany):
            post.ask(site, made.comment(site, status=status))


def test_one_network_cannot_ask_for_all_and_can_always_end_it(made: Make, post: Post, site: Site) -> None:
    comments = [made.comment(site) for _number in range(12)]
    for comment in comments[:9]:
        assert ask_for_mail(post, site, comment) == 303
    for _time in range(3):
        assert ask_for_mail(post, site, comments[0]) == 429, "what is refused does not count"
    assert ask_for_copy(post, site, comments[9]) == 200
    refused = post.app.test_client().post(
        f"{private(post, site, comments[10])}/replies", environ_base={"REMOTE_ADDR": "203.0.113.1"}
    )
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert "was sent a short while ago" in refused.text
    assert ask_for_copy(post, site, comments[10], stop="1") == 429
    assert ask_for_mail(post, site, comments[0], stop="1") == 303
    assert post.state(comments[0]) == "off"
    assert ask_for_mail(post, site, comments[11], network="203.0.113.9") == 303
    assert len(post.deliver(MINUTE)) == 10, "nine, a copy, and another network's; less what was ended"


@pytest.mark.parametrize("gone", ["deleted", "erased", "emptied"])
@pytest.mark.parametrize(("ask", "status"), [("mail", 303), ("copy", 404)])
def test_a_comment_that_goes_while_its_author_asks_sends_nothing(
    made: Make, post: Post, site: Site, monkeypatch: pytest.MonkeyPatch, gone: str, ask: str, status: int
) -> None:
    mine = made.comment(site, email="amina@example.org", status="approved")
    if gone != "deleted":
        made.comment(site, parent=mine)
    found = private_link.find

    def and_then_it_goes(*arguments: Any, **how: Any) -> Comment:
        comment = found(*arguments, **how)
        beside = threading.Thread(target=go)
        beside.start()
        beside.join()
        return comment

    def go() -> None:
        monkeypatch.setattr(private_link, "find", found)
        with post.app.app_context():
            if gone == "emptied":
                lifecycle.decide([mine.id], "trash", at=post.began, within=[site.id])
                lifecycle.empty(site.id, [mine.id], "trash")
            else:
                lifecycle.erase(site.id, [mine.id], at=post.began)
            db.session.remove()

    monkeypatch.setattr(private_link, "find", and_then_it_goes)
    assert (ask_for_mail if ask == "mail" else ask_for_copy)(post, site, mine) == status
    assert rows(post, ConfirmationRequest) == post.waiting() == 0


def test_what_was_taken_for_spam_sends_no_letter_and_does_not_say_so(made: Make, post: Post, site: Site) -> None:
    spam = made.comment(site, status="spam")
    assert post.ask(site, spam) == "asked"
    with pytest.raises(TooMany):
        post.ask(site, spam, later=MINUTE)
    assert post.deliver(MINUTE) == []


def test_a_comment_that_turns_out_to_be_spam_is_not_written_to(made: Make, post: Post, site: Site) -> None:
    comment = made.comment(site)
    post.ask(site, comment)
    made.decide(comment, "spam")
    assert post.deliver() == []
    assert rows(post, Mail) == 0


@pytest.mark.parametrize("columns", [{"status": "trash"}, {"status": "spam", "place": 2}])
def test_a_comment_that_is_gone_cannot_ask(made: Make, post: Post, site: Site, columns: dict[str, Any]) -> None:
    assert post.ask(site, made.comment(site, **columns)) == "off"
    assert rows(post, Subscription) == 0


def test_a_scanner_that_opens_the_stop_link_of_nobody_sees_a_page(app: Flask) -> None:
    assert app.test_client().get("/sites/none/mail/stop/x").status_code == 404
    assert app.test_client().get("/sites/a%00b/mail/stop/x").status_code == 404
