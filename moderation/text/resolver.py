"""Asking DNS about the domain of an e-mail address, within a time."""

import time
from typing import Any

import dns.resolver

DNS_SECONDS = 3.0
"""Most time that all DNS questions about one address may take together."""


class HurriedResolver(dns.resolver.Resolver):
    """Shares one time budget among the questions about one address: MX, then A, AAAA and TXT."""

    def __init__(self) -> None:
        super().__init__()
        self._deadline = time.monotonic() + DNS_SECONDS

    def resolve(self, *args: Any, **options: Any) -> dns.resolver.Answer:
        """Ask with the time that is left; `dns.exception.Timeout` when it is used up."""
        options["lifetime"] = max(self._deadline - time.monotonic(), 0.001)
        return super().resolve(*args, **options)
