"""Somebody who moderates already is given further sites: by an owner of these, and nobody gains anything else by it."""

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
from tests.review.test_team import can_sign_in, events, load, sites_of, state_of

MO = "mo@x.example"


@pytest.fixture
def blog(make: Make) -> Site:
    return make.site("blog")


@pytest.fixture
def mo(make: Make, blog: Site) -> Moderator:
    """A moderator of a site that is not the owner's."""
    return make.moderator(MO, sites=[blog], name="Mo")


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
    app: Flask, site: Site, blog: Site, mo: Moderator, here: Owner
) -> None:
    answer = add(here, site, password="a password of the owner")
    assert answer.status_code == 303
    page = here.get(answer.location).text
    assert "Mo has an account already" in page
    assert MO in page
    assert "Someone" not in page
    assert "Blog" not in page
    assert sites_of(app, mo) == {site.id, blog.id}
    now = load(app, mo)
    assert (now.name, now.role, now.all_sites, now.password_hash) == ("Mo", "moderator", False, mo.password_hash)
    assert can_sign_in(app, MO, PASSWORD)
    assert events(app) == [("moderator.added", site.id, {"moderator_id": mo.id, "name": "Mo", "role": "moderator"})]
    theirs = Browser(app)
    theirs.enter(MO)
    assert theirs.get("/desk/demo/").status_code == 200


def test_who_was_added_so_is_not_in_the_owners_hands(
    app: Flask, make: Make, site: Site, mo: Moderator, here: Owner
) -> None:
    add(here, site)
    bearer = make.bearer(mo)
    before = snapshot(app)
    acts: list[tuple[str, dict[str, Any]]] = [
        ("password", {"password": "a password of the owner"}),
        ("password", {"password": ""}),
        ("tokens", {}),
        ("access", {"active": "no"}),
        ("rights", {"role": "owner", "offered": [site.id], "sites": [site.id]}),
    ]
    for act, form in acts:
        answer = here.act(act, mo, seen=state_of(app, mo), **form)
        assert answer.status_code == 422, act
        assert "Ask an owner of every site" in answer.text
    assert snapshot(app) == before
    assert app.test_client().get("/v1/moderation/comments", headers=bearer).status_code == 200


def test_the_owner_takes_away_again_what_was_given_and_no_more(
    app: Flask, site: Site, blog: Site, mo: Moderator, here: Owner
) -> None:
    add(here, site)
    assert here.act("rights", mo, role="moderator", offered=[site.id], sites=[]).status_code == 303
    assert sites_of(app, mo) == {blog.id}


@pytest.mark.parametrize(("has", "asked"), [("moderator", "owner"), ("owner", "moderator")])
def test_a_role_is_neither_raised_nor_lent(
    app: Flask, make: Make, site: Site, blog: Site, here: Owner, has: Any, asked: str
) -> None:
    who = make.moderator("ot@x.example", role=has, sites=[blog], name="Otto")
    before = snapshot(app)
    answer = add(here, site, email="ot@x.example", role=asked)
    assert answer.status_code == 422
    assert "with another role" in fault(answer, "role")
    assert "Otto" not in answer.text
    assert snapshot(app) == before
    assert add(here, site, email="ot@x.example", role=has).status_code == 303
    assert (load(app, who).role, sites_of(app, who)) == (has, {site.id, blog.id})


def test_an_account_whose_access_was_taken_away_is_given_nothing(
    app: Flask, site: Site, mo: Moderator, here: Owner
) -> None:
    with app.app_context():
        db.session.get_one(Moderator, mo.id).active = False
        db.session.commit()
    before = snapshot(app)
    answer = add(here, site)
    assert answer.status_code == 422
    assert "was taken away" in fault(answer, "email")
    assert snapshot(app) == before


@pytest.mark.parametrize("every", [True, False])
def test_who_has_the_sites_already_is_there_already(
    app: Flask, make: Make, site: Site, blog: Site, here: Owner, every: bool
) -> None:
    make.moderator("ot@x.example", sites=None if every else [site, blog], name="Otto")
    before = snapshot(app)
    assert "already" in fault(add(here, site, email="ot@x.example"), "email")
    assert snapshot(app) == before


def test_an_owner_gives_only_sites_that_are_his(app: Flask, make: Make, site: Site, mo: Moderator, here: Owner) -> None:
    secret = make.site("secret")
    before = snapshot(app)
    forms: list[dict[str, Any]] = [{"sites": [secret.id]}, {"every": "yes"}, {"sites": []}]
    for form in forms:
        assert add(here, site, **form).status_code == 422
    assert snapshot(app) == before
    assert add(here, site, sites=[site.id, secret.id]).status_code == 303
    assert secret.id not in sites_of(app, mo)


def test_an_owner_of_every_site_gives_every_site(app: Flask, site: Site, mo: Moderator, everywhere: Owner) -> None:
    assert add(everywhere, site, every="yes").status_code == 303
    assert load(app, mo).all_sites
    assert sites_of(app, mo) == set()
    assert ("moderator.added", None) in [event[:2] for event in events(app)]


def test_the_address_is_known_again_however_it_is_written(app: Flask, site: Site, mo: Moderator, here: Owner) -> None:
    assert add(here, site, email="MO@X.example").status_code == 303
    assert site.id in sites_of(app, mo)
