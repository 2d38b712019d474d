"""The tokens of programs end with a new password, and when somebody who may set that ends them."""

from __future__ import annotations

from flask import Flask

from moderation.extensions import db
from moderation.models import Moderator, Site
from moderation.review import accounts
from tests import factories
from tests.factories import Make
from tests.review.browser import Browser, Owner
from tests.review.test_boundaries import snapshot
from tests.review.test_team import can_sign_in, events, shown, state_of

PASSWORD = "four random words here"


def status(app: Flask, bearer: dict[str, str]) -> int:
    """What a program with this token is answered."""
    return app.test_client().get("/v1/moderation/comments", headers=bearer).status_code


def test_a_password_that_an_owner_sets_ends_the_tokens_too_and_the_page_says_so(
    app: Flask, make: Make, site: Site, here: Owner
) -> None:
    otto = make.moderator("ot@x.example", sites=[site], name="Otto")
    mine, others = make.bearer(otto), make.bearer(make.moderator("other@x.example", sites=[site]))
    assert status(app, mine) == 200
    page = here.get(f"/desk/demo/moderators/one?id={otto.id}").text
    assert "is signed out, and the tokens of their programs end" in page
    assert here.act("password", otto, password=PASSWORD).status_code == 303
    assert status(app, mine) == 401
    assert status(app, others) == 200


def test_ones_own_new_password_ends_ones_own_tokens(app: Flask, make: Make, here: Owner, local: Moderator) -> None:
    bearer = make.bearer(local)
    page = here.get(f"/desk/demo/moderators/one?id={local.id}").text
    assert "the tokens of your programs end" in page
    assert here.act("password", local, password=PASSWORD, present=factories.PASSWORD).status_code == 303
    assert status(app, bearer) == 401
    assert here.get("/desk/demo/").status_code == 200


def test_a_password_made_at_the_desk_leaves_no_token_either(app: Flask, make: Make, site: Site, here: Owner) -> None:
    otto = make.moderator("ot@x.example", sites=[site], name="Otto")
    bearer = make.bearer(otto)
    assert can_sign_in(app, "ot@x.example", shown(here.act("password", otto, password="")))
    assert status(app, bearer) == 401


def test_an_owner_ends_the_tokens_of_a_moderator_and_nothing_else(
    app: Flask, make: Make, site: Site, here: Owner
) -> None:
    otto = make.moderator("ot@x.example", sites=[site], name="Otto")
    first, second = make.bearer(otto), make.bearer(otto)
    theirs = Browser(app)
    theirs.enter("ot@x.example")
    assert "In force: 2." in here.get(f"/desk/demo/moderators/one?id={otto.id}").text
    answer = here.act("tokens", otto)
    assert answer.status_code == 303
    assert "The tokens of Otto have ended." in here.get(answer.location).text
    assert (status(app, first), status(app, second)) == (401, 401)
    assert theirs.get("/desk/demo/").status_code == 200
    assert "None is in force" in here.get(f"/desk/demo/moderators/one?id={otto.id}").text
    assert [event[:2] for event in events(app)] == [("moderator.tokens", site.id)]
    assert "Local</bdi></a> ended the tokens of <bdi>Otto" in here.get("/desk/demo/log").text


def test_an_owner_ends_his_own_tokens(app: Flask, make: Make, here: Owner, local: Moderator) -> None:
    bearer = make.bearer(local)
    assert here.act("tokens", local).status_code == 303
    assert status(app, bearer) == 401
    assert here.get("/desk/demo/").status_code == 200


def test_who_has_sites_of_others_keeps_his_tokens(app: Flask, make: Make, site: Site, here: Owner) -> None:
    both = make.moderator("both@x.example", sites=[site, make.site("other")], name="Both")
    bearer = make.bearer(both)
    before = snapshot(app)
    assert "End all tokens" not in here.get(f"/desk/demo/moderators/one?id={both.id}").text
    answer = here.act("tokens", both, seen=state_of(app, both))
    assert answer.status_code == 422
    assert "Ask an owner of every site" in answer.text
    assert snapshot(app) == before
    assert status(app, bearer) == 200


def test_a_page_of_before_and_a_form_without_its_token_end_none(
    app: Flask, make: Make, site: Site, here: Owner
) -> None:
    otto = make.moderator("ot@x.example", sites=[site], name="Otto")
    bearer = make.bearer(otto)
    assert here.act("tokens", otto, seen="of-before").status_code == 422
    sent = {"id": otto.id, "seen": state_of(app, otto)}
    assert here.client.post("/desk/demo/moderators/tokens", data=sent).status_code == 400
    assert status(app, bearer) == 200


def test_a_moderator_who_is_no_owner_ends_none(app: Flask, make: Make, site: Site, browser: Browser) -> None:
    otto = make.moderator("ot@x.example", sites=[site], name="Otto")
    bearer = make.bearer(otto)
    answer = browser.post("/desk/demo/moderators/tokens", id=otto.id, seen=state_of(app, otto))
    assert answer.status_code == 403
    assert status(app, bearer) == 200


def test_it_is_told_how_many_tokens_ended(app: Flask, make: Make) -> None:
    who = make.moderator()
    with app.app_context():
        moderator = db.session.get_one(Moderator, who.id)
        accounts.issue_token(moderator)
        accounts.issue_token(moderator)
        assert accounts.end_tokens(moderator) == 2
        assert accounts.end_tokens(moderator) == 0
        accounts.issue_token(moderator)
        assert accounts.set_password(moderator, PASSWORD) == 1
