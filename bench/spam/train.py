"""Fit the shipped filter, and measure it by leaving whole sources (or languages) out.

    python -m bench.spam.train DATA/*.jsonl              measures
    python -m bench.spam.train --by lang DATA/*.jsonl    leaves languages out instead of sources
    python -m bench.spam.train --linkless DATA/*.jsonl   judges the spam of blogs with its links and websites taken away
    python -m bench.spam.train --unlisted DATA/*.jsonl   judges as though the lists had been written without its own source
    python -m bench.spam.train --write DATA/*.jsonl      measures, then fits on all and writes weights.json and prior.json

Weights and prior of each measurement come from the other sources alone. Lists, signals and guesses do not: they were made by
people who had seen some of these comments and looked at these figures. `--unlisted` takes back a part of that. Only figures,
weights and single tokens come out: no comment is copied.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from math import log
from pathlib import Path

from bench.spam import prior
from bench.spam.disguises import without_links
from bench.spam.ridge import Row, fit, platt
from moderation.spam.learner import PRIOR_FILE, known_before
from moderation.spam.measure import Judged, recall_at, roc_auc, share_at
from moderation.spam.policy import Policy
from moderation.spam.records import submission_of
from moderation.spam.scoring import observe, weigh
from moderation.spam.signals import Finding, ramp
from moderation.spam.signals.learned import PRIOR_FULL
from moderation.spam.tokens import tokens_of
from moderation.spam.view import View, view_of
from moderation.spam.weights import WEIGHTS_FILE, weights_of

RIDGE = 500.0
_PRIOR = "learned.prior"
VIDEO = ("youtube", "id_judionline")
"""Sources of comments under videos, whose spam is of another kind; figures are given with and without them."""
SPAM_SHARE = 0.25
"""Spam among the comments for which the probabilities are to be true. Most sites get more, which makes them careful."""
LEAST_POINTS, MOST_POINTS = -1.0, 3.5
"""No fitted signal may hold a comment alone, whatever the data say."""


@dataclass(frozen=True, slots=True)
class Example:
    source: str
    lang: str
    spam: bool
    findings: dict[str, Finding]
    tokens: frozenset[str]
    complete: bool

    @property
    def video(self) -> bool:
        return self.source.startswith(VIDEO)


@dataclass(frozen=True, slots=True)
class Told(Judged):
    """A judged comment, and whether it came with name, e-mail address and website."""

    complete: bool


def examples(paths: Sequence[Path], *, linkless: bool = False, unlisted: bool = False) -> Iterator[Example]:
    """Every labelled comment in the files, as the strengths that signals find in it.

    :param linkless: take the links and the website from the spam of blogs.
    :param unlisted: without the words and phrases of the lists that stand in the spam of a comment's source alone.
    """
    listed = _spam_of_lists(paths) if unlisted else {}
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                # A record's date, thread, language and so on are marks of its corpus; scoring never sees them.
                spam, submission = record["label"] == "spam", submission_of(record)
                if linkless and spam and not path.stem.startswith(VIDEO):
                    submission = without_links(submission)
                view = view_of(submission)
                if unlisted:
                    view = _forgetting(view, path.stem, listed)
                found = observe(submission, view=view)
                seen = {name: finding for name, finding in found.items() if finding and finding[0] and name != _PRIOR}
                complete = bool(submission.author and submission.email and submission.url)
                yield Example(path.stem, record["lang"], spam, seen, tokens_of(view), complete)


def _spam_of_lists(paths: Sequence[Path]) -> dict[str, set[str]]:
    """In which sources' spam each word and phrase of the lists stands."""
    listed: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["label"] == "spam":
                view = view_of(submission_of(record))
                for entry in (*view.traded, *chain.from_iterable(view.said.values())):
                    listed[entry].add(path.stem)
    return listed


def _forgetting(view: View, source: str, listed: Mapping[str, set[str]]) -> View:
    """A view as it would be had nobody thought of the entries that only this source's spam has. Harsh: many of them are
    known to everybody."""
    said = {name: [entry for entry in found if listed[entry] != {source}] for name, found in view.said.items()}
    return replace(
        view,
        said={name: found for name, found in said.items() if found},
        traded=frozenset(word for word in view.traded if listed[word] != {source}),
    )


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
    start, points = fit(rows_of(chosen, hand), guesses, RIDGE, least=LEAST_POINTS, most=MOST_POINTS)
    new = {
        name: entry if name in hand else {**entry, "points": round(points[name], 3)} for name, entry in entries.items()
    }
    return {**table, "start": round(start, 3), "signals": new}


def known(chosen: Sequence[Example]) -> dict[str, float]:
    """The prior that examples give."""
    return prior.prior_of((one.source, one.spam, one.tokens) for one in chosen)


def judged(chosen: Sequence[Example], table: dict[str, object], tokens: Mapping[str, float]) -> list[Told]:
    """Examples judged with a weight table and a prior."""
    weights = weights_of(table)
    results = []
    for one in chosen:
        says = sum(value for _, value in known_before(one.tokens, tokens))
        findings = one.findings | ({_PRIOR: (ramp(says, PRIOR_FULL), "")} if says else {})
        results.append(Told(one.source, one.lang, one.spam, weigh(findings, weights).probability, one.complete))
    return results


def left_out(job: tuple[list[Example], list[Example], dict[str, object], str, str]) -> list[Told]:
    """Judge one source (or language) with weights and prior from all others."""
    every, asked, table, by, name = job
    others = [one for one in every if getattr(one, by) != name]
    chosen = [one for one in asked if getattr(one, by) == name]
    return judged(chosen, fitted(others, table), known(others))


