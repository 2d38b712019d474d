"""Readers with the edge in front and without: whatever is true of reading is true both ways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation.app import create_app
from moderation.extensions import db
from tests.conftest import settings


@pytest.fixture(scope="session")
def bare_app(database_url: str) -> Iterator[Flask]:
    """The app with nothing kept ready."""
    app = create_app(settings(database_url=database_url, edge_bytes=0))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(params=["ready", "made"])
def client(request: pytest.FixtureRequest, app: Flask, bare_app: Flask) -> FlaskClient:
    """A stranger's browser, whose answers may be kept ready, or are made each time."""
    return (app if request.param == "ready" else bare_app).test_client()
