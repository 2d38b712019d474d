"""What moderators have taught, turned into evidence.

State is nothing but counts: of the comments learned from, and of each token's occurrences among them. Counts can be
added and taken away in any order, looked at, and dropped one by one. From the counts comes a log-odds for each token of
a comment, and the few most telling ones on each side speak; so neither a flood of padding nor one long comment can drown
them.
"""

import json
from collections.abc import Iterable, Mapping
from heapq import nlargest
from math import log
from pathlib import Path
from typing import NamedTuple

from moderation.spam.lexicon import EVERYDAY
from moderation.spam.tokens import ANY_LINK, ANY_SITE, kind_of, of_the_text
from moderation.spam.types import NOTHING_TAUGHT, Evidence, Taught

PRIOR_FILE = Path(__file__).with_name("prior.json")
TELLING = 5
"""Tokens that speak on each side. Fewer miss evidence, more let common words outweigh it (bench.spam.train measures)."""
SMOOTHING = 0.5
"""Occurrences, spread over both sides as the comments are, that a token has before anything is seen: one spam with a
new word among as many comments of either kind makes log-odds of 1.1, five make 2.4."""
TRUST = 60
"""Comments, half of them spam, after which what was taught counts half: a new site's first decisions do not turn the
filter around. Of a site with one spam among a thousand comments no more is known than of one with two of each."""
_FEWEST_EVERYDAY = 2


class Telling(NamedTuple):
    """A token that speaks.

    :param log_odds: above 0 for spam, below 0 for the author.
    """

    token: str
    log_odds: float
    taught: Taught


class Lesson(NamedTuple):
    """What a site's past says of a comment.

    :param spam: the tokens most telling of spam, strongest first.
    :param ham: the tokens most telling of legitimate comments, strongest first.
    :param trust: from 0 to 1: how far so many decisions are to be believed.
    """

    spam: list[Telling]
    ham: list[Telling]
    trust: float


NO_LESSON = Lesson([], [], 0.0)


def log_odds(taught: Taught, total: Taught) -> float:
    """How much more often a token stands in spam than in legitimate comments, as a smoothed log-odds.

    0 while only one kind of comment has been taught, since then nothing can be compared.
    """
    if total.spam <= 0 or total.ham <= 0:
        return 0.0
    ease = SMOOTHING / (total.spam + total.ham)
    # A database that was edited by hand may hold counts below 0; they must not keep a comment from being scored.
    return log((max(0, taught.spam) / total.spam + ease) / (max(0, taught.ham) / total.ham + ease))


def lesson(tokens: Iterable[str], evidence: Evidence) -> Lesson:
    """The most telling tokens of a comment on each side. Tokens that an owner has dropped do not speak."""
    total, known, dropped = evidence.total, evidence.tokens, evidence.dropped
    tokens = list(tokens)
    # What all its plainest words say is the language's, what all links say is any link's.
    common = {"": of_the_language(tokens, evidence), ANY_LINK: 0.0, ANY_SITE: 0.0}
    for kind in (ANY_LINK, ANY_SITE):
        common[kind] = max(0.0, log_odds(known.get(kind, NOTHING_TAUGHT), total))
    spam: list[Telling] = []
    ham: list[Telling] = []
    for token in tokens:
        taught = known.get(token)
        if taught is None or token in dropped:
            continue
        says = log_odds(taught, total)
        if says > 0:
            says -= common[kind_of(token)]
        if says > 0:
            spam.append(Telling(token, says, taught))
        elif says < 0 and of_the_text(token):
            ham.append(Telling(token, says, taught))
    # As many as there would be if both kinds were half: 4 / (1 / spam + 1 / ham).
    count = 4 * total.spam * total.ham / max(1, total.spam + total.ham)
    return Lesson(
        nlargest(TELLING, spam, key=_strength), nlargest(TELLING, ham, key=_strength), count / (count + TRUST)
    )


def of_the_language(tokens: Iterable[str], evidence: Evidence) -> float:
    """How much more often a comment's everyday words stand in the site's spam than in what was approved, as log-odds; 0
    where they do not.

    Where much of the spam is in a language in which few readers write, each word of that language was met in spam, and
    would speak against every reader who does write in it. What all its plainest words say is the language's and not the
    word's.
    """
    total, known = evidence.total, evidence.tokens
    says = sorted(log_odds(known.get(word, NOTHING_TAUGHT), total) for word in EVERYDAY.intersection(tokens))
    return max(0.0, says[len(says) // 2]) if len(says) >= _FEWEST_EVERYDAY else 0.0


def load_prior(path: Path = PRIOR_FILE) -> dict[str, float]:
    """The shipped prior: tokens and their log-odds, all above 0, from collected comments (``bench/spam/train.py``)."""
    tokens: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["tokens"]
    return tokens


PRIOR = load_prior()


def known_before(tokens: frozenset[str], prior: Mapping[str, float] = PRIOR) -> list[tuple[str, float]]:
    """The tokens of a comment that the prior knows from spam elsewhere: the most telling ones, strongest first."""
    found = [(token, prior[token]) for token in prior.keys() & tokens]
    return nlargest(TELLING, found, key=lambda one: (one[1], one[0]))


def _strength(telling: Telling) -> tuple[float, str]:
    # The token settles ties, so that the same evidence always gives the same sentence.
    return abs(telling.log_odds), telling.token
