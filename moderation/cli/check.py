"""`moderation check`: whether all is set up well, and which setting is not."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, replace

import click

from moderation import schema
from moderation.app import create_app
from moderation.ops import page_check, setup_check
from moderation.ops.findings import Finding


@click.command()
@click.option("--site", help="Look at this site too.")
@click.option("--page", help="Look at this article of the site too: its address, or the key in its tag.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(site: str | None, page: str | None, as_json: bool) -> int:
    """Look at settings, database and, if named, a site and an article; say what is wrong and what mends it.

    Nothing is changed, and nothing fetched. The exit code is 1 if something is wrong; a warning may be meant so.
    """
    if page is not None and site is None:
        raise click.ClickException("--page needs --site KEY; see: moderation site list")
    found = _look(site, page)
    wrong = sum(finding.word == "wrong" for finding in found)
    if as_json:
        click.echo(json.dumps({"wrong": wrong, "findings": [asdict(finding) for finding in found]}, indent=2))
    else:
        for finding in found:
            click.echo(f"{finding.word:<8} {finding.about:<10} {finding.sentence}")
            if finding.remedy:
                click.echo(f"{'':<8} {'':<10} -> {finding.remedy}")
    return 1 if wrong else 0


def _look(site: str | None, page: str | None) -> list[Finding]:
    """All findings, as far as one can look: without usable settings there is no database to ask."""
    chosen, found = setup_check.settings(os.environ)
    if chosen is None:
        return found
    found += setup_check.files(chosen)
    try:
        schema.refuse_missing(chosen)
    except schema.NotReady:
        return found
    # Reading needs no secret; with one at hand none is made, so that one that is missing can still be restored.
    with create_app(replace(chosen, secret_key=secrets.token_hex())).app_context():
        stored = setup_check.database()
        found += stored
        if site is not None and all(finding.word != "wrong" or finding.about != "database" for finding in stored):
            found += page_check.check(site, page, chosen.public_url)
    return found
