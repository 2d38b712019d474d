"""The embed, the API's own description, and what each kind of problem means."""

from collections.abc import Callable
from typing import Any

import jsonschema
import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation import __version__
from moderation.locations import STATIC
from moderation.problems import tree
from moderation.strings import LANGUAGES, form_strings, thread_strings
from scripts import embed
from tests.factories import Make


@pytest.mark.parametrize("name", embed.SCRIPTS)
def test_what_is_served_is_made_of_the_parts_as_they_stand(name: str) -> None:
    assert (STATIC / name).read_text(encoding="utf-8") == embed.joined(name), "Run `make embed`."


def test_the_embed_with_its_style_and_the_words_of_one_language_stays_within_5_kilobytes() -> None:
    sizes = embed.sizes()
    assert {lang for name, lang in sizes if name == "embed.js"} == set(LANGUAGES)
    assert {which: size for which, size in sizes.items() if size > 5 * 1024} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_embed_comes_with_the_words_of_the_language_that_its_address_names(
    app: Flask, client: FlaskClient, lang: str
) -> None:
    with app.app_context():
        said, form = thread_strings(lang), form_strings(lang)
    script = client.get(f"/embed.js?lang={lang}")
    assert script.content_type == "text/javascript; charset=utf-8"
    assert f'more:"{said["more"]}"' in script.text
    assert client.get(f"/embed/{lang}.json").get_json() == said
    assert f'post:"{form["post"]}"' in client.get(f"/form.js?lang={lang}").text


@pytest.mark.parametrize(
    ("lang", "mail"), [("en", "mail on replies"), ("de", "E-Mail benachrichtigt"), ("ur", "ای میل مانگیں")]
)
def test_only_where_there_is_a_mail_server_readers_are_told_of_mail(
    app: Flask, app_with: Callable[..., Flask], make: Make, lang: str, mail: str
) -> None:
    make.site()
    mailing = app_with(smtp_url="smtp://localhost", mail_from="comments@news.example")
    for service, offered in ((app, False), (mailing, True)):
        client = service.test_client()
        assert (mail in client.get(f"/form.js?lang={lang}").text) is offered
        strings = client.get(f"/v1/sites/demo/form?page=/a/&lang={lang}").get_json()["strings"]
        assert (mail in strings["manage"]) is offered
    assert client.get("/v1/sites/demo/form?page=/a/").get_json()["strings"]["manage"].startswith("See its status, edit")


def test_without_a_language_the_embed_speaks_english_whoever_asks(client: FlaskClient) -> None:
    answers = [client.get("/embed.js", headers={"Accept-Language": lang}) for lang in ("en", "ur", "")]
    assert {answer.data for answer in answers} == {client.get("/embed.js?lang=en").data}


@pytest.mark.parametrize("lang", ["xx", "EN", "", "../en", "en.json"])
def test_a_language_that_nobody_speaks_here_is_refused_by_name(client: FlaskClient, lang: str) -> None:
    assert client.get(f"/embed/{lang}.json").status_code == 404
    for name in ("embed.js", "form.js"):
        answer = client.get(f"/{name}", query_string={"lang": lang})
        assert answer.status_code == 400
        assert list(answer.get_json()["errors"]) == ["lang"]


def test_the_description_names_this_service_and_version(client: FlaskClient) -> None:
    document = client.get("/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://comments.example"}]
    assert document["info"]["version"] == __version__


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.slug)
def test_every_kind_of_problem_has_a_page_that_says_what_it_means(client: FlaskClient, kind: Any) -> None:
    meaning = client.get(f"/problems/{kind.slug}").get_json()
    assert (meaning["type"], meaning["status"]) == (f"/problems/{kind.slug}", kind.status)
    assert meaning["detail"].endswith(".")
    page = client.get(f"/problems/{kind.slug}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; ")
    assert {"Accept", "Accept-Language"} <= set(page.headers["Vary"].split(", "))


