"""`moderation site`: sites, their origins and their policy; for their lists see `cli.lists`."""

from __future__ import annotations

import re

import click
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from moderation import purges
from moderation.cli.commands import site_named, with_database
from moderation.cli.lists import commands as list_commands
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Page, Site, now, record, rfc3339
from moderation.review import sites
from moderation.review.rules import write_policy
from moderation.review.sites import SiteError
from moderation.spam import PolicyError
from moderation.text.pages import BadPage, page_key

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\Z")
_LISTED = 1000
# Addresses under /desk/ that are no site.
_RESERVED = frozenset({"login", "logout"})


@click.group()
def site() -> None:
    """Sites, their origins and their policy."""


for _command in list_commands():
    site.add_command(_command)


@site.command()
@click.argument("key")
@click.option("--name", required=True, help="What people call the site.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    help="Where its pages are, as https://news.example; repeatable.",
)
@with_database
def add(key: str, name: str, origins: tuple[str, ...]) -> None:
    """Add a site."""
    add_site(key, name, origins)
    click.echo(f"Added the site {key}.")


def add_site(key: str, name: str, origins: tuple[str, ...]) -> Site:
    """Add a site; raises `click.ClickException` with one sentence for what is wrong."""
    return store_site(new_site(key, name, origins))


def new_site(key: str, name: str, origins: tuple[str, ...]) -> Site:
    """A site that could be added, checked and not yet stored; raises `click.ClickException`."""
    return Site(key=free_key(key), name=checked_name(name), origins=[checked_origin(origin) for origin in origins])


def free_key(key: str) -> str:
    """A key that no site has; raises `click.ClickException`."""
    checked_key(key)
    if db.session.scalars(select(Site.id).where(Site.key == key)).one_or_none() is not None:
        raise click.ClickException(f"there is a site {key} already; see: moderation site list")
    return key


def checked_key(key: str) -> str:
    """A key that a site can have; raises `click.ClickException`."""
    if key in _RESERVED:
        raise click.ClickException(f"the key {key!r} is an address of the desk; choose another")
    if not _KEY.match(key):
        raise click.ClickException(
            f"the key {key!r} must be 1 to 64 of a-z, 0-9 and hyphens, with no hyphen at either end"
        )
    return key


def store_site(site: Site) -> Site:
    """Store a new site; raises `click.ClickException` when another was given its key meanwhile."""
    try:
        with writing() as session:
            session.add(site)
            session.flush()
            record(session, "site.added", moderator=None, site_id=site.id, name=site.name)
    except IntegrityError:
        raise click.ClickException(f"there is a site {site.key} already; see: moderation site list") from None
    return site


@site.command("list")
@with_database
def list_() -> None:
    """List the sites."""
    for one in db.session.scalars(select(Site).order_by(Site.key).limit(_LISTED)):
        waiting = f"{one.pending} pending, {one.approved} approved, {one.spam} spam, {one.trash} trash"
        line = f"{one.key}\t{one.name}\t{' '.join(one.origins)}\t{waiting}"
        flood = one.flood(now())
        if flood is not None:
            line += "\tflood mode" + (f" since {rfc3339(flood.since)}" if flood.since else "")
        click.echo(line)


@site.command("set")
@click.argument("key")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE…")
@with_database
def set_(key: str, changes: tuple[str, ...]) -> None:
    """Change a site: name=…, origin+=…, origin-=…, or a rule of its policy such as spam_above=0.9."""
    with writing() as session:
        found = site_named(session, key, locked=True)
        rules: dict[str, str] = {}
        before = sites.facts(found)
        for change in changes:
            _change(found, change, rules)
        made = sites.differences(before, sites.facts(found))
        if made:
            record(session, "site.changed", moderator=None, site_id=found.id, changes=made)
        try:
            policy = write_policy(session, found, rules, None).to_dict()
        except PolicyError as fault:
            raise click.ClickException(str(fault)) from None
    click.echo(f"{found.key}: name={found.name!r} origins={' '.join(found.origins)}")
    click.echo("  " + " ".join(f"{name}={value}" for name, value in policy.items()))


@site.command()
@click.argument("key")
@click.argument("page")
@click.option("--open", "opens", is_flag=True, help="Take comments there again.")
@with_database
def close(key: str, page: str, opens: bool) -> None:
    """Close one page (its key or address) to further comments."""
    found = site_named(db.session(), key)
    try:
        wanted = page_key(page, found.origins)
    except BadPage as fault:
        raise click.ClickException(f"{page!r}: {fault}") from None
    with writing() as session:
        stored = session.scalars(select(Page).where(Page.site_id == found.id, Page.key == wanted)).one_or_none()
        if stored is None:
            stored = Page(site_id=found.id, key=wanted)
            session.add(stored)
        stored.closed = not opens
        session.flush()
        purges.want(session, [stored.id])
    click.echo(f"{wanted} of {key} is {'open' if opens else 'closed'}.")


def _change(found: Site, change: str, rules: dict[str, str]) -> None:
    """Make one change to the site; what changes its policy is put among the rules."""
    name, equals, value = change.partition("=")
    if not equals:
        raise click.ClickException(f"{change!r} is not of the form NAME=VALUE")
    if name == "name":
        found.name = checked_name(value)
    elif name == "origin+":
        found.origins = sorted({*found.origins, checked_origin(value)})
    elif name == "origin-":
        if found.origins == [checked_origin(value)]:
            raise click.ClickException(f"{value} is the last origin of {found.key}; without one nobody could comment")
        if checked_origin(value) not in found.origins:
            raise click.ClickException(f"{value} is not among the origins of {found.key}: {' '.join(found.origins)}")
        found.origins = [origin for origin in found.origins if origin != checked_origin(value)]
    else:
        rules[name] = value


def checked_name(raw: str) -> str:
    """A site's name as it is stored; raises `click.ClickException`."""
    try:
        return sites.name_of(raw)
    except SiteError as fault:
        raise click.ClickException(str(fault)) from None


def checked_origin(raw: str) -> str:
    """An origin as it is stored; raises `click.ClickException`."""
    try:
        return sites.origin_of(raw)
    except SiteError as fault:
        raise click.ClickException(str(fault)) from None
