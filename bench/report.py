"""What a bench found: printed, and written into `docs/performance.md` with a chart.

The prose there is written by hand; what stands between two marks is made by the bench whose name they carry.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from math import log10
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure has to be: at most (or at least) so much. A figure of None could not be measured in this run."""

    what: str
    figure: float | None
    limit: float
    unit: str = "×"
    least: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether it is."""
        if self.figure is None:
            return None
        return self.figure >= self.limit if self.least else self.figure <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The goal as a row of its table."""
        word = {True: "yes", False: "**no**", None: "not run"}[self.reached]
        sign = "≥" if self.least else "≤"
        figure = "–" if self.figure is None else said(self.figure, self.unit)
        return self.what, f"{sign} {said(self.limit, self.unit)}", figure, word


def said(number: float, unit: str = "") -> str:
    """A figure for people: three digits that count, thousands apart."""
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    space = "" if unit in ("", "%") else " "
    return f"{number:,.{digits}f}{space}{unit}"


@dataclass(slots=True)
class Table:
    """Rows under a head."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def markdown(self) -> list[str]:
        """The lines of the table."""
        rule = "|".join("---" if place == 0 else "--:" for place in range(len(self.head)))
        return [f"| {' | '.join(self.head)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in self.rows)]


@dataclass(slots=True)
class Report:
    """One bench's findings. `bars` are what its chart shows: labels with microseconds."""

    name: str
    command: str
    tables: list[Table]
    goals: list[Goal]
    bars: list[tuple[str, float]]
    notes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The findings as Markdown."""
        found = [f"`{self.command}` on {machine()}.", ""]
        for table in self.tables:
            found += [*table.markdown(), ""]
        if self.goals:
            goals = Table(("goal", "to reach", "found", "reached"), [goal.cells() for goal in self.goals])
            found += [*goals.markdown(), ""]
        found += [line for note in self.notes for line in (note, "")]
        if self.bars:
            found += [f"![CPU time for a request, {self.name}](performance-{self.name}.svg)", ""]
        return found

    def write(self) -> None:
        """Put the findings into the documentation, between the marks that carry this bench's name."""
        text = PAGE.read_text(encoding="utf-8")
        begin, end = f"<!-- {self.name} -->\n", f"<!-- end of {self.name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{PAGE} must hold {begin.strip()} and {end} once")
        before, rest = text.split(begin)
        after = rest.split(end)[1]
        PAGE.write_text(before + begin + "\n".join(self.lines()) + end + after, encoding="utf-8")
        if self.bars:
            (PAGE.parent / f"performance-{self.name}.svg").write_text(chart(self.bars), encoding="utf-8")

    @property
    def reached(self) -> bool:
        """Whether no goal was missed."""
        return not any(goal.reached is False for goal in self.goals)


def machine() -> str:
    """What it was measured on."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.+)", info)
    packages = ", ".join(f"{name} {version(name)}" for name in ("granian", "flask", "sqlalchemy"))
    system = f"{platform.system()} {platform.release()}"
    cpu = model[1].strip() if model else platform.machine()
    load = os.getloadavg()[0]
    return (
        f"{cpu}, {os.cpu_count()} cores, {system}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{packages}; load {load:.1f}"
    )


_ROW, _ROOM = 26, 460
# As wide as the letters of most fonts are on average, at 13 pixels.
_LETTER = 7
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.bar{fill:#3b6ea8}.number{text-anchor:end}.axis{stroke:#8c959f}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6cb0f5}.axis{stroke:#6e7681}}"
)


def chart(bars: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars on a logarithmic scale, readable on light and on dark ground."""
    values = [max(value, 0.1) for _label, value in bars]
    low, high = log10(min(values)) - 0.3, log10(max(values))
    left = 20 + _LETTER * max(len(label) for label, _value in bars)
    room, width = _ROOM - 90, left + _ROOM
    height = _ROW * len(bars) + 12
    title = "CPU time for a request in microseconds, on a logarithmic scale"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
        f"<title>{title}</title><style>{_STYLE}</style>",
        f'<line class="axis" x1="{left}" y1="2" x2="{left}" y2="{height - 4}"/>',
    ]
    for place, ((label, _value), value) in enumerate(zip(bars, values, strict=True)):
        length = round(room * (log10(value) - low) / max(high - low, 0.1), 1)
        middle = 6 + _ROW * place + _ROW / 2
        parts += [
            f'<text class="number" x="{left - 10}" y="{middle}" dy=".32em">{escape(label)}</text>',
            f'<rect class="bar" x="{left}" y="{middle - 8}" width="{length}" height="16" rx="2"/>',
            f'<text x="{left + length + 8}" y="{middle}" dy=".32em">{escape(said(value, "µs"))}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def options(description: str) -> argparse.ArgumentParser:
    """The options that every bench has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="less of everything: whether it runs, not how fast")
    parser.add_argument("--write", action="store_true", help=f"put the findings into {PAGE.relative_to(ROOT)}")
    return parser


def finish(run: Callable[[argparse.Namespace], Report], given: argparse.Namespace) -> int:
    """Run a bench and tell what it found; the exit code says whether every goal was reached."""
    report = run(given)
    print("\n".join(report.lines()))
    if given.write:
        report.write()
    return 0 if report.reached else 1


def command(module: str) -> str:
    """How this bench was called."""
    words = [word for word in sys.argv[1:] if word != "--write"]
    return " ".join(["python", "-m", module, *words])