def test_an_unknown_kind_of_problem_is_404(client: FlaskClient) -> None:
    assert client.get("/problems/nosuch").status_code == 404


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/v1/sites/demo/comments?page=/a/", "/v1/sites/{site}/comments"),
        ("/v1/sites/demo/comments?page=/none/", "/v1/sites/{site}/comments"),
        ("/v1/sites/demo/comments?page=/a/&sort=no", "/v1/sites/{site}/comments"),
        ("/v1/sites/nosuch/comments?page=/a/", "/v1/sites/{site}/comments"),
        ("/v1/sites/demo/counts?page=/a/&page=x", "/v1/sites/{site}/counts"),
        ("/v1/sites/demo/form?page=/a/", "/v1/sites/{site}/form"),
        ("/v1/sites/demo/form?page=", "/v1/sites/{site}/form"),
        ("/v1/sites/demo/feed.json", "/v1/sites/{site}/feed.json"),
        ("/v1/sites/demo/feed.atom", "/v1/sites/{site}/feed.atom"),
        ("/sites/demo/thread?page=/a/", "/sites/{site}/thread"),
        ("/sites/demo/reply?page=/a/", "/sites/{site}/reply"),
        ("/embed.js", "/embed.js"),
        ("/proof.js", "/proof.js"),
        ("/check.js", "/check.js"),
        ("/v1/openapi.json", "/v1/openapi.json"),
        ("/problems/closed", "/problems/{slug}"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/metrics", "/metrics"),
        ("/v1/moderation/comments", "/v1/moderation/comments"),
        ("/v1/moderation/comments?status=all&limit=2&sort=score", "/v1/moderation/comments"),
        ("/v1/moderation/comments/1", "/v1/moderation/comments/{id}"),
    ],
)
def test_answers_are_as_the_description_says(client: FlaskClient, make: Make, url: str, path: str) -> None:
    site, owner = make.site(), make.moderator(role="owner")
    first = make.comment(site, status="approved", page_title="T", page_url="https://news.example/a/", user_agent="x")
    make.comment(site, parent=first, staff=owner, author="Mo")
    make.comment(site, url="https://x.example/")
    url = url.replace("comments/1", f"comments/{first.id}")
    answer = client.get(url, headers=make.bearer(owner) if "moderation" in url else {})
    check(client, answer, path, "get")


def test_answers_to_decisions_are_as_the_description_says(client: FlaskClient, make: Make) -> None:
    site, owner = make.site(), make.moderator(role="owner")
    comment = make.comment(site)
    headers = make.bearer(owner)
    decided = client.post(
        "/v1/moderation/decisions", json={"ids": [comment.id, 999], "decision": "spam"}, headers=headers
    )
    assert decided.status_code == 200
    check(client, decided, "/v1/moderation/decisions", "post")
    undone = client.post("/v1/moderation/undo", json={"batch": decided.get_json()["batch"]}, headers=headers)
    assert undone.status_code == 200
    check(client, undone, "/v1/moderation/undo", "post")
    for body in ({}, {"ids": [comment.id], "decision": "no"}):
        check(
            client,
            client.post("/v1/moderation/decisions", json=body, headers=headers),
            "/v1/moderation/decisions",
            "post",
        )
    check(client, client.post("/v1/moderation/decisions", json={}), "/v1/moderation/decisions", "post")


def check(client: FlaskClient, answer: Any, path: str, method: str) -> None:
    """An answer's status, kind of content, headers and body are among those that the description has for the route."""
    document = client.get("/v1/openapi.json").get_json()
    described = document["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
    assert set(described.get("headers", ())) <= set(answer.headers.keys())
    schema = described["content"][answer.mimetype]["schema"]
    if answer.is_json or answer.mimetype.endswith("+json"):
        validator = jsonschema.Draft202012Validator({**schema, "components": document["components"]})
        validator.validate(orjson.loads(answer.data))
