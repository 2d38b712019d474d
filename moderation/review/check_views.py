"""Whether an article is set up well: what can be told of its address here, and a page that lets the browser look."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moderation.models import Site
from moderation.review.accounts import sites_of
from moderation.review.desk import blueprint, me, my_site
from moderation.settings import current
from moderation.text.urls import parse_url

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, and a sentence that says what, or what to do."""

    good: bool
    sentence: str


@blueprint.get("/<site_key>/check")
def check(site_key: str) -> ResponseReturnValue:
    """What is known of an article's address; the rest the moderator's browser finds out. Nothing is fetched from here."""
    site = my_site(site_key)
    url = request.args.get("url", "").strip()[:_LONGEST]
    found = findings(site, url) if url else []
    return render_template(
        "desk/check.html",
        site=site,
        sites=sites_of(me()),
        url=url,
        findings=found,
        openable=bool(found) and all(finding.good for finding in found),
    )


def findings(site: Site, url: str) -> list[Finding]:
    """What an article's address tells by itself, the most basic first; the first that is amiss ends the list."""
    try:
        address = parse_url(url)
    except ValueError:
        return [
            Finding(
                False, _("This is no address of an article. Copy it from the browser's address bar, with https://.")
            )
        ]
    if address.origin not in site.origins:
        return [
            Finding(
                False,
                _(
                    "%(origin)s is not one of this site's origins, so its readers cannot post. An owner can add it.",
                    origin=address.origin,
                ),
            )
        ]
    found = [Finding(True, _("The address lies on one of this site's origins."))]
    if address.origin.startswith("https:") and current().public_url.startswith("http:"):
        found.append(
            Finding(
                False,
                _(
                    "The article is on https but the service is not: browsers refuse that. Put the service behind https too."
                ),
            )
        )
    return found
