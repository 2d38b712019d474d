"""What the world reads of a page: the contract of `GET comments`, case by case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from moderation.extensions import db
from moderation.models import Page, Site, now
from tests.factories import ORIGIN, Make

URL = "/v1/sites/demo/comments"


def read(client: FlaskClient, page: str = "/a/", **query: object) -> dict[str, Any]:
    answer = client.get(URL, query_string={"page": page, **query})
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    body: dict[str, Any] = answer.get_json()
    return body


def shown(client: FlaskClient) -> dict[int, int | None]:
    """The comments on the page and what each stands under."""
    return {comment["id"]: comment["parent_id"] for comment in read(client)["comments"]}


def test_an_approved_comment_reads_as_the_contract_says(client: FlaskClient, make: Make) -> None:
    site = make.site()
    moment = datetime(2019, 1, 18, 10, 0, 0, 987, tzinfo=UTC)
    comment = make.comment(
        site,
        "Well *said*.",
        status="approved",
        author="Amina",
        url="https://amina.example/",
        at=moment,
        page_url=f"{ORIGIN}/a/",
        page_title="Night buses",
    )
    assert read(client) == {
        "page": {
            "key": "/a/",
            "url": f"{ORIGIN}/a/",
            "title": "Night buses",
            "open": True,
            "count": 1,
            "depth": 5,
        },
        "comments": [
            {
                "id": comment.id,
                "parent_id": None,
                "author": {"name": "Amina", "url": "https://amina.example/", "staff": False},
                "html": comment.html,
                "created_at": "2019-01-18T10:00:00Z",
                "edited_at": None,
                "permalink": f"{ORIGIN}/a/#comment-{comment.id}",
            }
        ],
        "next": None,
    }


def test_a_reply_of_staff_is_marked(client: FlaskClient, make: Make) -> None:
    site, moderator = make.site(), make.moderator()
    first = make.comment(site, status="approved", author="Mo")
    make.comment(site, parent=first, staff=moderator, author="Mo")
    assert [comment["author"]["staff"] for comment in read(client)["comments"]] == [False, True]


@pytest.mark.parametrize("status", ["pending", "spam", "trash"])
def test_what_is_not_approved_is_not_served(client: FlaskClient, make: Make, status: Any) -> None:
    site = make.site()
    kept = make.comment(site, status="approved")
    make.comment(site, "Not for the public.", status=status, parent=kept)
    make.comment(site, "Nor this.", status=status)
    body = read(client)
    assert [comment["id"] for comment in body["comments"]] == [kept.id]
    assert body["page"]["count"] == 1


def test_a_page_nobody_has_commented_on_is_an_empty_list(client: FlaskClient, make: Make) -> None:
    make.site()
    assert read(client, "/never/") == {
        "page": {"key": "/never/", "url": None, "title": None, "open": True, "count": 0, "depth": 5},
        "comments": [],
        "next": None,
    }


@pytest.mark.parametrize("status", ["pending", "spam", "trash"])
def test_a_waiting_comment_changes_no_byte_and_no_header(client: FlaskClient, make: Make, status: Any) -> None:
    site = make.site()
    before = client.get(URL, query_string={"page": "/a/"})
    make.comment(site, status=status, page_url=f"{ORIGIN}/a/", page_title="Buy this")
    after = client.get(URL, query_string={"page": "/a/"})
    assert after.data == before.data
    assert dict(after.headers) == dict(before.headers)


def test_what_a_stranger_called_the_page_is_not_public_without_an_approved_comment(
    client: FlaskClient, make: Make
) -> None:
    site = make.site()
    comment = make.comment(site, status="approved", page_url=f"{ORIGIN}/a/", page_title="Night buses")
    assert read(client)["page"]["title"] == "Night buses"
    make.decide(comment, "spam")
    page = read(client)["page"]
    assert (page["url"], page["title"], page["count"]) == (None, None, 0)


def test_an_approved_reply_stays_when_what_it_replied_to_goes(client: FlaskClient, make: Make) -> None:
    site = make.site()
    root = make.comment(site, status="approved")
    middle = make.comment(site, status="approved", parent=root)
    leaf = make.comment(site, status="approved", parent=middle)
    assert shown(client) == {root.id: None, middle.id: root.id, leaf.id: middle.id}
    make.decide(middle, "trash")
    assert shown(client) == {root.id: None, leaf.id: root.id}
    make.decide(root, "trash")
    assert shown(client) == {leaf.id: None}
    make.decide(middle, "approved")
    assert shown(client) == {middle.id: None, leaf.id: middle.id}
    assert read(client)["page"]["count"] == 2


def test_key_and_address_lead_to_the_same_page(client: FlaskClient, make: Make) -> None:
    site = make.site()
    make.comment(site, status="approved")
    by_key = client.get(URL, query_string={"page": "/a/"})
    by_address = client.get(URL, query_string={"page": f"{ORIGIN}/./a/index.html?x=1#top"})
    assert by_address.data == by_key.data
    assert by_address.headers["ETag"] == by_key.headers["ETag"]


def test_pages_and_sites_do_not_mix(client: FlaskClient, make: Make) -> None:
    site, other = make.site(), make.site("other")
    mine = make.comment(site, status="approved")
    make.comment(site, status="approved", page="/b/")
    make.comment(other, status="approved")
    assert list(shown(client)) == [mine.id]


@pytest.mark.parametrize(
    ("key", "origins", "expected"),
    [
        ("/a b/ü?p=1#x", [ORIGIN], f"{ORIGIN}/a%20b/%C3%BC?p=1%23x"),
        ("post 17", [ORIGIN], "http://comments.example/sites/demo/thread?page=post%2017"),
        ("/a/", [], "http://comments.example/sites/demo/thread?page=%2Fa%2F"),
        ("//evil.example/", [ORIGIN], f"{ORIGIN}//evil.example/"),
    ],
)
def test_a_permalink_leads_to_where_the_comment_can_be_read(
    client: FlaskClient, make: Make, key: str, origins: list[str], expected: str
) -> None:
    comment = make.comment(make.site(origins=origins), status="approved", page=key)
    assert read(client, key)["comments"][0]["permalink"] == f"{expected}#comment-{comment.id}"


def test_a_page_closes_by_hand_and_by_age(client: FlaskClient, make: Make) -> None:
    site = make.site(close_after_days=7)
    make.comment(site, status="approved", at=now() - timedelta(days=8), page="/old/")
    make.comment(site, status="approved", page="/new/")
    make.comment(site, status="approved", page="/shut/")
    with make.app.app_context():
        db.session.execute(update(Page).where(Page.key == "/shut/").values(closed=True))
        db.session.commit()
    assert [read(client, key)["page"]["open"] for key in ("/old/", "/new/", "/shut/")] == [False, True, False]


def test_a_page_on_which_none_was_published_looks_like_one_that_nobody_knows(client: FlaskClient, make: Make) -> None:
    site = make.site(close_after_days=7)
    make.comment(site, at=now() - timedelta(days=8), page="/held/")
    for url in ("/v1/sites/demo/comments?page={}", "/v1/sites/demo/form?page={}"):
        held, never = (client.get(url.format(key)).get_json() for key in ("/held/", "/never/"))
        assert held.get("page", held)["open"] is never.get("page", never)["open"] is True


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "page"),
        ({"page": ""}, "page"),
        ({"page": " \u200b"}, "page"),
        ({"page": "a\0b"}, "page"),
        ({"page": "x" * 501}, "page"),
        ({"page": "https://elsewhere.example/a/"}, "page"),
        ({"page": ["/a/", "/b/"]}, "page"),
        ({"page": "/a/", "limit": "0"}, "limit"),
        ({"page": "/a/", "limit": "101"}, "limit"),
        ({"page": "/a/", "limit": "-1"}, "limit"),
        ({"page": "/a/", "limit": "1e1"}, "limit"),
        ({"page": "/a/", "limit": "٣"}, "limit"),
        ({"page": "/a/", "limit": ""}, "limit"),
        ({"page": "/a/", "limit": ["1", "2"]}, "limit"),
        ({"page": "/a/", "sort": "best"}, "sort"),
        ({"page": "/a/", "sort": ""}, "sort"),
        ({"page": "/a/", "cursor": ""}, "cursor"),
        ({"page": "/a/", "cursor": "%%%"}, "cursor"),
        ({"page": "/a/", "cursor": "ü"}, "cursor"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(
    client: FlaskClient, make: Make, query: dict[str, object], field: str
) -> None:
    make.site()
    answer = client.get(URL, query_string=query)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert list(answer.get_json()["errors"]) == [field]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_problem_for_a_foreign_address_says_what_the_owner_can_do(client: FlaskClient, make: Make) -> None:
    make.site()
    sentence = client.get(URL, query_string={"page": "https://elsewhere.example/a/"}).get_json()["errors"]["page"][0]
    assert "https://elsewhere.example" in sentence
    assert "origins" in sentence


@pytest.mark.parametrize(
    "key", ["nosuch", "DEMO", "de%00mo", "%ff", "%ED%A0%80", "x" * 5000, "demo%20", "%F0%9F%98%80"]
)
def test_a_site_that_does_not_exist_is_404(client: FlaskClient, make: Make, key: str) -> None:
    make.site()
    for path in ("comments", "counts", "feed.atom", "feed.json"):
        answer = client.get(f"/v1/sites/{key}/{path}?page=/a/")
        assert answer.status_code == 404
        assert answer.get_json()["type"] == "/problems/not-found"
    assert client.get(f"/sites/{key}/thread?page=/a/").status_code == 404


def test_other_methods_are_refused_with_those_that_are_taken(client: FlaskClient, make: Make) -> None:
    make.site()
    for method in ("PUT", "PATCH", "DELETE"):
        answer = client.open(URL, method=method)
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved")
    got, headed = (client.open(URL, method=method, query_string={"page": "/a/"}) for method in ("GET", "HEAD"))
    assert headed.data == b""
    assert dict(headed.headers) == dict(got.headers)


def test_an_address_that_is_no_longer_an_origin_moves_the_links_and_the_tag(client: FlaskClient, make: Make) -> None:
    make.comment(make.site(), status="approved")
    before = client.get(URL, query_string={"page": "/a/"})
    with make.app.app_context():
        db.session.execute(update(Site).values(origins=["https://moved.example"]))
        db.session.commit()
    after = client.get(URL, query_string={"page": "/a/"})
    assert after.data != before.data
    assert after.headers["ETag"] != before.headers["ETag"]
