"""Owners add moderators, and give and take what these may do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Event, Moderator, ModeratorSite, Site, now
from moderation.problems import Forbidden
from moderation.review import accounts, sessions, team
from moderation.review.attempts import FREE_ATTEMPTS
from tests.factories import PASSWORD, Make
from tests.review.browser import Browser, Owner
from tests.review.test_boundaries import snapshot
from tests.thorough import examples

NETWORK = "192.0.2.7"


def load(app: Flask, who: Moderator) -> Moderator:
    with app.app_context():
        return db.session.get_one(Moderator, who.id)


def sites_of(app: Flask, who: Moderator) -> set[int]:
    with app.app_context():
        return set(db.session.scalars(select(ModeratorSite.site_id).where(ModeratorSite.moderator_id == who.id)))


def events(app: Flask) -> list[tuple[str, int | None, dict[str, Any]]]:
    """What stands in the log since the cast was made, as (kind, site, detail)."""
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.moderator_id.is_not(None)).order_by(Event.id))
        return [(row.kind, row.site_id, row.detail) for row in rows]


def shown(answer: TestResponse) -> str:
    """The password on an answer's page."""
    found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', answer.text)
    assert found, answer.text
    return found[1]


def can_sign_in(app: Flask, email: str, password: str) -> bool:
    with app.test_request_context():
        return accounts.verify(email, password, now(), NETWORK) is not None


def test_a_new_moderator_signs_in_with_a_password_that_is_shown_once_and_stands_nowhere(
    app: Flask, here: Owner, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    answer = here.add()
    made = shown(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(made) >= 16
    assert can_sign_in(app, "new@example.org", made)
    assert made not in str(snapshot(app))
    assert made not in caplog.text
    assert made not in here.get("/desk/demo/moderators").text
    assert made not in str(here.client.get_cookie("moderation"))
    assert [event[:2] for event in events(app)] == [("moderator.added", site.id)]


def test_a_typed_password_is_not_shown_again(app: Flask, here: Owner) -> None:
    answer = here.add(password="four random words here")
    assert answer.status_code == 303
    assert "four random words" not in here.get(answer.location).text
    assert can_sign_in(app, "new@example.org", "four random words here")


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        ({"email": "nonsense"}, "email", "cannot be used"),
        ({"email": "local@example.org"}, "email", "already"),
        ({"name": " \u200b "}, "name", "1 to 245"),
        ({"name": "x" * 65_000}, "name", "1 to 245"),
        ({"password": "short"}, "password", "8 to 1024"),
        ({"sites": []}, "sites", "at least one site"),
        ({"sites": ["99"]}, "sites", "at least one site"),
        ({"sites": ["nonsense", "0", "-1", str(2**40)]}, "sites", "at least one site"),
        ({"every": "yes"}, "sites", "only sites that you reach"),
    ],
)
def test_a_form_that_cannot_be_taken_comes_back_with_the_field_the_fault_and_what_was_typed(
    app: Flask, here: Owner, form: dict[str, Any], field: str, says: str
) -> None:
    before = snapshot(app)
    answer = here.add(**{"email": "kept@example.org", "name": "Kept Name", "role": "owner", **form})
    assert answer.status_code == 422
    fault = re.search(rf'id="{field}-fault">([^<]*)<', answer.text)
    assert fault
    assert says in fault[1]
    assert "Kept Name" in answer.text or field == "name"
    assert "kept@example.org" in answer.text or field == "email"
    assert re.search(r'value="owner"\s+checked', answer.text)
    assert "short" not in answer.text
    assert snapshot(app) == before


@examples(20)
@given(
    form=st.fixed_dictionaries(
        {name: st.text(max_size=80) for name in ("email", "name", "role", "sites", "offered", "every", "id", "seen")}
        | {"password": st.just("x"), "active": st.text(max_size=4)}
    )
)
def test_nothing_that_is_sent_breaks_these_pages(here: Owner, form: dict[str, str]) -> None:
    here.get("/desk/demo/moderators")
    for act in ("moderators", "moderators/rights", "moderators/password", "moderators/access"):
        assert here.post(f"/desk/demo/{act}", **form).status_code in {404, 422}, act


def test_an_owner_of_one_site_sees_and_gives_no_other(app: Flask, make: Make, site: Site, here: Owner) -> None:
    other = make.site("secret")
    both = make.moderator("both@example.org", sites=[site, other], name="Both")
    stranger = make.moderator("stranger@example.org", sites=[other], name="Stranger")
    page = here.get("/desk/demo/moderators").text
    assert "Both" in page
    assert "Stranger" not in page
    assert "Secret" not in page
    assert here.get(f"/desk/demo/moderators/one?id={stranger.id}").status_code == 404
    form: dict[str, Any] = {"role": "moderator", "offered": [site.id, other.id]}
    # What is not his he can neither take away nor give, whatever is sent.
    assert here.act("rights", both, sites=[site.id], **form).status_code == 303
    assert sites_of(app, both) == {site.id, other.id}
    assert here.act("rights", both, sites=[], **form).status_code == 303
    assert sites_of(app, both) == {other.id}
    assert here.add(sites=[other.id]).status_code == 422
    assert [event[:2] for event in events(app)] == [("moderator.removed", site.id)]


