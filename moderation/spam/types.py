"""The words of the spam room: what goes in (submission, history), what comes out (signal, score, verdict)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypedDict

Group = Literal["content", "links", "author", "behaviour", "history"]
Status = Literal["pending", "approved", "spam"]
"""The three statuses that a policy may give on its own. Trash is for people alone."""


class SignalDict(TypedDict):
    name: str
    group: str
    points: float
    reason: str
    evaluated: bool


class ScoreDict(TypedDict):
    probability: float
    signals: list[SignalDict]


class VerdictDict(ScoreDict):
    status: Status
    because: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment on its way in, with what was seen around it.

    An empty string or ``None`` means "not known", and what is not known is never held against anyone.

    :param text: the source as typed, before any sanitising.
    :param user_agent: the header as sent; ``""`` says that it was looked for and was not there, ``None`` that nobody
        looked.
    :param referrer: as ``user_agent``.
    :param seconds_to_fill: age of the form token when the form came back, in seconds.
    :param honeypot: what stood in the field that people do not see.
    :param removed: the markup that sanitising took out, such as ``"script"``.
    :param via: ``"json"``, ``"form"`` or ``"hosted"``.
    :param lang: language of the page (not of the comment) as a BCP 47 tag.
    """

    author: str
    email: str
    url: str
    text: str
    page_key: str = ""
    page_title: str = ""
    page_url: str = ""
    user_agent: str | None = None
    referrer: str | None = None
    seconds_to_fill: float | None = None
    honeypot: str = ""
    removed: tuple[str, ...] = ()
    has_parent: bool = False
    via: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many earlier comments of one party (an author, a network, a host, a text) have each status."""

    approved: int = 0
    pending: int = 0
    spam: int = 0
    trash: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What a site's database knows about a submission. ``History()`` is "nothing known".

    :param links: for each host that the text or the website names (lower case, no ``www.``), its tally.
    :param same_text: comments on this site whose normalised text is the same.
    :param recent_network: comments from this network in the last hour.
    :param recent_site: comments on the whole site in the last minute.
    :param known: whether a database was asked at all.
    """

    author: Tally = Tally()
    network: Tally = Tally()
    links: Mapping[str, Tally] = field(default_factory=dict)
    same_text: Tally = Tally()
    recent_network: int = 0
    recent_site: int = 0
    known: bool = False


class Signal(NamedTuple):
    """One observation about a submission. (A named tuple, since every score makes some eighty of them.)

    :param name: dotted, its group first: ``links.count``.
    :param points: log-odds; above 0 speaks for spam, below 0 for the author.
    :param reason: a sentence for people with the evidence in it, or with what was looked for.
    :param evaluated: ``False`` when the signal failed; the comment is then held.
    """

    name: str
    group: Group
    points: float
    reason: str
    evaluated: bool = True

    def to_dict(self) -> SignalDict:
        """The signal as it is stored and served."""
        return {
            "name": self.name,
            "group": self.group,
            "points": round(self.points, 2) + 0.0,
            "reason": self.reason,
            "evaluated": self.evaluated,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """All signals and the probability of spam that their points add up to (logistic of the sum)."""

    probability: float
    signals: tuple[Signal, ...]

    @property
    def complete(self) -> bool:
        """Whether every signal could be evaluated."""
        return all(signal.evaluated for signal in self.signals)

    def to_dict(self) -> ScoreDict:
        """The score as JSON can carry it."""
        return {"probability": round(self.probability, 4), "signals": [signal.to_dict() for signal in self.signals]}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A score and the status that a site's policy gives it.

    :param because: a sentence that says why the policy gave this status.
    """

    probability: float
    signals: tuple[Signal, ...]
    status: Status
    because: str

    def to_dict(self) -> VerdictDict:
        """The verdict as JSON can carry it: what is stored with the comment and shown to moderators."""
        return {
            "probability": round(self.probability, 4),
            "status": self.status,
            "because": self.because,
            "signals": [signal.to_dict() for signal in self.signals],
        }
