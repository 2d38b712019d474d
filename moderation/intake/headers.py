"""The headers of the pages that readers are shown."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from moderation.models import Site


def guard(response: Response, site: Site | None, *, scripts: str = "", goals: Iterable[str] = ()) -> None:
    """Let a page load its style and nothing else, be framed by its site's pages alone, and be kept by nobody.

    :param scripts: the directive for scripts, where the page has any.
    :param goals: the origins beside our own to which the answer to its forms may lead.
    """
    frames = " ".join(site.origins if site else ()) or "'none'"
    forms = " ".join(("'self'", *goals))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; {scripts}style-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors {frames}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
