"""The form's token: CSRF protection without a cookie, and the clock for "filled in too fast".

Third-party cookies are gone, so a session cannot vouch for a form on another site's page. Instead the form carries a
signed token, bound to one site and page, with the time of its issue. Its nonce makes a repeated post harmless.
The token does not stop a bot, which can fetch one: limits, filter and queue do.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from flask_babel import gettext as _
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from moderation.keys import SIGNING, signing_keys
from moderation.problems import TokenExpired, TokenRefused
from moderation.settings import Settings

_LONGEST = 200
_SINCE = "~"  # stands in no nonce


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: its nonce, and since when the reader has had the form."""

    nonce: str
    since: datetime

    def age(self, at: datetime) -> float:
        """For how many seconds the reader has had the form."""
        return max(0.0, (at - self.since).total_seconds())


def _signer(settings: Settings, site_key: str, page_key: str) -> TimestampSigner:
    # A line break stands in neither key, so no two pairs of site and page share a salt.
    salt = f"form\n{site_key}\n{page_key}"
    return _made(tuple(signing_keys(settings, "form-token")), salt)


@lru_cache(maxsize=1024)
def _made(keys: tuple[bytes, ...], salt: str) -> TimestampSigner:
    return TimestampSigner(list(keys), salt=salt, **SIGNING)


def issue(settings: Settings, site_key: str, page_key: str, since: datetime | None = None) -> str:
    """A fresh token for the form of one page.

    `since` is for a token that replaces another: the reader has had the form since then, and is not "too fast" only
    because the service wanted another token.
    """
    nonce = secrets.token_urlsafe(12)
    if since is not None:
        nonce += f"{_SINCE}{int(since.timestamp())}"
    return _signer(settings, site_key, page_key).sign(nonce).decode()


def verify(settings: Settings, site_key: str, page_key: str, token: str) -> Claims:
    """Check a token that came back with a form.

    Raises `TokenRefused` when it is missing, altered or of another form, `TokenExpired` when it is too old; both carry
    a fresh token, so that the reader's words can be sent again.
    """
    if not token or len(token) > _LONGEST:
        raise TokenRefused(
            _("The form came without its token. Please send it again."), token=issue(settings, site_key, page_key)
        )
    try:
        nonce, issued = _signer(settings, site_key, page_key).unsign(
            token, max_age=settings.token_max_age, return_timestamp=True
        )
    except SignatureExpired as old:
        raise TokenExpired(
            _("The form stood open too long. Your text is kept: please send it again."),
            token=issue(settings, site_key, page_key, since=old.date_signed),
        ) from None
    except BadSignature:
        raise TokenRefused(
            _("The form's token does not belong to this page. Your text is kept: please send it again."),
            token=issue(settings, site_key, page_key),
        ) from None
    since = nonce.decode().partition(_SINCE)[2]
    return Claims(nonce.decode(), datetime.fromtimestamp(int(since), UTC) if since else issued)
