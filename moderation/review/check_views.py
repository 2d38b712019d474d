"""Whether an article is set up well: what can be told of it here, and a page that lets the moderator's browser look."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from moderation.models import Site
from moderation.review import checks
from moderation.review.accounts import sites_of
from moderation.review.desk import blueprint, me, my_site
from moderation.settings import current
from moderation.text.pages import BadPage, page_key

_LONGEST = 2000


@blueprint.get("/<site_key>/check")
def check(site_key: str) -> ResponseReturnValue:
    """What is known of an article's address; the rest the moderator's browser finds out. Nothing is fetched from here."""
    site, settings = my_site(site_key), current()
    url = request.args.get("url", "").strip()[:_LONGEST]
    found = checks.of_address(site, url, settings) if url else []
    seen = checks.Seen.of(request.remote_addr, request.scheme, request.host, request.headers)
    return render_template(
        "desk/check.html",
        site=site,
        sites=sites_of(me()),
        url=url,
        findings=found,
        openable=bool(found) and all(finding.good for finding in found),
        key=_key(site, url),
        seen=seen,
        reader=seen.reader(settings.trusted_proxies),
        request_findings=checks.of_request(seen, settings),
    )


def _key(site: Site, url: str) -> str:
    """The key that the page has by its address alone; empty where it has none."""
    try:
        return page_key(url, site.origins)
    except BadPage:
        return ""
