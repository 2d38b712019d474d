"""`moderation site block`, `hold`, `allow` and `lists`: what an owner's lists say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

import click

from moderation.cli.commands import site_named, with_database
from moderation.database import writing
from moderation.extensions import db
from moderation.models import now
from moderation.models.lists import text_of
from moderation.review.entries import Edited, adding, count, edit, lines_of, removing
from moderation.spam.entries import LIST_NAMES, ListError, ListName, entry_of, escaped
from moderation.spam.lists import MOST_LINES, Line, read

_LARGEST_FILE = 5_000_000
_REPORTED = 100
_DOES = {
    "block": "Edit the block list: what it names is spam.",
    "hold": "Edit the hold list: what it names waits.",
    "allow": "Edit the allow list: networks to trust, domains to link to.",
}


def commands() -> Iterator[click.Command]:
    """The commands on lists, for the group `site`."""
    yield lists
    yield from (_command(name) for name in LIST_NAMES)


@click.command()
@click.argument("key")
@click.argument("name", type=click.Choice(LIST_NAMES), required=False, metavar="[block|hold|allow]")
@with_database
def lists(key: str, name: ListName | None) -> None:
    """Show all lists, or one as it can be read in again."""
    site = site_named(db.session(), key)
    if name is not None:
        text = text_of(db.session(), site.id, name)
        click.echo(text, nl=bool(text))
        return
    for each in LIST_NAMES:
        lines, refused = read(text_of(db.session(), site.id, each), each)
        click.echo(f"{each}: {_entries(lines)}")
        for line in lines:
            over = line.entry is not None and line.entry.is_over(_today())
            click.echo(f"  {line.text}" + ("  (over)" if over else ""))
        for fault in refused:
            click.echo(f"  {fault.text}  (cannot be read: {fault.fault})")


def _command(name: ListName) -> click.Command:
    @click.command(name, help=_DOES[name])
    @click.argument("key")
    @click.argument("entries", nargs=-1, metavar="ENTRY…")
    @click.option(
        "--from", "file", type=click.File("rb"), help="Read entries from a file, one a line; - is standard input."
    )
    @click.option(
        "--wordpress", is_flag=True, help="Take each line as it stands, as WordPress's disallowed_keys are meant."
    )
    @click.option(
        "--until",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DATE",
        help="The last day on which they count, as 2027-01-31.",
    )
    @click.option("--remove", is_flag=True, help="Take these entries away.")
    @click.option("--skip-refused", is_flag=True, help="Take what can be taken, and leave out the other lines.")
    @click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
    @with_database
    def command(
        key: str,
        entries: tuple[str, ...],
        file: BinaryIO | None,
        wordpress: bool,
        until: datetime | None,
        remove: bool,
        skip_refused: bool,
        dry_run: bool,
    ) -> None:
        # The file comes first, so that its lines keep their numbers.
        given = [*(_lines_of(file) if file else ()), *entries]
        lines = _taken([escaped(line) for line in given] if wordpress else given, name, skip_refused=skip_refused)
        if until is not None:
            lines = [_ending(line, name, until.date()) for line in lines]
        with writing() as session:
            site = site_named(session, key, locked=True)
            change = removing(lines) if remove else adding(lines)
            try:
                if dry_run:
                    old = lines_of(session, site.id, name)
                    old, new = Edited(old, change(old))
                else:
                    old, new = edit(session, site, name, change, None)
            except ListError as fault:
                raise click.ClickException(str(fault)) from None
        if remove and len(old) == len(new):
            raise click.ClickException(
                f"nothing of this is on the {name} list; see: moderation site lists {key} {name}"
            )
        more = count(new) - count(old)
        step = f"{-more} gone" if remove else f"{more} new"
        click.echo(f"The {name} list of {key} {'would have' if dry_run else 'has'} {_entries(new)}, {step}.")

    return command


def _lines_of(file: BinaryIO) -> list[str]:
    raw = file.read(_LARGEST_FILE + 1)
    if len(raw) > _LARGEST_FILE:
        raise click.ClickException(
            f"{file.name} has more than {_LARGEST_FILE} bytes; a list has at most {MOST_LINES} lines"
        )
    try:
        return re.split(r"\r\n|\r|\n", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise click.ClickException(
            f"{file.name}, line {line}: this is not UTF-8; save the file in that encoding"
        ) from None


def _taken(given: Sequence[str], name: ListName, *, skip_refused: bool) -> list[Line]:
    """The lines that can be taken. Those that cannot are named with their numbers, and stop all of it unless skipped."""
    lines, refused = read("\n".join(given), name)
    if refused and len(given) == 1:
        raise click.ClickException(f"{refused[0].text!r}: {refused[0].fault}")
    for fault in refused[:_REPORTED]:
        click.echo(f"line {fault.number}, {fault.text!r}: {fault.fault}")
    if len(refused) > _REPORTED:
        click.echo(f"and {len(refused) - _REPORTED} more")
    if refused and not skip_refused:
        raise click.ClickException(
            f"{len(refused)} of {len(refused) + len(lines)} lines cannot be taken, so none was; mend them or add --skip-refused"
        )
    if not any(line.entry for line in lines):
        raise click.ClickException("there is no entry in this; give some, or a file with --from")
    return lines


def _ending(line: Line, name: ListName, last: date) -> Line:
    if last < _today():
        raise click.ClickException(f"--until {last.isoformat()} is over already")
    if line.entry is None:
        return line
    text = line.entry._replace(until=last).line
    try:
        return Line(text, entry_of(text, name))
    except ListError as fault:
        raise click.ClickException(f"{text!r}: {fault}") from None


def _entries(lines: Sequence[Line]) -> str:
    number = count(lines)
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _today() -> date:
    return now().date()
