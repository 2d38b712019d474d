"""Comments posted through the whole of intake: a token from the form's route for each, then the post."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from urllib.parse import quote

from bench.harness import Run, measured
from bench.load import request, send
from bench.service import AGENT, ORIGIN, Client
from bench.texts import address, comments

VARIABLES = {
    # As by default, each sender pauses; so each comment comes from another address, as the proxy says.
    "MODERATION_FLOOD_SECONDS": "15",
    "MODERATION_TRUSTED_PROXIES": "127.0.0.1",
    "MODERATION_LOG_LEVEL": "ERROR",
}
_PAGES = 20


class Poster:
    """Posts comments, each by another author from another address with another text."""

    def __init__(self, client: Client, seed: int) -> None:
        self.client = client
        self._random = Random(seed)
        self._texts: Iterator[dict[str, str]] = comments(seed)
        self._bodies: list[bytes] = []

    def forms(self, number: int) -> Run:
        """Ask for so many forms; their tokens are kept for `posts`."""
        tokens: list[tuple[str, str]] = []

        def act() -> tuple[int, list[float]]:
            times: list[float] = []
            for page in range(_PAGES):
                key, got = f"/2026/article-{page}/", list[bytes]()
                asked = [request("GET", f"/v1/sites/bench/form?page={quote(key)}", self._headers())] * (
                    number // _PAGES
                )
                times += send(self.client.port, asked, answered=got.append)
                tokens.extend((key, json.loads(body)["token"]) for body in got)
            return len(times), times

        run = measured([self.client.pid], act)
        self._random.shuffle(tokens)
        for key, token in tokens:
            fields = {"page": key, "page_url": ORIGIN + key, "page_title": "An article", "token": token}
            self._bodies.append(json.dumps({**next(self._texts), **fields}).encode())
        return run

    def posts(self, *, connections: int = 4) -> Run:
        """Post a comment with each of the tokens; every one must be accepted."""
        headers = {"Content-Type": "application/json"}
        asked = [request("POST", "/v1/sites/bench/comments", self._headers() | headers, body) for body in self._bodies]
        self._bodies.clear()

        def act() -> tuple[int, list[float]]:
            times = send(self.client.port, asked, status=(b"201", b"202"), connections=connections)
            return len(times), times

        return measured([self.client.pid], act)

    def _headers(self) -> dict[str, str]:
        language, accept = "en-GB,en;q=0.9", "application/json"
        return {
            "Origin": ORIGIN,
            "User-Agent": AGENT,
            "Accept-Language": language,
            "Accept": accept,
            "X-Forwarded-For": address(self._random),
        }


def teach(client: Client) -> None:
    """Let the filter have learned something, as it has on a site in use: forty comments called spam, forty approved."""
    poster = Poster(client, 99)
    poster.forms(80)
    poster.posts()
    found = client.moderate("GET", "/v1/moderation/comments?site=bench&status=pending&limit=80")["comments"]
    numbers = [row["id"] for row in found]
    for decision, some in (("approve", numbers[::2]), ("spam", numbers[1::2])):
        for start in range(0, len(some), 20):
            client.moderate(
                "POST", "/v1/moderation/decisions", {"ids": some[start : start + 20], "decision": decision, "note": ""}
            )
