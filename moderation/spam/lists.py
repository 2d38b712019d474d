"""A site's lists as an owner keeps them: lines of entries and comments, read, joined and taken away."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from moderation.spam.entries import LONGEST_LINE, Entry, ListError, ListName, entry_of
from moderation.text.names import clean_line

MOST_LINES = 5_000
"""Lines of one list. Matching costs little, but a longer one is somebody else's list, and holds honest readers."""


class Line(NamedTuple):
    """One line of a list: an entry, or (``None``) a comment."""

    text: str
    entry: Entry | None

    @property
    def says(self) -> object:
        """What is equal for two lines that say the same, whatever their expiry, remark and spelling."""
        return self.entry[:3] if self.entry else self.text


class Refused(NamedTuple):
    """A line that cannot be taken: its number, from 1 on, and the fault as a sentence."""

    number: int
    text: str
    fault: str


def read(text: str, name: ListName) -> tuple[list[Line], list[Refused]]:
    """The lines of a list, in order and without empty ones, and those that cannot be taken."""
    lines: list[Line] = []
    refused: list[Refused] = []
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        # More than enough to see that it is too long, and no more to clean.
        line = clean_line(raw[: 4 * LONGEST_LINE])
        if not line:
            continue
        try:
            entry = entry_of(line, name)
        except ListError as fault:
            refused.append(Refused(number, line, str(fault)))
        else:
            lines.append(Line(line, entry))
    return lines, refused


def joined(old: Sequence[Line], new: Iterable[Line]) -> list[Line]:
    """A list with more lines. One that says the same as a line that is there replaces it.

    :raises ListError: there would be too many.
    """
    lines = {line.says: line for line in (*old, *new)}
    if len(lines) > MOST_LINES:
        raise ListError(f"The list would have {len(lines)} lines; at most {MOST_LINES} fit.")
    return list(lines.values())


def without(old: Iterable[Line], gone: Iterable[Line]) -> list[Line]:
    """A list without the lines that say the same as those that are to go."""
    said = {line.says for line in gone}
    return [line for line in old if line.says not in said]
