"""One app on each kind of database, emptied for each test, and a cast to act in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import delete, text

from moderation import schema
from moderation.app import create_app
from moderation.extensions import db, limiter
from moderation.models import Base
from moderation.publish import edge
from moderation.settings import Settings
from tests import postgres
from tests.factories import Make

SECRET = "a-secret-for-tests-and-for-nothing-else-0123456789"
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"

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


def empty(app: Flask) -> None:
    """Delete every row, and forget what rate limits counted."""
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
            db.session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        else:
            db.session.execute(text("PRAGMA defer_foreign_keys=ON"))
            for table in reversed(Base.metadata.sorted_tables):
                db.session.execute(delete(table))
        db.session.commit()
        limiter.reset()
    # Rows with the numbers of former ones would pass for them.
    edge.of(app).clear()
