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
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from moderation.locations import STATIC
from tests.conftest import empty
from tests.factories import ORIGIN, Make
from tests.reader import PAGE, Reader

# A generated comment without a token of its own form is rightly refused; that a well-formed one is taken, and that a
# missing bearer token is refused, has tests of its own.
_METHODS = {"get", "post", "put", "delete", "patch"}
_NOT_HERE = [positive_data_acceptance, ignored_auth]


@pytest.fixture(scope="module")
def cast(shared_app: Flask) -> dict[str, Any]:
    """A site with something to read and to decide, and headers of a moderator and of a reader's page."""
    empty(shared_app)
    make = Make(shared_app)
    site = make.site()
    parent = make.comment(site, page=PAGE, status="approved", page_title="Night buses")
    make.comment(site, page=PAGE, status="approved", parent=parent)
    make.comment(site, page=PAGE)
    bearer = make.bearer(make.moderator())
    return {"headers": {**bearer, "Origin": ORIGIN}, "token": Reader(shared_app).token()}


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

    @settings(max_examples=20, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy(generation_mode=mode), own=st.integers(0, 3))
    def answered(case: Any, own: int) -> None:
        case.headers = {**(case.headers or {}), **cast["headers"]}
        if own and "site" in (case.path_parameters or {}):
            case.path_parameters["site"] = "demo"
        if own and isinstance(case.body, dict) and "token" in case.body:
            case.body["token"] = cast["token"]
        # In a query every value is text: what the generator holds for a list or a number arrives as a word like any other.
        unfair = [negative_data_rejection] if method == "GET" else []
        case.call_and_validate(excluded_checks=_NOT_HERE + unfair)

    answered()
