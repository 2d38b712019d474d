"""One app on each kind of database, emptied for each test, and a cast to act in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from moderation import database, schema
from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Base
from moderation.publish import edge
from moderation.rates import counts_of
from moderation.review import passwords
from moderation.settings import Settings
from tests import postgres
from tests.factories import Make

SECRET = "a-secret-for-tests-and-for-nothing-else-0123456789"
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"

_SERVED = [
    (database, "_PRAGMAS", database._PRAGMAS),
    (passwords, "_hasher", passwords._hasher),
    (passwords, "_NOBODY", passwords._NOBODY),
]

# The clock of a busy machine is no property of the code; and the app is emptied by a fixture, not between examples.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")


def settings(**changes: object) -> Settings:
    """Settings for tests: no pause between comments unless the test is about it."""
    defaults: dict[str, object] = {
        "secret_key": SECRET,
        "public_url": "http://comments.example",
        "flood_seconds": 0,
        "flood_limit": 0,
        "refused_limit": 0,
        "login_rate": 10_000,
        "edge_seconds": 0,
        "log_level": "WARNING",
    }
    return Settings(**{**defaults, **changes})  # type: ignore[arg-type]  # names are checked by the dataclass


@pytest.fixture(autouse=True, scope="session")
def quick() -> Iterator[None]:
    """What makes the service slow on purpose, and is no subject of most tests: waiting for the disk, dear passwords."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_PRAGMAS", tuple(p.replace("=FULL", "=OFF") for p in database._PRAGMAS))
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(passwords, "_NOBODY", passwords._hasher.hash("nobody's"))
        yield


@pytest.fixture
def as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the tests whose subject that is: the numbers of the service."""
    for module, name, value in _SERVED:
        monkeypatch.setattr(module, name, value)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for the whole run."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of each kind; every test that uses it runs on both."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('database')}/moderation.db"
        else:
            name = f"moderation_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
            given = stack.enter_context(postgres.database(request.getfixturevalue("postgres_server"), name))
            url = given.replace("postgresql://", "postgresql+psycopg://")
        app = create_app(settings(database_url=url))
        with app.app_context():
            schema.upgrade()
            yield url
            db.engine.dispose()


@pytest.fixture(scope="session")
def shared_app(database_url: str) -> Iterator[Flask]:
    """The app with the tests' usual settings, made once for each kind of database."""
    app = create_app(settings(database_url=database_url))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(shared_app: Flask) -> Flask:
    """The app on an empty database."""
    empty(shared_app)
    return shared_app


@pytest.fixture
def app_with(database_url: str, app: Flask) -> Iterator[Callable[..., Flask]]:
    """Apps with other settings on the same, emptied database: `app_with(flood_seconds=15)`."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        other = create_app(settings(database_url=database_url, **changes))
        other.testing = True
        made.append(other)
        return other

    yield make
    for other in made:
        with other.app_context():
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def make(app: Flask) -> Make:
    """Factories for what a test needs to be there."""
    return Make(app)


def forget(app: Flask) -> None:
    """Let an app forget what it keeps beside the database: what rate limits counted, and answers."""
    counts_of(app).forget()
    # Rows with the numbers of former ones would pass for them.
    edge.of(app).clear()


def empty(app: Flask) -> None:
    """Delete every row, and forget what was kept of them."""
    with app.app_context():
        on_postgresql = db.engine.dialect.name == "postgresql"
        connection: Any = db.engine.raw_connection()
        (_empty_postgresql if on_postgresql else _empty_sqlite)(connection.cursor())
        connection.commit()
        connection.close()
    forget(app)


# Those that refer to others come first, so that they can be emptied in this order. Most tests touch a few of them.
_TABLES = [f'"{table.name}"' for table in reversed(Base.metadata.sorted_tables)]
_FILLED = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in _TABLES)  # noqa: S608
_KNOWN = "SELECT sum(pg_relation_size(oid)), max(reltuples) FROM pg_class WHERE relname = ANY(%s)"
_LARGE = 500_000
_BACK_TO_ONE = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


def _empty_sqlite(cursor: Any) -> None:
    # With foreign keys each row that goes is looked for in all the others.
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.execute("BEGIN IMMEDIATE")
    for (table,) in cursor.execute(_FILLED).fetchall():
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # our own tables
    cursor.execute("COMMIT")
    cursor.execute("PRAGMA foreign_keys=ON")


def _empty_postgresql(cursor: Any) -> None:
    filled = [table for (table,) in cursor.execute(_FILLED).fetchall()]
    size, counted = cursor.execute(_KNOWN, [list(Base.metadata.tables)]).fetchone()
    if size > _LARGE or counted >= 0:
        # Dear, because it makes every file anew. But to delete is dearer for many rows and leaves dead ones behind; and
        # what an ANALYZE has told of former rows would decide how later ones are looked for.
        cursor.execute(f"TRUNCATE {', '.join(_TABLES)} RESTART IDENTITY CASCADE")
    elif filled:
        cursor.execute("; ".join([*(f"DELETE FROM {table}" for table in filled), _BACK_TO_ONE]))  # noqa: S608
