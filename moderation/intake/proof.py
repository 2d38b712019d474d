"""The proof of work: a sum that a browser does while its reader writes, asked for while flood mode is on.

The protocol is ALTCHA's, version 2 (https://altcha.org): the browser looks for the number that a key was derived from, by
trying, each time with PBKDF2. PBKDF2 is the browser's own code and runs beside the page, so that typing never stutters; and
a program gains little on it over a browser, as it would with a plain hash.

A challenge is signed with a key that belongs to one form's token alone. So a proof is good for one page, as long as the
token is, and once: the token's nonce is stored with its comment.
"""

from __future__ import annotations

import secrets
from typing import Any

import altcha
from flask_babel import gettext as _

from moderation.intake import token
from moderation.keys import derive
from moderation.models import Site, now
from moderation.problems import TokenRefused
from moderation.settings import Settings

FIELD = "altcha"
"""The name of the field in which a proof comes, ALTCHA's own."""
LONGEST = 2000
"""Characters of a proof that are looked at. A real one has some 700."""
_ALGORITHM = "PBKDF2/SHA-256"
# Of the number 0 to 999 half are tried on average: 2.5 million rounds. A telephone does 2 to 8 million a second.
_COST = 5_000
_NUMBERS = 1_000


def words() -> str:
    """What a reader is told whose browser is still at it when the comment is sent."""
    return _(
        "Many comments are coming in just now. Your browser is doing a short sum that keeps robots out; then your "
        "comment is sent."
    )


def asked(settings: Settings, site: Site, page_key: str, form_token: str) -> dict[str, Any] | None:
    """The challenge for a form with this token; None when flood mode is off, or for a token that is none."""
    if site.flood(now()) is None:
        return None
    try:
        return challenge(settings, token.verify(settings, site.key, page_key, form_token).nonce)
    except TokenRefused:
        return None


def challenge(settings: Settings, nonce: str) -> dict[str, Any]:
    """A challenge for the form whose token has this nonce; good as long as a token may be old."""
    signing, answer = _keys(settings.secret_key, nonce)
    made = altcha.create_challenge(
        _ALGORITHM,
        _COST,
        counter=secrets.randbelow(_NUMBERS),
        expires_at=int(now().timestamp()) + settings.token_max_age,
        hmac_secret=signing,
        hmac_key_secret=answer,
    )
    return made.to_dict()


def is_proof(settings: Settings, nonce: str, typed: str) -> bool:
    """Whether what came with a form is the proof that its own challenge asked for. Anything else is none; never raises."""
    if not typed or len(typed) > LONGEST:
        return False
    keys = (_keys(secret, nonce) for secret in (settings.secret_key, *settings.secret_key_fallbacks))
    return any(altcha.verify_solution(typed, signing, hmac_key_secret=answer).verified for signing, answer in keys)


def _keys(secret: str, nonce: str) -> tuple[bytes, bytes]:
    """The keys for one form: one signs its challenge, the other the answer to it."""
    return derive(secret, f"proof-of-work\n{nonce}"), derive(secret, f"proof-of-work-answer\n{nonce}")
