"""Derive the shipped prior: tokens that stand in spam of several collections and hardly in legitimate comments."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from math import log
from pathlib import Path

Counted = tuple[str, bool, frozenset[str]]
"""A comment: its source, whether it is spam, its tokens."""

LEAST_SOURCES, LEAST_COMMENTS = 2, 3
"""A token has to stand in so many sources and comments: what only one site knows is that site's, not everybody's."""
EASE = 3
"""Occurrences that a token has on both sides before anything is seen."""
LEAST_LOG_ODDS = 2.5
"""Weaker tokens stay out: they would say more of a collection's language than of spam."""


def prior_of(comments: Iterable[Counted]) -> dict[str, float]:
    """Tokens with their log-odds. Each source counts by the root of its size, so that none speaks for all."""
    sizes: Counter[tuple[str, bool]] = Counter()
    found: defaultdict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    for source, spam, tokens in comments:
        sizes[source, spam] += 1
        for token in tokens:
            found[token][source, spam] += 1
    roots = {side: sum(size**0.5 for (_, spam), size in sizes.items() if spam is side) for side in (True, False)}
    ease = 2 * EASE / sum(sizes.values())
    prior = {}
    for token, counts in found.items():
        # What people are called and where they have their mail is nobody else's business.
        if token.startswith(("name:", "mail:")):
            continue
        if len(counts) < LEAST_SOURCES or counts.total() < LEAST_COMMENTS:
            continue
        shares = dict.fromkeys((True, False), ease)
        for (source, spam), count in counts.items():
            shares[spam] += count * sizes[source, spam] ** -0.5 / roots[spam]
        says = log(shares[True] / shares[False])
        if says >= LEAST_LOG_ODDS:
            prior[token] = round(says, 2)
    return dict(sorted(prior.items()))


def write(path: Path, prior: dict[str, float]) -> None:
    """The prior as a file that a person can read."""
    about = "Log-odds of tokens known from spam of several collections; see docs/spam.md. Made by bench/spam/train.py."
    path.write_text(
        json.dumps({"about": about, "tokens": prior}, indent=0, ensure_ascii=False) + "\n", encoding="utf-8"
    )
