"""Fit the data weights of moderation/spam/weights.json, and measure them by leaving whole sources out.

    python -m bench.spam.train DATA/*.jsonl            measures
    python -m bench.spam.train --write DATA/*.jsonl    measures, then fits on all and writes the file

Only figures and weights come out: no comment is copied.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.spam.ridge import Row, fit
from moderation.spam.measure import Judged, recall_at, roc_auc, share_at
from moderation.spam.policy import Policy
from moderation.spam.records import submission_of
from moderation.spam.scoring import observe, weigh
from moderation.spam.signals import Finding
from moderation.spam.weights import WEIGHTS_FILE, weights_of

RIDGE = 10.0
VIDEO = ("youtube", "id_judionline")
"""Sources of comments under videos, whose spam is of another kind; figures are given with and without them."""
LEAST_START = -2.4
"""A stranger's clean comment starts no lower, so that a known address alone, which anyone can type, cannot bring it
below the default approve_below (0.05)."""
MOST_POINTS = 3.5
"""No fitted signal may hold a comment alone, whatever the data say."""


@dataclass(frozen=True, slots=True)
class Example:
    source: str
    lang: str
    spam: bool
    findings: dict[str, Finding]

    @property
    def video(self) -> bool:
        return self.source.startswith(VIDEO)


def examples(paths: Sequence[Path]) -> Iterator[Example]:
    """Every labelled comment in the files, as the strengths that signals find in it."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                # A record's date, thread, language and so on are marks of its corpus; scoring never sees them.
                found = observe(submission_of(record))
                seen = {name: finding for name, finding in found.items() if finding and finding[0]}
                yield Example(path.stem, record["lang"], record["label"] == "spam", seen)


def rows_of(chosen: Sequence[Example], hand: Mapping[str, float]) -> list[Row]:
    """Rows to fit: spam and legitimate comments count the same in all, a source by the root of its size."""
    sizes = Counter((one.source, one.spam) for one in chosen)
    roots = {side: sum(size**0.5 for (_, spam), size in sizes.items() if spam == side) for side in (True, False)}
    rows = []
    for one in chosen:
        counts = sizes[one.source, one.spam] ** -0.5 / roots[one.spam] * len(chosen) / 2
        settled = sum(hand[name] * finding[0] for name, finding in one.findings.items() if name in hand)
        rows.append(Row({name: finding[0] for name, finding in one.findings.items()}, one.spam, counts, settled))
    return rows


def fitted(chosen: Sequence[Example], table: dict[str, object]) -> dict[str, object]:
    """The table with its data weights fitted to the examples; weights set by hand stay."""
    entries: dict[str, dict[str, object]] = table["signals"]  # type: ignore[assignment]  # weights_of checks the shape
    hand = {name: float(str(entry["points"])) for name, entry in entries.items() if entry["from"] == "hand"}
    guesses = {name: float(str(entry["guess"])) for name, entry in entries.items() if name not in hand}
    start, points = fit(rows_of(chosen, hand), guesses, RIDGE)
    new = {
        name: entry if name in hand else {**entry, "points": round(max(-1.0, min(MOST_POINTS, points[name])), 3)}
        for name, entry in entries.items()
    }
    return {**table, "start": round(max(LEAST_START, start), 3), "signals": new}


def judged(chosen: Sequence[Example], table: dict[str, object]) -> list[Judged]:
    weights = weights_of(table)
    return [Judged(one.source, one.lang, one.spam, weigh(one.findings, weights).probability) for one in chosen]


def left_out(job: tuple[list[Example], dict[str, object], str]) -> list[Judged]:
    """Judge one source with weights fitted to all others."""
    every, table, source = job
    table = fitted([one for one in every if one.source != source], table)
    return judged([one for one in every if one.source == source], table)


def share(part: int, whole: int) -> str:
    return f"{part / whole:6.1%} of {whole}" if whole else "-"


def figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def report(results: Sequence[Judged]) -> None:
    """Print the tables that docs/spam.md shows."""
    blog = [one for one in results if not one.source.startswith(VIDEO)]
    legitimate = [one for one in results if not one.spam]
    spam_above = Policy().spam_above
    print("| spam | against | ROC-AUC | recall at 1 % | recall at 0.5 % | recall at 0.1 % |\n|---|---|---|---|---|---|")
    groups = {
        "blogs": ([one for one in blog if one.spam] + legitimate, "all legitimate"),
        "blogs ": (blog, "legitimate from blogs and news"),
        "under videos (en)": ([one for one in results if one.source.startswith(VIDEO[0])], "the same source"),
        "under videos (id)": ([one for one in results if one.source.startswith(VIDEO[1])], "the same source"),
    }
    for name, (group, against) in groups.items():
        recalls = " | ".join(figure(recall_at(group, rate), ".1%") for rate in (0.01, 0.005, 0.001))
        print(f"| {name.strip()} | {against} | {figure(roc_auc(group), '.4f')} | {recalls} |")
    print(f"\n| language | legitimate | held at 0.5 | taken for spam at {spam_above} |\n|---|---|---|---|")
    for lang, count in Counter(one.lang for one in legitimate).most_common():
        if count >= 20:
            here = [one for one in legitimate if one.lang == lang]
            rates = [share_at(here, threshold, spam=False)[0] / count for threshold in (0.5, spam_above)]
            print(f"| {lang} | {count} | {rates[0]:.1%} | {rates[1]:.1%} |")
    print(
        f"\n| source | spam | found at 0.5 | found at {spam_above} | legitimate | held at 0.5 | taken for spam |\n"
        + "|---" * 7
        + "|"
    )
    sources: dict[str, list[Judged]] = defaultdict(list)
    for one in results:
        sources[one.source].append(one)
    for source, here in sorted(sources.items()):
        cells = []
        for side in (True, False):
            found = [share_at(here, threshold, spam=side) for threshold in (0.5, spam_above)]
            cells += [str(found[0][1]), *(f"{part / whole:.1%}" if whole else "" for part, whole in found)]
        print(f"| {source} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help="write the weights fitted to all data")
    chosen = parser.parse_args()
    table = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    every = list(examples(sorted(chosen.data)))
    jobs = [(every, table, source) for source in sorted({one.source for one in every})]
    with ProcessPoolExecutor(2) as pool:
        results = [one for part in pool.map(left_out, jobs) for one in part]
    report(results)
    if chosen.write:
        table = fitted(every, table)
        WEIGHTS_FILE.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"\n{len(every)} comments fitted; written to {WEIGHTS_FILE.name}")


if __name__ == "__main__":
    main()
