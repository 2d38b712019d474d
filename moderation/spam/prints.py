"""Fingerprints of a text, by which near-duplicates find each other.

Every run of six words (in scripts without spaces: of twelve characters) of the text outside its links is hashed; of each
four runs that follow one another the smallest hash is kept (winnowing; Schleimer, Wilkerson and Aiken 2003). Two texts that
share nine words in a row so share at least one fingerprint, wherever the words stand and whatever slots of a template were
filled differently.
"""

from hashlib import blake2b
from itertools import accumulate

from moderation.spam.tokens import UNSPACED
from moderation.spam.view import View

WORDS, LETTERS, WINDOW = 6, 12, 4
SHORTEST = 4
"""Words of the shortest text that has a fingerprint; shorter ones are the same by chance."""
MOST_PRINTS = 24
"""Fingerprints kept of one comment: the smallest, so that equal texts keep the same ones."""


def prints_of(view: View) -> frozenset[int]:
    """The fingerprints of a text: up to ``MOST_PRINTS`` numbers below 2**63. Texts of less than four words have none."""
    units, run = view.words, WORDS
    if not view.prose.isascii() and _mostly_unspaced(units):
        units, run = list("".join(units)), LETTERS
    if len(units) < SHORTEST:
        return frozenset()
    # Most of the time goes here, for each run of every text.
    text = " ".join(units)
    data = text.encode("utf-8", "surrogatepass")
    lengths = map(len, units if len(data) == len(text) else [unit.encode("utf-8", "surrogatepass") for unit in units])
    starts = [0, *accumulate(length + 1 for length in lengths)]
    # A text shorter than one run is one run.
    ends = starts[run:] or [len(data) + 1]
    hashes = [blake2b(data[start : end - 1], digest_size=8).digest() for start, end in zip(starts, ends, strict=False)]
    kept = set(map(min, *(hashes[at:] for at in range(WINDOW)))) if len(hashes) >= WINDOW else {min(hashes)}
    return frozenset(sorted({int.from_bytes(each) >> 1 for each in kept})[:MOST_PRINTS])


def _mostly_unspaced(words: list[str]) -> bool:
    """Whether most letters are of a script without spaces: a single one among other words changes nothing."""
    text = "".join(words)
    return len(UNSPACED.findall(text)) * 2 > len(text)
