"""The `moderation` command, one file a topic."""

from __future__ import annotations

import sys

import click

from moderation import __version__
from moderation.cli.check import check
from moderation.cli.commands import Commands
from moderation.cli.db import db
from moderation.cli.demo import demo
from moderation.cli.init import init
from moderation.cli.learned import commands as learned_commands
from moderation.cli.mail import mail
from moderation.cli.moderator import moderator
from moderation.cli.privacy import privacy
from moderation.cli.publish import publish
from moderation.cli.serve import serve
from moderation.cli.site import site
from moderation.cli.spam import spam
from moderation.cli.worker import worker


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="moderation")
def cli() -> None:
    """Leave a Reply: a comment service for sites that have pages already."""


for _command in (demo, serve, worker, init, site, moderator, mail, privacy, spam, publish, check, db):
    cli.add_command(_command)
for _command in learned_commands():
    spam.add_command(_command)


def main() -> None:
    """Run the command line; every error is one line, and the exit code is not 0."""
    sys.exit(cli.run())
