"""What a site does with a score: hold, publish, or put among the spam."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from moderation.spam.types import Score, Status, Verdict


class PolicyError(ValueError):
    """A setting that cannot be. Its message is one sentence for the owner: which setting, what it was, what it may
    be."""


Value = bool | int | float
_TRUE, _FALSE = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def _switch(value: object) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE + _FALSE:
        raise ValueError
    return word in _TRUE


def _whole(value: object) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value) if isinstance(value, int | float) else int(str(value).strip())


def _number(value: object) -> float:
    if isinstance(value, bool):
        raise ValueError
    return float(value) if isinstance(value, int | float) else float(str(value).strip())


class Setting(NamedTuple):
    """One row of the policy: its name, how it is read, what it may be, what it is unless told otherwise, what it is
    for."""

    name: str
    read: Callable[[object], Value]
    least: float
    most: float
    may_be: str
    default: Value
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("hold_everything", _switch, 0, 1, "yes or no", True, "Every comment waits for a moderator, spam aside."),
    Setting(
        "approve_below",
        _number,
        0,
        1,
        "a number from 0 to 1 and less than spam_above",
        0.05,
        "A comment less probably spam than this is published at once, where not everything is held.",
    ),
    Setting(
        "spam_above",
        _number,
        0,
        1,
        "a number from 0 to 1 and more than approve_below",
        0.97,
        "A comment at least this probably spam goes among the spam.",
    ),
    Setting(
        "close_after_days",
        _whole,
        0,
        36500,
        "a whole number from 0 to 36500",
        0,
        "Pages close after so many days; 0 is never.",
    ),
    Setting(
        "max_depth", _whole, 1, 10, "a whole number from 1 to 10", 5, "How deep replies may nest; 1 is no replies."
    ),
)
"""The whole policy, as one table: the dataclass, the command line and the desk agree with it."""
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Policy:
    """A site's rules. What each field means stands in ``SETTINGS``.

    :raises PolicyError: a value that its setting may not have, or thresholds in the wrong order.
    """

    hold_everything: bool = True
    approve_below: float = 0.05
    spam_above: float = 0.97
    close_after_days: int = 0
    max_depth: int = 5

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            _read(setting.name, getattr(self, setting.name))
        if not self.approve_below < self.spam_above:
            raise PolicyError(
                f"approve_below ({self.approve_below:g}) must be less than spam_above ({self.spam_above:g}); "
                "change the other one first."
            )

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> "Policy":
        """The policy in a mapping; what is missing has its default.

        :raises PolicyError: as the class, and for a name that no setting has.
        """
        return cls(**{name: _read(name, value) for name, value in stored.items()})  # type: ignore[arg-type]  # _read gives each setting's own type

    def to_dict(self) -> dict[str, Value]:
        """Every setting and its value, as JSON can carry it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def changed(self, name: str, value: str) -> "Policy":
        """This policy with one setting as an owner typed it.

        :raises PolicyError: as the class, and for a name that no setting has.
        """
        return Policy.from_dict(self.to_dict() | {name: value})


def judge(score: Score, policy: Policy) -> Verdict:
    """The status that a policy gives a score. A score that is not complete is always held."""
    status, because = _status(score, policy)
    return Verdict(score.probability, score.signals, status, because)


def _status(score: Score, policy: Policy) -> tuple[Status, str]:
    chance = f"{score.probability:.1%}"
    if not score.complete:
        missing = ", ".join(signal.name for signal in score.signals if not signal.evaluated)
        return "pending", f"Held: not every signal could be evaluated ({missing})."
    if score.probability >= policy.spam_above:
        return "spam", f"Spam: the probability of {chance} is not below {policy.spam_above:.1%} (spam_above)."
    if policy.hold_everything:
        return "pending", "Held: this site holds every comment (hold_everything)."
    if score.probability < policy.approve_below:
        return "approved", f"Approved: the probability of {chance} is below {policy.approve_below:.1%} (approve_below)."
    return "pending", (
        f"Held: the probability of {chance} lies between {policy.approve_below:.1%} (approve_below) "
        f"and {policy.spam_above:.1%} (spam_above)."
    )


def _read(name: str, value: object) -> Value:
    setting = _BY_NAME.get(name)
    if setting is None:
        raise PolicyError(f"There is no policy setting {name[:60]!r}; there are {', '.join(_BY_NAME)}.")
    fault = PolicyError(f"{name} was {str(value)[:60]!r}; it must be {setting.may_be}.")
    try:
        found = setting.read(value)
    except (ValueError, OverflowError):
        raise fault from None
    # Written so that NaN, which compares with nothing, is refused too.
    if not setting.least <= found <= setting.most:
        raise fault
    return found
