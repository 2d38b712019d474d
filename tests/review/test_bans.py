"""A ban from a comment's row: what can be banned, what it would have caught, who may, and how it is taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation.extensions import db
from moderation.models import Comment, CommentLink, Event, Moderator, Site, now
from moderation.models.lists import text_of
from moderation.review import bans
from moderation.spam.entries import ListName, entry_of
from tests.factories import Make
from tests.review.browser import Browser
from tests.thorough import examples

PUBLIC = "9.8.7.6"


def stored(app: Flask, site: Site, name: ListName = "block") -> str:
    with app.app_context():
        return text_of(db.session(), site.id, name)


def events(app: Flask) -> list[Event]:
    with app.app_context():
        return list(db.session.scalars(select(Event).where(Event.kind.not_like("moderator.%")).order_by(Event.id)))


def spammer(make: Make, site: Site, text: str = "Buy now.", **more: Any) -> Comment:
    """A comment with everything that can be banned."""
    hosts = {"author": "Sam", "email": "sam+7@pills.example", "ip": PUBLIC, **more}
    return make.comment(site, text, **hosts)


def ban(browser: Browser, comment: Comment, target: str, **more: str) -> Any:
    return browser.post(f"/desk/demo/comments/{comment.id}/ban", target=target, list="block", **more)


def undo(browser: Browser, page: str) -> Any:
    """Press the button beside what was done."""
    form = re.search(r'action="([^"]*/unban)">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    fields.pop("csrf_token")
    return browser.post(form[1], **fields)


def test_what_can_be_banned_is_offered(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    comment = spammer(make, site)
    _links(app, comment, "shop.example", "news.example")
    page = browser.get(f"/desk/demo/comments/{comment.id}/ban").text
    offered = re.findall(r'name="target"\s+value="([^"]+)"', page)
    assert offered == [
        "email:sam@pills.example",
        f"ip:{PUBLIC}",
        "domain:shop.example",
        "email:*@pills.example",
        "word",
    ], "the site itself is not among them"


def _links(app: Flask, comment: Comment, *hosts: str) -> None:
    with app.app_context():
        db.session.add_all(CommentLink(comment_id=comment.id, host=host, site_id=comment.site_id) for host in hosts)
        db.session.commit()


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"email": "sam@gmail.com"}, "email:*@"),
        ({"email": "sam@news.example"}, "email:*@"),
        ({"ip": "127.0.0.1"}, "ip:"),
        ({"ip": None}, "ip:"),
        ({"email": "nobody"}, "email:"),
    ],
)
def test_what_would_hit_everybody_is_not_offered(
    make: Make, site: Site, browser: Browser, columns: dict[str, Any], missing: str
) -> None:
    comment = make.comment(site, **{"email": "sam@pills.example", **columns})
    page = browser.get(f"/desk/demo/comments/{comment.id}/ban").text
    offered = re.findall(r'name="target"\s+value="([^"]+)"', page)
    assert not [each for each in offered if each.startswith(missing)]


def test_a_network_of_ipv6_is_banned_as_a_whole(make: Make, site: Site, browser: Browser) -> None:
    comment = spammer(make, site, ip="2600:1:2:3:4:5:6:7")
    assert 'value="ip:2600:1:2:3::/64"' in browser.get(f"/desk/demo/comments/{comment.id}/ban").text


def test_before_it_is_saved_one_sees_what_it_would_have_caught(
    app: Flask, make: Make, site: Site, browser: Browser
) -> None:
    comment = spammer(make, site)
    published = make.comment(site, email="sam@pills.example", status="approved", author="Sam the reader")
    make.comment(site, email="sam+x@pills.example", status="trash")
    make.comment(site, email="pam@pills.example")
    make.comment(site, email="sam@pills.example", at=now() - timedelta(days=31))
    make.comment(make.site("other"), email="sam@pills.example")
    page = browser.get(f"/desk/demo/comments/{comment.id}/ban?target=email:sam@pills.example&list=hold").text
    assert "It would have caught 3 comments" in page
    assert "1 of them is published." in page
    cases = re.findall(r"/desk/demo/comments/(\d+)\"", page.partition('class="cases"')[2])
    assert cases[0] == str(published.id), "a published one first"
    assert len(cases) == 3
    assert stored(app, site) == "", "looking changes nothing"


def test_a_ban_says_who_and_why_and_ends_on_its_last_day(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    comment = spammer(make, site)
    answer = browser.post(
        f"/desk/demo/comments/{comment.id}/ban",
        target="email:sam@pills.example",
        list="hold",
        until="2999-01-31",
        next="/desk/demo/?status=pending",
    )
    assert (answer.status_code, answer.location) == (303, f"/desk/demo/?status=pending#comment-{comment.id}")
    assert stored(app, site, "hold") == f"email:sam@pills.example until 2999-01-31 # by Mo, comment {comment.id}"
    (event,) = events(app)
    assert (event.kind, event.comment_id, event.detail["list"]) == ("list.changed", comment.id, "hold")
    assert "pills" not in str(event.detail), "no reader's data"
    page = browser.get("/desk/demo/").text
    assert "email:sam@pills.example is on the list hold now." in page
    assert undo(browser, page).status_code == 303
    assert stored(app, site, "hold") == ""
    assert [each.kind for each in events(app)] == ["list.changed"] * 2
    assert "email:sam@pills.example is off the list hold again." in browser.get("/desk/demo/").text


@pytest.mark.parametrize("word", ["casino", "5* hotel #1", "C:\\temp until 2027-01-31", "ip:203.0.113.7", "قمار بازی"])
def test_a_word_is_taken_as_it_stands(app: Flask, make: Make, site: Site, browser: Browser, word: str) -> None:
    comment = spammer(make, site, f"Come to {word} today.")
    make.comment(site, "Nothing of it here.")
    page = browser.client.get(
        f"/desk/demo/comments/{comment.id}/ban", query_string={"target": "word", "word": word}
    ).text
    assert "It would have caught 1 comment" in page
    assert ban(browser, comment, "word", word=word).status_code == 303
    entry = entry_of(stored(app, site), "block")
    assert entry is not None
    assert (entry.field, entry.until, entry.remark) == ("word", None, f"by Mo, comment {comment.id}")
    undo(browser, browser.get("/desk/demo/").text)
    assert stored(app, site) == ""


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"target": "word", "word": ""}, "Type the word to ban."),
        ({"target": "word", "word": "ab"}, "too broad"),
        ({"target": "word", "word": "x" * 390}, "longer than 200"),
        ({"target": "email:somebody@else.example"}, "This comment has nothing of the kind."),
        ({"target": ""}, "This comment has nothing of the kind."),
        ({"target": "email:sam@pills.example", "until": "2020-01-31"}, "The last day has to be today or later"),
        ({"target": "email:sam@pills.example", "until": "tomorrow"}, "The last day has to be today or later"),
        ({"target": "email:sam@pills.example", "until": "2027-13-99"}, "The last day has to be today or later"),
    ],
    ids=str,
)
def test_what_cannot_be_banned_is_told_and_kept(
    app: Flask, make: Make, site: Site, browser: Browser, form: dict[str, str], told: str
) -> None:
    comment = spammer(make, site)
    answer = browser.post(f"/desk/demo/comments/{comment.id}/ban", list="block", **form)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert form.get("word", "")[:100] in answer.text
    assert (stored(app, site), events(app)) == ("", [])


def test_what_is_banned_already_is_left_as_it_is(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    first, second = spammer(make, site), spammer(make, site)
    ban(browser, first, "email:sam@pills.example")
    before = stored(app, site)
    ban(browser, second, "email:sam@pills.example", until="2999-01-31")
    assert stored(app, site) == before
    assert "was on the list block already." in browser.get("/desk/demo/").text
    assert len(events(app)) == 1


def test_nobody_takes_out_what_others_put_there(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    comment = spammer(make, site)
    ban(browser, comment, "email:sam@pills.example")
    before = stored(app, site)
    make.moderator("other@example.org", sites=[site], name="Ola")
    other = Browser(app)
    other.enter("other@example.org")
    path = f"/desk/demo/comments/{comment.id}/unban"
    assert other.post(path, list="block", entry="email:sam@pills.example").status_code == 303
    assert browser.post(path, list="hold", entry="email:sam@pills.example").status_code == 303
    assert browser.post(path, list="allow", entry="email:sam@pills.example").status_code == 400
    assert stored(app, site) == before
    assert "There is nothing to undo." in other.get("/desk/demo/").text


def test_what_staff_wrote_and_other_sites_comments_cannot_be_banned(make: Make, site: Site, browser: Browser) -> None:
    staff: Moderator = make.moderator("staff@example.org")
    theirs = spammer(make, make.site("other"))
    for comment in (make.comment(site, staff=staff), theirs):
        for act in ("ban", "unban", "trust"):
            assert (
                browser.post(f"/desk/demo/comments/{comment.id}/{act}", target="word", word="casino").status_code == 404
            )
        assert browser.get(f"/desk/demo/comments/{comment.id}/ban").status_code == 404
    assert browser.get(f"/desk/demo/comments/{2**31}/ban").status_code == 404


def test_of_many_the_newest_are_looked_at_and_it_is_said(
    make: Make, site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments = [spammer(make, site) for _ in range(5)]
    monkeypatch.setattr(bans, "MOST", 4)
    monkeypatch.setattr(bans, "SHOWN", 3)
    page = browser.get(f"/desk/demo/comments/{comments[0].id}/ban?target=email:sam@pills.example").text
    assert "It would have caught 4 comments" in page
    assert "only the newest 4 were looked at" in page
    assert "and 1 more" in page


def test_the_row_leads_there(make: Make, site: Site, browser: Browser) -> None:
    comment = spammer(make, site)
    page = browser.get("/desk/demo/?status=pending").text
    found = re.search(r'href="(/desk/demo/comments/\d+/ban[^"]*)"', page)
    assert found is not None
    assert browser.get(found[1].replace("&amp;", "&")).status_code == 200
    assert str(comment.id) in found[1]


@examples(40)
@given(
    form=st.dictionaries(
        st.sampled_from(["target", "word", "list", "until", "next"]),
        st.one_of(st.text(max_size=30), st.sampled_from(["word", "block", "hold", "email:sam@pills.example"])),
    )
)
def test_whatever_is_typed_nothing_breaks(app: Flask, make: Make, form: dict[str, str]) -> None:
    browser = _kept(app, make)
    form = {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}
    with app.app_context():
        path = f"/desk/kept/comments/{db.session.scalars(select(Comment.id)).one()}/ban"
    assert browser.client.get(path, query_string=form).status_code in {200, 400, 422}
    assert browser.post(path, **form).status_code in {303, 400, 422}
    assert browser.post(path.replace("/ban", "/unban"), **form, entry=form.get("word", "")).status_code in {303, 400}


_browsers: dict[Flask, Browser] = {}


def _kept(app: Flask, make: Make) -> Browser:
    """A moderator's browser and a comment, made with the first example and there for the others."""
    with app.app_context():
        there = db.session.scalars(select(Comment.id)).all()
    if not there:
        site = make.site("kept")
        spammer(make, site)
        make.moderator("kept@example.org", sites=[site])
        _browsers[app] = Browser(app)
        _browsers[app].sign_in("kept@example.org")
    return _browsers[app]