def left_out_results(
    paths: Sequence[Path], by: str = "source", *, linkless: bool = False, unlisted: bool = False
) -> list[Told]:
    """Every labelled comment of the files, each judged by what the other sources (or languages) taught."""
    every = list(examples(sorted(paths)))
    asked = list(examples(sorted(paths), linkless=linkless, unlisted=unlisted)) if linkless or unlisted else every
    return _all_left_out(every, asked, json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")), by)


def _all_left_out(every: list[Example], asked: list[Example], table: dict[str, object], by: str) -> list[Told]:
    jobs = [(every, asked, table, by, name) for name in sorted({str(getattr(one, by)) for one in every})]
    with ProcessPoolExecutor(2) as pool:
        return [one for part in pool.map(left_out, jobs) for one in part]


def calibrated(table: dict[str, object], results: Sequence[Judged]) -> dict[str, object]:
    """The table with slope and shift (Platt scaling) such that probabilities are true where ``SPAM_SHARE`` is spam.

    Spam under videos is left out: most of it cannot be known without a site's decisions, and would make the filter
    unsure of everything.
    """
    chosen = [one for one in results if not (one.spam and one.source.startswith(VIDEO))]
    spam = sum(one.spam for one in chosen)
    counts = {True: SPAM_SHARE * len(chosen) / spam, False: (1 - SPAM_SHARE) * len(chosen) / (len(chosen) - spam)}
    old_slope, old_shift = weights_of(table).calibration
    # Of the points before any calibration, so that what comes out does not hang on what was there.
    points = [((_log_odds(one.probability) - old_shift) / old_slope, one.spam, counts[one.spam]) for one in chosen]
    slope, shift = platt(points)
    return {**table, "calibration": {"slope": round(slope, 3), "shift": round(shift, 3)}}


def _log_odds(probability: float) -> float:
    bounded = min(1 - 1e-12, max(1e-12, probability))
    return log(bounded / (1 - bounded))


def share(part: int, whole: int) -> str:
    return f"{part / whole:6.1%} of {whole}" if whole else "-"


def figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def report(results: Sequence[Told]) -> None:
    """Print the tables that docs/spam.md shows."""
    blog = [one for one in results if not one.source.startswith(VIDEO)]
    legitimate = [one for one in results if not one.spam]
    hold_above, spam_above = Policy().hold_above, Policy().spam_above
    print("| spam | against | ROC-AUC | recall at 1 % | recall at 0.5 % | recall at 0.1 % |\n|---|---|---|---|---|---|")
    spam, complete = [one for one in blog if one.spam], [one for one in legitimate if one.complete]
    groups = [
        ("blogs", "all legitimate", spam + legitimate),
        ("blogs", "legitimate from blogs and news", blog),
        ("blogs", "legitimate with name, address and website", spam + complete),
        *(
            (f"under videos ({lang})", "the same source", [one for one in results if one.source.startswith(source)])
            for lang, source in zip(("en", "id"), VIDEO, strict=True)
        ),
    ]
    for name, against, group in groups:
        recalls = " | ".join(figure(recall_at(group, rate), ".1%") for rate in (0.01, 0.005, 0.001))
        print(f"| {name} | {against} | {figure(roc_auc(group), '.4f')} | {recalls} |")
    print(f"\n| language | legitimate | held at {hold_above} | taken for spam at {spam_above} |\n|---|---|---|---|")
    for lang, count in Counter(one.lang for one in legitimate).most_common():
        if count >= 20:
            here = [one for one in legitimate if one.lang == lang]
            rates = [share_at(here, threshold, spam=False)[0] / count for threshold in (hold_above, spam_above)]
            print(f"| {lang} | {count} | {rates[0]:.1%} | {rates[1]:.1%} |")
    print(
        f"\n| source | spam | found at {hold_above} | found at {spam_above} "
        f"| legitimate | held at {hold_above} | taken for spam |\n" + "|---" * 7 + "|"
    )
    sources: dict[str, list[Told]] = defaultdict(list)
    for one in results:
        sources[one.source].append(one)
    for source, here in sorted(sources.items()):
        cells = []
        for side in (True, False):
            found = [share_at(here, threshold, spam=side) for threshold in (hold_above, spam_above)]
            cells += [str(found[0][1]), *(f"{part / whole:.1%}" if whole else "" for part, whole in found)]
        print(f"| {source} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help="write the weights fitted to all data")
    parser.add_argument("--by", choices=("source", "lang"), default="source", help="what is left out as a whole")
    parser.add_argument("--linkless", action="store_true", help="take links and websites from the spam of blogs")
    parser.add_argument(
        "--unlisted", action="store_true", help="without entries of lists that only the source's spam has"
    )
    chosen = parser.parse_args()
    if chosen.linkless or chosen.unlisted:
        report(left_out_results(chosen.data, chosen.by, linkless=chosen.linkless, unlisted=chosen.unlisted))
        return
    table = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    every = list(examples(sorted(chosen.data)))
    results = _all_left_out(every, every, table, chosen.by)
    report(results)
    if chosen.write:
        table = calibrated(fitted(every, table), results)
        WEIGHTS_FILE.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        tokens = known(every)
        prior.write(PRIOR_FILE, tokens)
        print(
            f"\n{len(every)} comments fitted, {len(tokens)} tokens kept: {WEIGHTS_FILE.name} and {PRIOR_FILE.name} written"
        )


if __name__ == "__main__":
    main()
