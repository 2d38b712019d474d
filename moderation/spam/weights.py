"""The weight table: what each signal's strength is worth in points, read once from ``weights.json``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from moderation.spam.signals import REGISTRY
from moderation.spam.types import Group

WEIGHTS_FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class Weights:
    """Points for strengths, calibrated: as the file has them, times its slope, the start moved by its shift.

    :param start: where every comment starts, in points (log-odds), before anything is seen.
    :param caps: for each group the most points that all its signals together may speak for the author (negative) and
        for spam (positive): no single kind of evidence decides alone.
    :param points: points of each signal at strength 1.
    :param calibration: the slope and the shift that are in all of these already.
    """

    start: float
    caps: Mapping[Group, tuple[float, float]]
    points: Mapping[str, float]
    calibration: tuple[float, float]


def weights_of(table: Mapping[str, object], names: Iterable[str] = ()) -> Weights:
    """Read a weight table as it stands in the file.

    :param names: signals that must be in it; by default all that are registered.
    :raises ValueError: a signal without a weight, a weight without a signal, or one that speaks for the wrong side.
    """
    entries, caps, calibration, start = table["signals"], table["caps"], table["calibration"], table["start"]
    if not (
        isinstance(entries, dict)
        and isinstance(caps, dict)
        and isinstance(calibration, dict)
        and isinstance(start, int | float)
    ):
        raise ValueError("the weight table needs a number 'start' and the objects 'calibration', 'caps' and 'signals'")
    wanted = set(names) or set(REGISTRY)
    if wanted != set(entries):
        raise ValueError(f"signals and weights differ: {', '.join(sorted(wanted ^ set(entries)))}")
    slope, shift = float(calibration["slope"]), float(calibration["shift"])
    if not slope > 0:
        raise ValueError("the slope of the calibration must be above 0")
    points = {name: float(entry["points"]) * slope for name, entry in entries.items()}
    for name, value in points.items():
        if value and (value > 0) != (REGISTRY[name].leaning == "spam"):
            raise ValueError(f"the weight of {name} speaks for the wrong side")
    return Weights(
        start * slope + shift,
        {group: (float(caps[group][0]) * slope, float(caps[group][1]) * slope) for group in get_args(Group)},
        points,
        (slope, shift),
    )


def load(path: Path = WEIGHTS_FILE) -> Weights:
    """The weights in a file; the shipped ones unless told otherwise."""
    return weights_of(json.loads(path.read_text(encoding="utf-8")))
