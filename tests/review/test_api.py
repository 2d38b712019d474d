"""The moderation API, as the contract says it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import update
from werkzeug.test import TestResponse

from moderation.extensions import db
from moderation.models import Moderator, Site
from moderation.review import payload
from tests.factories import Make
from tests.review.browser import Browser
from tests.thorough import examples


@pytest.fixture
def site(make: Make) -> Site:
    return make.site()


@pytest.fixture
def bearer(make: Make, site: Site) -> dict[str, str]:
    return make.bearer(make.moderator(sites=[site]))


ROUTES = [
    ("GET", "/v1/moderation/comments"),
    ("GET", "/v1/moderation/comments/1"),
    ("POST", "/v1/moderation/decisions"),
    ("POST", "/v1/moderation/undo"),
]


def body_of(answer: TestResponse) -> dict[str, Any]:
    """The JSON object that was answered."""
    document: dict[str, Any] = orjson.loads(answer.data)
    return document


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """A problem document of this status."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    document = body_of(answer)
    assert document["status"] == status
    return document


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic bW9kOm1vZA==", "Bearer \x01", "Bearer " + "x" * 5000],
)
def test_without_a_good_token_there_is_401_and_how_to_get_one(
    client: FlaskClient, site: Site, method: str, path: str, header: str | None
) -> None:
    answer = client.open(path, method=method, headers={"Authorization": header} if header is not None else {}, json={})
    assert "moderator token" in problem(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_cookie_of_the_desk_opens_nothing_here(app: Flask, make: Make, site: Site) -> None:
    make.moderator(sites=[site])
    browser = Browser(app)
    browser.enter()
    assert browser.client.get("/v1/moderation/comments").status_code == 401


def test_a_moderator_who_was_switched_off_has_no_token_any_more(
    app: Flask, client: FlaskClient, bearer: dict[str, str]
) -> None:
    assert client.get("/v1/moderation/comments", headers=bearer).status_code == 200
    with app.app_context():
        db.session.execute(update(Moderator).values(active=False))
        db.session.commit()
    assert client.get("/v1/moderation/comments", headers=bearer).status_code == 401


def test_no_answer_is_stored_shared_or_sets_a_cookie(client: FlaskClient, bearer: dict[str, str]) -> None:
    for answer in (client.get("/v1/moderation/comments", headers=bearer), client.get("/v1/moderation/comments")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_list_has_rows_as_the_contract_says(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]
) -> None:
    root = make.comment(site, status="approved")
    comment = make.comment(
        site, "Some **words**", author="Bilal", email="b@example.org", parent=root, page_title="Buses"
    )
    answer = body_of(client.get("/v1/moderation/comments?site=demo&status=pending", headers=bearer))
    assert answer["next"] is None
    (row,) = answer["comments"]
    verdict, created = row.pop("verdict"), row.pop("created_at")
    assert row == {
        "id": comment.id,
        "site": "demo",
        "page": {"key": "/a/", "url": None, "title": "Buses"},
        "parent_id": root.id,
        "author": {"name": "Bilal", "url": None, "staff": False},
        "email": "b@example.org",
        "html": comment.html,
        "source": "Some **words**",
        "status": "pending",
        "version": 1,
    }
    assert created == comment.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert verdict == comment.verdict
    assert set(verdict["signals"][0]) >= {"name", "points", "reason"}


def test_one_comment_has_address_agent_and_history(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]
) -> None:
    comment = make.comment(site, ip="192.0.2.7", user_agent="Agent/1.0")
    client.post(
        "/v1/moderation/decisions", json={"ids": [comment.id], "decision": "spam", "note": "ads"}, headers=bearer
    )
    row = body_of(client.get(f"/v1/moderation/comments/{comment.id}", headers=bearer))
    assert (row["ip"], row["user_agent"], row["status"], row["version"]) == ("192.0.2.7", "Agent/1.0", "spam", 2)
    last, first = row["history"]
    assert (last["actor"], last["moderator"], last["from"], last["to"], last["note"]) == (
        "moderator",
        "Mo",
        "pending",
        "spam",
        "ads",
    )
    assert (first["actor"], first["moderator"], first["from"], first["to"]) == ("policy", None, None, "pending")


