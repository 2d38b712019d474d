"""What commands share that work on the database: an app whose database is ready, a site by its key, a password."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation import settings
from moderation.app import create_app
from moderation.models import Site
from moderation.schema import check, refuse_missing

P = ParamSpec("P")
R = TypeVar("R")


def with_database(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside an app whose database is at the current schema."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        # Asked before anything is made, so that a command in the wrong folder leaves nothing there.
        refuse_missing(settings.load(os.environ))
        with create_app().app_context():
            check()
            return command(*args, **kwargs)

    return wrapped


def site_named(session: Session, key: str, *, locked: bool = False) -> Site:
    """The site with this key; raises `click.ClickException`. `locked` keeps it from others until the transaction ends."""
    wanted = select(Site).where(Site.key == key)
    found = session.scalars(wanted.with_for_update() if locked else wanted).one_or_none()
    if found is None:
        raise click.ClickException(f"there is no site {key}; see: moderation site list")
    return found


def password_from(stdin: bool) -> str:
    """A password: the first line of standard input, or asked for twice at a terminal."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.ClickException(
            "no terminal to ask for a password at; give it on standard input with --password-stdin"
        )
    answer: Any = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return str(answer)
