"""Comments one after the other, as a site meets them: each is scored before anything is learned of it."""

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from moderation.spam.measure.figures import Judged

T = TypeVar("T")
AFTER = (0, 50, 200)
"""Decisions after which the rest of a stream is measured."""


def delayed(stream: Iterable[T], lag: int) -> Iterator[tuple[T, T | None]]:
    """Each comment of a stream, to be scored, with the one whose decision arrives then, to be learned afterwards.

    :param lag: how many more comments come in before a moderator decides. The first ``lag`` comments, and the one after
        them, are scored with nothing learned; what is decided after the stream's end comes too late and is left out.
    """
    waiting: deque[T] = deque()
    for comment in stream:
        waiting.append(comment)
        yield comment, waiting.popleft() if len(waiting) > lag else None


class Results:
    """What several filters said of the same comments, kept small: a stream may be long.

    :param names: the filters, the one that is measured first.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._truths: list[tuple[str, str, bool]] = []
        self._scores = {name: array("d") for name in names}
        self._shared: dict[tuple[str, str, bool], tuple[str, str, bool]] = {}

    def __len__(self) -> int:
        return len(self._truths)

    def add(self, source: str, lang: str, spam: bool, scores: Mapping[str, float]) -> None:
        """One more comment, with the probability that each filter gave."""
        truth = (source, lang, spam)
        self._truths.append(self._shared.setdefault(truth, truth))
        for name, column in self._scores.items():
            column.append(scores[name])

    def judged(self, name: str = "", start: int = 0) -> list[Judged]:
        """What one filter (the first, unless named) said, from a place in the stream on."""
        column = self._scores[name or self.names[0]]
        return [
            Judged(*truth, probability) for truth, probability in zip(self._truths[start:], column[start:], strict=True)
        ]
