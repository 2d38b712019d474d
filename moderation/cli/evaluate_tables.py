"""A measurement as plain text that a person reads, at most 110 columns wide."""

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from moderation.spam.measure.calibration import FULL, WIDE
from moderation.spam.measure.figures import RATES, Estimate, Figures, Share
from moderation.spam.measure.report import Compared, Part, Report, Stage
from moderation.spam.measure.worst import Card
from moderation.spam.scoring import START

WIDTH = 110
_NAME, _SPAM, _LEGITIMATE, _AREA, _SHARE = 19, 7, 8, 22, 18
_SHOWN_SIGNALS = 6
_NONE = "needs both"
_FEWEST = 10
"""Comments of either label in a source or language whose figures are shown; of fewer they say too little."""


def text_of(report: Report) -> Iterator[str]:
    """The lines of a report."""
    yield from _heading(report)
    yield from _stages(report.stages)
    yield from _parts("source", report.sources, report)
    yield from _parts("language", report.languages, report)
    yield from _calibration(report)
    if report.compared:
        yield from _compared(report.compared)
    yield from _cards("The legitimate comments with the highest scores:", report.ham_errors)
    yield from _cards("The spam with the lowest scores:", report.spam_errors)


def _heading(report: Report) -> Iterator[str]:
    count = report.stages[0].figures
    yield f"Comments: {count.spam + count.legitimate} ({count.spam} spam, {count.legitimate} legitimate)"
    if report.lag is not None:
        yield f"Learning in the order of the files; a decision comes {report.lag} comments late."
        yield "Rest after N: the comments that were scored with N decisions known or more."
    yield "Figures are per cent but for the ROC-AUC, with their 95 % intervals (shares: Wilson; ROC-AUC: Newcombe)."


def _stages(found: Sequence[Stage]) -> Iterator[str]:
    after = None
    for stage in found:
        if stage.after != after:
            after = stage.after
            yield ""
            yield _figures_head(f"rest after {after}" if after else "filter")
        yield _figures_line(stage.filter, stage.figures)


def _parts(kind: str, found: Sequence[Part], report: Report) -> Iterator[str]:
    held, taken = f"held (>= {report.hold_above:g})", f"as spam (>= {report.spam_above:g})"
    yield ""
    yield (
        _fit(kind, _NAME) + f"{'spam':>{_SPAM}}  {held:{_SHARE}}{taken:{_SHARE}}"
        f"{'legit.':>{_LEGITIMATE}}  {held:{_SHARE}}{taken}"
    ).rstrip()
    for name, sides in [*((part.name, part.sides) for part in found), ("all", report.sides)]:
        yield (
            _fit(name, _NAME) + f"{sides.met.whole:>{_SPAM}} {_share(sides.met)}{_share(sides.caught)} "
            f"{sides.kept.whole:>{_LEGITIMATE}} {_share(sides.kept)}{_share(sides.lost)}"
        ).rstrip()
    both = [part for part in found if min(part.figures.spam, part.figures.legitimate) >= _FEWEST]
    if len(found) > 1 and both:
        yield ""
        yield _figures_head(kind)
        for part in both:
            yield _figures_line(part.name, part.figures)


def _figures_head(name: str) -> str:
    recalls = "".join(f"  {f'recall at {rate:.1%}':{_SHARE - 2}}" for rate in RATES)
    return (
        _fit(name, _NAME) + f"{'spam':>{_SPAM}}{'legit.':>{_LEGITIMATE}}  {'ROC-AUC':{_AREA - 2}}{recalls}"
    ).rstrip()


def _figures_line(name: str, found: Figures) -> str:
    recalls = "".join(f" {_estimate(one):{_SHARE - 1}}" for one in found.recall.values())
    line = _fit(name, _NAME) + f"{found.spam:>{_SPAM}}{found.legitimate:>{_LEGITIMATE}}"
    return f"{line}  {_area(found.auc):{_AREA - 2}}{recalls}".rstrip()


