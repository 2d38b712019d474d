"""Who is on the other end of the current request."""

from __future__ import annotations

from flask import request

from moderation.settings import current
from moderation.text.addresses import client_address, network_of

WIDE = 8
"""How many times as much all of an IPv6 /48 may do as one of its networks."""


def client() -> str | None:
    """The client's address, seen through the site's own proxies and no others."""
    environ = request.environ
    return client_address(environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR"), current().trusted_proxies)


def network_key() -> str:
    """What rate limits count by: the client's network, or one common bucket for clients without an address."""
    return network_of(client()) or "no-address"
