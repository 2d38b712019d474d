"""Whether a comment was posted from a page of its site."""

from __future__ import annotations

from flask import Request
from flask_babel import gettext as _

from moderation.models import Site
from moderation.problems import OriginRefused
from moderation.text.urls import origin_of


def check(request: Request, site: Site, public_url: str) -> None:
    """Refuse a post that does not come from the site's own pages or from the hosted form.

    `null` (a sandboxed frame, a local file) is nobody's origin. A browser always names the origin of a post; where a
    client does not, its `Referer` has to say the same.
    """
    named = request.headers.get("Origin")
    origin = origin_of(named) if named else origin_of(request.headers.get("Referer", ""))
    if origin is None:
        raise OriginRefused(_("This post does not say from which page it comes. Send it from a page of the site."))
    # Most come from there; and the service's own address has to be put together from the request.
    if origin not in site.origins and origin not in (origin_of(public_url), origin_of(request.host_url)):
        raise OriginRefused(
            _(
                "%(origin)s is not an address of this site. "
                "Its owner can add it: moderation site set %(site)s origin+=%(origin)s",
                origin=origin,
                site=site.key,
            )
        )
