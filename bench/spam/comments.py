"""Labelled comments from files, for the measurements in this folder."""

from collections.abc import Iterable
from pathlib import Path

from moderation.cli.lines import labelled
from moderation.spam.measure.run import Labelled


def read(paths: Iterable[Path]) -> list[Labelled]:
    """The comments of all files. The file is the source, as for ``bench.spam.train``."""
    comments: list[Labelled] = []
    for path in paths:
        with path.open("rb") as file:
            comments += (one._replace(source=path.stem) for one in labelled([file]))
    return comments


def merged(files: Iterable[list[Labelled]]) -> list[Labelled]:
    """Several files as one stream: each in its own order, all beginning and ending together."""
    placed = [((at + 0.5) / len(file), one) for file in files for at, one in enumerate(file)]
    # Sorting keeps the order of equals, so that the same files always make the same stream.
    return [one for _, one in sorted(placed, key=lambda entry: entry[0])]
