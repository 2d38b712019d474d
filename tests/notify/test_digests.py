"""Moderators are told what waits: seldom, only if something new does, and without a word of what readers wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from moderation import lifecycle
from moderation.database import writing
from moderation.extensions import db
from moderation.lifecycle.revisions import Revision
from moderation.models import Moderator, Site
from moderation.notify import digests
from moderation.text.sanitize import sanitize
from tests.factories import Make
from tests.notify.conftest import Post
from tests.notify.server import MailServer

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def moderator(made: Make, site: Site) -> Moderator:
    return made.moderator(sites=[site])


def told(post: Post, later: timedelta = timedelta(0)) -> list[str]:
    """What the worker sends when it looks for what is due."""
    with post.app.app_context():
        digests.begin(post.at(later))
    return post.deliver(later)


def test_everybody_who_moderates_the_site_is_told_and_nobody_else(made: Make, post: Post, site: Site) -> None:
    made.moderator("all@example.org", role="owner")
    made.moderator("other@example.org", sites=[made.site("other")])
    gone = made.moderator("gone@example.org", sites=[site])
    with post.app.app_context(), writing() as session:
        session.get_one(Moderator, gone.id).active = False
    made.comment(site, "A secret", author="Amina")
    made.comment(site, "Another")
    assert told(post) == ["2 comments wait: Demo"] * 2
    assert {letter["To"] for letter in post.server.letters} == {"mod@example.org", "all@example.org"}
    text = post.server.letters[0].get_content()
    assert "https://comments.example/desk/demo/" in text
    assert "secret" not in text
    assert "Amina" not in text


def test_once_a_day_and_only_if_something_new_waits(made: Make, post: Post, site: Site) -> None:
    first = made.comment(site)
    assert told(post) == ["1 comment waits: Demo"]
    assert told(post, HOUR) == []
    made.comment(site)
    assert told(post, 23 * HOUR) == []
    assert told(post, 24 * HOUR) == ["2 comments wait: Demo"]
    made.decide(first, "spam")
    assert told(post, 100 * HOUR) == [], "nothing new"


def test_what_its_author_changed_and_so_waits_again_is_new(made: Make, post: Post, site: Site) -> None:
    old, newer = made.comment(site), made.comment(site)
    assert told(post) == ["2 comments wait: Demo"]
    made.decide(old, "approved")
    made.decide(newer, "spam")
    with post.app.app_context():
        other = Revision(sanitize("Other words"), False, 0.5, {}, "k" * 32, frozenset(), frozenset())
        seen = made.load(old).version
        assert lifecycle.revise(old.id, other, seen=seen, at=post.at(HOUR), within=[site.id]) == "pending"
    assert told(post, 23 * HOUR) == []
    assert told(post, 24 * HOUR) == ["1 comment waits: Demo"]
    assert told(post, 100 * HOUR) == [], "it is said once"


def test_nothing_waits_nothing_is_said(made: Make, post: Post, site: Site) -> None:
    made.comment(site, status="approved")
    made.comment(site, status="spam")
    assert told(post) == []


def test_what_was_decided_before_the_letter_went_out_is_not_told_of(made: Make, post: Post, site: Site) -> None:
    comment = made.comment(site)
    with post.app.app_context():
        digests.begin(post.began)
    made.decide(comment, "approved")
    assert post.deliver() == []


@pytest.mark.parametrize(("hours", "number"), [(0, 0), (1, 1)])
def test_a_site_says_how_often(made: Make, post: Post, hours: int, number: int) -> None:
    site = made.site("often", digest_hours=hours)
    made.moderator("often@example.org", sites=[site])
    made.comment(site)
    assert len(told(post)) == number


def test_without_a_mail_server_nobody_is_told(app: Flask, make: Make, site: Site, server: MailServer) -> None:
    make.comment(site)
    quiet = Post(app, server)
    with app.app_context():
        digests.begin(quiet.began)
        db.session.remove()
    assert quiet.waiting() == 0
