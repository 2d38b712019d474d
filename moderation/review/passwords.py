"""Passwords: what may be one, how it is stored, how it is compared.

argon2id with 19 MiB, two passes and one lane, OWASP's numbers: about 65 ms each. Each hash holds its 19 MiB while it
runs, so only a few run at once; whoever waits too long is asked to come back.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from moderation.problems import Unavailable

SHORTEST, LONGEST = 8, 1024
AT_ONCE = 4
_PATIENCE = 5.0

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_slots = threading.BoundedSemaphore(AT_ONCE)

# The hash of a random password that nobody kept, made with the numbers above: an address without an account is compared
# with this, so that it costs what an account costs. It must be made anew when the numbers change.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$Z5NdvOKg8IeuMlV/nGBkyQ$UGDe8pMkQ6EjlGX2pWDhQoVBM8H/cbRd8y1Idk2P6OE"

# Those that guessing programs try first and that are long enough to pass otherwise.
_COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text("utf-8").split())


class BadPassword(ValueError):
    """The password cannot be taken; the message says why and what would do."""


def check(password: str, email: str) -> None:
    """Raise `BadPassword` unless `password` may protect the account of `email`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadPassword(
            _(
                "The password has %(n)s characters; it needs %(least)s to %(most)s.",
                n=len(password),
                least=SHORTEST,
                most=LONGEST,
            )
        )
    plain = password.casefold()
    if plain in _COMMON or len(set(plain)) < 3:
        raise BadPassword(
            _("This password is among the first that are tried. Please choose another, such as four random words.")
        )
    if plain in {email.casefold(), email.split("@")[0].casefold()}:
        raise BadPassword(_("The password is the email address. Please choose another, such as four random words."))


def hashed(password: str) -> str:
    """What is stored of a password."""
    with _slot():
        return _hasher.hash(_bytes(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one of which `stored` is kept. With None (no account) False, after the same work."""
    if len(password) > LONGEST:
        return False
    with _slot():
        try:
            right = _hasher.verify(stored or _NOBODY, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a stored hash was made with other numbers than today's and should be made anew."""
    return _hasher.check_needs_rehash(stored)


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_PATIENCE):
        raise Unavailable(_("Too many people are logging in at once. Please try again in a moment."), retry_after=5)
    try:
        yield
    finally:
        _slots.release()


def _bytes(password: str) -> bytes:
    # Two keyboards may write the same letter as one character or as two; surrogates come from a terminal's odd bytes.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
