"""The headers of the service's answers and those of its OpenAPI document, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from moderation.locations import STATIC
from tests.factories import Make

DOCUMENT: dict[str, Any] = json.loads((STATIC / "openapi.json").read_text())
# What is true of every answer of its kind, or is said by its content: nothing to decide on.
EVERYWHERE = {
    *("Content-Type", "Content-Length", "Content-Security-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy"),
    *(
        "X-Content-Type-Options",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
        "Vary",
        "Cache-Control",
    ),
}
WORDPRESS = "/sites/{site}/wp-json"
ASKED = [
    ("/v1/sites/{site}/comments", "?page=/a/"),
    ("/v1/sites/{site}/counts", "?page=/a/"),
    ("/v1/sites/{site}/feed.atom", ""),
    ("/v1/sites/{site}/feed.json", "?page=/a/"),
    ("/sites/{site}/thread", "?page=/a/"),
    (WORDPRESS, ""),
    (f"{WORDPRESS}/wp/v2", ""),
    (f"{WORDPRESS}/wp/v2/comments", "?per_page=1"),
    (f"{WORDPRESS}/wp/v2/comments", "?per_page=0"),
    (f"{WORDPRESS}/wp/v2/comments", "?context=edit"),
    (f"{WORDPRESS}/wp/v2/comments", "?per_page=0&_envelope"),
    (f"{WORDPRESS}/wp/v2/comments/{{id}}", ""),
    ("/wp-json/wp/v2/comments", ""),
    ("/embed.js", ""),
    ("/v1/openapi.json", ""),
    ("/problems/{slug}", ""),
    ("/v1/sites/{site}/comments", ""),
    ("/v1/moderation/comments", ""),
    ("/v1/moderation/comments/{id}", ""),
]


def described(path: str, status: int) -> Iterator[tuple[str, bool]]:
    """The headers of an answer as the document has them, and whether each is always there."""
    answer = _followed(DOCUMENT["paths"][path]["get"]["responses"][str(status)])
    for name, header in answer.get("headers", {}).items():
        yield name, _followed(header).get("required", False)


def _followed(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: dict[str, Any] = DOCUMENT["components"][kind][name]
    return found


@pytest.mark.parametrize(("path", "query"), ASKED)
def test_each_header_is_described_and_each_that_is_described_is_there(
    client: FlaskClient, make: Make, path: str, query: str
) -> None:
    make.comment(make.site(), status="approved")
    url = path.format(site="demo", id=1, slug="malformed") + query
    first = client.get(url)
    answers = [first]
    if "ETag" in first.headers:
        answers.append(client.get(url, headers={"If-None-Match": first.headers["ETag"]}))
        assert answers[1].status_code == 304
    for answer in answers:
        said = dict(described(path, answer.status_code))
        assert set(answer.headers.keys()) - EVERYWHERE <= said.keys()
        assert {name for name, always in said.items() if always} <= set(answer.headers.keys())
