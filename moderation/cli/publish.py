"""`moderation publish`: approved comments as files, for static site generators."""

from __future__ import annotations

import os
from pathlib import Path

import click

from moderation.cli.commands import site_named, with_database
from moderation.extensions import db
from moderation.publish.folder import FolderError
from moderation.publish.static import KINDS, Outcome
from moderation.publish.static import publish as publish_site
from moderation.strings import LANGUAGES


@click.command()
@click.option("--site", "key", required=True, help="The site's key.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Language of the HTML."
)
@click.option(
    "--format",
    "kind",
    type=click.Choice((*KINDS, "both")),
    default="both",
    show_default=True,
    help="Fragments of HTML, JSON, or both.",
)
@with_database
def publish(key: str, folder: Path, lang: str, kind: str) -> None:
    """Write a site's approved comments to DIR, a file a page, for a static site generator.

    DIR is this command's own: files of pages that have no comments any more are removed from it. What has not changed is
    not touched.
    """
    site_named(db.session(), key)
    db.session.rollback()
    if "MODERATION_PUBLIC_URL" not in os.environ:
        click.echo("MODERATION_PUBLIC_URL is not set: the links to the form lead to this machine.", err=True)
    try:
        done = publish_site(key, folder, kinds=[each for each in KINDS if kind in (each, "both")], lang=lang)
    except FolderError as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"{fault.filename or folder}: {fault.strerror or fault}") from None
    click.echo(f"{key}: {_said(done)}")


def _said(done: Outcome) -> str:
    pages = "1 page with comments" if done.pages == 1 else f"{done.pages} pages with comments"
    return f"{pages}; files: {done.written} written, {done.unchanged} unchanged, {done.removed} removed"
