"""A reader with a browser: fetches a form, fills it in, sends it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import ORIGIN

PAGE = "/2026/10/night-buses/"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
# What a browser sends with every request.
ALWAYS = {"HTTP_USER_AGENT": AGENT, "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Reader:
    """Posts to one site from one of its pages, each time with a fresh form."""

    def __init__(self, app: Flask, *, site: str = "demo", page: str = PAGE, address: str = "192.0.2.7") -> None:
        self.client = app.test_client()
        self.client.environ_base.update(ALWAYS)
        self.site = site
        self.page = page
        self.address = address

    def token(self, page: str | None = None) -> str:
        """A fresh token for the page's form."""
        answer = self.client.get(f"/v1/sites/{self.site}/form", query_string={"page": page or self.page})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.get_json()["token"])

    def fields(self, **changes: Any) -> dict[str, Any]:
        """A comment filled in; a change to None leaves the field out."""
        fields = {
            "page": self.page,
            "author": "Amina Yusuf",
            "email": "amina@example.org",
            "url": "",
            "comment": "I ride the N1 home from the bakery every night.",
            **changes,
        }
        if "token" not in fields:
            fields["token"] = self.token(fields["page"])
        return {name: value for name, value in fields.items() if value is not None}

    def post(self, *, headers: dict[str, str] | None = None, **changes: Any) -> TestResponse:
        """Send a comment as the embed does: JSON, from an article page."""
        return self.client.post(
            f"/v1/sites/{self.site}/comments",
            json=self.fields(**changes),
            headers={"Origin": ORIGIN, **(headers or {})},
            environ_base={"REMOTE_ADDR": self.address},
        )

    def submit(self, *, to: str | None = None, headers: dict[str, str] | None = None, **changes: Any) -> TestResponse:
        """Send a comment as a browser sends a form, without JavaScript; to the hosted form unless told otherwise."""
        return self.client.post(
            to or f"/sites/{self.site}/reply",
            data=self.fields(**changes),
            headers={**BROWSER, "Origin": "http://comments.example" if to is None else ORIGIN, **(headers or {})},
            environ_base={"REMOTE_ADDR": self.address},
        )