@pytest.mark.parametrize("all_sites", [True, False])
@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("rights", {"role": "owner", "sites": ["1"], "offered": ["1"]}),
        ("rights", {"role": "moderator", "every": "yes"}),
        ("password", {"password": ""}),
        ("password", {"password": "a password of my own"}),
        ("access", {"active": "no"}),
    ],
)
def test_who_has_sites_of_others_keeps_role_password_and_access(
    app: Flask, make: Make, site: Site, here: Owner, all_sites: bool, act: str, form: dict[str, Any]
) -> None:
    theirs = None if all_sites else [site, make.site("other")]
    who = make.moderator("both@example.org", sites=theirs, name="Both")
    state = state_of(app, who)
    before = snapshot(app)
    answer = here.act(act, who, seen=state, **form)
    assert answer.status_code == 422
    assert "Ask an owner of every site" in answer.text
    assert snapshot(app) == before


def state_of(app: Flask, who: Moderator) -> str:
    """What a page says of somebody, as it would be now."""
    with app.app_context():
        return team._state(db.session.get_one(Moderator, who.id))


def test_role_and_sites_change_together_and_the_log_of_each_site_says_so(
    app: Flask, make: Make, site: Site, everywhere: Owner
) -> None:
    second, third = make.site("second"), make.site("third")
    who = make.moderator("mo@example.org", sites=[site, second])
    offered = [site.id, second.id, third.id]
    everywhere.act("rights", who, role="owner", offered=offered, sites=[site.id, third.id])
    assert load(app, who).role == "owner"
    assert sites_of(app, who) == {site.id, third.id}
    assert [event[:2] for event in events(app)] == [
        ("moderator.added", third.id),
        ("moderator.removed", second.id),
        ("moderator.changed", site.id),
    ]
    assert events(app)[-1][2]["role"] == ["moderator", "owner"]
    everywhere.act("rights", who, role="owner", offered=offered, every="yes")
    assert load(app, who).all_sites
    assert sites_of(app, who) == set()
    assert ("moderator.added", None) in [event[:2] for event in events(app)]


def test_somebody_without_a_site_is_not_lost(app: Flask, make: Make, site: Site, everywhere: Owner) -> None:
    who = make.moderator("none@example.org", sites=[], name="Nobody's")
    assert "none@example.org" in everywhere.get("/desk/demo/moderators").text
    everywhere.act("rights", who, role="moderator", offered=[site.id], sites=[site.id])
    assert sites_of(app, who) == {site.id}


def test_a_new_password_ends_sessions_and_the_page_that_showed_it_cannot_be_sent_again(
    app: Flask, make: Make, site: Site, here: Owner
) -> None:
    who = make.moderator("mo@example.org", sites=[site])
    with app.app_context():
        session = sessions.begin(who, now()).get_id()
    state = state_of(app, who)
    made = shown(here.act("password", who, seen=state, password=""))
    assert can_sign_in(app, "mo@example.org", made)
    assert not can_sign_in(app, "mo@example.org", PASSWORD)
    with app.app_context():
        assert sessions.find(session, now()) is None
    again = here.act("password", who, seen=state, password="")
    assert again.status_code == 422
    assert "changed by somebody else meanwhile" in again.text
    assert can_sign_in(app, "mo@example.org", made)
    assert made not in str(snapshot(app))


def test_access_taken_away_ends_everything_at_once_and_can_be_given_back(
    app: Flask, make: Make, site: Site, here: Owner
) -> None:
    who = make.moderator("mo@example.org", sites=[site])
    bearer = make.bearer(who)
    theirs = Browser(app)
    theirs.enter("mo@example.org")
    assert here.act("access", who, active="no").status_code == 303
    assert theirs.get("/desk/demo/").status_code == 302
    assert app.test_client().get("/v1/moderation/comments", headers=bearer).status_code == 401
    assert not can_sign_in(app, "mo@example.org", PASSWORD)
    assert here.act("access", who, active="yes").status_code == 303
    assert can_sign_in(app, "mo@example.org", PASSWORD)
    assert app.test_client().get("/v1/moderation/comments", headers=bearer).status_code == 401
    assert [event[0] for event in events(app)] == ["moderator.removed", "moderator.changed"]


def test_nobody_takes_rights_from_himself(app: Flask, make: Make, site: Site, here: Owner, local: Moderator) -> None:
    make.moderator("second@example.org", role="owner", sites=[site])
    state = state_of(app, local)
    before = snapshot(app)
    for act, form in (
        ("rights", {"role": "moderator", "sites": [site.id], "offered": [site.id]}),
        ("rights", {"role": "owner", "sites": [], "offered": [site.id]}),
        ("access", {"active": "no"}),
    ):
        answer = here.act(act, local, seen=state, **form)
        assert answer.status_code == 422
        assert "You cannot take rights from yourself. Ask another owner" in answer.text
    assert snapshot(app) == before


