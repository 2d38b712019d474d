"""The reliability plot and the ROC curve as SVG: self-contained, readable in light and dark, told apart without colour."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby
from math import log10
from xml.sax.saxutils import escape

from moderation.spam.measure.figures import Judged
from moderation.spam.measure.report import Report, Stage
from moderation.spam.measure.stream import Results

PANEL, HIGH = 520, 500
"""Width and height of one drawing, in CSS pixels."""
_LEFT, _TOP, _WIDE, _TALL = 70, 52, 424, 360
_LEAST = 1e-4
"""The lowest share of false positives that the axis shows; what is below it stands at its end."""
_STYLE = """
.lar-plot{--paper:#fff;--ink:#1c1c21;--soft:#5a5a66;--rule:#dcdce3;--a:#0b57d0;--b:#b3261e;--c:#1e6b34;--d:#7a4a00;
background:var(--paper);font:13px system-ui,sans-serif}
@media(prefers-color-scheme:dark){.lar-plot{--paper:#17171b;--ink:#ececf1;--soft:#b4b4c0;--rule:#3a3a44;--a:#8ab4f8;
--b:#ff9a8f;--c:#86d99a;--d:#f2c46d}}
.lar-plot .paper{fill:var(--paper)}.lar-plot text{fill:var(--ink)}.lar-plot .soft{fill:var(--soft);font-size:11.5px}
.lar-plot .head{font-size:15px;font-weight:600}.lar-plot .rule{stroke:var(--rule)}
.lar-plot .true{stroke:var(--soft);stroke-dasharray:2 4}.lar-plot .bar{stroke:var(--a);stroke-width:1}
.lar-plot path{fill:none;stroke-width:2;stroke-linejoin:round}
.lar-plot .axis{stroke:var(--ink);stroke-width:1}
.lar-plot .a{stroke:var(--a)}.lar-plot .b{stroke:var(--b);stroke-dasharray:7 4}
.lar-plot .c{stroke:var(--c);stroke-dasharray:2 3}.lar-plot .d{stroke:var(--d);stroke-dasharray:10 3 2 3}
.lar-plot circle{fill:var(--paper);stroke:var(--a);stroke-width:2}
"""
_KINDS = "abcd"
Point = tuple[float, float]
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plot: its name in files, a title, what it shows in words, and its shapes on a panel of ``PANEL`` by ``HIGH``."""

    name: str
    title: str
    words: str
    shapes: str

    def svg(self) -> str:
        """The drawing as a file of its own."""
        return document([self])


def document(drawings: Sequence[Drawing]) -> str:
    """Drawings side by side in one file."""
    wide = PANEL * len(drawings)
    title = _escaped("; ".join(one.title for one in drawings))
    words = _escaped(" ".join(one.words for one in drawings))
    panels = "\n".join(f'<g transform="translate({at * PANEL} 0)">{one.shapes}</g>' for at, one in enumerate(drawings))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lar-plot" viewBox="0 0 {wide} {HIGH}" width="{wide}" '
        f'height="{HIGH}" role="img" aria-labelledby="lar-title lar-words">\n<title id="lar-title">{title}</title>\n'
        f'<desc id="lar-words">{words}</desc>\n<style>{_STYLE}</style>\n'
        f'<rect class="paper" width="{wide}" height="{HIGH}"/>\n{panels}\n</svg>\n'
    )


def reliability(report: Report) -> Drawing:
    """Share of spam against score, in bins, with intervals and the number of comments in each."""
    shares = {at / 10: f"{at * 10} %" for at in range(0, 11, 2)}
    x, y = _scale(_LEFT, _WIDE), _scale(_TOP + _TALL, -_TALL)
    bins = [(each, each.spam.estimate) for each in report.calibration.bins]
    shapes = [
        *_frame("Are the probabilities true?", shares, shares, x, y, "score (mean of each tenth)", "spam indeed"),
        f'<line class="true" x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(1):.1f}" y2="{y(1):.1f}"/>',
        _path("a", [(x(each.said), y(found.value)) for each, found in bins if found]),
    ]
    for each, found in bins:
        if found:
            at = f"{x(each.said):.1f}"
            shapes.append(f'<line class="bar" x1="{at}" y1="{y(found.low):.1f}" x2="{at}" y2="{y(found.high):.1f}"/>')
            shapes.append(f'<circle cx="{at}" cy="{y(found.value):.1f}" r="4"/>')
        middle = x((each.low + each.high) / 2)
        shapes.append(_text(middle, _TOP + _TALL + 34, _short(each.spam.whole), "soft", "middle"))
    shapes.append(_text(_LEFT - 10, _TOP + _TALL + 34, "n =", "soft", "end"))
    words = "; ".join(
        f"of {each.spam.whole} comments scored {each.low:.1f} to {each.high:.1f} (mean {each.said:.2f}), "
        f"{each.spam.part / each.spam.whole:.0%} are spam"
        for each, _ in bins
    )
    return Drawing("reliability", "Are the probabilities true?", f"Reliability: {words}.", "\n".join(shapes))


def roc(results: Results, report: Report) -> Drawing:
    """Share of spam found against share of false positives, the latter on a logarithmic axis, for every filter."""
    ticks = {1e-4: "0.01 %", 1e-3: "0.1 %", 5e-3: "0.5 %", 1e-2: "1 %", 1e-1: "10 %", 1.0: "100 %"}
    linear = _scale(_LEFT, _WIDE)

    def x(rate: float) -> float:
        return linear(1 - log10(max(rate, _LEAST)) / log10(_LEAST))

    y = _scale(_TOP + _TALL, -_TALL)
    shares = {at / 10: f"{at * 10} %" for at in range(0, 11, 2)}
    shapes = list(
        _frame("Spam found at a price", ticks, shares, x, y, "legitimate comments above the threshold", "spam found")
    )
    whole = [stage for stage in report.stages if stage.after == 0]
    shapes += [
        _path(kind, _steps(curve(results.judged(stage.filter)), x, y))
        for kind, stage in zip(cycle(_KINDS), whole, strict=False)
    ]
    shapes += _legend(whole)
    words = "; ".join(map(_said, whole))
    return Drawing("roc", "Spam found at a price", f"ROC: {words}.", "\n".join(shapes))


def _legend(stages: Sequence[Stage]) -> Iterator[str]:
    """Which line is whose, in the corner that good curves leave free."""
    left, line = _LEFT + 180, 20
    top = _TOP + _TALL - 10 - line * len(stages)
    yield f'<rect class="paper" x="{left}" y="{top - 6}" width="{_WIDE - 182}" height="{line * len(stages) + 8}"/>'
    for at, (kind, stage) in enumerate(zip(cycle(_KINDS), stages, strict=False)):
        base = top + line * at + 12
        yield _path(kind, [(left + 8, base - 4), (left + 40, base - 4)])
        yield _text(left + 48, base, f"{stage.filter[:20]}, AUC {_area(stage)}")


def _said(stage: Stage) -> str:
    found = ", ".join(f"{one.value:.1%} at {rate:.1%}" for rate, one in stage.figures.recall.items() if one)
    return f"{stage.filter}: ROC-AUC {_area(stage)}, spam found {found or 'unknown'} false positives"


def _area(stage: Stage) -> str:
    return f"{stage.figures.auc.value:.4f}" if stage.figures.auc else "unknown"


def curve(judged: Sequence[Judged]) -> list[Point]:
    """The corners of the ROC curve: share of false positives, share of spam found, from the strictest threshold on."""
    spam = sum(one.spam for one in judged)
    legitimate = len(judged) - spam
    if not spam or not legitimate:
        return []
    points, wrong, right = [(0.0, 0.0)], 0, 0
    ordered = sorted(judged, key=lambda one: -one.probability)
    for _, tie in groupby(ordered, key=lambda one: one.probability):
        labels = [one.spam for one in tie]
        right += sum(labels)
        wrong += len(labels) - sum(labels)
        points.append((wrong / legitimate, right / spam))
    return points


def _steps(points: Sequence[Point], x: Scale, y: Scale) -> list[Point]:
    """The points on the panel; of many that fall on one place, the last."""
    placed: dict[tuple[int, int], Point] = {}
    for rate, recall in points:
        if rate:
            placed[round(x(rate) * 2), round(y(recall) * 2)] = (x(rate), y(recall))
        else:
            # What is found without a single false positive stands at the end of the axis.
            placed[-1, 0] = (x(0), y(recall))
    return list(placed.values())


def _frame(head: str, across: dict[float, str], up: dict[float, str], x: Scale, y: Scale, *names: str) -> Iterator[str]:
    yield _text(_LEFT, 28, head, "head")
    bottom, right = _TOP + _TALL, _LEFT + _WIDE
    for value, name in across.items():
        at = f"{x(value):.1f}"
        yield f'<line class="rule" x1="{at}" y1="{_TOP}" x2="{at}" y2="{bottom}"/>'
        yield _text(x(value), bottom + 17, name, "soft", "middle")
    for value, name in up.items():
        at = f"{y(value):.1f}"
        yield f'<line class="rule" x1="{_LEFT}" y1="{at}" x2="{right}" y2="{at}"/>'
        yield _text(_LEFT - 10, y(value) + 4, name, "soft", "end")
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield _text(_LEFT + _WIDE / 2, bottom + 62, names[0], "", "middle")
    turned = f"rotate(-90 18 {_TOP + _TALL / 2})"
    yield f'<text x="18" y="{_TOP + _TALL / 2}" text-anchor="middle" transform="{turned}">{escape(names[1])}</text>'


def _scale(start: float, length: float) -> Scale:
    return lambda value: start + length * value


def _path(kind: str, points: Sequence[Point]) -> str:
    return f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>' if points else ""


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    # What XML cannot hold, control characters and halves of surrogate pairs, is not printable either.
    return escape("".join(letter for letter in text if letter.isprintable()))


def _short(count: int) -> str:
    return f"{count / 1000:.0f}k" if count >= 100_000 else str(count)