def _calibration(report: Report) -> Iterator[str]:
    found = report.calibration
    if found.error is None or found.error_full is None:
        return
    yield ""
    yield (
        f"Expected calibration error: {found.error:.3f} over {WIDE} bins of equal width, "
        f"{found.error_full:.3f} over {FULL} of equal size."
    )
    yield f"{'score':14}{'comments':>9}{'mean score':>12}   spam indeed"
    for each in found.bins:
        yield (
            f"{f'{each.low:.1f} to {each.high:.1f}':14}{each.spam.whole:>9}{each.said * 100:>12.1f}  {_share(each.spam)}"
        ).rstrip()


def _compared(found: Compared) -> Iterator[str]:
    yield ""
    wide = 30
    columns = (found.now, found.other)
    yield _fit("side by side", wide) + "".join(_fit(column.name, wide) for column in columns).rstrip()
    rows = {
        "ROC-AUC": [_area(column.figures.auc) for column in columns],
        **{
            f"recall at {rate:.1%}": [_estimate(column.figures.recall[rate]).strip() for column in columns]
            for rate in RATES
        },
        "legitimate held": [_share(column.sides.kept).strip() for column in columns],
        "legitimate taken for spam": [_share(column.sides.lost).strip() for column in columns],
        "spam held": [_share(column.sides.met).strip() for column in columns],
        "spam taken for spam": [_share(column.sides.caught).strip() for column in columns],
        "expected calibration error": [_number(column.calibration_error) for column in columns],
    }
    for name, (now, other) in rows.items():
        yield f"{name:{wide}}{now:{wide}}{other}"
    yield ""
    if not found.moves:
        yield "No comment changes side."
        return
    yield f"{'comments that change side':44}{'spam':>7}{'legit.':>8}  among them"
    for move in found.moves:
        yield f"{f'{move.here} -> {move.there}':44}{move.spam:>7}{move.legitimate:>8}  {_listed(move.first, 47)}"


def _cards(title: str, cards: Sequence[Card]) -> Iterator[str]:
    if cards:
        yield ""
        yield title
    for card in cards:
        yield ""
        yield f"{card.probability:.4f}  {card.place}"
        yield from _wrapped(f'"{card.text}"', 8)
        signals = [one for one in card.signals if one.name != START]
        for signal in signals[:_SHOWN_SIGNALS]:
            yield from _wrapped(f"{signal.points:+.2f} {signal.name}: {signal.reason}", 8, 14)
        if rest := signals[_SHOWN_SIGNALS:]:
            yield f"        and {len(rest)} more, {sum(one.points for one in rest):+.2f} in all"


def _wrapped(text: str, indent: int, hanging: int | None = None) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent if hanging is None else hanging)
    )


def _share(share: Share) -> str:
    return f"{_estimate(share.estimate) if share.estimate else '':{_SHARE}}"


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return f"  {_NONE}"
    high = "100" if found.high == 1 else f"{found.high * 100:.1f}"
    return f"{found.value * 100:5.1f} [{found.low * 100:.1f}-{high}]"


def _area(found: Estimate | None) -> str:
    if found is None:
        return _NONE
    low, high = (f"{end:.4f}".removeprefix("0") for end in (found.low, found.high))
    return f"{found.value:.4f} [{low}-{high}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _listed(names: Sequence[str], width: int) -> str:
    """As many names as fit; the first one always."""
    shown = _fit(names[0], width).rstrip()
    for name in names[1:]:
        if _wide(f"{shown}, {name}") > width:
            break
        shown += f", {name}"
    return shown


def _fit(text: str, width: int) -> str:
    """A text padded to a width, and shortened in its middle where it is too long; the last column stays free."""
    if _wide(text) < width:
        return text + " " * (width - _wide(text))
    head = tail = ""
    for letter, last in zip(text, reversed(text), strict=True):
        if _wide(head + tail) + _wide(letter) > width - 2:
            break
        head += letter
        if _wide(head + tail) + _wide(last) > width - 2:
            break
        tail = last + tail
    short = f"{head}…{tail}"
    return short + " " * (width - _wide(short))


def _wide(text: str) -> int:
    """The columns of a text in a terminal: Chinese, Japanese and Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