def test_pages_follow_each_other_without_a_gap(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]
) -> None:
    ids = [make.comment(site).id for _ in range(5)]
    for sort, expected in (("newest", ids[::-1]), ("oldest", ids)):
        found: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"sort": sort, "limit": "2", "cursor": cursor}
            page = body_of(client.get("/v1/moderation/comments", query_string=query, headers=bearer))
            found += [row["id"] for row in page["comments"]]
            cursor = page["next"]
        assert found == expected


@pytest.mark.parametrize(
    "query",
    ["status=gone", "sort=up", "limit=0", "limit=101", "limit=x", "limit=-1", "cursor=x", "cursor=%00", "limit=%D9%A3"],
)
def test_a_parameter_that_cannot_be_used_is_named(client: FlaskClient, bearer: dict[str, str], query: str) -> None:
    answer = client.get(f"/v1/moderation/comments?{query}", headers=bearer)
    assert list(problem(answer, 400)["errors"]) == [query.split("=")[0]]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("status=pending&status=spam", "Give it once"),
        ("site=demo&site=demo", "Give it once"),
        ("sort=newest&sort=oldest", "Give it once"),
        ("limit=1&limit=1", "Give it once"),
        ("cursor=&cursor=", "Give it once"),
        # A program whose variable is not set does not mean all sites.
        ("site=", "leave it out"),
    ],
)
def test_a_parameter_that_is_given_twice_and_a_site_without_a_name_are_refused(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str], query: str, says: str
) -> None:
    make.comment(site)
    answer = problem(client.get(f"/v1/moderation/comments?{query}", headers=bearer), 400)
    name = query.split("=")[0]
    assert list(answer["errors"]) == [name]
    assert name in answer["detail"]
    assert says in answer["detail"]


def test_whoever_moderates_very_many_sites_names_one(
    client: FlaskClient, make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site("other")
    everywhere = make.bearer(make.moderator("all@example.org"))
    assert client.get("/v1/moderation/comments", headers=everywhere).status_code == 200
    monkeypatch.setattr(payload, "MOST_SITES", 1)
    assert list(problem(client.get("/v1/moderation/comments", headers=everywhere), 400)["errors"]) == ["site"]
    assert client.get("/v1/moderation/comments?site=other", headers=everywhere).status_code == 200


def test_another_sites_comments_do_not_exist(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]
) -> None:
    theirs = make.comment(make.site("theirs"))
    batch = make.decide(theirs, "approved").batch
    problem(client.get("/v1/moderation/comments?site=theirs", headers=bearer), 404)
    problem(client.get(f"/v1/moderation/comments/{theirs.id}", headers=bearer), 404)
    assert body_of(client.get("/v1/moderation/comments?status=all", headers=bearer))["comments"] == []
    answer = client.post("/v1/moderation/decisions", json={"ids": [theirs.id], "decision": "spam"}, headers=bearer)
    assert (answer.status_code, body_of(answer)["missing"], body_of(answer)["decided"]) == (200, [theirs.id], [])
    problem(client.post("/v1/moderation/undo", json={"batch": batch}, headers=bearer), 404)
    assert make.load(theirs).status == "approved"


def test_a_decision_says_what_became_of_every_id(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]
) -> None:
    waiting, there, moved, by_policy = (make.comment(site) for _ in range(4))
    make.decide(there, "spam", make.moderator("second@example.org"))
    make.decide(moved, "approved")
    make.decide(by_policy, "spam")
    answer = client.post(
        "/v1/moderation/decisions",
        json={
            "ids": [waiting.id, there.id, moved.id, by_policy.id, 999_999, 2**40, waiting.id],
            "decision": "spam",
            "versions": {str(moved.id): 1},
        },
        headers=bearer,
    )
    assert answer.status_code == 200
    assert body_of(answer) == {
        "batch": body_of(answer)["batch"],
        "decided": [waiting.id, by_policy.id],
        "unchanged": [there.id],
        "conflicts": [{"id": moved.id, "status": "approved", "version": 2}],
        "missing": [999_999, 2**40],
    }
    assert make.counts(site) == {"pending": 0, "approved": 1, "spam": 3, "trash": 0}
    shown = body_of(client.get(f"/v1/moderation/comments/{by_policy.id}", headers=bearer))["history"][0]
    assert (shown["actor"], shown["from"], shown["to"]) == ("moderator", "spam", "spam")


