"""What disguises cost: 200 spams, each disguised in every way, and how many are still found.

    python -m bench.spam.evasion DATA/*.jsonl

Found is what scores higher than all but one in a hundred of the legitimate comments in DATA, undisguised. The spams are
chosen across sources (each by the root of its size) among those with at least five words in Latin letters; which ones,
their text alone decides. The shipped weights know these spams, so that recall is higher than on others; what is lost by a
disguise is the figure to read. Where one takes more than three in a hundred, the exit code is 1.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

from bench.spam.comments import read
from bench.spam.disguises import DISGUISES, Disguise
from bench.spam.train import VIDEO
from moderation.spam import Score, Submission, score
from moderation.spam.measure import Judged, threshold_at
from moderation.spam.measure.run import Labelled

SPAMS, FALSE_POSITIVES, MOST_LOST = 200, 0.01, 0.03
FEWEST_WORDS = 5
LEAST_SHOWN = 0.05
"""Points on average that a signal has to move to be named."""
_WORD = re.compile(r"[A-Za-z]{3,}")


def chosen(spam: Sequence[Labelled], count: int = SPAMS) -> list[Labelled]:
    """So many spams across sources, the same ones every time."""
    sources: defaultdict[str, list[Labelled]] = defaultdict(list)
    for one in {comment.submission: comment for comment in spam}.values():
        if len(_WORD.findall(one.submission.text)) >= FEWEST_WORDS:
            sources[one.source].append(one)
    wanted = sum(len(here) ** 0.5 for here in sources.values())
    queues = {
        source: sorted(here, key=lambda one: blake2b(one.submission.text.encode("utf-8", "surrogatepass")).digest())
        for source, here in sources.items()
    }
    taken: Counter[str] = Counter()
    while taken.total() < min(count, sum(map(len, queues.values()))):
        # Whoever is furthest below its share is next.
        open_ones = [source for source, queue in queues.items() if taken[source] < len(queue)]
        taken[min(open_ones, key=lambda source: (taken[source] * wanted / len(queues[source]) ** 0.5, source))] += 1
    return [one for source in sorted(queues) for one in queues[source][: taken[source]]]


def found(spams: Iterable[Submission], threshold: float) -> list[bool]:
    """Which of them score higher than the threshold."""
    return [score(submission).probability > threshold for submission in spams]


def moved_signals(spams: Sequence[Submission], disguise: Disguise) -> dict[str, float]:
    """Points that each signal gains by a disguise (below 0: loses), on average over the spams."""
    moved: defaultdict[str, float] = defaultdict(float)
    for submission in spams:
        before, after = _points(score(submission)), _points(score(disguise(submission)))
        for name in before.keys() | after.keys():
            moved[name] += (after.get(name, 0.0) - before.get(name, 0.0)) / len(spams)
    return moved


def _points(scored: Score) -> dict[str, float]:
    return {signal.name: signal.points for signal in scored.signals if signal.points}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--why", action="store_true", help="also the signals that each disguise takes away, and brings")
    options = parser.parse_args()
    comments = read(sorted(options.data))
    legitimate = [Judged("", "", False, score(one.submission).probability) for one in comments if not one.spam]
    threshold = threshold_at(legitimate, FALSE_POSITIVES)
    sample = chosen([one for one in comments if one.spam])
    spams = [one.submission for one in sample]
    video = [one.source.startswith(VIDEO) for one in sample]
    before = found(spams, threshold)
    share = f"{FALSE_POSITIVES:.0%} of {len(legitimate)} legitimate comments"
    print(f"{len(spams)} spams; found is what scores above {threshold:.3f}, as {share} do.\n")
    print("| disguise | changed | found | points lost | of blogs | points lost | under videos | points lost |")
    print("|---|---|---|---|---|---|---|---|")
    print(f"| none | 0 | {_cells(before, before, video)} |")
    over = []
    for name, disguise in DISGUISES.items():
        disguised = [disguise(one) for one in spams]
        after = found(disguised, threshold)
        changed = sum(a != b for a, b in zip(spams, disguised, strict=True))
        print(f"| {name} | {changed} | {_cells(before, after, video)} |")
        if sum(before) - sum(after) > MOST_LOST * len(spams):
            over.append(name)
        if options.why:
            for signal, points in sorted(moved_signals(spams, disguise).items(), key=lambda entry: entry[1]):
                if abs(points) >= LEAST_SHOWN:
                    print(f"    {signal} {points:+.2f}")
    print(f"\nOver {MOST_LOST * 100:.0f} points lost: {', '.join(over) or 'none'}.")
    sys.exit(1 if over else 0)


def _cells(before: Sequence[bool], after: Sequence[bool], video: Sequence[bool]) -> str:
    cells = []
    for wanted in ({True, False}, {False}, {True}):
        pairs = [(a, b) for a, b, kind in zip(before, after, video, strict=True) if kind in wanted]
        count = max(1, len(pairs))
        found, lost = sum(b for _, b in pairs), sum(a for a, _ in pairs) - sum(b for _, b in pairs)
        cells += [f"{found / count:.1%}", f"{lost / count * 100:.1f}"]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
