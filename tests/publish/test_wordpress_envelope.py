"""WordPress's envelope: status, headers and body as one document, for clients that cannot read headers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.factories import Make

URL = "/sites/demo/wp-json/wp/v2/comments"


@pytest.fixture
def client(client: FlaskClient, make: Make) -> FlaskClient:
    site = make.site()
    for _number in range(3):
        make.comment(site, status="approved")
    return client


@pytest.mark.parametrize("said", ["_envelope", "_envelope=1", "_envelope=0", "_envelope=true"])
def test_an_envelope_holds_what_would_have_been_answered(client: FlaskClient, said: str) -> None:
    plain, wrapped = client.get(f"{URL}?per_page=2"), client.get(f"{URL}?per_page=2&{said}")
    assert wrapped.status_code == 200
    body = wrapped.get_json()
    assert body["body"] == plain.get_json()
    assert body["status"] == 200
    counted = {name: body["headers"][name] for name in ("X-WP-Total", "X-WP-TotalPages", "Allow")}
    assert counted == {"X-WP-Total": 3, "X-WP-TotalPages": 2, "Allow": "GET"}
    assert plain.headers["ETag"] != wrapped.headers["ETag"]


def test_the_links_in_an_envelope_lead_to_envelopes(client: FlaskClient) -> None:
    link = client.get(f"{URL}?per_page=2&_envelope=1").get_json()["headers"]["Link"]
    [following] = [part for part in link.split(", ") if part.endswith('rel="next"')]
    rest = client.get(following[1 : following.index(">")]).get_json()
    assert [len(rest["body"]), rest["status"]] == [1, 200]


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        (f"{URL}?per_page=0&_envelope", 400, "rest_invalid_param"),
        (f"{URL}?context=edit&_envelope", 401, "rest_forbidden_context"),
        (f"{URL}/999?_envelope", 404, "rest_comment_invalid_id"),
        ("/sites/demo/wp-json/wp/v2/posts?_envelope", 404, "rest_no_route"),
    ],
)
def test_an_error_in_an_envelope_is_an_answer(client: FlaskClient, url: str, status: int, code: str) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    body = answer.get_json()
    assert (body["status"], body["body"]["code"], body["body"]["data"]["status"]) == (status, code, status)


def test_one_comment_and_the_index_come_in_envelopes_too(client: FlaskClient) -> None:
    for url in (f"{URL}/1", "/sites/demo/wp-json", "/wp-json/wp/v2", f"{URL}/1?_fields=id"):
        mark = "&" if "?" in url else "?"
        assert client.get(f"{url}{mark}_envelope").get_json()["body"] == client.get(url).get_json()
