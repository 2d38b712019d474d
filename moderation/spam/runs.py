"""Looking up many runs of words in a text at the cost of the few that could be there."""

from collections.abc import Iterable


class Runs:
    """A fixed list of phrases to look for. Each is filed under its longest word, and only looked for where that
    occurs."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._filed: dict[str, list[tuple[int, str]]] = {}
        for at, phrase in enumerate(phrases):
            self._filed.setdefault(max(phrase.split(), key=len), []).append((at, phrase))
        self._keys = frozenset(self._filed)

    def found_in(self, vocabulary: frozenset[str], spoken: str) -> list[str]:
        """The phrases that occur, in the order of the list.

        :param vocabulary: at least all words of ``spoken``.
        :param spoken: words with one space between and around them.
        """
        found = [
            (at, phrase)
            for key in vocabulary & self._keys
            for at, phrase in self._filed[key]
            if f" {phrase} " in spoken
        ]
        return [phrase for _, phrase in sorted(found)]
