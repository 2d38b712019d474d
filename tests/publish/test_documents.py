"""The documents cannot fall behind the routes: the description for programs and the one for people."""

import re
from pathlib import Path

import orjson
from flask import Flask

from moderation.publish import files

DOCS = Path(__file__).parent.parent.parent / "docs" / "api.md"
# Pages for people: the front door, the desk, a reader's own private pages. No program has business there.
PAGES = re.compile(r"/$|/desk/|/sites/\{\}/(mine|mail|data)/|/static/")
# What answers for all that is no route.
NOWHERE = {"wordpress.nothing"}


def routes(app: Flask) -> set[tuple[str, str]]:
    """Method and path of everything the service answers, path parameters without their names."""
    return {
        (method, re.sub(r"<[^>]+>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NOWHERE
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def described(app: Flask) -> set[tuple[str, str]]:
    """Method and path of everything in the OpenAPI document."""
    with app.app_context():
        document = orjson.loads(files.get("openapi.json").body)
    return {
        (method.upper(), re.sub(r"\{[^}]+\}", "{}", path))
        for path, item in document["paths"].items()
        for method in item
    }


def test_every_route_is_in_the_description_and_nothing_else_is(shared_app: Flask) -> None:
    for_programs = {route for route in routes(shared_app) if not PAGES.match(route[1])}
    assert described(shared_app) == for_programs


def test_every_described_route_is_in_the_documentation_with_an_example(shared_app: Flask) -> None:
    text = DOCS.read_text()
    named = {
        (method, re.sub(r"\{[^}]+\}", "{}", path))
        for method, path in re.findall(r"^### `(GET|POST) (/[^`?]*)", text, re.MULTILINE)
    }
    # What is said of a site's address holds for the bare one that a service with one site has.
    named |= {(method, path.removeprefix("/sites/{}")) for method, path in named if "/wp-json" in path}
    assert named == described(shared_app)
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        assert "```sh\ncurl " in section, section.splitlines()[0]
