"""Flood mode: when it starts, how it raises a site's bar, and when it stands down by itself.

Pure: what is coming in is counted elsewhere (``intake.flood``), and where the state is kept is the caller's business.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from moderation.spam.policy import Policy, PolicyError

WINDOW = timedelta(minutes=5)
"""The time over which arrivals are counted."""
QUIET = timedelta(minutes=10)
"""So long after the last sign of a flood it is over."""
FEWEST = 20
"""Comments within ``WINDOW`` that may be a flood. Fewer are none on any site, however quiet it usually is."""
TIMES = 4
"""So many times what is usual is a flood; twice or three times as much may be a new article's readers."""
ALIKE = 10
"""Comments of one hour that share a run of words. Readers who quote the same passage stay below it."""
ALIKE_SHARE = 5
"""Of a busy site's comments of one hour, one in so many has to be alike: more of them quote the same passage there."""
HARDER = 4.0
"""How many times as likely as usual spam is taken to be during a flood: at ``TIMES`` the usual rate, three comments of
four are the flood's."""
MOST_COUNTED = 24 * FEWEST
"""Comments of one stretch of a former day (``look_back``) that are counted. With more of them ``recent`` is no flood."""
MOST_RECENT = 2_000
"""Comments within ``WINDOW`` that are counted. Former days are counted in the same measure, so the busiest sites fit in."""
_LONGER = 2

Cause = Literal["rate", "alike", "set"]
"""Why flood mode is on: more comments than usual, many that are alike, or the owner's setting."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is coming in on a site, the comment at hand included.

    :param recent: comments within ``WINDOW``.
    :param usual: comments that are usual within ``WINDOW`` on this site at this time of day.
    :param hour: comments within the last hour.
    :param alike: earlier comments within the last hour that share a run of words with the one at hand.
    """

    recent: int = 0
    usual: float = 0.0
    hour: int = 0
    alike: int = 0


@dataclass(frozen=True, slots=True)
class Flood:
    """Flood mode on one site.

    :param since: when it began; ``None`` where the owner has switched it on.
    :param until: when it stands down, unless there are further signs before; ``None`` where the owner has switched it on.
    :param usual: comments that were usual within ``WINDOW`` when it began.
    """

    since: datetime | None = None
    until: datetime | None = None
    usual: float = 0.0
    cause: Cause = "set"

    def lasts(self, at: datetime) -> bool:
        """Whether it is on at a moment. A clock that was ahead for a while keeps it on no longer than one that was not."""
        return self.until is None or at < self.until <= at + 2 * QUIET

    @property
    def lasted(self) -> timedelta:
        """For how long it was seen; nothing where the owner has switched it on."""
        return timedelta(0) if self.since is None or self.until is None else self.until - QUIET - self.since

    def to_dict(self) -> dict[str, Any]:
        """What is stored of a flood that began by itself; moments in seconds since 1970, UTC."""
        moments = {name: at.timestamp() for name, at in (("since", self.since), ("until", self.until)) if at}
        return asdict(self) | moments

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Flood":
        """The flood that was stored."""
        moments = {name: datetime.fromtimestamp(stored[name], UTC) for name in ("since", "until")}
        return cls(**{**stored, **moments})


def is_calm(recent: int, alike: int, *, on: bool) -> bool:
    """Whether these counts are no sign of a flood on any site, so that nothing more need be counted."""
    return recent < _needed(FEWEST, on) and alike < _needed(ALIKE, on)


def most_of_hour(alike: int) -> int:
    """How many comments of the last hour need be counted: of more than these, so many alike are no flood."""
    return alike * ALIKE_SHARE * _LONGER


def look_back(recent: int) -> timedelta:
    """How long a stretch of each former day tells what is usual, where so many comments came within ``WINDOW``.

    Two hours where few come. Where many come a shorter stretch holds as many, so that counting them costs no more.
    """
    return min(timedelta(hours=2), WINDOW * (MOST_COUNTED / max(1, recent)))


def usual_of(former: list[int], recent: int) -> float:
    """What is usual within ``WINDOW``, by the comments in the stretch (``look_back``) of each former day.

    The middle one: neither a flood of some days ago nor a day without a reader moves it far.
    """
    return sorted(former)[len(former) // 2] / (look_back(recent) / WINDOW)


def watched(flood: Flood | None, arrivals: Arrivals, at: datetime) -> Flood | None:
    """Flood mode after a comment has come in: begun, prolonged, going on, over (``None``).

    It begins at one level and goes on down to half of it, so that it does not flicker.
    """
    on = flood is not None and flood.lasts(at)
    cause = _cause(arrivals, on)
    if cause is None:
        return flood if on else None
    if flood is not None and on:
        return replace(flood, until=max(flood.until or at, at + QUIET))
    return Flood(at, at + QUIET, arrivals.usual, cause)


def _cause(arrivals: Arrivals, on: bool) -> Cause | None:
    if arrivals.recent >= _needed(max(FEWEST, TIMES * arrivals.usual), on):
        return "rate"
    if arrivals.alike >= _needed(max(ALIKE, arrivals.hour / ALIKE_SHARE), on):
        return "alike"
    return None


def _needed(begins: float, on: bool) -> float:
    return begins / _LONGER if on else begins


def raised(policy: Policy) -> Policy:
    """A site's policy while flood mode is on: its thresholds, as though spam were ``HARDER`` times as likely.

    0 and 1, by which an owner switches a threshold off, stay what they are. Thresholds too close together to be moved
    hold everything instead.
    """
    try:
        return replace(
            policy,
            approve_below=_harder(policy.approve_below),
            hold_above=_harder(policy.hold_above),
            spam_above=_harder(policy.spam_above),
        )
    except PolicyError:
        return replace(policy, hold_everything=True)


def _harder(threshold: float) -> float:
    return threshold / (threshold + HARDER * (1 - threshold))
