"""Whether comments would work on one article: its site, its address, its key, its rules. Nothing is fetched."""

import difflib
import html
import shlex
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from moderation.extensions import db
from moderation.models import STATUSES, Page, Site, now, site_by_key
from moderation.models.page import closing
from moderation.ops.findings import Finding, is_local, ok, warning, wrong
from moderation.text.pages import BadPage, page_key
from moderation.text.urls import WebAddress, parse_url

_LISTED = 1000
_NEAR = 3


def check(site_key: str, page: str | None, public_url: str) -> Iterator[Finding]:
    """What there is to say of a site and, if one is named, of a page of it, by its address or its key."""
    site = site_by_key(db.session(), site_key)
    if site is None:
        yield _no_site(site_key)
        return
    yield ok("site", f"{site.key} is {site.name!r}, with pages on {' '.join(site.origins) or 'no origin'}.")
    if public_url.startswith("http:") and not is_local(public_url):
        secure = [origin for origin in site.origins if origin.startswith("https:")]
        if secure:
            sentence = f"Browsers refuse to load {public_url} into pages on {secure[0]}: https loads nothing from http."
            yield wrong("address", sentence, "put the service behind https, and set MODERATION_PUBLIC_URL=https://…")
    if page is not None:
        yield from _page(site, page)
    yield from _paste(site, page, public_url)


def _no_site(key: str) -> Finding:
    known = db.session.scalars(select(Site.key).order_by(Site.key).limit(_LISTED)).all()
    near = difflib.get_close_matches(key, known, _NEAR, 0.5)
    meant = f" Is it {' or '.join(near)}?" if near else ""
    return wrong("site", f"There is no site {key!r}.{meant}", "moderation site list")


def _page(site: Site, asked: str) -> Iterator[Finding]:
    origins = list(site.origins)
    address: WebAddress | None = None
    if asked.lower().startswith(("http://", "https://")):
        try:
            address = parse_url(asked)
        except ValueError as fault:
            yield wrong("origin", f"{fault} Give the article's address as the browser shows it.")
            return
        yield _origin(site, address.origin)
        origins.append(address.origin)
    try:
        key = page_key(asked, origins)
    except BadPage as fault:
        yield wrong("key", str(fault))
        return
    if address is None:
        yield ok("key", f"The page's key is {key}, given by the host; the address does not matter.")
    else:
        yield ok("key", f"The page's key is {key}. Its comments are the same with any query and any #fragment.")
        yield from _variants(site, address)
    yield from _state(site, key, address)


def _origin(site: Site, origin: str) -> Finding:
    if origin in site.origins:
        return ok("origin", f"{origin} is one of the site's origins.")
    near = [known for known in site.origins if known in _others_of(origin)]
    also = f" {near[0]} is, but to a browser that is another one." if near else ""
    return wrong(
        "origin",
        f"{origin} is not one of the site's origins, so its pages can neither show comments nor send any.{also}",
        f"moderation site set {site.key} origin+={origin}",
    )


def _others_of(origin: str) -> list[str]:
    """The origins that people take for the same: with the other scheme, with and without `www.`."""
    scheme, host = origin.split("://")
    bare = host.removeprefix("www.")
    return [f"{s}://{h}" for s in ("https", "http") for h in (bare, f"www.{bare}") if (s, h) != (scheme, host)]


def _variants(site: Site, address: WebAddress) -> Iterator[Finding]:
    others = _others_of(address.origin)
    same = [origin for origin in others if origin in site.origins]
    refused = [origin for origin in others if origin not in site.origins]
    if same:
        yield ok("variants", f"The same page on {' '.join(same)}: an origin is no part of the key.")
    if refused:
        yield ok("variants", f"No page of this site on {' '.join(refused)}: not among its origins.")


def _state(site: Site, key: str, address: WebAddress | None) -> Iterator[Finding]:
    page = _stored(site, key)
    counts = page.counts() if page else {}
    if any(counts.values()):
        told = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
        yield ok("comments", f"There are {told}.")
    else:
        yield ok("comments", "Nobody has commented on it yet.")
    if address is not None:
        yield _slash(site, key, empty=not any(counts.values()))
    yield _open(site, key, page, now())


def _slash(site: Site, key: str, *, empty: bool) -> Finding:
    other = key.rstrip("/") or "/" if key.endswith("/") else f"{key}/"
    if other == key:
        return ok("variants", "The first page of a host has one address, with and without its slash.")
    page = _stored(site, other)
    if empty and page is not None and any(page.counts().values()):
        return warning(
            "variants",
            f"{other} is another page, and has comments. If both are one article, give both its key in the tag.",
            f'<leave-a-reply page="{html.escape(other)}"></leave-a-reply>',
        )
    return ok("variants", f"{other} would be another page: the slash at the end is part of the key.")


def _open(site: Site, key: str, page: Page | None, at: datetime) -> Finding:
    days = site.policy.close_after_days
    if page is not None and page.closed:
        remedy = f"moderation site close {site.key} {shlex.quote(key)} --open"
        return warning("open", "The page was closed by hand; it takes no comments.", remedy)
    if page is not None and not page.is_open(site.policy, at):
        sentence = f"The page takes no comments any more: pages close {days} days after their first comment."
        return warning("open", sentence, f"moderation site set {site.key} close_after_days=0")
    closes = closing(page.created_at, page.version, site.policy) if page else None
    until = ""
    if days:
        later = f"; once one is published it closes {days} days after its first"
        until = f" until {closes:%Y-%m-%d}" if closes else later
    return ok("open", f"The page takes comments{until}.")


def _paste(site: Site, page: str | None, public_url: str) -> Iterator[Finding]:
    named = page is not None and not page.lower().startswith(("http://", "https://"))
    attribute = f' page="{html.escape(page or "")}"' if named else ""
    yield ok(
        "tag",
        f'<script src="{public_url}/embed.js" data-site="{site.key}" defer></script> '
        f"<leave-a-reply{attribute}></leave-a-reply>",
    )
    yield ok(
        "csp",
        f"If the page has a Content-Security-Policy, it needs: script-src {public_url}; connect-src {public_url}; and "
        f"frame-src {public_url} where a frame stands in for readers without JavaScript.",
    )


def _stored(site: Site, key: str) -> Page | None:
    return db.session.scalars(select(Page).where(Page.site_id == site.id, Page.key == key)).one_or_none()
