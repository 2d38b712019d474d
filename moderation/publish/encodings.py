"""Which coding of an answer a client takes (RFC 9110 section 12.5.3), and the codings themselves."""

import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import brotli

Coding = Literal["br", "gzip", "identity"]
SMALLEST = 256
"""Bytes below which an answer is sent as it is: coding would spare less than it costs."""
_HIGHER: tuple[Coding, ...] = ("br", "gzip")

# Levels at which a page of fifty comments takes about as long as reading it from the database.
CODERS: dict[Coding, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    # No time in it: the same body is the same bytes in every process.
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "identity": lambda body: body,
}


@lru_cache(maxsize=256)
def chosen(accepted: str) -> Coding:
    """The coding for an `Accept-Encoding`: the one that the client likes best, of equals the smaller. Without one, none."""
    weights: dict[str, float] = {}
    for part in accepted[:1000].lower().split(","):
        name, _semicolon, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters)
    rest = weights.get("*", 0.0)
    offered = [(weights.get(coding, rest), coding) for coding in _HIGHER]
    best = max(weight for weight, _coding in offered)
    if best <= 0 or best < weights.get("identity", 0.0):
        return "identity"
    return next(coding for weight, coding in offered if weight == best)


def _weight(parameters: str) -> float:
    name, _equals, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    # What is no weight, NaN with it, asks for nothing.
    return weight if 0 <= weight <= 1 else 0.0
