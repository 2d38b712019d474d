"""The signals: small pure functions, each of which sees one thing in a submission.

A signal takes a ``Case`` and gives a ``Finding``: how strongly it sees its thing (0 = not at all, never below 0) and a
sentence for people, with the evidence in it or, at 0, with what was looked for. What a strength is worth stands in
``weights.json``. To add one: write the function under ``@signal``, give it a weight there, test it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from moderation.spam.learner import NO_LESSON, Lesson
from moderation.spam.tokens import UNSPACED
from moderation.spam.types import Group, History, Submission
from moderation.spam.view import READ_FIELD, View, plain, words_of

_SHORT_WORD = 4
_CAPITALISED = re.compile("Ul+")
# With them most words of their scripts can be said; a letter counts as what it is without its accents.
_VOWELS = frozenset("aeiouаеиоуыэюяіїєαεηιουω")
_BESIDE_WORDS = 2
"""Letters that may stand between them: a first letter, "Mr", "TV"."""
_RANDOM_LENGTH, _RANDOM_READ, _CHANGES = 6, 40, 4
# Consonants in a row: more than any language has but German, which has "sch" there; or fewer with a letter among them that
# none has in such company.
_CONSONANT = "[bcdfghjklmnpqrstvwxz]"
_UNSAYABLE = re.compile(rf"^(?!.*sch).*{_CONSONANT}{{7}}|(?={_CONSONANT}{{0,20}}[jqx]){_CONSONANT}{{5}}")
_ROWS = (
    "asdf",
    "sdfg",
    "dfgh",
    "fghj",
    "ghjk",
    "hjkl",
    "qwer",
    "zxcv",
    "xcvb",
    "йцук",
    "цуке",
    "фыва",
    "ывап",
    "ячсм",
)

Leaning = Literal["spam", "author"]
Finding = tuple[float, str]


# Not frozen, nor a named tuple: signals read its fields some three hundred times for each comment.
@dataclass(slots=True)
class Case:
    """All that a signal may look at.

    :param tokens: the comment's tokens.
    :param lesson: what the site's past says of them.
    """

    submission: Submission
    view: View
    history: History
    tokens: frozenset[str] = frozenset()
    lesson: Lesson = NO_LESSON


Look = Callable[[Case], Finding]
Need = Literal[
    "links", "tags", "disguises", "listed words", "phrases", "title", "website", "fill-in time", "agent", "past", "rush",
    "lesson",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A registered signal.

    :param leaning: for whom its points may speak. Fitted weights keep to it, so that no corpus can turn a signal
        around.
    :param needs: without what it sees nothing (see ``NEEDS``).
    """

    name: str
    group: Group
    leaning: Leaning
    look: Look
    needs: Need | None = None


REGISTRY: dict[str, Source] = {}


def _has_past(history: History) -> bool:
    """Whether anything was said or is waiting of the comment's author, network, browser, text or links."""
    for tally in (history.author, history.network, history.verified, history.same_text, history.near_text):
        if tally.approved or tally.spam or tally.pending:
            return True
    return any(tally.approved or tally.spam for tally in history.links.values()) if history.links else False


NEEDS: dict[Need, Callable[[Case], object]] = {
    "links": lambda case: case.view.links,
    "tags": lambda case: "<" in case.view.skeleton or "[" in case.view.skeleton,
    "disguises": lambda case: case.view.decoded or case.view.mixed or case.view.styled or case.view.hidden,
    "listed words": lambda case: case.view.traded or case.view.said,
    "phrases": lambda case: case.view.said,
    "title": lambda case: case.submission.page_title,
    "website": lambda case: case.view.website,
    "fill-in time": lambda case: case.submission.seconds_to_fill is not None,
    "agent": lambda case: case.submission.user_agent is not None,
    "past": lambda case: _has_past(case.history),
    "rush": lambda case: case.history.recent_near or case.history.recent_network or case.history.recent_site,
    "lesson": lambda case: case.lesson.spam or case.lesson.ham,
}
"""Things that several signals need, and whether they are there. Where one is not, the signals that need it are not asked:
what they find is what they find in an empty comment, and for most comments that is most signals."""


def signal(name: str, leaning: Leaning = "spam", needs: Need | None = None) -> Callable[[Look], Look]:
    """Register a function as the signal ``name``, whose part before the dot is its group.

    :param needs: without what it always finds the same as in an empty comment, to the word, so that it need not be asked.
    """
    group = next((group for group in get_args(Group) if name.startswith(f"{group}.")), None)
    if group is None:
        raise ValueError(f"the signal {name!r} must begin with one of {', '.join(get_args(Group))} and a dot")
    if name in REGISTRY:
        raise ValueError(f"there are two signals named {name!r}")

    def register(look: Look) -> Look:
        REGISTRY[name] = Source(name, group, leaning, look, needs)
        return look

    return register


def ramp(amount: float, full: float) -> float:
    """A strength that grows evenly from 0 to 1 and stays there once ``amount`` reaches ``full``."""
    return 0.0 if amount <= 0 else min(1.0, amount / full)


def plural(count: int, noun: str) -> str:
    """``1 link``, ``3 links``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def title_words(case: Case) -> list[str]:
    """The longer words that a comment shares with the title of its page; in scripts without spaces, pairs of letters."""
    title = case.submission.page_title[:READ_FIELD]
    if not title:
        return []
    words = [word for word in words_of(plain(title)) if len(word) > _SHORT_WORD or UNSPACED.match(word)]
    pieces = {
        piece
        for word in words
        for piece in ([word[at : at + 2] for at in range(len(word) - 1)] if UNSPACED.match(word) else [word])
    }
    return sorted(piece for piece in pieces if piece in case.view.vocabulary or piece in case.tokens)


def at_random(word: str) -> bool:
    """Whether nobody could say a word: its case changes all the time, it has hardly a vowel, or follows the keyboard.

    Capitals that begin words ("JackTheLad") are how handles are written.
    """
    if len(word) < _RANDOM_LENGTH:
        return False
    word = word[:_RANDOM_READ]
    changes = sum(one.isupper() != other.isupper() for one, other in pairwise(word))
    flat = word.lower()
    if changes >= _CHANGES and _beside_words(word) > _BESIDE_WORDS:
        return True
    return bool(_UNSAYABLE.search(flat)) or any(row in flat for row in _ROWS)


def _beside_words(word: str) -> int:
    """How many of its letters belong to no capitalised word with a vowel."""
    shape = "".join("U" if letter.isupper() else "l" if letter.islower() else "-" for letter in word)
    pieces = [word[match.start() : match.end()] for match in _CAPITALISED.finditer(shape)]
    said = [piece for piece in pieces if not _VOWELS.isdisjoint(unicodedata.normalize("NFD", piece.lower()))]
    return len(word) - sum(map(len, said))
