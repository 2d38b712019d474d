"""A person's data: everything under an address is given out, and everything is erased."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from moderation import lifecycle
from moderation.extensions import db
from moderation.learning import anew
from moderation.models import (
    Base,
    Comment,
    CommentNote,
    Event,
    LearnedToken,
    Moderator,
    Site,
    SiteList,
    Status,
    Subscription,
    TrustedAuthor,
    now,
)
from moderation.privacy import person
from moderation.privacy.export import document
from moderation.settings import current
from tests.factories import Make

EMAIL = "Amina.Yusuf@example.org"
SECRETS = ("Amina", "amina.yusuf", "203.0.113.7", "Firefox", "amina-site.example", "cherry", "a" * 32)


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


def write(make: Make, site: Site, words: str = "cherry blossom", **more: Any) -> Comment:
    """A comment of the person, with everything that can be known of one."""
    known: dict[str, Any] = {
        "author": "Amina",
        "email": EMAIL.lower(),
        "url": "https://amina-site.example/",
        "ip": "203.0.113.7",
        "user_agent": "Firefox",
        "author_key": "a" * 32,
    }
    return make.comment(site, words, **{**known, **more})


def keys(app: Flask) -> list[str]:
    with app.app_context():
        return person.keys_of(current(), EMAIL)


def erase(app: Flask, site: Site, steps: int | None = None) -> int:
    with app.app_context():
        return person.erase(site, person.keys_of(current(), EMAIL), at=now(), steps=steps)


def exported(app: Flask, *sites: Site) -> dict[str, Any]:
    with app.app_context():
        pieces = document(EMAIL, sites, person.keys_of(current(), EMAIL), now())
        found: dict[str, Any] = json.loads(b"".join(pieces))
        return found


def everything(app: Flask) -> str:
    """All that is stored, as text."""
    with app.app_context():
        rows = [
            str(dict(row._mapping))
            for table in Base.metadata.sorted_tables
            for row in db.session.execute(select(table))
        ]
    return "\n".join(rows)


def tokens(app: Flask, site: Site) -> dict[str, tuple[int, int]]:
    with app.app_context():
        rows = db.session.scalars(select(LearnedToken).where(LearnedToken.site_id == site.id))
        return {row.token: (row.spam, row.ham) for row in rows}


def test_of_an_erased_person_nothing_is_left_anywhere(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    first = write(make, site, status="approved")
    make.comment(site, "A reply of somebody else", parent=first, status="approved", author="Ben")
    second = write(make, site, "cherry pie", hosts=frozenset({"amina-site.example"}))
    make.edit(second, "cherry cake", moderator)
    third = write(make, site, "cherry spam")
    words: list[tuple[Comment, Status]] = [(first, "approved"), (second, "approved"), (third, "spam")]
    for comment, status in words:
        with app.app_context():
            lifecycle.decide(
                [comment.id], status, at=now(), moderator=moderator, within=[site.id], note="Amina again", trusts=True
            )
    with app.app_context():
        lifecycle.empty(site.id, [third.id], "spam")
        db.session.add(CommentNote(comment_id=first.id, moderator_id=moderator.id, text="Amina is a regular"))
        db.session.add(Subscription(comment_id=first.id, site_id=site.id, lang="en"))
        db.session.commit()
    assert all(secret in everything(app) for secret in SECRETS)
    assert erase(app, site) == 3
    left = everything(app)
    assert [secret for secret in SECRETS if secret in left] == []
    assert not set(keys(app)) & set(left.split("'"))
    assert "A reply of somebody else" in left


def test_counts_and_versions_move_and_replies_stay_in_their_thread(app: Flask, make: Make, site: Site) -> None:
    root = make.comment(site, "Root", status="approved")
    gone = write(make, site, parent=root, status="approved")
    reply = make.comment(site, "A reply", parent=gone, status="approved")
    make.comment(site, "Waiting", status="pending")
    version = make.page(site).version
    erase(app, site)
    page = make.page(site)
    assert page.version == version + 1
    assert make.counts(site) == page.counts() == {"pending": 1, "approved": 2, "spam": 0, "trash": 0}
    answer = app.test_client().get("/v1/sites/demo/comments", query_string={"page": "/a/"}).get_json()
    assert [(each["id"], each["parent_id"]) for each in answer["comments"]] == [(root.id, None), (reply.id, root.id)]


def test_an_erased_root_leaves_its_replies_at_the_top(app: Flask, make: Make, site: Site) -> None:
    root = write(make, site, status="approved")
    reply = make.comment(site, "A reply", parent=root, status="approved")
    erase(app, site)
    answer = app.test_client().get("/v1/sites/demo/comments", query_string={"page": "/a/"}).get_json()
    assert [(each["id"], each["parent_id"]) for each in answer["comments"]] == [(reply.id, None)]


def test_what_was_learned_from_the_person_is_unlearned_and_the_rest_stays(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    make.decide(make.comment(site, "cheap pills"), "spam", moderator)
    was = tokens(app, site)
    make.decide(write(make, site), "approved", moderator)
    root = write(make, site, "cherry tree")
    make.decide(root, "approved", moderator)
    make.comment(site, "A reply", parent=root, status="approved")
    assert "cherry" in tokens(app, site)
    erase(app, site)
    assert tokens(app, site) == was
    with app.app_context():
        assert not anew.relearn(db.session.get_one(Site, site.id)).differed


def test_a_bundle_goes_on_without_the_person(app: Flask, make: Make, site: Site) -> None:
    mine = write(make, site, "the same kind words", text_key="k" * 32)
    other = make.comment(site, "the same kind words", text_key="k" * 32)
    assert make.load(other).place == 1
    erase(app, site)
    assert make.load(other).place == 0, "what was folded behind it is shown now"
    with app.app_context():
        assert db.session.get(Comment, mine.id) is None


def test_another_spelling_of_the_address_is_the_same_person_and_another_address_is_not(
    app: Flask, make: Make, site: Site
) -> None:
    other = make.comment(site, "Mine", email="someone@example.org")
    write(make, site)
    assert erase(app, site) == 1
    assert make.load(other).source == "Mine"
    assert erase(app, site) == 0, "to erase twice is to erase once"


def test_many_comments_are_erased_in_steps_that_go_on_where_they_ended(
    app: Flask, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person, "STEP", 2)
    for number in range(5):
        write(make, site, f"cherry {number}")
    assert [erase(app, site, steps=1) for _ in range(4)] == [2, 2, 1, 0]
    assert make.counts(site)["pending"] == 0


def test_the_log_says_how_many_and_of_nobody(app: Flask, make: Make, site: Site) -> None:
    write(make, site)
    erase(app, site)
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.kind == "person.erased")).one()
    assert (event.site_id, event.moderator_id, event.comment_id, event.detail) == (site.id, None, None, {"number": 1})


def test_another_sites_comments_stay(app: Flask, make: Make, site: Site) -> None:
    elsewhere = write(make, make.site("other"))
    erase(app, site)
    assert make.load(elsewhere).author == "Amina"


def test_an_export_has_everything_that_is_known(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person, "STEP", 1)
    first = write(make, site)
    make.edit(first, "cherry cake", moderator)
    make.decide(first, "approved", moderator)
    write(make, site, "cherry spam", status="spam")
    make.comment(site, "Not theirs")
    with app.app_context():
        db.session.add(CommentNote(comment_id=first.id, moderator_id=moderator.id, text="A regular"))
        db.session.add(TrustedAuthor(site_id=site.id, author_key="a" * 32, moderator_id=moderator.id))
        db.session.add(SiteList(site_id=site.id, name="hold", text=f"email:{EMAIL.lower()}\nword:x", digest="x"))
        db.session.commit()
    found = exported(app, site)
    assert found["email"] == EMAIL
    own = found["sites"][0]
    assert (own["site"], own["name"]) == ("demo", "Demo")
    assert own["lists"] == [{"list": "hold", "line": f"email:{EMAIL.lower()}"}]
    comment = own["comments"][0]
    assert [each["status"] for each in own["comments"]] == ["approved", "spam"]
    assert (comment["author"], comment["email"], comment["ip"]) == ("Amina", EMAIL.lower(), "203.0.113.7")
    assert (comment["source"], comment["original"]) == ("cherry cake", "cherry blossom")
    assert [(each["number"], each["by"]) for each in comment["versions"]] == [(1, "author"), (2, "moderator")]
    assert [(each["actor"], each["to"]) for each in comment["decisions"]] == [
        ("policy", "pending"),
        ("moderator", "approved"),
    ]
    assert [each["text"] for each in comment["notes"]] == ["A regular"]
    assert comment["trusted"] is True
    assert comment["verdict"]["signals"]
    assert "Not theirs" not in json.dumps(found)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("email:ia@example.org", True),
        ("hold IA@example.org  # asked twice", True),
        ("casino  # <ia@example.org>, said so.", True),
        ("word:x  # it was ia@example.org.", True),
        ("email:maria@example.org", False),
        ("email:नीia@example.org", False),
        ("email:o'ia@example.org", False),
        ("email:x+ia@example.org", False),
        ("email:ia@example.org.uk", False),
        ("email:ia@example.organic", False),
        ("email:ia@example.org-x.example", False),
        ("email:iaaexample.org", False),
    ],
)
def test_a_copy_has_no_line_that_names_somebody_else(
    app: Flask, make: Make, site: Site, line: str, names: bool
) -> None:
    with app.app_context():
        db.session.add(SiteList(site_id=site.id, name="hold", text=f"word:y\n{line}", digest="x"))
        db.session.commit()
        for address in ("ia@example.org", "Ia+news@example.org"):
            found = json.loads(b"".join(document(address, [site], (), now())))
            assert found["sites"][0]["lists"] == [{"list": "hold", "line": line}] * names


@pytest.mark.parametrize("address", ["", "nobody", "nobody@example.org", "\0", "a@b@c", "x" * 5000])
def test_an_address_under_which_nothing_is_stored_gives_an_empty_document(
    app: Flask, make: Make, site: Site, address: str
) -> None:
    make.comment(site, "x", email_key=None)
    with app.app_context():
        wanted = person.keys_of(current(), address)
        found = json.loads(b"".join(document(address, [site], wanted, now())))
        assert found["sites"][0]["comments"] == []
        assert person.erase(site, wanted, at=now()) == 0


def test_comments_from_before_a_change_of_the_secret_key_are_found(app: Flask, make: Make, site: Site) -> None:
    write(make, site)
    with app.app_context():
        own = current()
        changed = replace(
            own, secret_key="another-secret-key-0123456789-0123456789", secret_key_fallbacks=(own.secret_key,)
        )
        assert person.count(db.session(), site, person.keys_of(changed, EMAIL), 10) == 1
