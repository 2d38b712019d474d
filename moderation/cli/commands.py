"""What all commands share: one clear line for an error, and an app whose database is ready."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation import settings
from moderation.app import create_app
from moderation.models import Site
from moderation.schema import NotReady, check, refuse_missing
from moderation.settings import SettingsError

P = ParamSpec("P")
R = TypeVar("R")


class Commands(click.Group):
    """A group whose errors are one line on standard error, without a usage text or a stack trace around it."""

    def run(self) -> int:
        """Run with the process's arguments and return the exit code."""
        try:
            result = self.main(standalone_mode=False)
        except click.ClickException as fault:
            return self._say(fault.format_message(), fault.exit_code)
        except (click.Abort, KeyboardInterrupt):
            return self._say("stopped", 130)
        except SettingsError as fault:
            return self._say(" ".join(fault.lines), 2)
        except NotReady as fault:
            return self._say(str(fault), 1)
        except DBAPIError as fault:
            return self._say(f"the database does not answer: {str(fault.orig).strip().splitlines()[0]}", 1)
        except BrokenPipeError:
            # Whoever read the output has had enough; Python would complain once more when it flushes at exit.
            sys.stderr.close()
            return 0
        return result if isinstance(result, int) else 0

    @staticmethod
    def _say(line: str, code: int) -> int:
        click.echo(f"moderation: {line}", err=True)
        return code


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
