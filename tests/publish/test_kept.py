"""What is kept ready: as much as it may take, and what is asked for most."""

from __future__ import annotations

import gc
import gzip
import tracemalloc
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from moderation.publish import edge
from moderation.publish.kept import Entry, Kept
from moderation.publish.lookup import Stamp
from tests.factories import Make


def entry(size: int) -> Entry:
    return Entry("/a/", b"x" * size, "tag", (), Stamp(), 0.0)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40_000)), max_size=60))
def test_what_is_kept_never_takes_more_than_it_may(steps: list[tuple[int, int]]) -> None:
    kept = Kept(100_000)
    for name, size in steps:
        kept.put(str(name), entry(size))
        assert kept.size <= 100_000
        assert kept.size == sum(size for _entry, size in kept._entries.values())
        kept.put_same(f"{name}?x", str(name))
        assert kept.get(f"{name}?x") is kept.get(str(name))


def test_what_is_kept_takes_no_more_memory_than_is_reckoned(app_with: Callable[..., Flask], make: Make) -> None:
    make.site()
    app = app_with()
    client, kept = app.test_client(), edge.of(app)._kept

    def ask(name: str, number: int) -> None:
        for page in range(number):
            assert client.get("/v1/sites/demo/comments", query_string={"page": f"/{name}/{page}/"}).status_code == 200

    ask("first", 20)
    gc.collect()
    tracemalloc.start()
    try:
        before, reckoned = tracemalloc.get_traced_memory()[0], kept.size
        ask("asked", 200)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0 < grown < kept.size - reckoned


def test_what_is_asked_for_all_the_time_outlives_a_crowd_that_is_asked_for_once() -> None:
    kept = Kept(100_000)
    kept.put("hot", entry(1000))
    for number in range(1000):
        assert kept.get("hot") is not None
        kept.put(f"/unknown/{number}/", entry(100))
    assert len(kept) < 40
    kept.put("too large", entry(200_000))
    assert kept.get("too large") is None
    assert kept.get("hot") is not None


@pytest.mark.parametrize(
    "url",
    [
        "/v1/sites/demo/counts?" + "&".join(f"page=/{'long' * 40}/{number}/" for number in range(60)),
        "/wp-json",
        "/wp-json/wp/v2/comments",
    ],
)
def test_what_is_not_kept_is_coded_and_has_a_tag_as_well(app: Flask, make: Make, url: str) -> None:
    make.comment(make.site(), "Some words on night buses.", status="approved")
    client = Client(app)
    plain = client.get(url)
    short = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(short.data) == plain.data
    assert short.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert client.get(url, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    assert len(client.head(url).data) == 0
    assert url not in edge.of(app)._kept._entries
