"""The signed link in a letter by which a person confirms what shall be done with their data.

It was sent to the mailbox it is about, and holds for one purpose, one site and a day. It carries hashes, no address, so it
tells nothing to whoever finds it, and works on when the comment from which it was asked for is erased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple, cast, get_args

from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from moderation.keys import signing_keys
from moderation.models import Site
from moderation.outbox import PRIVACY_LINK
from moderation.problems import NotFound
from moderation.settings import Settings

What = Literal["export", "erase"]
PURPOSES: tuple[What, ...] = get_args(What)
HOURS = int(PRIVACY_LINK.total_seconds()) // 3600


class Wish(NamedTuple):
    """What shall be done with the comments that are found by these keys."""

    what: What
    keys: Sequence[str]


def sign(settings: Settings, site: Site, wish: Wish) -> str:
    """What stands for a wish in its link."""
    return str(_serializer(settings, site).dumps([wish.what, *wish.keys]))


def read(settings: Settings, site: Site, signed: str) -> Wish:
    """The wish behind a link. Raises `NotFound` for one that is altered, of another site, or too old."""
    try:
        what, *keys = _serializer(settings, site).loads(signed, max_age=HOURS * 3600)
    except BadSignature:
        raise NotFound(
            _("This link is not valid, or it is older than %(hours)s hours. Nothing was changed.", hours=HOURS)
        ) from None
    return Wish(cast(What, what), keys)


def _serializer(settings: Settings, site: Site) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        signing_keys(settings, "privacy-confirm"), salt=site.key, signer_kwargs={"digest_method": hashlib.sha256}
    )
