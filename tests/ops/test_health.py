"""Health: what a watching program hears when all is well, and when it is not."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from moderation.app import create_app
from moderation.extensions import db
from moderation.ops.health import exposition
from tests.conftest import settings
from tests.factories import Make


def test_a_ready_service_says_so(client: FlaskClient) -> None:
    for url, status in (("/healthz", "alive"), ("/readyz", "ready")):
        answer = client.get(url)
        assert (answer.status_code, answer.get_json()) == (200, {"status": status})
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_process_lives_while_its_database_is_away() -> None:
    away = create_app(settings(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")).test_client()
    assert away.get("/healthz").status_code == 200
    answer = away.get("/readyz")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("version", [None, "0000"])
def test_a_database_with_another_schema_is_not_ready(app: Flask, client: FlaskClient, version: str | None) -> None:
    with app.app_context(), db.engine.begin() as connection:
        kept = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("DELETE FROM alembic_version"))
        if version:
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    try:
        answer = client.get("/readyz")
    finally:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": kept})
    assert answer.status_code == 503
    assert "moderation db upgrade" in answer.get_json()["detail"]
    assert "Retry-After" in answer.headers
    assert client.get("/readyz").status_code == 200


def test_metrics_count_comments_by_site_and_status(client: FlaskClient, make: Make) -> None:
    site, other = make.site(), make.site("other")
    make.comment(site, status="approved")
    make.comment(site)
    make.comment(site)
    make.comment(other, status="spam")
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert 'moderation_comments{site="demo",status="pending"} 2' in lines
    assert 'moderation_comments{site="demo",status="approved"} 1' in lines
    assert 'moderation_comments{site="other",status="spam"} 1' in lines
    assert 'moderation_comments{site="other",status="trash"} 0' in lines
    assert any(line.startswith("moderation_build_info{version=") for line in lines)


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.5", "192.168.1.1", "2001:db8::1", ""])
def test_metrics_are_hidden_from_other_machines(client: FlaskClient, peer: str) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == 404
    assert "moderation_" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_metrics_are_hidden_from_what_comes_through_a_proxy_on_this_machine(client: FlaskClient, header: str) -> None:
    for value in ("127.0.0.1", "203.0.113.9", ""):
        assert client.get("/metrics", headers={header: value}).status_code == 404


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_metrics_are_there_for_this_machine(client: FlaskClient, peer: str) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": peer}).status_code == 200


def test_labels_cannot_break_out_of_their_line() -> None:
    shown = exposition("m", "Help.", [({"a": 'x"} 1\nevil{b="\\'}, 2)])
    assert shown == '# HELP m Help.\n# TYPE m gauge\nm{a="x\\"} 1\\nevil{b=\\"\\\\"} 2\n'
