"""Keys for one purpose each, derived from the secret key, and the hashes made with them."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from itsdangerous import URLSafeSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.signer import SigningAlgorithm

from moderation.settings import SHORTEST_SECRET, Settings, SettingsError


@lru_cache(maxsize=256)
def derive(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose, so that a token made for one thing is worthless for another."""
    return hmac.digest(secret.encode(), b"leave-a-reply|" + purpose.encode(), "sha256")


def signing_keys(settings: Settings, purpose: str) -> list[bytes]:
    """Keys for an itsdangerous signer: former ones first, the current one (which signs) last."""
    return [derive(secret, purpose) for secret in (*reversed(settings.secret_key_fallbacks), settings.secret_key)]


def signer(settings: Settings, purpose: str, salt: str) -> URLSafeSerializer:
    """What signs for one purpose, and reads what was signed for it; `salt` is what else it is bound to, as a site's key."""
    return _serializer(tuple(signing_keys(settings, purpose)), salt)


class Sha256(SigningAlgorithm):
    """HMAC-SHA-256 as `itsdangerous.HMACAlgorithm` has it, made in one go."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class _Short(URLSafeSerializer):
    """Signs what is too short to gain by compression, and so does not try: trying costs more than signing."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(self.serializer.dumps(obj, **self.serializer_kwargs))


SIGNING: dict[str, Any] = {"digest_method": hashlib.sha256, "algorithm": Sha256()}
"""How everything is signed here."""


@lru_cache(maxsize=256)
def _serializer(keys: tuple[bytes, ...], salt: str) -> URLSafeSerializer:
    return _Short(list(keys), salt=salt, signer_kwargs=SIGNING)


def secret_file(settings: Settings) -> Path | None:
    """Where an embedded instance keeps the secret key that nobody set; None on PostgreSQL, where it has to be set."""
    path = settings.database_path
    return None if path is None else path.parent / "secret.key"


def stored_secret(path: Path) -> str:
    """The secret key of an embedded instance: read from its file, or made once, readable by its owner alone.

    Two processes that start together agree on one key, because only one of them can give it its name. Raises
    `SettingsError` when the file does not hold a key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written whole before it gets its name, so that nobody reads half a key; linking fails where one stands.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret-") as file, suppress(FileExistsError):
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
            os.link(file.name, path)
    found = path.read_text().strip()
    if len(found) < SHORTEST_SECRET:
        raise SettingsError(
            [f"{path} holds no usable key. Restore it from a backup, or remove it to have a new one made."]
        )
    return found


def keyed_hash(settings: Settings, purpose: str, value: str | None) -> str | None:
    """A hash by which equal values are recognised and from which, without the secret, nothing can be looked up.

    None for a missing value: a missing address must never equal another missing address.
    """
    if not value:
        return None
    return hmac.digest(derive(settings.secret_key, purpose), value.encode(), "sha256").hex()[:32]


def new_token() -> str:
    """A random token of 256 bits to hand out once; the database keeps `token_hash` of it."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a random token: enough to find it, useless to whoever reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()
