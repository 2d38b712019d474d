"""A cache that is told what changed, and asks anew behind `deploy/nginx.conf`, gets what is true."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from tests.faults.test_nginx import built
from tests.notify.test_purging import Cache


def test_who_is_told_of_a_change_and_asks_at_once_gets_nothing_from_before(tmp_path: Path) -> None:
    with Cache() as cache:
        threading.Thread(target=cache.serve_forever, daemon=True).start()
        with built(tmp_path, MODERATION_PURGE_URL=cache.url) as house:
            number = house.post("One that comes and goes")["id"]
            found: list[int] = []
            for decision in ("approve", "trash"):
                # From here on nginx has the page as it was.
                house.comments()
                before = len(cache.told)
                house.decide(number, decision)
                deadline = time.monotonic() + 30
                while len(cache.told) == before:
                    assert time.monotonic() < deadline
                    time.sleep(0.002)
                found.append(len(house.comments()))
        cache.shutdown()
    assert found == [2, 1]
