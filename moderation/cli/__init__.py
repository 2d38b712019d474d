"""The `moderation` command, one file a topic."""

from __future__ import annotations

import sys

import click

from moderation import __version__
from moderation.cli.group import Commands

_PLACES = {
    "demo": "demo",
    "serve": "serve",
    "worker": "worker",
    "init": "init",
    "site": "site",
    "moderator": "moderator",
    "mail": "mail",
    "privacy": "privacy",
    "spam": "spam",
    "publish": "publish",
    "check": "check",
    "backup": "backup",
    "db": "db",
    "generation": "generation",
}


@click.group(cls=Commands, places=_PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="moderation")
def cli() -> None:
    """Leave a Reply: a comment service for sites that have pages already."""


def main() -> None:
    """Run the command line; every error is one line, and the exit code is not 0."""
    sys.exit(cli.run())
