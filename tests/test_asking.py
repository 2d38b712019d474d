"""What is asked past SQLAlchemy comes to the database as it was meant, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, String, select
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment
from moderation.models.asking import Asked, put
from moderation.models.many import keys_of, listed, of_each, values_in
from tests.factories import Make

# No database takes NUL in a text, and no driver half of a pair of surrogates.
TEXTS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ODD = st.sampled_from(
    ["", "NULL", "null", "{}", "{a,b}", '"', "\\", '\\"', "a,b", " a ", "'", "%s", "%(a)s", "\n", "ü"]
)
TEXT_ROWS = Asked(lambda dialect: select(values_in("values", String(), dialect).c.value))
NUMBER_ROWS = Asked(lambda dialect: select(values_in("values", BigInteger(), dialect).c.value))


def read_back(app: Flask, asked: Asked, values: list[Any]) -> list[Any]:
    with app.app_context():
        return [value for (value,) in asked.rows(db.session(), {"values": listed(db.engine.dialect, values)})]


@given(texts=st.lists(TEXTS | ODD, max_size=20))
def test_any_texts_arrive_as_they_are(shared_app: Flask, texts: list[str]) -> None:
    assert read_back(shared_app, TEXT_ROWS, texts) == texts


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_any_numbers_arrive_as_they_are(shared_app: Flask, numbers: list[int]) -> None:
    assert read_back(shared_app, NUMBER_ROWS, numbers) == numbers


@pytest.mark.parametrize("places", [2, 5])
def test_for_each_key_its_newest_are_found(app: Flask, make: Make, places: int) -> None:
    site = make.site()
    for email in ("a@example.org", "b@example.org", "a@example.org", "a@example.org"):
        make.comment(site, email=email)

    def newest(email: Any) -> Any:
        return select(Comment.id).where(Comment.email == email).order_by(Comment.id.desc()).limit(2)

    asked = Asked(lambda dialect: of_each("email", String(), places, newest, dialect))
    with app.app_context():
        keys = keys_of(db.engine.dialect, "email", ["a@example.org", "b@example.org"], places, "nobody")
        found = [number for (number,) in asked.rows(db.session(), keys)]
        first = min(db.session.scalars(select(Comment.id)))
    assert sorted(number - first for number in found) == [1, 2, 3]


def test_what_is_put_is_in_the_row_and_in_the_object(app: Flask, make: Make) -> None:
    number = make.comment(make.site(), status="pending").id
    with app.app_context():
        with writing() as session:
            comment = session.get_one(Comment, number)
            put(session, comment, status="spam", version=comment.version + 1)
            assert (comment.status, comment.version) == ("spam", 2)
            assert not session.is_modified(comment)
            assert stored(session, number) == ("spam", 2)
        assert stored(db.session(), number) == ("spam", 2)


def test_what_was_put_is_taken_back_with_its_transaction(app: Flask, make: Make) -> None:
    number = make.comment(make.site(), status="pending").id
    with app.app_context():
        with pytest.raises(LookupError), writing() as session:
            comment = session.get_one(Comment, number)
            put(session, comment, status="spam")
            raise LookupError
        assert comment.status == "pending"
        assert stored(db.session(), number) == ("pending", 1)


def stored(session: Session, number: int) -> tuple[str, int]:
    row = session.execute(select(Comment.status, Comment.version).where(Comment.id == number)).one()
    return row.status, row.version
