"""A group of commands whose files are imported when they are asked for, and whose errors are one line."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Commands(click.Group):
    """A group whose errors are one line on standard error, without a usage text or a stack trace around it.

    `places` says in which module of `moderation.cli` each command is. A server that begins, or reloads, does not wait
    for what other commands need.
    """

    def __init__(self, *args: Any, places: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name not in self._places:
            return None
        # What is imported stays: to look through it for garbage meanwhile is a seventh of a command's start.
        gc.disable()
        try:
            command: click.Command = getattr(import_module(f"moderation.cli.{self._places[cmd_name]}"), cmd_name)
        finally:
            gc.enable()
        gc.freeze()
        return command

    def run(self) -> int:
        """Run with the process's arguments and return the exit code."""
        try:
            result = self.main(standalone_mode=False)
        except click.ClickException as fault:
            return self._say(fault.format_message(), fault.exit_code)
        except (click.Abort, KeyboardInterrupt):
            return self._say("stopped", 130)
        except BrokenPipeError:
            # Whoever read the output has had enough; Python would complain once more when it flushes at exit.
            sys.stderr.close()
            return 0
        except Exception as fault:
            # Here and not above: whoever raised these has imported them, and nobody else needs to.
            from moderation.cli.faults import told

            found = told(fault)
            if found is None:
                raise
            return self._say(*found)
        return result if isinstance(result, int) else 0

    @staticmethod
    def _say(line: str, code: int) -> int:
        click.echo(f"moderation: {line}", err=True)
        return code
