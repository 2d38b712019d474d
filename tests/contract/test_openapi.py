"""Every route of the service's own OpenAPI document, tried with generated requests, good and bad."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from moderation import private_link
from moderation.locations import STATIC
from moderation.settings import current
from tests.conftest import empty
from tests.factories import ORIGIN, Make
from tests.reader import PAGE, Reader

_METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture(scope="module")
def cast(shared_app: Flask) -> dict[str, Any]:
    """A site with something to read and to decide, and what a moderator's program and a reader's page send along."""
    empty(shared_app)
    make = Make(shared_app)
    site = make.site()
    parent = make.comment(site, page=PAGE, status="approved", page_title="Night buses")
    make.comment(site, page=PAGE, status="approved", parent=parent)
    waiting = make.comment(site, page=PAGE)
    with shared_app.app_context():
        signed = private_link.signed(current(), site, waiting)
    # The test's client says that it takes codings, and then cannot read them.
    headers = {**make.bearer(make.moderator()), "Origin": ORIGIN, "Accept-Encoding": "identity"}
    return {"headers": headers, "token": Reader(shared_app).token(), "signed": signed}


def operations() -> list[tuple[str, GenerationMode]]:
    """The document's operations, as `GET /v1/…`, each with good requests and, where something can be wrong, with bad ones."""
    document = json.loads((STATIC / "openapi.json").read_text())
    found = []
    for path, item in document["paths"].items():
        for method in _METHODS & item.keys():
            found.append((f"{method.upper()} {path}", GenerationMode.POSITIVE))
            if "parameters" in item[method] or "requestBody" in item[method]:
                found.append((f"{method.upper()} {path}", GenerationMode.NEGATIVE))
    return sorted(found)


@pytest.mark.parametrize(("operation", "mode"), operations(), ids=str)
def test_every_answer_is_one_that_the_document_allows(
    shared_app: Flask, cast: dict[str, Any], operation: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", shared_app)
    method, path = operation.split(" ")
    unfair = _unfair(method, path)

    @settings(max_examples=20, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy(generation_mode=mode), own=st.integers(0, 3))
    def answered(case: Any, own: int) -> None:
        case.headers = {**(case.headers or {}), **cast["headers"]}
        if mode.is_positive or own:
            _make_reachable(case, cast["token"], cast["signed"])
        # In a query every value is text: what the generator holds for a list or a number arrives as a word like any other,
        # and what nobody asked for is passed over. Whatever was bad in a path has been made reachable.
        body_is_bad = case.meta.is_negative_at(ParameterLocation.BODY)
        case.call_and_validate(excluded_checks=unfair if body_is_bad else [*unfair, negative_data_rejection])

    answered()


def _unfair(method: str, path: str) -> list[Any]:
    """What a description cannot say of a request, so that refusing or taking it proves nothing."""
    unfair: list[Any] = [ignored_auth]  # every request here is signed; the want of a token has tests of its own
    if path == "/sites/{site}/reply":
        # In a form as in a query every value is text.
        unfair.append(negative_data_rejection)
    if method == "POST" or path.endswith("/{id}") or path.startswith("/v1/moderation") or path == "/problems/{slug}":
        # Comments, tokens, cursors and kinds of problem that were made up do not exist.
        unfair.append(positive_data_acceptance)
    if path.endswith("/wp/v2/comments"):
        # Pages are bounded together with their size; the year 0 is a date of RFC 3339 and of no calendar.
        unfair.append(positive_data_acceptance)
    return unfair


def _make_reachable(case: Any, token: str, signed: str) -> None:
    """Put in what a description cannot know: which site there is, its origin, its cursors, a token of its form, a
    private link.
    """
    if "site" in (case.path_parameters or {}):
        case.path_parameters["site"] = "demo"
    if "signed" in (case.path_parameters or {}):
        case.path_parameters["signed"] = signed
    for given_values in (case.query, case.body):
        if not isinstance(given_values, dict):
            continue
        given_values.pop("cursor", None)
        if "token" in given_values:
            given_values["token"] = token
        if "post" in given_values:
            given_values["post"] = _own(given_values["post"])
        if "page" in given_values:
            page = given_values["page"]
            given_values["page"] = [_own(each) for each in page] if isinstance(page, list) else _own(page)


def _own(page: Any) -> Any:
    return f"{ORIGIN}{PAGE}" if str(page).lower().startswith(("http://", "https://")) else page
