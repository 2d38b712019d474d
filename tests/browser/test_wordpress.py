"""A client written for WordPress, as it is, in a page of another origin: it finds the API, reads, pages, and hears errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.hosts import Answer
from tests.browser.test_hosts import Place, place

__all__ = ["place"]  # the fixture

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
# wpapi 1.2.2 as the npm registry has it, unchanged, with its licence beside it.
WPAPI = Path(__file__).parent / "wpapi" / "wpapi.min.js"

PROGRAM = """async ([root, page]) => {
  const wp = await WPAPI.discover(root);
  const first = await wp.comments().forPost(page).perPage(2).order("asc").embed();
  const second = await first._paging.next;
  const number = first[0].post;
  const one = await wp.comments().id(first[0].id);
  const by_number = await new WPAPI({ endpoint: root }).comments().param("post", number).perPage(2).page(2).order("asc");
  const refused = await wp.comments().perPage(1000).then(() => null, (fault) => fault);
  const posted = await wp.comments().create({ post: number, content: "x" }).then(() => null, (fault) => fault);
  return {
    first: first.map((comment) => comment.content.rendered),
    replied: first[1]._embedded["in-reply-to"][0].id === first[0].id,
    total: [first._paging.total, first._paging.totalPages],
    second: second.map((comment) => comment.content.rendered),
    by_number: by_number.length === 1 && by_number[0].id === second[0].id,
    one: one.author_name,
    refused: [refused.code, refused.data.status, Object.keys(refused.data.params)],
    posted: posted !== null,
  };
}"""


def test_wpapi_reads_the_comments_of_a_page(place: Place, browse: Browse) -> None:
    path = "/written-for-wordpress/"
    first = place.comment(path, "The first.")
    place.comment(path, "An <answer>.", parent=first)
    place.comment(path, "The last.")
    place.host.pages["/wpapi.js"] = Answer(WPAPI.read_text())
    page = browse()
    page.goto(place.host.page("/wp/", '<script src="/wpapi.js"></script>'))
    found = page.evaluate(PROGRAM, [f"{place.demo.service}/sites/demo/wp-json", place.host.origin + path])
    assert found == {
        "first": ["<p>The first.</p>", "<p>An &lt;answer&gt;.</p>"],
        "replied": True,
        "total": [3, 2],
        "second": ["<p>The last.</p>"],
        "by_number": True,
        "one": "Amina",
        "refused": ["rest_invalid_param", 400, ["per_page"]],
        "posted": True,
    }
