"""Ours beside others on the same comments, in one run.

    python3 -m venv /tmp/bench-venv && /tmp/bench-venv/bin/pip install --require-hashes -r requirements/bench.txt
    /tmp/bench-venv/bin/python -m bench.spam.peers DATA/*.jsonl              each source judged by what the others taught
    /tmp/bench-venv/bin/python -m bench.spam.peers --by lang DATA/*.jsonl    the same by language
    /tmp/bench-venv/bin/python -m bench.spam.peers --learn DATA/*.jsonl      test-then-train, decisions 20 comments late
    …  --linkless …                                         the same where the spam of blogs has lost its links and websites
    …  --learn --stream DATA/a.jsonl DATA/b.jsonl -- DATA/*.jsonl            which of the files make the stream

With ``--learn`` the rivals begin with nothing, as a new site does; ours begins with the weights and the prior that all
other sources give, so that no comment is judged by its own source. The files of a stream are merged: each in its own
order, all beginning and ending together. bogofilter takes part where it is installed.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench.spam.comments import merged, read
from bench.spam.disguises import without_links
from bench.spam.rivals import Bayes, Logistic, OnlineLogistic, counts_of, wordpress
from bench.spam.train import VIDEO, Example, examples, figure, fitted, known, left_out_results
from moderation.cli.bogofilter import Bogofilter
from moderation.spam.measure import Judged, recall_at, roc_auc, share_at
from moderation.spam.measure.report import stages
from moderation.spam.measure.run import Labelled
from moderation.spam.measure.stream import Results, delayed
from moderation.spam.memory import Memory
from moderation.spam.scoring import case_of, observe, weigh
from moderation.spam.signals.learned import from_prior
from moderation.spam.types import History
from moderation.spam.view import view_of
from moderation.spam.weights import WEIGHTS_FILE, Weights, weights_of

LAG = 20
OURS, COLD = "ours", "ours, cold"
Table = dict[str, list[Judged]]
Given = tuple[Weights, dict[str, float]]
"""Weights and prior that other sources give."""


def cold(comments: Sequence[Labelled], asked: Sequence[Labelled], by: str) -> Table:
    """What each filter says of each comment, having learned from all other sources (or languages).

    :param asked: the comments as they are to be judged, in the same order.
    """
    counts, asked_counts = (counts_of([one.submission for one in each]) for each in (comments, asked))
    found: Table = {"WordPress, two links": [_judged(one, wordpress(one.submission)) for one in asked]}
    for name in sorted({str(getattr(one, by)) for one in comments}):
        here = [at for at, one in enumerate(comments) if getattr(one, by) == name]
        others = [at for at, one in enumerate(comments) if getattr(one, by) != name]
        labels = [comments[at].spam for at in others]
        for model in (Bayes(), Logistic()):
            model.learn(counts[others], labels)
            scores = model.score(asked_counts[here])
            found.setdefault(model.name, []).extend(map(_judged, (comments[at] for at in here), scores))
        if shutil.which("bogofilter"):
            with Bogofilter() as rival:
                for spam in (True, False):
                    rival.learn_all([comments[at].submission for at in others if comments[at].spam == spam], spam=spam)
                scores = rival.score_all([asked[at].submission for at in here])
            found.setdefault(rival.name, []).extend(map(_judged, (comments[at] for at in here), scores))
    return found


def learning(stream: Sequence[Labelled], given: dict[str, Given]) -> Results:
    """What each filter says of each comment of a stream, having learned what was decided before."""
    counts = counts_of([one.submission for one in stream])
    online = (Bayes(), OnlineLogistic())
    memory = Memory()
    with ExitStack() as stack:
        rivals = [stack.enter_context(Bogofilter())] if shutil.which("bogofilter") else []
        results = Results([OURS, COLD, *(one.name for one in online), *(one.name for one in rivals)])
        for at, late in delayed(range(len(stream)), LAG):
            one = stream[at]
            history = memory.history_of(one.submission, view_of(one.submission))
            scores = {
                OURS: _ours(one, history, given[one.source]),
                COLD: _ours(one, History(), given[one.source]),
                **{model.name: model.score(counts[[at]])[0] for model in online},
                **{rival.name: rival.score(one.submission) for rival in rivals},
            }
            results.add(one.source, one.lang, one.spam, scores)
            if late is not None:
                taught = stream[late]
                memory.decide(taught.submission, view_of(taught.submission), spam=taught.spam)
                for model in online:
                    model.learn(counts[[late]], [taught.spam])
                for rival in rivals:
                    rival.learn(taught.submission, spam=taught.spam)
    return results


def _ours(one: Labelled, history: History, given: Given) -> float:
    """The score with the weights and the prior of other sources."""
    weights, prior = given
    case = case_of(one.submission, history)
    findings = observe(one.submission, history, case.view) | {"learned.prior": from_prior(case, prior)}
    return weigh(findings, weights).probability


def _given(job: tuple[list[Example], str]) -> Given:
    every, source = job
    table = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    others = [one for one in every if one.source != source]
    return weights_of(fitted(others, table)), known(others)


def linkless(comments: Sequence[Labelled]) -> list[Labelled]:
    """The comments, the spam of blogs without its links and websites."""
    return [
        one._replace(submission=without_links(one.submission)) if one.spam and not one.source.startswith(VIDEO) else one
        for one in comments
    ]


def _judged(one: Labelled, score: float) -> Judged:
    return Judged(one.source, one.lang, one.spam, score)


def report_cold(found: Table) -> Iterator[str]:
    """The tables of what was judged cold."""
    yield "| spam | filter | ROC-AUC | recall at 1 % | recall at 0.5 % | recall at 0.1 % |"
    yield "|---|---|---|---|---|---|"
    for kind, wanted in (
        ("blogs, against all legitimate", lambda one: not (one.spam and one.source.startswith(VIDEO))),
        ("blogs, against blogs and news", lambda one: not one.source.startswith(VIDEO)),
        ("under videos, English", lambda one: one.source.startswith(VIDEO[0])),
        ("under videos, Indonesian", lambda one: one.source.startswith(VIDEO[1])),
    ):
        for name, judged in found.items():
            yield f"| {kind} | {name} | {_cells([one for one in judged if wanted(one)])} |"
    yield "\nA rule has one threshold of its own:\n"
    yield "| filter | spam found | legitimate held |\n|---|---|---|"
    for name, judged in found.items():
        if len({one.probability for one in judged}) == 2:
            spam, legitimate = (share_at(judged, 1.0, spam=side) for side in (True, False))
            yield f"| {name} | {spam[0] / max(1, spam[1]):.1%} | {legitimate[0] / max(1, legitimate[1]):.1%} |"


def report_learning(results: Results) -> Iterator[str]:
    """The table of a stream: from the first comment on, and after the first decisions."""
    yield "| after decisions | filter | ROC-AUC | recall at 1 % | recall at 0.5 % | recall at 0.1 % |"
    yield "|---|---|---|---|---|---|"
    for stage in stages(results, LAG):
        start = stage.after + LAG if stage.after else 0
        yield f"| {stage.after} | {stage.filter} | {_cells(results.judged(stage.filter, start))} |"


def _cells(judged: Sequence[Judged]) -> str:
    recalls = " | ".join(figure(recall_at(judged, rate), ".1%") for rate in (0.01, 0.005, 0.001))
    return f"{figure(roc_auc(judged), '.4f')} | {recalls}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--by", choices=("source", "lang"), default="source", help="what is left out as a whole")
    parser.add_argument("--learn", action="store_true", help="a stream, test-then-train")
    parser.add_argument("--linkless", action="store_true", help="take links and websites from the spam of blogs")
    parser.add_argument("--stream", nargs="+", type=Path, help="with --learn: the files of the stream (all of them)")
    chosen = parser.parse_args()
    paths = sorted(chosen.data)
    if not chosen.learn:
        comments = read(paths)
        asked = linkless(comments) if chosen.linkless else comments
        ours: list[Judged] = [*left_out_results(paths, chosen.by, linkless=chosen.linkless)]
        for line in report_cold({OURS: ours, **cold(comments, asked, chosen.by)}):
            print(line)
        return
    files = sorted(chosen.stream or paths)
    every = list(examples(sorted({*paths, *files})))
    with ProcessPoolExecutor(2) as pool:
        given = dict(
            zip((file.stem for file in files), pool.map(_given, [(every, file.stem) for file in files]), strict=True)
        )
    stream = merged(linkless(read([file])) if chosen.linkless else read([file]) for file in files)
    print(f"{len(stream)} comments of {len(files)} files, decisions {LAG} comments late\n")
    for line in report_learning(learning(stream, given)):
        print(line)


if __name__ == "__main__":
    main()
