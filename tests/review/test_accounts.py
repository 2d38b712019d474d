"""Making moderators, and what they may sign in with."""

from __future__ import annotations

from contextlib import suppress

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from moderation.extensions import db
from moderation.models import ApiToken, Moderator, now
from moderation.problems import TooMany
from moderation.review import accounts, passwords, sessions
from moderation.review.accounts import AccountError
from tests.factories import PASSWORD, Make
from tests.thorough import examples

NETWORK = "192.0.2.7"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "8 to 1024"),
        ("x" * 1025, "8 to 1024"),
        ("Password123", "first that are tried"),
        ("aaaaaaaaaaaa", "first that are tried"),
        ("New@Example.org", "is the email address"),
    ],
)
def test_a_weak_password_is_refused_with_the_way_out(app: Flask, password: str, says: str) -> None:
    with app.app_context(), pytest.raises(AccountError, match=says):
        accounts.create_moderator("new@example.org", "New", "moderator", None, password)


@pytest.mark.parametrize("password", ["پاس ورڈ بہت لمبا ہے", "x1y" * 341, "\ud800\udfff surrogates", "nul\0nul\0nul"])
def test_any_other_password_works_whatever_is_in_it(app: Flask, password: str) -> None:
    with app.app_context():
        accounts.create_moderator("new@example.org", "New", "moderator", None, password)
        assert accounts.verify("new@example.org", password, now(), NETWORK) is not None
        assert accounts.verify("new@example.org", password + "x", now(), NETWORK) is None


def test_an_accent_typed_as_one_character_or_two_is_the_same_password(app: Flask) -> None:
    with app.app_context():
        accounts.create_moderator("new@example.org", "New", "moderator", None, "caf\u00e9 caf\u00e9")
        assert accounts.verify("new@example.org", "cafe\u0301 cafe\u0301", now(), NETWORK) is not None


@pytest.mark.parametrize(("email", "name"), [("not an address", "New"), ("new@example.org", " \u200b ")])
def test_a_moderator_needs_an_address_and_a_name(app: Flask, email: str, name: str) -> None:
    with app.app_context(), pytest.raises(AccountError):
        accounts.create_moderator(email, name, "moderator", None, PASSWORD)


def test_one_address_is_one_moderator_whatever_its_case(app: Flask, make: Make) -> None:
    make.moderator("one@example.org")
    with app.app_context(), pytest.raises(AccountError, match="already"):
        accounts.create_moderator("One@Example.org", "Two", "moderator", None, PASSWORD)


def test_passwords_are_stored_as_argon2id_with_the_numbers_of_owasp(as_served: None, make: Make) -> None:
    moderator = make.moderator()
    assert moderator.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_stand_in_hash_costs_what_a_real_one_costs(as_served: None) -> None:
    assert not passwords.is_outdated(passwords._NOBODY)
    assert passwords.matches(None, PASSWORD) is False


def test_a_hash_of_former_numbers_is_made_anew_at_the_next_sign_in(as_served: None, app: Flask, make: Make) -> None:
    make.moderator()
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with app.app_context():
        db.session.execute(update(Moderator).values(password_hash=old))
        db.session.commit()
        assert accounts.verify("mod@example.org", PASSWORD, now(), NETWORK) is not None
        assert not passwords.is_outdated(db.session.scalars(select(Moderator.password_hash)).one())


def test_a_new_password_ends_every_session(app: Flask, make: Make) -> None:
    moderator = make.moderator()
    with app.app_context():
        mine, elsewhere = (sessions.begin(moderator, now()).get_id() for _ in range(2))
        accounts.set_password(moderator, "another fine password")
        assert sessions.find(elsewhere, now()) is None
        assert sessions.find(mine, now()) is None
        assert accounts.verify("mod@example.org", PASSWORD, now(), NETWORK) is None
        assert accounts.verify("mod@example.org", "another fine password", now(), NETWORK) is not None


def test_a_deactivated_moderator_is_out_in_browsers_and_programs(app: Flask, make: Make) -> None:
    moderator = make.moderator()
    bearer = make.bearer(moderator)
    with app.app_context():
        mine = sessions.begin(moderator, now()).get_id()
        accounts.deactivate(moderator)
        assert sessions.find(mine, now()) is None
        assert accounts.verify("mod@example.org", PASSWORD, now(), NETWORK) is None
    assert app.test_client().get("/v1/moderation/comments", headers=bearer).status_code == 401


def test_a_bearer_token_is_stored_only_as_its_hash(app: Flask, make: Make) -> None:
    moderator = make.moderator()
    with app.app_context():
        token = accounts.issue_token(moderator)
        stored = db.session.scalars(select(ApiToken.token_hash)).one()
        assert token != stored
        assert accounts.moderator_of(stored) is None
        found = accounts.moderator_of(token)
        assert found is not None
        assert found.id == moderator.id


def test_a_moderator_reaches_the_sites_given_and_no_others(app: Flask, make: Make) -> None:
    one, two = make.site("one"), make.site("two")
    some, every, none = (
        make.moderator("some@example.org", sites=[one]),
        make.moderator("every@example.org"),
        make.moderator("none@example.org", sites=[]),
    )
    with app.app_context():
        assert accounts.reach(some) == [one.id] == list(accounts.site_keys(some))
        assert accounts.reach(every) == [one.id, two.id]
        assert accounts.reach(none) == []
        assert accounts.site_for(some, "two") is None
        assert accounts.site_for(some, "one") is not None
        assert accounts.site_for(none, "one") is None
        assert accounts.site_for(every, "three") is None


@examples(25)
@given(email=st.text(max_size=300), password=st.text(max_size=1100))
def test_nothing_that_is_typed_at_the_door_breaks_it(app: Flask, email: str, password: str) -> None:
    # The same address many times in a row may be asked to wait; that is an answer too.
    with app.test_request_context(), suppress(TooMany):
        assert accounts.verify(f"{email}?", password, now(), NETWORK) is None
