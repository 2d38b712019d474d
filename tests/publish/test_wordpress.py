"""A site's comments in the shape of WordPress's REST API: fields, parameters, headers and errors as its clients know them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from moderation.extensions import db
from moderation.models import Comment, Site
from moderation.publish.wordpress import parameters, reading
from tests.factories import ORIGIN, Make
from tests.plans import listening, rows_read, walks

ROOT = "http://comments.example/sites/demo/wp-json"
URL = "/sites/demo/wp-json/wp/v2/comments"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def ids(client: FlaskClient, **query: Any) -> list[int]:
    answer = client.get(URL, query_string={name.replace("__", "_"): value for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [comment["id"] for comment in answer.get_json()]


def refused(client: FlaskClient, query: str) -> dict[str, Any]:
    """The body of an error, which says its own status."""
    answer = client.get(f"{URL}?{query}")
    body: dict[str, Any] = answer.get_json()
    assert answer.status_code == body["data"]["status"]
    assert set(body) == {"code", "message", "data"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return body


def hours(make: Make, site: Site, count: int, **more: Any) -> list[Comment]:
    """Approved comments, one an hour."""
    return [make.comment(site, status="approved", at=START + timedelta(hours=n), **more) for n in range(count)]


def test_a_comment_has_the_fields_that_wordpress_gives(client: FlaskClient, make: Make) -> None:
    site = make.site()
    first = make.comment(
        site, "*Well* said.", status="approved", at=START, author="Amina & <b>", url="https://a.example/"
    )
    reply = make.comment(site, status="approved", parent=first, staff=make.moderator(), at=START)
    page = make.page(site)
    assert client.get(f"{URL}?order=asc").get_json()[0] == {
        "id": first.id,
        "post": page.id,
        "parent": 0,
        "author": 0,
        "author_name": "Amina & <b>",
        "author_url": "https://a.example/",
        "date": "2026-01-01T12:00:00",
        "date_gmt": "2026-01-01T12:00:00",
        "content": {"rendered": "<p><em>Well</em> said.</p>"},
        "link": f"{ORIGIN}/a/#comment-{first.id}",
        "status": "approved",
        "type": "comment",
        "meta": {"staff": False},
        "_links": {
            "self": [{"href": f"{ROOT}/wp/v2/comments/{first.id}"}],
            "collection": [{"href": f"{ROOT}/wp/v2/comments"}],
            "children": [{"href": f"{ROOT}/wp/v2/comments?parent={first.id}"}],
        },
    }
    answer = client.get(f"{URL}/{reply.id}?_embed").get_json()
    assert (answer["parent"], answer["author_url"], answer["meta"]) == (first.id, "", {"staff": True})
    assert answer["_links"]["in-reply-to"] == [{"embeddable": True, "href": f"{ROOT}/wp/v2/comments/{first.id}"}]
    [embedded] = answer["_embedded"]["in-reply-to"]
    assert (embedded["id"], "post" in embedded, "_links" in embedded) == (first.id, False, True)


def test_what_is_not_public_is_nowhere(client: FlaskClient, make: Make) -> None:
    site = make.site()
    shown = make.comment(site, status="approved")
    hidden = [make.comment(site, parent=shown), make.comment(site, status="spam"), make.comment(site, page="/only/")]
    withdrawn = make.comment(site, status="approved", parent=shown)
    orphan = make.comment(site, status="approved", parent=withdrawn)
    make.decide(withdrawn, "trash")
    assert ids(client) == [orphan.id, shown.id]
    for comment in [*hidden, withdrawn]:
        answer = client.get(f"{URL}/{comment.id}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "rest_comment_invalid_id")
        assert ids(client, include=comment.id) == []
    assert ids(client, post=make.page(site, "/only/").id) == []
    # What answered a withdrawn comment stands under the first of its thread, and is found there.
    assert client.get(f"{URL}/{orphan.id}").get_json()["parent"] == shown.id
    assert ids(client, parent=shown.id) == [orphan.id]
    assert ids(client, parent=withdrawn.id) == []
    make.decide(shown, "trash")
    assert ids(client, parent=0) == [orphan.id]


def test_a_post_is_a_pages_number_key_or_address_or_several(client: FlaskClient, make: Make) -> None:
    site, other = make.site(), make.site("other")
    first, second = make.comment(site, status="approved"), make.comment(site, status="approved", page="/b,c/")
    elsewhere = make.comment(other, status="approved")
    numbers = [make.page(site, key).id for key in ("/a/", "/b,c/")]
    assert (
        ids(client, post=numbers[0])
        == ids(client, post="/a/")
        == ids(client, post=f"{ORIGIN}/a/?from=mail")
        == [first.id]
    )
    assert ids(client, post="/b,c/") == [second.id]
    for several in (
        f"post={numbers[0]},{numbers[1]}",
        f"post[]={numbers[0]}&post[]=/b,c/",
        "post[0]=/a/&post[1]=/b,c/",
    ):
        assert [each["id"] for each in client.get(f"{URL}?{several}").get_json()] == [second.id, first.id]
    assert ids(client, post=make.page(other).id) == []
    assert ids(client, post="/never/") == ids(client, post=99999999999999) == ids(client, post=-1) == []
    assert ids(client, include=elsewhere.id) == []
    assert client.get(f"{URL}/{elsewhere.id}").status_code == 404
    fault = refused(client, "post=https://elsewhere.example/a/")
    assert list(fault["data"]["params"]) == ["post"]
    assert refused(client, "post=0")["code"] == "rest_cannot_read"


def test_pages_are_counted_and_linked(client: FlaskClient, make: Make) -> None:
    made = [comment.id for comment in hours(make, make.site(), 5)]
    first = client.get(f"{URL}?post=/a/&per_page=2")
    assert [each["id"] for each in first.get_json()] == made[:2:-1]
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("5", "3")
    assert "X-WP-TotalPages" in first.headers["Access-Control-Expose-Headers"]
    assert 'rel="prev"' not in first.headers["Link"]
    assert f'<{ROOT}/>; rel="https://api.w.org/"' in first.headers["Link"]
    last = client.get(f"{URL}?post=/a/&per_page=2&page=3")
    assert [each["id"] for each in last.get_json()] == made[:1]
    assert f'<{ROOT}/wp/v2/comments?post=%2Fa%2F&per_page=2&page=2>; rel="prev"' in last.headers["Link"]
    assert 'rel="next"' not in last.headers["Link"]
    # As in WordPress, behind the last page there is nothing, and that is no error.
    behind = client.get(f"{URL}?per_page=2&page=9")
    assert (behind.get_json(), behind.headers["X-WP-Total"]) == ([], "5")
    assert 'page=3>; rel="prev"' in behind.headers["Link"]
    assert ids(client, offset=1, per_page=2, order="asc") == made[1:3]


def followed(client: FlaskClient, query: str) -> list[int]:
    """Everything that the links to the next page lead to."""
    found: list[int] = []
    url: str | None = f"{URL}?{query}"
    while url:
        answer = client.get(url)
        found += [each["id"] for each in answer.get_json()]
        following = [part for part in answer.headers["Link"].split(", ") if 'rel="next"' in part]
        url = following[0][1:].split(">")[0].removeprefix("http://comments.example") if following else None
    return found


def test_links_lead_through_everything_while_comments_arrive(
    client: FlaskClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    made = [comment.id for comment in hours(make, site, 9)]
    for module in (parameters, reading):
        monkeypatch.setattr(module, "MOST", 4)
    monkeypatch.setattr(reading, "LOOKED", 4)
    assert followed(client, "per_page=2") == followed(client, "per_page=4&post[]=/a/") == made[::-1]
    assert followed(client, "per_page=2&order=asc&exclude=1&_fields=id") == [number for number in made if number != 1]
    # A filter looks no further than that at once, and the link goes on behind it.
    late = "after=2026-01-01T18:30:00"
    assert ids(client, order="asc", per_page=2, after="2026-01-01T18:30:00") == []
    assert followed(client, f"{late}&order=asc&per_page=2") == made[7:]
    fault = refused(client, "per_page=2&page=3")
    assert "Link header" in fault["data"]["params"]["page"]
    assert "offset" in refused(client, "per_page=2&offset=3")["data"]["params"]
    make.comment(site, status="approved", page="/b/")
    assert list(refused(client, "post=/a/,&post[]=/a/&post[]=/b/&per_page=1")["data"]["params"]) == ["post"]
    first = client.get(f"{URL}?per_page=2").headers["Link"].split("<")[2].split(">")[0]
    seen = [each["id"] for each in client.get(first.removeprefix("http://comments.example")).get_json()]
    make.comment(site, status="approved")
    assert [each["id"] for each in client.get(first.removeprefix("http://comments.example")).get_json()] == seen


def test_filters_do_what_wordpress_has_them_do(client: FlaskClient, make: Make) -> None:
    site = make.site()
    one, two, three = hours(make, site, 3)
    reply = make.comment(site, status="approved", parent=one, at=START + timedelta(hours=3, microseconds=500_000))
    assert ids(client, parent=0) == [three.id, two.id, one.id]
    assert ids(client, parent=one.id) == ids(client, parent__exclude=0) == [reply.id]
    assert ids(client, parent=f"0,{one.id}") == [reply.id, three.id, two.id, one.id]
    assert ids(client, include=f"{two.id},{one.id},99999999999") == [two.id, one.id]
    assert ids(client, include=f"{one.id},{three.id} {two.id}", orderby="include", per_page=2) == [one.id, three.id]
    assert ids(client, include=f"{one.id},{three.id},{two.id}", orderby="include", per_page=2, page=2) == [two.id]
    assert ids(client, exclude=f"{two.id},{three.id}") == [reply.id, one.id]
    assert ids(client, after="2026-01-01T12:00:00") == [reply.id, three.id, two.id]
    assert ids(client, after="2026-01-01T15:00:00") == []
    assert ids(client, after="2026-01-01T14:59:59Z") == [reply.id]
    assert ids(client, before="2026-01-01T13:00:00") == [one.id]
    assert (
        ids(client, before="2026-01-01T18:00:00+05:00") == ids(client, before="2026-01-01 18:00:00 05:00") == [one.id]
    )
    for query in ("after=0001-01-01T00:00:00%2B14:00", "before=9999-12-31T23:59:59"):
        assert len(client.get(f"{URL}?{query}").get_json()) == 4
    assert client.get(f"{URL}?parent=0&per_page=1").headers["X-WP-Total"] == "3"
    assert client.get(f"{URL}?after=9999-12-31T23:59:59").get_json() == []
    assert ids(client, status="approve", type="comment", author="", _locale="user", password="x", author_email="") == [
        reply.id,
        three.id,
        two.id,
        one.id,
    ]


def test_fields_and_context_say_how_much_of_a_comment_comes(client: FlaskClient, make: Make) -> None:
    site = make.site()
    first = make.comment(site, status="approved")
    make.comment(site, status="approved", parent=first)
    [reply, _first] = client.get(
        f"{URL}?_fields=id,content.rendered,nothing,id.x,_embedded&_embed=in-reply-to"
    ).get_json()
    assert set(reply) == {"id", "content", "_embedded"}
    assert reply["content"] == {"rendered": "<p>A kind word about the article.</p>"}
    assert client.get(f"{URL}?_fields[]=author_name").get_json() == [{"author_name": "Amina"}] * 2
    embed = client.get(f"{URL}/{first.id}?context=embed").get_json()
    assert "post" not in embed
    assert embed["author_name"] == "Amina"
    assert "_embedded" not in client.get(f"{URL}?_embed=author").get_json()[0]


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("page=x", "rest_invalid_param", {"page": "rest_invalid_type"}),
        ("page[]=1&page=", "rest_invalid_param", {"page": "rest_invalid_type"}),
        ("page=0&per_page=101", "rest_invalid_param", {"page": "rest_out_of_bounds", "per_page": "rest_out_of_bounds"}),
        (f"page={'9' * 5000}", "rest_invalid_param", {"page": "rest_invalid_type"}),
        ("page=999999999999", "rest_invalid_param", {"page": "rest_out_of_bounds"}),
        ("cursor=99999999999", "rest_invalid_param", {"cursor": "rest_out_of_bounds"}),
        ("per_page=٣", "rest_invalid_param", {"per_page": "rest_invalid_type"}),
        ("order=up&orderby=karma", "rest_invalid_param", {"order": "rest_not_in_enum", "orderby": "rest_not_in_enum"}),
        ("include=1,x", "rest_invalid_param", {"include": "rest_invalid_type"}),
        (f"exclude={','.join(['1'] * 101)}", "rest_invalid_param", {"exclude": "rest_too_many_items"}),
        (f"post={','.join(['1'] * 11)}", "rest_invalid_param", {"post": "rest_too_many_items"}),
        (
            "after=yesterday&before=2026-02-30T00:00:00",
            "rest_invalid_param",
            {"after": "rest_invalid_date", "before": "rest_invalid_date"},
        ),
        ("after=0000-01-01T00:00:00", "rest_invalid_param", {"after": "rest_invalid_date"}),
        ("search=bus", "rest_invalid_param", {"search": "rest_invalid_param"}),
        ("post=%00", "rest_invalid_param", {"post": "rest_invalid_param"}),
        ("context=edit", "rest_forbidden_context", {}),
        ("status=hold", "rest_forbidden_param", {}),
        ("author_email=a@example.org", "rest_forbidden_param", {}),
    ],
)
def test_what_cannot_be_read_gets_wordpress_errors(
    client: FlaskClient, make: Make, query: str, code: str, named: dict[str, str]
) -> None:
    make.site()
    fault = refused(client, query)
    assert fault["code"] == code
    assert {name: each["code"] for name, each in fault["data"].get("details", {}).items()} == named
    assert fault["data"].get("params", {}).keys() == named.keys()
    assert fault["data"]["status"] == (400 if named else 401)


def test_addresses_and_methods_that_wordpress_has_and_this_has_not(client: FlaskClient, make: Make) -> None:
    make.site()
    for method, url in (
        ("GET", "/sites/demo/wp-json/wp/v2/posts"),
        ("POST", URL),
        ("DELETE", f"{URL}/1"),
        ("GET", f"{URL}/x"),
        ("GET", "/sites/nowhere/wp-json/wp/v2/comments"),
        ("GET", "/sites/a%00b/wp-json"),
        ("POST", "/sites/demo/wp-json"),
        ("DELETE", "/wp-json/"),
    ):
        answer = client.open(url, method=method)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "rest_no_route"), url
        assert answer.headers["Link"].endswith('/wp-json/>; rel="https://api.w.org/"'), url
    assert client.get(f"{URL}/{'9' * 5000}").get_json()["code"] == "rest_comment_invalid_id"
    preflight = client.options(URL, headers={"Access-Control-Request-Headers": "x-wp-nonce"})
    assert preflight.headers["Access-Control-Allow-Methods"] == preflight.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "X-WP-Nonce" in preflight.headers["Access-Control-Allow-Headers"]


def test_a_service_with_one_site_answers_at_the_bare_address_too(client: FlaskClient, make: Make) -> None:
    site = make.site()
    comment = make.comment(site, status="approved")
    answer = client.get("/wp-json/wp/v2/comments/").get_json()
    assert [each["id"] for each in answer] == [comment.id]
    assert answer[0]["_links"]["self"] == [{"href": f"http://comments.example/wp-json/wp/v2/comments/{comment.id}"}]
    make.site("other")
    fault = client.get("/wp-json/wp/v2/comments")
    assert (fault.status_code, fault.get_json()["code"]) == (404, "rest_no_route")
    assert "/sites/SITE/wp-json/" in fault.get_json()["message"]
    assert client.get(URL).status_code == 200


def test_the_api_says_what_it_is(client: FlaskClient, make: Make) -> None:
    make.site()
    root = client.get("/sites/demo/wp-json/").get_json()
    assert (root["name"], root["home"], root["namespaces"]) == ("Demo", f"{ORIGIN}/", ["wp/v2"])
    assert set(root["routes"]) == {"/", "/wp/v2", "/wp/v2/comments", "/wp/v2/comments/(?P<id>[\\d]+)"}
    known = root["routes"]["/wp/v2/comments"]["endpoints"][0]["args"]
    assert known["per_page"]["maximum"] == 100
    namespace = client.get("/sites/demo/wp-json/wp/v2").get_json()
    assert namespace["routes"] == {key: value for key, value in root["routes"].items() if key != "/"}
    thread = client.get("/sites/demo/thread?page=/a/")
    assert thread.headers["Link"] == f'<{ROOT}/>; rel="https://api.w.org/"'


def test_links_of_a_list_by_numbers_lead_on_from_an_offset(client: FlaskClient, make: Make) -> None:
    made = [comment.id for comment in hours(make, make.site(), 7)]
    query = f"orderby=include&include={','.join(map(str, made))}&offset=1&per_page=2"
    assert followed(client, query) == made[1:]


def test_no_list_walks_through_a_table(app: Flask, make: Make) -> None:
    site = make.site()
    first = make.comment(site, status="approved")
    for number in range(30):
        make.comment(site, status="approved", parent=first if number % 2 else None)
    client = app.test_client()
    queries = (
        "",
        "post=/a/",
        "post=1,2",
        "parent=1",
        "parent=0&post=1",
        "include=1,2",
        "after=2026-01-01T00:00:00&_embed",
    )
    with listening(app) as said:
        for query in queries:
            assert client.get(f"{URL}?{query}&per_page=2").status_code == 200
        client.get(f"{URL}/1?_embed")
    assert walks(app, said) == []


def test_replies_to_several_comments_cost_the_same_on_a_large_site(app: Flask, make: Make) -> None:
    site = make.site()
    asked = hours(make, site, 3)
    for parent in asked:
        make.comment(site, status="approved", parent=parent)
    query = f"{URL}?parent={','.join(str(comment.id) for comment in asked)}"

    def cost() -> int:
        with app.app_context(), db.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("ANALYZE"))
        with listening(app) as said:
            answer = app.test_client().get(query)
        assert [row["parent"] for row in answer.get_json()] == [comment.id for comment in reversed(asked)]
        return rows_read(app, said)

    few = cost()
    hours(make, site, 60, page="/b/")
    # An index is a step deeper among more.
    assert cost() <= few + 5


NAMES = [*parameters._ORDERS, "page", "per_page", "offset", "cursor", "post", "post[]", "order", "orderby", "include"]
NAMES += ["parent", "after", "before", "context", "_fields", "_embed", "status", "search", "\ud800", "post["]
VALUES = st.one_of(st.text(max_size=20), st.integers().map(str), st.sampled_from(["1", "asc", "id", "0", "1,2", "/a/"]))


@pytest.fixture
def asked(client: FlaskClient, make: Make) -> FlaskClient:
    """A client of a site with a few comments."""
    site = make.site()
    make.comment(site, status="approved", parent=make.comment(site, status="approved"))
    return client


@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5))
@settings(max_examples=150)
def test_whatever_is_asked_gets_an_answer_of_wordpress(asked: FlaskClient, query: list[tuple[str, str]]) -> None:
    typed = "&".join("=".join(quote(part.encode("utf-8", "surrogatepass")) for part in pair) for pair in query)
    answer = asked.get(URL, query_string=typed)
    assert answer.status_code in (200, 400, 401), answer.text
    body = answer.get_json()
    assert isinstance(body, list) if answer.status_code == 200 else body["code"].startswith("rest_")
