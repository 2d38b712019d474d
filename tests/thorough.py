"""What `make soak` does more often and with more than `make test`, which does the same in minutes."""

from __future__ import annotations

import os

from hypothesis import settings

THOROUGH = bool(os.environ.get("MODERATION_TEST_THOROUGH"))


def examples(most: int, fewest: int = 0) -> settings:
    """How often a property is tried whose every example costs requests or transactions: a third as often, else."""
    return settings(max_examples=most if THOROUGH else fewest or most // 3)


def size(most: int, enough: int) -> int:
    """How large a thing is made that takes long, and how large it need be to show the same."""
    return most if THOROUGH else enough
