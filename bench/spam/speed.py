"""What scoring costs, in microseconds and as a ratio to bare work on the same text.

    python -m bench.spam.speed

The bare baseline is one NFKC normalisation, one lower(), one search for links and one split into words of the same 500
characters: about the least that any scorer does. Ratios travel between machines, microseconds do not.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from time import perf_counter

from moderation.spam import Submission, score

ORDINARY = (
    "I have been reading this series since the first part and I still think you miss the point about the night buses. "
    "The council cut line 14 in 2019, then said nobody used it; of course nobody uses a bus that does not run! My "
    "neighbour, who works shifts at the hospital, now walks forty minutes home. If you want figures, ask the drivers: "
    "they count passengers by hand every Friday. Also, the map in your article shows the old depot. Anyway, thanks for "
    "writing about it, few papers here still do so, sadly."
)[:500]
SENTENCE = "The talk was better than the slides, and I wish you had shown the part about the queue a little longer. "
_LINK = re.compile(r"https?://[^\s<>\"]+")
_WORD = re.compile(r"[^\W\d_]+")
LONG = 65_536
AWKWARD = {
    "letters": "a" * LONG,
    "a capital now and then": "aX" * (LONG // 2),
    "spaces": " " * LONG,
    "ampersands": "&" * LONG,
    "entities": "&amp;" * (LONG // 5),
    "opening brackets": "<" * LONG,
    "anchors": '<a href="http://a.example/">b</a>' * (LONG // 33),
    "open anchors": "<a href=" * (LONG // 8),
    "square brackets": "[url=" * (LONG // 5),
    "dots": "a." * (LONG // 2),
    "hyphens": "a-" * (LONG // 2),
    "digits": "1 " * (LONG // 2),
    "single letters": "v i a " * (LONG // 6),
    "leet": "a1b" * (LONG // 3),
    "combining marks": "\u0301\u0316" * (LONG // 2),
    "expanding letters": "\ufdfa" * LONG,
    "styled letters": "\U0001d400" * LONG,
    "mixed scripts": "aа" * (LONG // 2),
    "schemes": "http://" * (LONG // 7),
    "empty lines": "\r\n \r\n" * (LONG // 5),
    "joints": "a.b-" * (LONG // 4),
    "pieces": "sub.scribe " * (LONG // 11),
    "rules": "----\n" * (LONG // 5),
    "slashes": "http://a.example" + "/a-b" * (LONG // 4),
    "smileys": ":) " * (LONG // 3),
    "overrides": "\u202ea" * (LONG // 2),
    "selling words": "casino " * (LONG // 7),
    "vowel signs": "कि" * (LONG // 2),
    "unspaced": "天" * LONG,
    "words of the lists": "my youtube channel check out the free offer your blog great post " * (LONG // 62),
    "invisible": "a\u200b" * (LONG // 2),
}


def bare(text: str) -> int:
    """The baseline."""
    flat = unicodedata.normalize("NFKC", text).lower()
    return len(_LINK.findall(flat)) + len(_WORD.findall(flat))


def side_by_side(work: Callable[[], object], usual: Callable[[], object], seconds: float = 0.6) -> tuple[float, float]:
    """The best of many runs of each, taken in turns, so that a machine that changes its pace slows both."""
    bests = [float("inf"), float("inf")]
    until = perf_counter() + seconds
    while perf_counter() < until:
        for at, each in enumerate((work, usual)):
            began = perf_counter()
            each()
            bests[at] = min(bests[at], perf_counter() - began)
    return bests[0] * 1e6, bests[1] * 1e6


def comment(text: str) -> Submission:
    return Submission(author="Amal Karim", email="amal@example.org", url="https://amal.example/", text=text)


def main() -> None:
    plain, linked = comment(ORDINARY), comment(ORDINARY[:460] + ' <a href="http://a.example/x">offer</a>.')
    for name, sent in (("", plain), (" with a link", linked)):
        cost, base = side_by_side(partial(score, sent), partial(bare, sent.text), 2.0)
        print(f"score, 500 characters{name:12}{cost:9.0f} µs = {cost / base:5.1f} x the bare baseline of {base:.0f} µs")
    long = {f"{n:,} characters": (SENTENCE * (n // len(SENTENCE) + 1))[:n] for n in (5_000, 10_000, LONG)}
    for name, text in (long | {f"64 KB of {name}": text for name, text in AWKWARD.items()}).items():
        cost, usual = side_by_side(partial(score, comment(text)), partial(score, plain))
        print(f"score, {name:32}{cost:9.0f} µs = {cost / usual:5.1f} x a comment of 500")


if __name__ == "__main__":
    main()
