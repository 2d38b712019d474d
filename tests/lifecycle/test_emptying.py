"""Emptied spam and trash: gone from the desk, no person's data left, and the filter knows what it knew."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from moderation import lifecycle
from moderation.extensions import db
from moderation.learning import anew, marks
from moderation.lifecycle.emptying import sweep
from moderation.models import EMPTIED, Comment, CommentLink, Decision, LearnedToken, Moderator, Site, Status, now
from tests.factories import Make


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


def empty(app: Flask, site: Site, *comments: Comment, status: Status = "spam") -> int:
    with app.app_context():
        return lifecycle.empty(site.id, [comment.id for comment in comments], status)


def exists(app: Flask, comment: Comment) -> bool:
    with app.app_context():
        return db.session.get(Comment, comment.id) is not None


def tokens(app: Flask, site: Site) -> dict[str, tuple[int, int]]:
    with app.app_context():
        rows = db.session.scalars(select(LearnedToken).where(LearnedToken.site_id == site.id))
        return {row.token: (row.spam, row.ham) for row in rows}


def test_what_nothing_needs_is_deleted_with_its_log_and_links(app: Flask, make: Make, site: Site) -> None:
    comment = make.comment(site, status="spam", hosts=frozenset({"a.example"}))
    assert empty(app, site, comment) == 1
    assert not exists(app, comment)
    assert make.log(comment) == []
    with app.app_context():
        assert db.session.scalars(select(CommentLink)).all() == []
    assert make.counts(site)["spam"] == make.page(site).spam == 0


@pytest.mark.parametrize("status", ["pending", "approved", "trash"])
def test_what_is_not_spam_any_more_is_left_alone(app: Flask, make: Make, site: Site, status: Status) -> None:
    comment = make.comment(site, status=status)
    assert empty(app, site, comment) == 0
    assert make.load(comment).status == status


def test_pending_and_approved_are_never_emptied(app: Flask, make: Make, site: Site) -> None:
    comment = make.comment(site)
    with pytest.raises(ValueError, match="only spam and trash"):
        empty(app, site, comment, status="pending")


def test_another_sites_comments_are_left_alone(app: Flask, make: Make, site: Site) -> None:
    theirs = make.comment(make.site("other"), status="spam")
    assert empty(app, site, theirs) == 0
    assert exists(app, theirs)


def test_what_the_filter_learned_from_leaves_no_persons_data_and_stays_learned(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(
        site, "Cheap pills", email="Who.Am.I@pills.example", ip="203.0.113.7", user_agent="Browser", author_key="k" * 32
    )
    make.decide(comment, "spam", moderator)
    known = tokens(app, site)
    assert empty(app, site, comment) == 1
    husk = make.load(comment)
    assert husk.place == EMPTIED
    assert husk.email == "@pills.example"
    assert (husk.html, husk.ip, husk.user_agent, husk.network_key, husk.author_key, husk.verdict) == ("",) + (None,) * 5
    assert tokens(app, site) == known
    with app.app_context():
        assert not anew.relearn(db.session.get_one(Site, site.id)).differed
    assert make.counts(site)["spam"] == make.page(site).spam == 0


def test_what_was_emptied_cannot_be_decided_on_or_brought_back(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    comment = make.comment(site)
    batch = make.decide(comment, "spam", moderator).batch
    empty(app, site, comment)
    with app.app_context():
        assert lifecycle.undo(batch, at=now(), moderator=moderator, within=[site.id]).decided == []
    assert make.decide(comment, "approved", moderator).decided == []
    assert make.load(comment).place == EMPTIED


def test_a_husk_goes_once_the_filter_has_forgotten_it(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "REMEMBERED", 1)
    old = make.comment(site, "Cheap pills")
    make.decide(old, "spam", moderator)
    empty(app, site, old)
    with app.app_context():
        assert sweep(site.id, [old.id]) == 0
    make.decide(make.comment(site, "Cheap watches"), "spam", moderator)
    with app.app_context():
        assert sweep(site.id, [old.id]) == 1
        assert not anew.relearn(db.session.get_one(Site, site.id)).differed
    assert not exists(app, old)


def test_a_comment_with_replies_stays_as_long_as_they_stand(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    parent = make.comment(site, status="approved")
    reply = make.comment(site, parent=parent, status="approved")
    make.decide(parent, "trash")
    assert empty(app, site, parent, status="trash") == 1
    husk = make.load(parent)
    assert (husk.author, husk.source, husk.url) == ("", "", None)
    assert make.load(reply).status == "approved"
    make.decide(reply, "trash")
    assert empty(app, site, reply, status="trash") == 1
    with app.app_context():
        assert sweep(site.id, [parent.id]) == 1
        assert db.session.scalars(select(Decision)).all() == []
