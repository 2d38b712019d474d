"""Migrations: one line of history, at the models' schema, and back again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import MetaData, Table, insert, inspect, text

from moderation import schema
from moderation.app import create_app
from moderation.extensions import db
from moderation.locations import MIGRATIONS
from moderation.models import Base
from moderation.schema import NotReady
from tests import postgres
from tests.conftest import settings


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app on a database without tables."""
    if request.param == "sqlite":
        yield create_app(settings(database_url=f"sqlite:///{tmp_path}/bare.db"))
        return
    with postgres.database(request.getfixturevalue("postgres_server"), f"bare_{id(tmp_path)}") as url:
        app = create_app(settings(database_url=url.replace("postgresql://", "postgresql+psycopg://")))
        yield app
        with app.app_context():
            db.engine.dispose()


def test_there_is_one_head() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [schema.HEAD]


def test_an_empty_database_says_how_to_make_its_tables(bare: Flask) -> None:
    with bare.app_context(), pytest.raises(NotReady, match="moderation db upgrade"):
        schema.check()


def test_the_migrated_schema_is_what_the_models_say(bare: Flask) -> None:
    with bare.app_context():
        schema.upgrade()
        schema.check()
        with db.engine.connect() as connection:
            differences = compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
            )
    assert differences == []


def test_every_migration_goes_down_and_up_again(bare: Flask) -> None:
    with bare.app_context():
        schema.upgrade()
        before = {table: {column["name"] for column in inspect(db.engine).get_columns(table)} for table in tables()}
        for revision in [*schema.revisions()[:-1][::-1], "base"]:
            schema.downgrade(revision)
        assert tables() == []
        for revision in schema.revisions():
            schema.upgrade(revision)
        after = {table: {column["name"] for column in inspect(db.engine).get_columns(table)} for table in tables()}
    assert before == after
    assert before.keys() == Base.metadata.tables.keys()


def test_a_number_once_given_to_a_comment_or_decision_is_never_given_again(bare: Flask) -> None:
    with bare.app_context():
        if db.engine.dialect.name != "sqlite":
            return  # PostgreSQL's sequences never go back.
        schema.upgrade()
        with db.engine.connect() as connection:
            query = text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
            assert set(connection.scalars(query)) >= {"comment", "decision"}


def tables() -> list[str]:
    return [name for name in inspect(db.engine).get_table_names() if name not in {"alembic_version", "sqlite_sequence"}]


def test_a_migration_that_fails_half_way_leaves_the_old_schema(bare: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr("alembic.operations.Operations.create_index", broken)
    monkeypatch.setattr("alembic.operations.BatchOperations.create_index", broken)
    with bare.app_context():
        with pytest.raises(RuntimeError):
            schema.upgrade()
        monkeypatch.undo()
        assert tables() == []
        schema.upgrade()
        schema.check()


def one_comment() -> None:
    """A site, a page and a comment as they were stored in 0005."""
    at = datetime(2026, 10, 1, 12, tzinfo=UTC)
    counts = {"pending": 1, "approved": 0, "spam": 0, "trash": 0}
    rows: dict[str, dict[str, Any]] = {
        "site": {"id": 1, "key": "demo", "name": "Demo", "origins": [], "rules": {}, **counts},
        "page": {"id": 1, "site_id": 1, "key": "/a/", "closed": False, "version": 0, **counts},
        "comment": {
            "id": 1,
            "site_id": 1,
            "page_id": 1,
            "depth": 1,
            "author": "Amina",
            "email": "a@example.org",
            "source": "Hello",
            "html": "<p>Hello</p>",
            "sanitiser": "x",
            "text_key": "k",
            "probability": 0.5,
            "status": "pending",
            "first_status": "pending",
            "standing": False,
            "learned": False,
            "version": 1,
        },
    }
    with db.engine.begin() as connection:
        for name, values in rows.items():
            table = Table(name, MetaData(), autoload_with=connection)
            connection.execute(insert(table).values(created_at=at, **values))


def test_comments_that_were_there_stand_in_the_queue_by_their_arrival(bare: Flask) -> None:
    with bare.app_context():
        schema.upgrade("0005")
        one_comment()
        schema.upgrade()
        with db.engine.connect() as connection:
            found = connection.execute(text("SELECT rank, place, bundle_id FROM comment")).one()
        assert tuple(found) == (1790856000, 0, None)
        schema.downgrade("0005")
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT author FROM comment")).scalar_one() == "Amina"


@pytest.mark.parametrize("version", [0, 7])
@pytest.mark.parametrize(
    ("key", "url", "after"),
    [
        ("/a/", "https://news.example/a/index.html?mc_eid=9f8e", "https://news.example/a/index.html"),
        ("/ü/", "https://news.example/%C3%BC/?session=1", "https://news.example/%C3%BC/"),
        ("123", "https://news.example/?p=123", "https://news.example/?p=123"),
        ("123", "https://news.example/?p=123&mc_eid=9f8e", "https://news.example/?p=123"),
    ],
)
def test_addresses_that_were_told_to_everybody_lose_what_concerned_one_reader(
    bare: Flask, key: str, url: str, after: str, version: int
) -> None:
    with bare.app_context():
        schema.upgrade("0005")
        one_comment()
        schema.upgrade("0009")
        with db.engine.begin() as connection:
            given = {"key": key, "url": url, "version": version}
            connection.execute(text("UPDATE page SET key = :key, url = :url, version = :version"), given)
            connection.execute(text("UPDATE comment SET page_url = :url"), {"url": url})
        schema.upgrade()
        with db.engine.connect() as connection:
            page = connection.execute(text("SELECT url, version FROM page")).one()
            # Readers get the new address by a new version; where nothing was ever visible, it looks so still.
            assert tuple(page) == (after, version + 1 if version and url != after else version)
            assert connection.execute(text("SELECT page_url FROM comment")).scalar_one() == after
            assert connection.execute(text("SELECT version FROM site")).scalar_one() == int(url != after)
