"""Settings: what a site operator may set, and what stops the start."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from moderation import settings
from moderation.app import create_app
from moderation.keys import derive, keyed_hash, stored_secret
from moderation.settings import Settings, SettingsError
from tests.conftest import SECRET

ROOT = Path(__file__).parent.parent


def test_nothing_set_gives_an_embedded_service_with_wordpress_like_limits() -> None:
    found = settings.load({})
    assert found.embedded
    assert (found.max_author, found.max_email, found.max_url, found.max_comment, found.max_tags) == (
        245,
        254,
        200,
        10_000,
        200,
    )
    assert found.flood_seconds == 15
    assert found.secret_key == ""


@pytest.mark.parametrize(
    ("name", "value", "may_be"),
    [
        ("MODERATION_FLOOD_SECONDS", "soon", "a whole number from 0 to 3600"),
        ("MODERATION_FLOOD_SECONDS", "-1", "a whole number from 0 to 3600"),
        ("MODERATION_FLOOD_SECONDS", "٣", "a whole number"),
        ("MODERATION_MAX_COMMENT", "99999999", "a whole number from 1 to"),
        ("MODERATION_PUBLIC_URL", "comments.example", "an absolute address"),
        ("MODERATION_PUBLIC_URL", "https://comments.example/sub", "without a path"),
        ("MODERATION_TRUSTED_PROXIES", "all", "addresses or networks"),
        ("MODERATION_EMAIL_DELIVERABILITY", "maybe", "1 or 0"),
        ("MODERATION_LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("MODERATION_REDIS_URL", "localhost", "redis://"),
        ("MODERATION_DATABASE_URL", "mysql://x", "sqlite:///"),
        ("MODERATION_DATABASE_URL", "postgresql://u:p@db:port/c", "postgresql://"),
        ("MODERATION_REDIS_URL", "redis://:badport:x", "redis://"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_variable_fault_and_way_out(name: str, value: str, may_be: str) -> None:
    with pytest.raises(SettingsError) as fault:
        settings.load({name: value})
    [line] = fault.value.lines
    assert line.startswith(name)
    assert may_be in line
    assert "\n" not in line


def test_several_database_hosts_stand_in_one_address() -> None:
    found = settings.load({"MODERATION_DATABASE_URL": "postgresql://u:p%40w@db1:5432,db2:5433/c?sslmode=require"})
    url = make_url(found.database_url)
    assert (url.drivername, url.username, url.password, url.database) == ("postgresql+psycopg", "u", "p@w", "c")
    assert url.query == {"host": ("db1:5432", "db2:5433"), "sslmode": "require"}


def test_a_misspelt_variable_is_told_and_not_ignored() -> None:
    with pytest.raises(SettingsError, match="MODERATION_FLOOD_SECOND is not a setting"):
        settings.load({"MODERATION_FLOOD_SECOND": "15"})


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as fault:
        settings.load({"MODERATION_FLOOD_SECONDS": "x", "MODERATION_MAX_TAGS": "x"})
    assert len(fault.value.lines) == 2


@pytest.mark.parametrize("weak", ["changeme", "secret", "short", "a" * 64])
def test_a_weak_secret_is_refused_and_never_printed(weak: str) -> None:
    with pytest.raises(SettingsError) as fault:
        settings.load({"MODERATION_SECRET_KEY": weak})
    assert weak not in str(fault.value).replace("MODERATION_SECRET_KEY", "").replace("openssl", "")


def test_a_database_url_with_a_password_is_never_printed() -> None:
    with pytest.raises(SettingsError) as fault:
        settings.load({"MODERATION_DATABASE_URL": "mysql://user:hunter2@host/db"})
    assert "hunter2" not in str(fault.value)


def test_postgresql_without_a_secret_key_does_not_start() -> None:
    with pytest.raises(SettingsError, match="MODERATION_SECRET_KEY is not set"):
        create_app(settings.load({"MODERATION_DATABASE_URL": "postgresql://nobody@127.0.0.1/none"}))


def test_an_embedded_service_makes_its_own_key_once_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret.key"
    first = stored_secret(path)
    assert len(first) == 64
    assert stored_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_a_key_is_good_for_one_purpose_and_one_secret() -> None:
    keys = {derive(secret, purpose) for secret in (SECRET, SECRET + "x") for purpose in ("form", "manage")}
    assert len(keys) == 4


def test_missing_values_have_no_hash_so_they_never_equal_each_other() -> None:
    configured = Settings(secret_key=SECRET)
    assert keyed_hash(configured, "network", None) is None
    assert keyed_hash(configured, "network", "") is None
    assert keyed_hash(configured, "network", "192.0.2.1") == keyed_hash(configured, "network", "192.0.2.1")
    assert keyed_hash(configured, "network", "192.0.2.1") != keyed_hash(configured, "email", "192.0.2.1")


def test_the_documentation_lists_every_setting_with_its_default() -> None:
    text = (ROOT / "docs" / "operate.md").read_text()
    rows = dict(re.findall(r"^\| `(MODERATION_\w+)` \|([^|]*)\|", text, re.MULTILINE))
    assert {row.variable for row in settings.table()} == rows.keys()
    for row in settings.table():
        assert (f"`{row.default}`" if row.default else "") == rows[row.variable].strip(), row.variable


def test_every_setting_is_read_somewhere() -> None:
    code = "".join(path.read_text() for path in (ROOT / "moderation").rglob("*.py") if path.name != "settings.py")
    names = [row.variable.removeprefix("MODERATION_").lower() for row in settings.table()]
    assert not [name for name in names if not re.search(rf'\.{name}\b|_at_most\("{name}"\)', code)]


def test_the_environment_of_the_tests_is_clean() -> None:
    assert not [
        name for name in os.environ if name.startswith("MODERATION_") and not name.startswith("MODERATION_TEST_")
    ]
