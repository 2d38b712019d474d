"""An owner's rules for a site: every setting with what it may be, and the policy that they make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple, cast, get_args


class PolicyError(ValueError):
    """A setting that cannot be. Its message is one sentence for the owner: which setting, what it was, what it may
    be. `settings` are those that it is about."""

    def __init__(self, message: str, *settings: str) -> None:
        super().__init__(message)
        self.settings = settings


Value = bool | int | float | str
FloodMode = Literal["auto", "on", "off"]
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


def _flood_mode(value: object) -> FloodMode:
    word = str(value).strip().lower()
    if word not in get_args(FloodMode):
        raise ValueError
    return cast(FloodMode, word)


class Setting(NamedTuple):
    """One row of the policy: its name, how it is read, what it may be, what it is unless told otherwise, what it is
    for. A word has no least and no most."""

    name: str
    read: Callable[[object], Value]
    least: float
    most: float
    may_be: str
    default: Value
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "hold_everything",
        _switch,
        0,
        1,
        "yes or no",
        True,
        "Every comment waits for a moderator, whoever wrote it, spam aside.",
    ),
    Setting(
        "approve_below",
        _number,
        0,
        1,
        "a number from 0 to 1 and less than spam_above",
        0.05,
        "A comment less probably spam than this is published at once, where no rule holds it.",
    ),
    Setting(
        "hold_above",
        _number,
        0,
        1,
        "a number from approve_below to spam_above",
        0.9,
        "A comment at least this probably spam waits, whoever wrote it. Below it trusted authors are published.",
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
        "trust_after",
        _whole,
        0,
        1000,
        "a whole number from 0 to 1000",
        2,
        "An author is trusted once moderators approved so many comments from the same browser; 0 is never by itself.",
    ),
    Setting(
        "hold_first",
        _whole,
        0,
        1000,
        "a whole number from 0 to 1000",
        0,
        "So many comments from a browser have to be approved before the next can be published at once; 0 is none.",
    ),
    Setting(
        "hold_links", _whole, 0, 200, "a whole number from 0 to 200", 0, "A comment with so many links waits; 0 is off."
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
        "empty_after_days",
        _whole,
        0,
        36500,
        "a whole number from 0 to 36500",
        30,
        "What has been spam or in the trash for so many days is emptied by itself; 0 is never.",
    ),
    Setting(
        "max_depth", _whole, 1, 10, "a whole number from 1 to 10", 5, "How deep replies may nest; 1 is no replies."
    ),
    Setting(
        "edit_minutes",
        _whole,
        0,
        10080,
        "a whole number from 0 to 10080",
        15,
        "For so many minutes after it was published an author may edit or withdraw a comment; 0 is only while it waits.",
    ),
    Setting(
        "flood_mode",
        _flood_mode,
        0,
        0,
        "auto, on or off",
        "auto",
        "Flood mode comes and goes by itself, or is on, or off, whatever comes in.",
    ),
    Setting(
        "digest_hours",
        _whole,
        0,
        720,
        "a whole number from 0 to 720",
        24,
        "Moderators get mail about what waits at most once in so many hours, and only if something new does; 0 is never.",
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
    hold_above: float = 0.9
    spam_above: float = 0.97
    trust_after: int = 2
    hold_first: int = 0
    hold_links: int = 0
    close_after_days: int = 0
    empty_after_days: int = 30
    max_depth: int = 5
    edit_minutes: int = 15
    flood_mode: FloodMode = "auto"
    digest_hours: int = 24

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            _read(setting.name, getattr(self, setting.name))
        if not self.approve_below < self.spam_above:
            raise PolicyError(
                f"approve_below ({self.approve_below:g}) must be less than spam_above ({self.spam_above:g}); "
                "change the other one first.",
                "approve_below",
                "spam_above",
            )
        for lower, upper in (("approve_below", "hold_above"), ("hold_above", "spam_above")):
            if getattr(self, lower) > getattr(self, upper):
                raise PolicyError(
                    f"{lower} ({getattr(self, lower):g}) must not be more than {upper} ({getattr(self, upper):g}); "
                    "change the other one first, or both at once.",
                    lower,
                    upper,
                )

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> "Policy":
        """The policy in a mapping; what is missing has its default.

        :raises PolicyError: as the class, and for a name that no setting has.
        """
        read = {name: _read(name, value) for name, value in stored.items()}
        if "hold_above" not in read:
            # Rules that were stored before there was this threshold may leave no room for its default.
            least, most = (read.get(name, _BY_NAME[name].default) for name in ("approve_below", "spam_above"))
            read["hold_above"] = min(max(_BY_NAME["hold_above"].default, least), most)
        return cls(**read)  # type: ignore[arg-type]  # _read gives each setting's own type

    def to_dict(self) -> dict[str, Value]:
        """Every setting and its value, as JSON can carry it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def changed(self, name: str, value: str) -> "Policy":
        """This policy with one setting as an owner typed it.

        :raises PolicyError: as the class, and for a name that no setting has.
        """
        return self.changed_to({name: value})

    def changed_to(self, typed: Mapping[str, str]) -> "Policy":
        """This policy with several settings as an owner typed them, checked together.

        :raises PolicyError: as the class, and for a name that no setting has.
        """
        return Policy.from_dict({**self.to_dict(), **typed})


def _read(name: str, value: object) -> Value:
    setting = _BY_NAME.get(name)
    if setting is None:
        raise PolicyError(f"There is no policy setting {name[:30]!r}; there are {', '.join(_BY_NAME)}.")
    try:
        found = setting.read(value)
    except (ValueError, OverflowError):
        found = None
    # Written so that NaN, which compares with nothing, is refused too.
    if found is None or (not isinstance(found, str) and not setting.least <= found <= setting.most):
        raise PolicyError(f"{name} was {str(value)[:60]!r}; it must be {setting.may_be}.", name)
    return found
