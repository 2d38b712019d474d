"""How often one network may do something, and what counts."""

from __future__ import annotations

import logging
import socket
from typing import Literal

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from moderation import answers, rates
from moderation import settings as configured
from moderation.extensions import babel
from moderation.rates import Rate
from tests.conftest import settings


def client(redis_url: str = "", counted: Literal["each", "refused", "done"] = "each") -> FlaskClient:
    """A browser at an app whose one page answers with the status that it is asked for, twice a minute."""
    app = Flask("limited")
    configured.bind(app, settings())
    babel.init_app(app)
    rates.install(app, redis_url)
    answers.register(app)
    rate = Rate("pages", lambda: 2, exempt=lambda: "free" in request.args)

    def page(status: int) -> Response:
        return Response(status=status)

    app.add_url_rule("/<int:status>", view_func=rate.each(page) if counted == "each" else rate.counting(counted)(page))
    return app.test_client()


def codes(asking: FlaskClient, *paths: str) -> list[int]:
    return [asking.get(path).status_code for path in paths]


def test_the_third_in_a_minute_is_too_many_and_hears_when_to_come_back() -> None:
    asking = client()
    assert codes(asking, "/200", "/404", "/200?free") == [200, 404, 200]
    answer = asking.get("/200")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert asking.get("/200?free").status_code == 200
    assert asking.get("/200", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200, "another network"


def test_where_refusals_count_what_was_taken_does_not() -> None:
    paths = ["/200", "/200", "/200", "/404", "/404", "/200"]
    assert codes(client(counted="refused"), *paths) == [200, 200, 200, 404, 404, 429]


def test_where_what_was_done_counts_refusals_do_not() -> None:
    paths = ["/404", "/404", "/404", "/200", "/200", "/404"]
    assert codes(client(counted="done"), *paths) == [404, 404, 404, 200, 200, 429]


def test_while_redis_is_away_each_process_counts_alone(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        asking = client(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        with caplog.at_level(logging.WARNING):
            assert codes(asking, *["/200"] * 4) == [200, 200, 429, 429]
    said = [record.getMessage() for record in caplog.records if record.name == "moderation.rates"]
    assert said == ["Redis is away, each process counts alone: ConnectionError"]


def test_a_customer_with_many_ipv6_networks_gets_eight_times_as_much_and_no_more() -> None:
    asking = client()

    def ask(network: str) -> int:
        return asking.get("/200", environ_base={"REMOTE_ADDR": f"2001:db8:{network}::7"}).status_code

    assert [ask(f"1:{number:x}") for number in range(17)] == [200] * 16 + [429]
    assert ask("2:1") == 200, "another customer"
