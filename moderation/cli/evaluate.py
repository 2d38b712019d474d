"""``moderation spam evaluate``: measure the filter on comments whose truth is known."""

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

import click

from moderation.cli.bogofilter import Bogofilter
from moderation.cli.evaluate_tables import text_of
from moderation.cli.lines import labelled
from moderation.spam.measure.plots import Drawing, document, reliability, roc
from moderation.spam.measure.report import Report, report
from moderation.spam.measure.run import SHIPPED, Plan, Setting, run
from moderation.spam.policy import Policy, PolicyError
from moderation.spam.weights import load, weights_of

DEFAULT_LAG = 20
_THRESHOLDS = ("approve_below", "hold_above", "spam_above")


class UsageError(click.ClickException):
    """Options that cannot be, or that say nothing together."""

    exit_code = 2


@click.command("evaluate")
@click.argument("files", nargs=-1, required=True, type=click.File("rb"), metavar="FILE…")
@click.option("--learn", is_flag=True, help="Learn every comment's label after it was scored, in the order given.")
@click.option(
    "--lag", type=click.IntRange(0, 100_000), help=f"With --learn: a decision comes N comments late ({DEFAULT_LAG})."
)
@click.option("--train", type=click.File("rb"), multiple=True, help="Comments decided on before the first of FILE.")
@click.option("--against", type=click.Choice(["bogofilter"]), help="Give another filter the same comments.")
@click.option(
    "--compare",
    multiple=True,
    metavar="SETTING",
    help="A file of weights or a prior, or a threshold such as spam_above=0.9.",
)
@click.option(
    "--errors", type=click.IntRange(0, 1000), default=3, show_default=True, help="Show the N worst of either side."
)
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="FILE.svg|DIR", help="Draw calibration and ROC as SVG."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def evaluate_command(
    files: tuple[IO[bytes], ...],
    learn: bool,
    lag: int | None,
    train: tuple[IO[bytes], ...],
    against: str | None,
    compare: tuple[str, ...],
    errors: int,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Measure the filter on the labelled comments in FILE… (JSON Lines with label spam or ham in each line).

    The files are one stream, in the order given. ROC-AUC is the chance that a spam scores higher than a legitimate
    comment. Recall is the share of spam found when at most so many legitimate comments are.
    """
    _check(learn, lag, train, against)
    now = Setting(SHIPPED, load(), Policy())
    with Bogofilter() if against else nullcontext() as rival:
        plan = Plan(
            now,
            other=_other(now, compare) if compare else None,
            rival=rival,
            lag=(DEFAULT_LAG if lag is None else lag) if learn else None,
            taught=labelled(train),
            errors=errors,
        )
        measured = run(labelled(files), plan)
    if not len(measured.results):
        raise click.ClickException("The files hold no comments.")
    found = report(measured, plan)
    for path in _draw(plot, [reliability(found), roc(measured.results, found)]) if plot else ():
        click.echo(f"Drawn: {path}", err=True)
    if as_json:
        click.echo(json.dumps(_plain(found)))
        return
    for line in text_of(found):
        click.echo(line)


def _check(learn: bool, lag: int | None, train: tuple[IO[bytes], ...], against: str | None) -> None:
    if lag is not None and not learn:
        raise UsageError("--lag says how late decisions come, and says nothing without --learn.")
    if train and not learn and not against:
        raise UsageError("--train says what to learn first, and says nothing without --learn or --against.")
    if against and not learn and not train:
        raise UsageError(f"{against} knows nothing before it is taught: give --learn, or --train FILE, or both.")


def _other(now: Setting, compare: tuple[str, ...]) -> Setting:
    """The setting to compare with: the shipped one with other weights, another prior, other thresholds, or all of them."""
    thresholds: dict[str, str] = {}
    other = replace(now, name=" ".join(Path(each).name for each in compare))
    for each in compare:
        name, equals, value = each.partition("=")
        if not equals or Path(each).exists():
            other = _loaded(other, each)
        elif name in _THRESHOLDS:
            thresholds[name] = value
        else:
            raise UsageError(f"--compare {each}: the thresholds are {', '.join(_THRESHOLDS)}.")
    try:
        return replace(other, policy=now.policy.changed_to(thresholds))
    except PolicyError as fault:
        raise UsageError(f"--compare: {fault}") from None


def _loaded(setting: Setting, file: str) -> Setting:
    """A setting with the weights or the prior in a file instead of its own."""
    try:
        table = json.loads(Path(file).read_text(encoding="utf-8"))
        if "tokens" in table:
            prior = {str(token): float(value) for token, value in table["tokens"].items()}
            return replace(setting, prior=prior)
        return replace(setting, weights=weights_of(table))
    except OSError as fault:
        raise UsageError(f"--compare {file}: {fault.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise UsageError(f"--compare {file}: this is no file of weights, and no prior ({fault}).") from None


def _draw(plot: Path, drawings: Sequence[Drawing]) -> Iterator[Path]:
    """Write one file for all drawings, or one for each into a folder."""
    single = plot.suffix.lower() == ".svg" and not plot.is_dir()
    files = {plot: document(drawings)} if single else {plot / f"{one.name}.svg": one.svg() for one in drawings}
    for path, svg in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(svg, encoding="utf-8")
        except OSError as fault:
            raise click.ClickException(f"--plot {path}: {fault.strerror}.") from None
        yield path


def _plain(found: Report) -> dict[str, object]:
    """The report as JSON can carry it."""
    plain = asdict(found)
    for name, cards in (("ham_errors", found.ham_errors), ("spam_errors", found.spam_errors)):
        for entry, card in zip(plain[name], cards, strict=True):
            entry["signals"] = [signal.to_dict() for signal in card.signals]
    return plain
