"""Ridge logistic regression with a side for each weight, in plain Python. Deterministic: no chance is involved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Row:
    """One comment: its strengths other than 0, its label, how much it counts, and points that are already settled."""

    strengths: Mapping[str, float]
    spam: bool
    counts: float
    settled: float = 0.0


def fit(
    rows: Sequence[Row],
    guesses: Mapping[str, float],
    ridge: float,
    *,
    least: float,
    most: float,
    rounds: int = 200,
) -> tuple[float, dict[str, float]]:
    """Minimise the weighted log loss plus ``ridge / 2`` times the squared distances of the weights from the guesses.

    Newton steps along one weight at a time; a weight never leaves its side, nor the range from ``least`` to ``most``.

    :param guesses: each signal to fit and what its weight is thought to be where the data say nothing. The sign of a
        guess is the side that its weight keeps to.
    :return: the start (not ridged) and the weights.
    """
    columns: dict[str, list[tuple[int, float]]] = {name: [] for name in guesses}
    for at, row in enumerate(rows):
        for name, strength in row.strengths.items():
            if name in columns:
                columns[name].append((at, strength))
    everywhere = [(at, 1.0) for at in range(len(rows))]
    start, weights = 0.0, dict(guesses)
    odds = [row.settled + sum(weights.get(name, 0.0) * value for name, value in row.strengths.items()) for row in rows]
    for _ in range(rounds):
        step = _newton(rows, odds, everywhere, 0.0, 0.0)
        start = _move(odds, everywhere, start, step)
        moved = abs(step)
        for name, column in columns.items():
            step = _newton(rows, odds, column, weights[name] - guesses[name], ridge)
            target = weights[name] + step
            target = min(most, max(0.0, target)) if guesses[name] > 0 else max(least, min(0.0, target))
            moved = max(moved, abs(target - weights[name]))
            weights[name] = _move(odds, column, weights[name], target - weights[name])
        if moved < 1e-4:
            break
    return start, weights


def _newton(rows: Sequence[Row], odds: list[float], column: list[tuple[int, float]], off: float, ridge: float) -> float:
    slope, bend = ridge * off, ridge + 1e-9
    for at, strength in column:
        row = rows[at]
        chance = 1 / (1 + exp(-max(-30.0, min(30.0, odds[at]))))
        slope += row.counts * (chance - row.spam) * strength
        bend += row.counts * chance * (1 - chance) * strength * strength
    # A bounded step: Newton alone may leap too far where nearly all chances are 0 or 1.
    return max(-1.0, min(1.0, -slope / bend))


def _move(odds: list[float], column: list[tuple[int, float]], weight: float, step: float) -> float:
    if step:
        for at, strength in column:
            odds[at] += step * strength
    return weight + step


def platt(rows: Sequence[tuple[float, bool, float]], rounds: int = 100) -> tuple[float, float]:
    """Slope and shift that turn log-odds into true ones, by Newton's method (Platt 1999).

    :param rows: log-odds, whether it was spam, and how much it counts.
    """
    slope, shift = 1.0, 0.0
    for _ in range(rounds):
        down = [0.0, 0.0]
        bend = [1e-9, 0.0, 1e-9]
        for odds, spam, counts in rows:
            chance = 1 / (1 + exp(-max(-30.0, min(30.0, slope * odds + shift))))
            off, steep = counts * (chance - spam), counts * chance * (1 - chance)
            down[0] += off * odds
            down[1] += off
            bend[0] += steep * odds * odds
            bend[1] += steep * odds
            bend[2] += steep
        sure = bend[0] * bend[2] - bend[1] ** 2
        steps = (
            (bend[2] * down[0] - bend[1] * down[1]) / sure,
            (bend[0] * down[1] - bend[1] * down[0]) / sure,
        )
        slope, shift = slope - max(-1.0, min(1.0, steps[0])), shift - max(-1.0, min(1.0, steps[1]))
        if max(map(abs, steps)) < 1e-6:
            break
    return slope, shift
