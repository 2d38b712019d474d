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

from moderation.spam.tokens import of_the_text
from moderation.spam.types import Evidence, Taught

PRIOR_FILE = Path(__file__).with_name("prior.json")
TELLING = 5
"""Tokens that speak on each side. Fewer miss evidence, more let common words outweigh it (bench.spam.train measures)."""
SMOOTHING = 0.5
"""Occurrences, spread over both sides as the comments are, that a token has before anything is seen: one spam with a
new word among as many comments of either kind makes log-odds of 1.1, five make 2.4."""
TRUST = 60
"""Comments after which what was taught counts half (n / (n + TRUST)): a new site's first decisions do not turn the
filter around."""


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
    return log((taught.spam / total.spam + ease) / (taught.ham / total.ham + ease))


def lesson(tokens: Iterable[str], evidence: Evidence) -> Lesson:
    """The most telling tokens of a comment on each side. Tokens that an owner has dropped do not speak."""
    total, known, dropped = evidence.total, evidence.tokens, evidence.dropped
    spam: list[Telling] = []
    ham: list[Telling] = []
    for token in tokens:
        taught = known.get(token)
        if taught is None or token in dropped:
            continue
        says = log_odds(taught, total)
        if says > 0:
            spam.append(Telling(token, says, taught))
        elif says < 0 and of_the_text(token):
            ham.append(Telling(token, says, taught))
    count = total.spam + total.ham
    return Lesson(
        nlargest(TELLING, spam, key=_strength), nlargest(TELLING, ham, key=_strength), count / (count + TRUST)
    )


def load_prior(path: Path = PRIOR_FILE) -> dict[str, float]:
    """The shipped prior: tokens and their log-odds, all above 0, from collected comments (``bench/spam/train.py``)."""
    tokens: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["tokens"]
    return tokens


PRIOR = load_prior()


def known_before(tokens: Iterable[str], prior: Mapping[str, float] = PRIOR) -> list[tuple[str, float]]:
    """The tokens of a comment that the prior knows from spam elsewhere: the most telling ones, strongest first."""
    found = [(token, prior[token]) for token in tokens if token in prior]
    return nlargest(TELLING, found, key=lambda one: (one[1], one[0]))


def _strength(telling: Telling) -> tuple[float, str]:
    # The token settles ties, so that the same evidence always gives the same sentence.
    return abs(telling.log_odds), telling.token
