"""What takes thought has a process of its own: readers do not wait for it, and are not left alone where it dies."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from bench.harness import tree
from tests.browser.conftest import free_ports
from tests.faults.test_serve import PAGE, ROOT, add_site, get, post, serving, wait_until

COMMENTS = f"/v1/sites/demo/comments?page={PAGE}"


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def backend_of(service: int) -> int:
    """The process behind the one that answers readers: the only one with so many above it."""
    [found] = [pid for pid in tree(service) if pid != service and parent_of(parent_of(parent_of(pid))) == service]
    return found


def test_readers_are_answered_while_a_comment_takes_its_time(tmp_path: Path) -> None:
    add_site(tmp_path, ROOT)
    [port] = free_ports(1)
    with serving(tmp_path, ROOT, port) as process:
        served = get(port, COMMENTS)
        behind = backend_of(process.pid)
        os.kill(behind, signal.SIGSTOP)
        answers: list[int] = []
        writer = threading.Thread(target=lambda: answers.append(post(port, "Hello", "first")))
        writer.start()
        for _time in range(100):
            assert get(port, COMMENTS) == served
        assert answers == []
        os.kill(behind, signal.SIGCONT)
        writer.join(timeout=60)
        assert answers == [202]


def test_the_first_reader_after_a_change_does_not_wait_for_it_either(tmp_path: Path) -> None:
    add_site(tmp_path, ROOT)
    [port] = free_ports(1)
    with serving(tmp_path, ROOT, port) as process:
        before = json.loads(get(port, COMMENTS))
        os.kill(backend_of(process.pid), signal.SIGSTOP)
        with closing(sqlite3.connect(tmp_path / "var/moderation.db", timeout=30)) as connection, connection:
            connection.execute("UPDATE site SET rules = json_set(rules, '$.max_depth', 2)")
        after = json.loads(get(port, COMMENTS))
        assert (before["page"]["depth"], after["page"]["depth"]) == (5, 2)


def test_where_it_dies_another_one_takes_its_place(tmp_path: Path) -> None:
    add_site(tmp_path, ROOT)
    [port] = free_ports(1)
    with serving(tmp_path, ROOT, port) as process:
        assert post(port, "Before", "before") == 202
        first = backend_of(process.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: posted(port))
        assert get(port, COMMENTS)
        assert backend_of(process.pid) != first


def posted(port: int) -> bool:
    try:
        return post(port, "After", "after") == 202
    except OSError:
        return False


def test_none_outlives_the_process_that_began_it(tmp_path: Path) -> None:
    add_site(tmp_path, ROOT)
    [port] = free_ports(1)
    with serving(tmp_path, ROOT, port) as process:
        behind = backend_of(process.pid)
        process.kill()
        process.wait(timeout=10)
        deadline = time.monotonic() + 30
        while Path(f"/proc/{behind}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
