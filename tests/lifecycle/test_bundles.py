"""Near-duplicates are one row: who belongs together, who is shown, and that the counts are true whatever happens."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from moderation import lifecycle
from moderation.extensions import db
from moderation.lifecycle.bundles import Traits, join
from moderation.lifecycle.emptying import sweep
from moderation.models import EMPTIED, FOLDED, SHOWN, STATUSES, Bundle, Comment, Moderator, Site, Status, now
from tests.factories import Make

FLOOD = "Buy our pills today, they are the best pills that money can buy in the whole wide world, says {name}."


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


def rows(app: Flask, site: Site) -> list[tuple[int, Status, int | None, int]]:
    with app.app_context():
        columns = select(Comment.id, Comment.status, Comment.bundle_id, Comment.place).where(Comment.site_id == site.id)
        return [
            (row.id, row.status, row.bundle_id, row.place) for row in db.session.execute(columns.order_by(Comment.id))
        ]


def is_true(app: Flask, make: Make, site: Site) -> None:
    """Of each bundle one comment is shown in each status where it has any, and its counts are what a count finds."""
    found: dict[int, Counter[str]] = {}
    shown: Counter[tuple[int, str]] = Counter()
    in_status: Counter[str] = Counter()
    for _id, status, bundle, place in rows(app, site):
        if place == EMPTIED:
            continue
        in_status[status] += 1
        if bundle is None:
            assert place == SHOWN
            continue
        found.setdefault(bundle, Counter())[status] += 1
        shown[bundle, status] += place == SHOWN
    assert set(shown.values()) <= {1}
    assert make.counts(site) == {status: in_status[status] for status in STATUSES}
    with app.app_context():
        for each in db.session.scalars(select(Bundle).where(Bundle.site_id == site.id)):
            assert each.counts() == {status: found.get(each.id, Counter())[status] for status in STATUSES}


def bundles(app: Flask, site: Site) -> list[list[int]]:
    """The bundles, each with its comments."""
    members: dict[int, list[int]] = {}
    for comment_id, _status, bundle, _place in rows(app, site):
        if bundle is not None:
            members.setdefault(bundle, []).append(comment_id)
    return list(members.values())


def test_the_same_text_sent_again_is_one_row(app: Flask, make: Make, site: Site) -> None:
    first, second, third = (make.comment(site, text_key="a" * 32) for _number in range(3))
    other = make.comment(site)
    assert bundles(app, site) == [[first.id, second.id, third.id]]
    assert [place for _id, _status, _bundle, place in rows(app, site)] == [SHOWN, FOLDED, FOLDED, SHOWN]
    assert make.load(other).bundle_id is None
    is_true(app, make, site)


def test_what_came_more_than_an_hour_before_is_no_bundle(app: Flask, make: Make, site: Site) -> None:
    make.comment(site, text_key="a" * 32, at=now() - timedelta(minutes=61))
    make.comment(site, text_key="a" * 32)
    assert bundles(app, site) == []


@pytest.mark.parametrize("flooded", [True, False])
def test_texts_that_share_a_run_of_words_are_one_row_in_a_flood_only(
    app: Flask, make: Make, site: Site, flooded: bool
) -> None:
    before = make.comment(site, FLOOD.format(name="Ann"))
    after = make.comment(site, FLOOD.format(name="Bob"), flooded=flooded)
    assert bundles(app, site) == ([[before.id, after.id]] if flooded else [])
    is_true(app, make, site)


@pytest.mark.parametrize(
    ("host", "flooded", "together"),
    [("pills.example", True, True), ("pills.example", False, False), ("news.example", True, False)],
    ids=["in a flood", "on a usual day", "the site's own host"],
)
def test_links_to_one_domain_are_one_row_in_a_flood(
    app: Flask, make: Make, site: Site, host: str, flooded: bool, together: bool
) -> None:
    make.comment(site, "short", hosts=frozenset({host}))
    make.comment(site, "other", hosts=frozenset({host}), flooded=flooded)
    assert bool(bundles(app, site)) is together


def test_what_is_public_and_what_staff_wrote_is_never_folded(
    app: Flask, make: Make, site: Site, moderator: Moderator
) -> None:
    make.comment(site, text_key="a" * 32, status="approved")
    make.comment(site, text_key="a" * 32, staff=moderator)
    make.comment(site, text_key="a" * 32)
    assert bundles(app, site) == []


def test_another_sites_comments_are_never_bundled_with_ones_own(app: Flask, make: Make, site: Site) -> None:
    other = make.site("other")
    make.comment(other, FLOOD, text_key="a" * 32, hosts=frozenset({"pills.example"}))
    make.comment(site, FLOOD, text_key="a" * 32, hosts=frozenset({"pills.example"}), flooded=True)
    assert bundles(app, site) == bundles(app, other) == []


def test_when_the_shown_one_is_decided_on_alone_the_next_takes_its_place(app: Flask, make: Make, site: Site) -> None:
    first, second, third = (make.comment(site, text_key="a" * 32) for _number in range(3))
    make.decide(first, "spam")
    assert [make.load(each).place for each in (first, second, third)] == [SHOWN, SHOWN, FOLDED]
    make.decide(second, "spam")
    assert [make.load(each).place for each in (first, second, third)] == [SHOWN, FOLDED, SHOWN]
    is_true(app, make, site)


@pytest.mark.parametrize("seed", range(6))
def test_counts_and_places_stay_true_whatever_is_done(
    app: Flask, make: Make, site: Site, moderator: Moderator, seed: int
) -> None:
    chance = random.Random(seed)
    batches: list[str] = []
    for _step in range(40):
        ids = [row[0] for row in rows(app, site)]
        some = chance.sample(ids, min(len(ids), chance.randint(1, 6)))
        act = chance.choice(["arrive", "arrive", "decide", "decide", "undo", "empty"])
        if act == "arrive":
            make.comment(
                site,
                FLOOD.format(name=chance.random()),
                text_key=chance.choice("abc") * 32,
                flooded=chance.random() < 0.5,
            )
            continue
        with app.app_context():
            if act == "decide":
                to = chance.choice(STATUSES)
                batches.append(lifecycle.decide(some, to, at=now(), moderator=moderator, within=[site.id]).batch)
            elif act == "undo" and batches:
                batches.append(
                    lifecycle.undo(chance.choice(batches), at=now(), moderator=moderator, within=[site.id]).batch
                )
            elif act == "empty":
                lifecycle.empty(site.id, some, chance.choice(("spam", "trash")))
                sweep(site.id, some)
        is_true(app, make, site)


def test_an_arrival_holds_none_that_an_act_on_the_bundle_may_have_to_show(app: Flask, make: Make, site: Site) -> None:
    """Else the arrival, which waits for the page, and the act, which holds it, could wait for each other for ever."""
    first, second, late = (make.comment(site, text_key="a" * 32) for _number in range(3))
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer at a time")
        with db.engine.connect() as arriving, db.engine.connect() as acting, Session(arriving) as session:
            join(session, session.get_one(Comment, late.id), Traits("a" * 32), now())
            acting.execute(text("SET lock_timeout = '1s'"))
            acting.execute(update(Comment).where(Comment.id.in_([first.id, second.id])).values(place=SHOWN))
            acting.rollback()
            session.rollback()
