"""Looking up thousands of phrases in a text at once, at a cost that grows with the text and not with the lists.

A phrase is a row of places. ``{nice|very good}`` takes one of several, ``{|s}`` may stay empty, ``*`` takes up to three
words whatever they are. Each phrase is filed under the words of its rarest place and only looked for where one of those
stands.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

_PART = re.compile(r"(?:[^\s{}]|\{[^{}]*\})+")
_SLOT = 3
"""Words that a star may take."""
_MOST_TRIES = 300
"""Phrases followed up in one text. The worst spam of the collections needs a fifth as many; what needs more is made of
our own lists, and said enough before."""

Place = tuple[tuple[str, ...], ...]
"""What may stand at one place: runs of words. An empty run lets the place be empty; no run at all is a star."""
_Choices = dict[str, Place]
"""The runs of a place by the words that they begin or end with, the empty run among them; under "" what may stand there
where the text has none of these words. Nothing for a star."""


class _Filed(NamedTuple):
    number: int
    run: tuple[str, ...]
    at: int
    before: tuple[_Choices, ...]
    after: tuple[_Choices, ...]


class _Key(NamedTuple):
    """The phrases filed under one word: by the word after it, by the word before it, and those that neither is sure of."""

    after: dict[str, list[_Filed]]
    before: dict[str, list[_Filed]]
    alone: list[_Filed]


class Phrases:
    """Lists of phrases to look for together.

    :param lists: name of a list → its phrases as written.
    :param common: words of every text: no phrase is filed under one of them if it has another.
    """

    def __init__(self, lists: Mapping[str, Iterable[str]], common: Iterable[str] = ()) -> None:
        self._listed = [(name, phrase) for name, phrases in lists.items() for phrase in phrases]
        parsed = [places_of(phrase) for _, phrase in self._listed]
        often = Counter(word for places in parsed for place in places for run in place for word in set(run))
        often.update(dict.fromkeys(common, len(parsed)))
        self._filed: dict[str, _Key] = {}
        for number, places in enumerate(parsed):
            rarest = _rarest(places, often)
            before = tuple(_choices(place, -1) for place in places[:rarest][::-1])
            after = tuple(_choices(place, 0) for place in places[rarest + 1 :])
            for run in places[rarest]:
                key = min(run, key=lambda word: often[word])
                at = run.index(key)
                self._file(key, _Filed(number, run, at, before, after))
        self._alone = frozenset(key for key, filed in self._filed.items() if filed.alone)
        self._pairs = frozenset(
            pair
            for key, filed in self._filed.items()
            for pair in (*((key, word) for word in filed.after), *((word, key) for word in filed.before))
        )

    def _file(self, key: str, one: _Filed) -> None:
        """File a phrase where its key and a neighbour are looked up together, which most texts do not have."""
        under = self._filed.setdefault(key, _Key({}, {}, []))
        rest, start = one.run[one.at + 1 :], one.run[: one.at]
        if after := frozenset(rest[:1]) or _near(one.after):
            for word in after:
                under.after.setdefault(word, []).append(one)
        elif before := frozenset(start[-1:]) or _near(one.before):
            for word in before:
                under.before.setdefault(word, []).append(one)
        else:
            under.alone.append(one)

    def __len__(self) -> int:
        return len(self._listed)

    def found_in(self, vocabulary: frozenset[str], words: list[str]) -> dict[str, list[str]]:
        """The phrases that occur, in the words of the text, by list and in the order of the list; a phrase counts once.

        :param vocabulary: at least all of ``words``.
        """
        # Words that may begin something; nearly all of a text's keys fall out here, for want of the right neighbour.
        keys = (vocabulary & self._alone).union(*self._pairs.intersection(pairwise(words)))
        if not keys:
            return {}
        found: dict[int, str] = {}
        tries = 0
        filed = self._filed
        ends = len(words) - 1
        for at in [at for at, word in enumerate(words) if word in keys and word in filed]:
            if tries >= _MOST_TRIES:
                break
            after, before, alone = filed[words[at]]
            ahead = after.get(words[at + 1]) if at < ends else None
            behind = before.get(words[at - 1]) if before and at else None
            if not (ahead or behind or alone):
                continue
            for one in (*(ahead or ()), *(behind or ()), *alone):
                tries += 1
                if one.number not in found and (piece := _standing(one, words, at)):
                    found[one.number] = piece
        by_list: dict[str, dict[str, None]] = {}
        for number in sorted(found):
            # Two entries that fit the same words are one finding.
            by_list.setdefault(self._listed[number][0], {})[found[number]] = None
        return {name: list(pieces) for name, pieces in by_list.items()}


def spun(text: str) -> list[str]:
    """All ways to read a text with alternatives in braces: ``{a|b}c`` → ``ac``, ``bc``. Braces do not nest."""
    opening = text.find("{")
    if opening < 0:
        return [text]
    closing = text.index("}", opening)
    return [
        text[:opening] + choice + rest
        for choice in text[opening + 1 : closing].split("|")
        for rest in spun(text[closing + 1 :])
    ]


def places_of(phrase: str) -> list[Place]:
    """The places of a phrase as written."""
    if "{" not in phrase and "*" not in phrase:
        return [((word,),) for word in phrase.split()]
    places: list[Place] = []
    for part in _PART.findall(phrase):
        if part == "*":
            places.append(())
        elif "{" in part:
            places.append(tuple(dict.fromkeys(tuple(one.split()) for one in spun(part))))
        else:
            places.append(((part,),))
    return places


def _rarest(places: list[Place], often: Mapping[str, int]) -> int:
    """The place to file a phrase under: never empty, and its words in as few other phrases as possible."""
    costs = {
        at: sum(min(often[word] for word in run) for run in place)
        for at, place in enumerate(places)
        if place and all(place)
    }
    return min(costs, key=lambda at: costs[at])


def _standing(one: _Filed, words: list[str], at: int) -> str:
    """The words of a phrase that has its key at a place in the text; nothing if it does not stand there."""
    _, run, place, before, after = one
    start = at - place
    end = start + len(run)
    if start < 0 or (len(run) > 1 and tuple(words[start:end]) != run):
        return ""
    last = _follow(after, 0, words, end)
    first = _precede(before, 0, words, start) if last >= 0 else -1
    return " ".join(words[first:last]) if first >= 0 else ""


def _choices(place: Place, end: int) -> _Choices:
    """The runs of a place by their words at one end."""
    if not place:
        return {}
    by_word = {run[end]: tuple(one for one in place if not one or one[end] == run[end]) for run in place if run}
    return by_word | {"": tuple(run for run in place if not run)}


def _near(places: tuple[_Choices, ...]) -> frozenset[str]:
    """The words that can stand next to a place, where the neighbouring place cannot be empty; else none."""
    if not places or not places[0] or places[0][""]:
        return frozenset()
    return frozenset(places[0].keys() - {""})


def _follow(places: tuple[_Choices, ...], number: int, words: list[str], at: int) -> int:
    """Where the places end if they stand from a word on; -1 if they do not."""
    if number == len(places):
        return at
    choices = places[number]
    if not choices:
        for start in range(at, min(at + _SLOT, len(words)) + 1):
            end = _follow(places, number + 1, words, start)
            if end >= 0:
                return end
        return -1
    for run in choices.get(words[at], choices[""]) if at < len(words) else choices[""]:
        if len(run) < 2 or tuple(words[at : at + len(run)]) == run:
            end = _follow(places, number + 1, words, at + len(run))
            if end >= 0:
                return end
    return -1


def _precede(places: tuple[_Choices, ...], number: int, words: list[str], at: int) -> int:
    """As ``_follow``, backwards: where the places begin that end before a word."""
    if number == len(places):
        return at
    choices = places[number]
    if not choices:
        for end in range(at, max(at - _SLOT, 0) - 1, -1):
            start = _precede(places, number + 1, words, end)
            if start >= 0:
                return start
        return -1
    for run in choices.get(words[at - 1], choices[""]) if at else choices[""]:
        if len(run) < 2 or tuple(words[max(0, at - len(run)) : at]) == run:
            start = _precede(places, number + 1, words, at - len(run))
            if start >= 0:
                return start
    return -1