def test_when_every_id_moved_meanwhile_the_answer_is_409(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]
) -> None:
    comment = make.comment(site)
    make.decide(comment, "trash")
    answer = client.post(
        "/v1/moderation/decisions",
        json={"ids": [comment.id], "decision": "approve", "versions": {str(comment.id): 1}},
        headers=bearer,
    )
    assert problem(answer, 409)["errors"] == {str(comment.id): ["It is now trash, version 2."]}
    assert make.load(comment).status == "trash"


def test_a_batch_can_be_taken_back(client: FlaskClient, make: Make, site: Site, bearer: dict[str, str]) -> None:
    ids = [make.comment(site).id for _ in range(3)]
    decided = client.post("/v1/moderation/decisions", json={"ids": ids, "decision": "approve"}, headers=bearer)
    batch = body_of(decided)["batch"]
    assert body_of(client.post("/v1/moderation/undo", json={"batch": batch}, headers=bearer))["decided"] == ids
    again = client.post("/v1/moderation/undo", json={"batch": batch}, headers=bearer)
    assert (again.status_code, body_of(again)["unchanged"]) == (200, ids)
    assert make.counts(site)["pending"] == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("ids", bad) for bad in (None, 1, "1", [], ["1"], [1.5], [True], [0], [-1], [[1]], list(range(1, 502)))],
        *[("decision", bad) for bad in (None, "delete", "approved", 1, ["approve"])],
        *[("note", bad) for bad in (1, None, ["x"], "n" * 501, "\ufb2c" * 167)],
        *[("versions", bad) for bad in (1, [1], {"x": 1}, {"1": "1"}, {"1": True}, {"1": 0}, {"01": 1})],
    ],
)
def test_a_field_of_the_wrong_kind_is_named_and_nothing_happens(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str], field: str, value: object
) -> None:
    comment = make.comment(site)
    body = {"ids": [comment.id], "decision": "approve", "note": "", field: value}
    answer = client.post("/v1/moderation/decisions", json=body, headers=bearer)
    assert list(problem(answer, 422)["errors"]) == [field]
    assert make.load(comment).status == "pending"


@pytest.mark.parametrize("note", ["n" * 500, "\ufb2c" * 166, "n" * 500 + "\0" * 100 + "\n" * 100, "e\u0301" * 500])
def test_a_note_may_be_as_long_as_it_is_kept(
    client: FlaskClient, make: Make, site: Site, bearer: dict[str, str], note: str
) -> None:
    comment = make.comment(site)
    body = {"ids": [comment.id], "decision": "spam", "note": note}
    assert client.post("/v1/moderation/decisions", json=body, headers=bearer).status_code == 200
    last = body_of(client.get(f"/v1/moderation/comments/{comment.id}", headers=bearer))["history"][0]
    assert 0 < len(last["note"]) <= 500


@pytest.mark.parametrize("path", ["decisions", "undo"])
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 30_000, "application/json", 400),
        (b'{"note": "\\ud800"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", None, 415),
        (b"{}", "text/plain", 415),
        (b"ids=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json", 422),
        (b'{"batch": 1}', "application/json", 422),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: FlaskClient, bearer: dict[str, str], path: str, body: bytes, kind: str | None, status: int
) -> None:
    problem(client.post(f"/v1/moderation/{path}", data=body, content_type=kind, headers=bearer), status)


@pytest.mark.parametrize("number", ["0", "2147483648", "9" * 30])
def test_a_number_that_no_comment_can_have_is_not_found(
    client: FlaskClient, bearer: dict[str, str], number: str
) -> None:
    problem(client.get(f"/v1/moderation/comments/{number}", headers=bearer), 404)


_numbers = st.integers(min_value=-(2**63), max_value=2**63)
_json = st.recursive(
    st.none() | st.booleans() | _numbers | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["1", "41", "x"]), inner, max_size=2),
)


@examples(60)
@given(body=st.fixed_dictionaries({}, optional=dict.fromkeys(("ids", "decision", "note", "versions", "batch"), _json)))
@example(body={"ids": [2**63], "decision": "spam", "note": "\0"})
@example(body={"batch": "\0"})
def test_no_body_ever_breaks_it(client: FlaskClient, bearer: dict[str, str], body: dict[str, object]) -> None:
    for path in ("decisions", "undo"):
        answer = client.post(f"/v1/moderation/{path}", json=body, headers=bearer)
        assert answer.status_code in {200, 404, 422}
