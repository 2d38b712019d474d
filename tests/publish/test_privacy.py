"""Nothing about people leaves by a public door: not the address, no function of it, no score, no waiting text."""

import base64
import hashlib
import hmac
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation.keys import keyed_hash
from moderation.models import Status
from moderation.settings import current
from tests.conftest import SECRET
from tests.factories import Make

EMAIL = "Zebulon.Quark@private-mailbox.example"
IP = "203.0.113.177"
AGENT = "Distinctive-Agent/7.31"
SCORE = 0.7310585786
_numbers = itertools.count(1)


def planted() -> dict[str, Any]:
    return {
        "email": EMAIL,
        "ip": IP,
        "user_agent": AGENT,
        "probability": SCORE,
        "verdict": {"probability": SCORE, "status": "pending", "because": "Held-for-a-reason", "signals": []},
        "nonce": f"nonce-of-the-form-{next(_numbers)}",
        "fingerprint": "fingerprint-of-the-post",
    }


def functions_of(text: str) -> Iterator[str]:
    """The text as it could be hidden: plain, cut, hashed, encoded."""
    yield text
    yield from text.split("@")
    for value in {text, text.lower(), text.strip().lower()}:
        raw = value.encode()
        yield base64.b64encode(raw).decode().rstrip("=")
        yield raw.hex()
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            for digest in (hashlib.new(name, raw).digest(), hmac.digest(SECRET.encode(), raw, name)):
                yield digest.hex()[:16]
                yield base64.b64encode(digest).decode()[:16]
                yield base64.urlsafe_b64encode(digest).decode()[:16]


def public_answers(client: FlaskClient) -> Iterator[str]:
    """Every public body with its headers, in every shape."""
    for page in ("/a/", "/hidden/"):
        yield from (f"/v1/sites/demo/comments?page={page}{more}" for more in ("", "&sort=newest&limit=1"))
        yield from (
            f"/sites/demo/thread?page={page}&lang={lang}&framed={framed}" for lang in ("en", "ur") for framed in (0, 1)
        )
        yield f"/v1/sites/demo/counts?page={page}"
        yield from (f"/v1/sites/demo/feed.{kind}?page={page}" for kind in ("atom", "json"))
    yield from ("/v1/sites/demo/feed.atom", "/v1/sites/demo/feed.json", "/embed.js", "/v1/openapi.json")
    for root in ("/wp-json", "/sites/demo/wp-json"):
        yield from (
            root,
            f"{root}/wp/v2",
            f"{root}/wp/v2/comments?per_page=100&_embed",
            f"{root}/wp/v2/comments?parent=0",
        )
        yield from (f"{root}/wp/v2/comments/{number}?_embed" for number in range(1, 6))
    yield from ("/healthz", "/readyz", "/metrics", "/v1/sites/demo/comments", "/problems/invalid")


@pytest.fixture
def sweep(app: Flask, client: FlaskClient, make: Make) -> str:
    """All that a stranger can read of a site where people with distinctive data commented."""
    site = make.site()
    public = make.comment(site, "A public word.", status="approved", author="Zed", **planted())
    statuses: tuple[Status, ...] = ("pending", "spam", "trash")
    for status in statuses:
        for page in ("/a/", "/hidden/"):
            hidden: dict[str, Any] = {
                "page_url": f"https://news.example/{status}-url/",
                "page_title": f"Title-of-{status}",
            }
            text, author = f"Unapproved-words-{status}", f"Name-of-{status}"
            parent = public if page == "/a/" else None
            url = "https://unapproved.example/"
            make.comment(
                site, text, status=status, page=page, author=author, url=url, parent=parent, **planted(), **hidden
            )
    collected = []
    for url in public_answers(client):
        answer = client.get(url)
        assert answer.status_code in (200, 400, 404)
        collected.append(f"{url}\n{answer.headers}\n{answer.text}")
    everything = "\n".join(collected)
    assert "A public word." in everything
    return everything


def test_no_email_and_no_function_of_one(app: Flask, sweep: str) -> None:
    with app.app_context():
        keyed = keyed_hash(current(), "email", EMAIL.lower())
    for text in (*functions_of(EMAIL), keyed or "never"):
        assert text.lower() not in sweep.lower(), text


def test_no_network_address_and_no_agent(sweep: str) -> None:
    for text in (*functions_of(IP), *functions_of(AGENT)):
        assert text.lower() not in sweep.lower(), text


@pytest.mark.parametrize("text", ["0.73", 'probability":', "Held-for-a-reason", "nonce-of-the-form", "fingerprint-of"])
def test_nothing_of_the_filter_or_the_form(sweep: str, text: str) -> None:
    # The description of the moderation API names the members of a verdict; values stand nowhere.
    answers = "\n".join(part for part in sweep.split("\n") if not part.startswith('{"openapi"'))
    assert text not in answers


@pytest.mark.parametrize("status", ["pending", "spam", "trash"])
def test_no_word_that_was_not_approved(sweep: str, status: str) -> None:
    for text in (
        f"Unapproved-words-{status}",
        f"Name-of-{status}",
        f"{status}-url",
        f"Title-of-{status}",
        "unapproved.example",
    ):
        assert text not in sweep


def test_no_public_body_has_a_member_beyond_the_contract(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved", **planted())
    [comment] = client.get("/v1/sites/demo/comments?page=/a/").get_json()["comments"]
    assert set(comment) == {"id", "parent_id", "author", "html", "created_at", "edited_at", "permalink"}
    assert set(comment["author"]) == {"name", "url", "staff"}