def test_ones_own_password_is_typed_and_this_browser_stays_signed_in(app: Flask, here: Owner, local: Moderator) -> None:
    elsewhere = Browser(app)
    elsewhere.enter("local@example.org")
    assert here.act("password", local, password="", present=PASSWORD).status_code == 422
    assert can_sign_in(app, "local@example.org", PASSWORD)
    assert here.act("password", local, password="quite another password", present=PASSWORD).status_code == 303
    assert here.get("/desk/demo/").status_code == 200
    assert elsewhere.get("/desk/demo/").status_code == 302
    assert can_sign_in(app, "local@example.org", "quite another password")


def test_who_finds_an_owners_browser_signed_in_cannot_take_the_account(
    app: Flask, here: Owner, local: Moderator
) -> None:
    elsewhere = Browser(app)
    elsewhere.enter("local@example.org")
    for guess in ("", "a guess", "quite another password"):
        answer = here.act("password", local, password="quite another password", present=guess)
        assert answer.status_code == 422
        assert "This is not your present password." in answer.text
        assert 'autocomplete="current-password"' in answer.text
        assert "quite another" not in answer.text, "passwords are not shown"
    assert elsewhere.get("/desk/demo/").status_code == 200, "nobody is signed out"
    assert can_sign_in(app, "local@example.org", PASSWORD)
    for _guess in range(FREE_ATTEMPTS + 1):
        answer = here.act("password", local, password="quite another password", present="a guess")
    assert answer.status_code == 429, "guessed no faster than at the log-in"


def test_the_last_owner_of_a_site_is_told_what_to_do_first(
    app: Flask, make: Make, site: Site, here: Owner, local: Moderator
) -> None:
    for act, form in (("rights", {"role": "moderator", "sites": [site.id]}), ("access", {"active": "no"})):
        answer = here.act(act, local, seen=state_of(app, local), **form)
        assert answer.status_code == 422
        assert "You are the last owner of: Demo. Make somebody else an owner there" in answer.text


def owned(app: Flask) -> set[int]:
    """The sites that have an active owner."""
    with app.app_context():
        owners = db.session.scalars(select(Moderator).where(Moderator.active, Moderator.role == "owner"))
        return {site for owner in owners for site in accounts.reach(owner)}


def test_whoever_acts_on_whomever_no_site_loses_its_last_owner(app: Flask, make: Make, site: Site) -> None:
    other = make.site("other")
    spreads = {"every": None, "demo": [site], "other": [other], "both": [site, other]}
    cast = {name: make.moderator(f"{name}@example.org", role="owner", sites=spreads[name]) for name in spreads}
    acts: list[tuple[str, dict[str, Any]]] = [
        ("rights", {"role": "moderator", "sites": [], "offered": [site.id, other.id]}),
        ("rights", {"role": "owner", "sites": [], "offered": [site.id, other.id]}),
        ("access", {"active": "no"}),
    ]
    for actor in cast.values():
        browser = Owner(app)
        browser.enter(actor.email)
        for target in cast.values():
            for act, form in acts:
                browser.act(act, target, seen=state_of(app, target), **form)
                assert owned(app) == {site.id, other.id}, (actor.email, act, target.email)


def test_two_owners_who_take_each_others_rights_at_once_do_not_both_succeed(
    app: Flask, make: Make, site: Site, here: Owner, local: Moderator
) -> None:
    rival = make.moderator("rival@example.org", role="owner", sites=[site], name="Rival")
    here.get("/desk/demo/moderators")
    with app.test_request_context():
        actor, place = db.session.get_one(Moderator, rival.id), db.session.get_one(Site, site.id)
        assert actor.role == "owner"
        db.session.commit()
        assert here.act("access", rival, active="no").status_code == 303
        with pytest.raises(Forbidden):
            team.switch(actor, place, local.id, active=False, seen=state_of(app, local))
    assert load(app, local).active


def test_a_page_that_is_out_of_date_overwrites_nothing(app: Flask, make: Make, site: Site, everywhere: Owner) -> None:
    who = make.moderator("mo@example.org", sites=[site])
    seen = state_of(app, who)
    form = {"offered": [site.id], "sites": [site.id]}
    assert everywhere.act("rights", who, seen=seen, role="owner", **form).status_code == 303
    answer = everywhere.act("rights", who, seen=seen, role="moderator", **form)
    assert answer.status_code == 422
    assert "Mo was changed by somebody else meanwhile" in answer.text
    assert load(app, who).role == "owner"


def test_the_list_says_who_is_there_and_when_they_were_seen(app: Flask, make: Make, site: Site, here: Owner) -> None:
    gone = make.moderator("gone@example.org", sites=[site], name="Gone")
    with app.app_context():
        accounts.deactivate(db.session.get_one(Moderator, gone.id))
    rows = re.split("<li[ >]", here.get("/desk/demo/moderators").text)
    own = next(row for row in rows if "local@example.org" in row and "Last seen" in row)
    assert "You" in own
    out = next(row for row in rows if "gone@example.org" in row and "Not signed in" in row)
    assert "Inactive" in out
