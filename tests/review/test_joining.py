"""Somebody who moderates already is given further sites: by an owner of all sites concerned, who gains nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Moderator, Site
from tests.factories import PASSWORD, Make
from tests.review.browser import Browser, Owner
from tests.review.test_boundaries import snapshot
from tests.review.test_team import can_sign_in, events, load, sites_of

MO = "mo@x.example"


@pytest.fixture
def blog(make: Make) -> Site:
    return make.site("blog")


@pytest.fixture
def mo(make: Make, blog: Site) -> Moderator:
    """A moderator of the other site."""
    return make.moderator(MO, sites=[blog], name="Mo")


@pytest.fixture
def both(app: Flask, make: Make, site: Site, blog: Site) -> Owner:
    """The browser of an owner of both sites, and of no others."""
    make.moderator("both@example.org", role="owner", sites=[site, blog], name="Bo")
    browser = Owner(app)
    browser.enter("both@example.org")
    return browser


def add(owner: Owner, site: Site, **form: Any) -> TestResponse:
    """Send the form for somebody new with the address of somebody who is there."""
    sent = {"email": MO, "name": "Someone", "offered": [site.id], "sites": [site.id]}
    return owner.add(**{**sent, **form})


def fault(answer: TestResponse, field: str) -> str:
    """What the page says of a field."""
    found = re.search(rf'id="{field}-fault">([^<]*)<', answer.text)
    assert found, answer.text
    return found[1]


def test_an_owner_adds_somebody_who_moderates_another_site(
    app: Flask, site: Site, blog: Site, mo: Moderator, both: Owner
) -> None:
    answer = add(both, site, password="a password of the owner")
    assert answer.status_code == 303
    page = both.get(answer.location).text
    assert "Mo has an account already" in page
    assert MO in page
    assert "Someone" not in page
    assert sites_of(app, mo) == {site.id, blog.id}
    now = load(app, mo)
    assert (now.name, now.role, now.all_sites, now.password_hash) == ("Mo", "moderator", False, mo.password_hash)
    assert can_sign_in(app, MO, PASSWORD)
    assert events(app) == [("moderator.added", site.id, {"moderator_id": mo.id, "name": "Mo", "role": "moderator"})]
    theirs = Browser(app)
    theirs.enter(MO)
    assert theirs.get("/desk/demo/").status_code == 200


def test_an_account_with_sites_of_others_is_not_an_owners_to_add(
    app: Flask, make: Make, site: Site, mo: Moderator, here: Owner
) -> None:
    make.moderator("idle@x.example", sites=[], name="Idle")
    before = snapshot(app)
    answer = add(here, site)
    assert answer.status_code == 422
    assert "Ask an owner of every site" in fault(answer, "email")
    assert "Blog" not in answer.text
    assert "already" in fault(add(here, site, email="idle@x.example"), "email")
    assert snapshot(app) == before


def test_an_owner_of_every_site_adds_anybody(
    app: Flask, site: Site, blog: Site, mo: Moderator, everywhere: Owner
) -> None:
    assert add(everywhere, site).status_code == 303
    assert sites_of(app, mo) == {site.id, blog.id}


def test_an_owner_takes_away_again_what_was_given_and_no_more(
    app: Flask, site: Site, blog: Site, mo: Moderator, both: Owner
) -> None:
    add(both, site)
    assert both.act("rights", mo, role="moderator", offered=[site.id], sites=[]).status_code == 303
    assert sites_of(app, mo) == {blog.id}


@pytest.mark.parametrize(("has", "asked"), [("moderator", "owner"), ("owner", "moderator")])
def test_a_role_is_neither_raised_nor_lent(
    app: Flask, make: Make, site: Site, blog: Site, both: Owner, has: Any, asked: str
) -> None:
    who = make.moderator("ot@x.example", role=has, sites=[blog], name="Otto")
    before = snapshot(app)
    answer = add(both, site, email="ot@x.example", role=asked)
    assert answer.status_code == 422
    assert "with another role" in fault(answer, "role")
    assert "Otto" not in answer.text
    assert snapshot(app) == before
    assert add(both, site, email="ot@x.example", role=has).status_code == 303
    assert (load(app, who).role, sites_of(app, who)) == (has, {site.id, blog.id})


def test_an_account_whose_access_was_taken_away_is_given_nothing(
    app: Flask, site: Site, mo: Moderator, both: Owner
) -> None:
    with app.app_context():
        db.session.get_one(Moderator, mo.id).active = False
        db.session.commit()
    before = snapshot(app)
    answer = add(both, site)
    assert answer.status_code == 422
    assert "was taken away" in fault(answer, "email")
    assert snapshot(app) == before


@pytest.mark.parametrize("every", [True, False])
def test_who_has_the_sites_already_is_there_already(
    app: Flask, make: Make, site: Site, blog: Site, both: Owner, every: bool
) -> None:
    make.moderator("ot@x.example", sites=None if every else [site, blog], name="Otto")
    before = snapshot(app)
    assert "already" in fault(add(both, site, email="ot@x.example"), "email")
    assert snapshot(app) == before


def test_an_owner_gives_only_sites_that_are_his(app: Flask, make: Make, site: Site, mo: Moderator, both: Owner) -> None:
    secret = make.site("secret")
    before = snapshot(app)
    forms: list[dict[str, Any]] = [{"sites": [secret.id]}, {"every": "yes"}, {"sites": []}]
    for form in forms:
        assert add(both, site, **form).status_code == 422
    assert snapshot(app) == before
    assert add(both, site, sites=[site.id, secret.id]).status_code == 303
    assert secret.id not in sites_of(app, mo)


def test_an_owner_of_every_site_gives_every_site(app: Flask, site: Site, mo: Moderator, everywhere: Owner) -> None:
    assert add(everywhere, site, every="yes").status_code == 303
    assert load(app, mo).all_sites
    assert sites_of(app, mo) == set()
    assert ("moderator.added", None) in [event[:2] for event in events(app)]


def test_the_address_is_known_again_however_it_is_written(app: Flask, site: Site, mo: Moderator, both: Owner) -> None:
    assert add(both, site, email="MO@X.example").status_code == 303
    assert site.id in sites_of(app, mo)
