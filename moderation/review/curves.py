"""The curve of a site's own decisions: how much spam a threshold catches, and how many legitimate comments with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import NamedTuple

from moderation.spam import Policy
from moderation.spam.measure.figures import Judged
from moderation.spam.measure.plots import curve
from moderation.spam.replay import Decided, points

# The sides of the grid in `desk/_curve.html`, on a drawing of 560 by 280. Its words are numbers alone; what the axes are
# is said beside it.
_LEFT, _TOP, _RIGHT, _BOTTOM = 72, 12, 548, 250
_LEAST = 0.001
"""The lowest share that the axis across shows; what is below it, none at all included, stands at its end."""
_MARKED = ("hold_above", "spam_above")
_TABLED = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)


class Tick(NamedTuple):
    """A line of the grid: where it stands, and its number."""

    at: float
    name: str


class Mark(NamedTuple):
    """A threshold on the curve: the setting, whether it is proposed, and where it stands."""

    setting: str
    proposed: bool
    x: float
    y: float


class Row(NamedTuple):
    """What one threshold comes to, in numbers. `settings` are those that have this value, with whether they are proposed."""

    threshold: float
    spam: int
    ham: int
    spam_share: str
    ham_share: str
    settings: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve, ready to be drawn, and the table behind it."""

    path: str
    across: list[Tick]
    up: list[Tick]
    marks: list[Mark]
    rows: list[Row]
    spam: int
    ham: int


def curve_of(decided: Sequence[Decided], present: Policy, proposed: Policy) -> Curve | None:
    """The curve of these comments with the thresholds of both policies; None where there is only one kind of them."""
    spam = sum(one.spam for one in decided)
    ham = len(decided) - spam
    corners = curve([Judged("", "", one.spam, one.score.probability) for one in decided])
    if not corners:
        return None
    named = _named(present, proposed)
    rows = [
        Row(
            one.threshold,
            one.spam,
            one.ham,
            f"{one.spam / spam:.1%}",
            f"{one.ham / ham:.1%}",
            named.get(one.threshold, []),
        )
        for one in points(decided, sorted({*_TABLED, *named}))
    ]
    marks = [
        Mark(setting, is_proposed, _x(row.ham / ham), _y(row.spam / spam))
        for row in rows
        for setting, is_proposed in row.settings
    ]
    # Of many corners that fall on one place, one is enough.
    placed = dict.fromkeys((_x(wrong), _y(right)) for wrong, right in corners)
    return Curve(
        path="M" + "L".join(f"{x} {y}" for x, y in placed),
        across=[Tick(_x(share), name) for share, name in ((0.001, "0"), (0.01, "1 %"), (0.1, "10 %"), (1, "100 %"))],
        up=[Tick(_y(share / 100), f"{share} %") for share in range(0, 101, 25)],
        marks=marks,
        rows=rows,
        spam=spam,
        ham=ham,
    )


def _named(present: Policy, proposed: Policy) -> dict[float, list[tuple[str, bool]]]:
    """The thresholds of both policies by value. One that does not change is marked once."""
    named: dict[float, list[tuple[str, bool]]] = {}
    for setting in _MARKED:
        was, becomes = getattr(present, setting), getattr(proposed, setting)
        named.setdefault(was, []).append((setting, False))
        if becomes != was:
            named.setdefault(becomes, []).append((setting, True))
    return named


def _x(share: float) -> float:
    return round(_RIGHT - (_RIGHT - _LEFT) * log10(max(share, _LEAST)) / log10(_LEAST), 1)


def _y(share: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)
