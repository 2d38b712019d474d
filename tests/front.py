"""A real nginx with `deploy/nginx.conf`, changed only where the file says CHANGE."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

CONF = Path(__file__).parent.parent / "deploy" / "nginx.conf"
_MAIN = """
daemon off;
{user}
error_log {folder}/error.log warn;
pid {folder}/pid;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    log_format told '$upstream_cache_status $request_method $request_uri $status';
    access_log {folder}/access.log told;
    {own}
}}
"""


@dataclass
class Front:
    """nginx in front of a service."""

    port: int
    folder: Path

    def told(self) -> list[str]:
        """What its log says of each request so far: where the answer came from, method, address, status."""
        # Lines are written after the answer is sent.
        time.sleep(0.2)
        return (self.folder / "access.log").read_text().splitlines()

    def forget(self) -> None:
        """Empty the log."""
        time.sleep(0.2)
        os.truncate(self.folder / "access.log", 0)


def program() -> str:
    """Where nginx is; without one the test is skipped."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("NO NGINX: the tests of deploy/nginx.conf did not run. To have them: apt-get install nginx")
    return found


def adapted(port: int, service: int, folder: Path) -> str:
    """The file as a site owner would change it, but with no TLS, for these ports and this folder."""
    text = CONF.read_text()
    first = text.index("server {\n    listen 80;")
    text = text[:first] + text[text.index("server {\n    listen 443") :]
    for given, wanted in (
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};"),
        (r"listen \[::\]:443 ssl http2;", ""),
        (r"ssl_\w+ .*;", ""),
        (r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{service};"),
        (r"/var/cache/nginx/moderation", str(folder / "cache")),
        (r"/var/log/nginx/access.log combined", f"{folder}/access.log told"),
    ):
        text, times = re.subn(given, wanted, text)
        assert times, given
    return text


@contextmanager
def nginx(port: int, service: int, folder: Path) -> Iterator[Front]:
    """nginx on a port, in front of the service on another."""
    folder.mkdir(exist_ok=True)
    main = folder / "nginx.conf"
    # As root it would give its workers to a user who may not enter a test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(_MAIN.format(user=user, folder=folder, own=adapted(port, service, folder)))
    process = subprocess.Popen([program(), "-e", str(folder / "error.log"), "-c", str(main)])
    try:
        _wait(port, process)
        yield Front(port, folder)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except URLError:
            time.sleep(0.05)
    raise AssertionError("nginx did not start")
