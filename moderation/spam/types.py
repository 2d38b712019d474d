"""The words of the spam room: what goes in (submission, history), what comes out (signal, score, verdict)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

Group = Literal["content", "links", "author", "behaviour", "history", "learned"]
Status = Literal["pending", "approved", "spam"]
"""The three statuses that a policy may give on its own. Trash is for people alone."""


class SignalDict(TypedDict):
    name: str
    group: str
    points: float
    reason: str
    evaluated: bool
    without: float | None
    full: NotRequired[float]


class ScoreDict(TypedDict):
    probability: float
    signals: list[SignalDict]


class AroundDict(TypedDict):
    probability: float
    status: Status
    because: str
    facts: Mapping[str, object]


class VerdictDict(AroundDict):
    signals: list[SignalDict]


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment on its way in, with what was seen around it.

    An empty string or ``None`` means "not known", and what is not known is never held against anyone.

    :param text: the source as typed, before any sanitising.
    :param user_agent: the header as sent; ``""`` says that it was looked for and was not there, ``None`` that nobody
        looked.
    :param referrer: as ``user_agent``.
    :param language: the header Accept-Language, as ``user_agent``.
    :param seconds_to_fill: age of the form token when the form came back, in seconds.
    :param honeypot: what stood in the field that people do not see.
    :param removed: the markup that sanitising took out, such as ``"script"``.
    :param via: ``"json"``, ``"form"`` or ``"hosted"``.
    :param proof: whether the proof of work that was asked for came with it; ``None`` when none was asked for.
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
    language: str | None = None
    seconds_to_fill: float | None = None
    honeypot: str = ""
    removed: tuple[str, ...] = ()
    has_parent: bool = False
    via: str = ""
    proof: bool | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What moderators said of the earlier comments of one party (an author, a network, a host, a text).

    Only what a person decided counts as approved or spam; what policy decided by itself counts as pending, so that the
    filter never believes itself.
    """

    approved: int = 0
    pending: int = 0
    spam: int = 0
    trash: int = 0


class Taught(NamedTuple):
    """In how many spam and in how many legitimate comments moderators have shown a token to the filter."""

    spam: int = 0
    ham: int = 0


NOTHING_TAUGHT = Taught()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a site's moderators have taught: of how many comments in all, and of each token that was asked about.

    :param total: the comments learned from.
    :param tokens: the tokens (see ``spam.tokens``) that were seen before; those never seen are missing.
    :param dropped: tokens that an owner told the filter to forget for good.
    """

    total: Taught = NOTHING_TAUGHT
    tokens: Mapping[str, Taught] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """What a site's database knows about a submission. ``History()`` is "nothing known".

    :param links: for each host that the text or the website names (lower case, no ``www.``), its tally.
    :param same_text: comments on this site whose normalised text is the same.
    :param near_text: comments on this site that share a run of words with this one (see ``spam.prints``).
    :param verified: comments of the same browser, which proved it by a secret that only that browser was given. The
        only past that nobody can type.
    :param trusted: a moderator trusts that browser, see ``Facts``.
    :param recent_near: comments of the last hour that share a run of words with this one.
    :param recent_network: comments from this network in the last hour.
    :param recent_site: comments on the whole site in the last minute.
    :param evidence: what the site's moderators have taught of this comment's tokens.
    :param known: whether a database was asked at all.
    """

    author: Tally = Tally()
    network: Tally = Tally()
    links: Mapping[str, Tally] = field(default_factory=dict)
    same_text: Tally = Tally()
    near_text: Tally = Tally()
    verified: Tally = Tally()
    trusted: bool = False
    recent_network: int = 0
    recent_site: int = 0
    recent_near: int = 0
    evidence: Evidence = Evidence()
    known: bool = False


class Signal(NamedTuple):
    """One observation about a submission. (A named tuple, since every score makes some eighty of them.)

    :param name: dotted, its group first: ``links.count``.
    :param points: log-odds; above 0 speaks for spam, below 0 for the author.
    :param reason: a sentence for people with the evidence in it, or with what was looked for.
    :param evaluated: ``False`` when the signal failed; the comment is then held.
    :param without: the probability of spam if this signal had seen nothing; ``None`` where it saw nothing anyway.
    :param full: the points before the cap of its group made them smaller; ``None`` where it did not.
    """

    name: str
    group: Group
    points: float
    reason: str
    evaluated: bool = True
    without: float | None = None
    full: float | None = None

    def to_dict(self) -> SignalDict:
        """The signal as it is stored and served."""
        # Most of every score saw nothing, in the same words as ever: all share what is made of that, and nobody changes it.
        spoke = self.points or self.without is not None or not self.evaluated
        return self._told() if spoke else _silent(self.name, self.group, self.reason)

    def _told(self) -> SignalDict:
        stored: SignalDict = {
            "name": self.name,
            "group": self.group,
            "points": round(self.points, 2) + 0.0,
            "reason": self.reason,
            "evaluated": self.evaluated,
            "without": None if self.without is None else round(self.without, 4),
        }
        if self.full is not None:
            stored["full"] = round(self.full, 2)
        return stored


_EVALUATED = attrgetter("evaluated")


@lru_cache(maxsize=2048)
def _silent(name: str, group: Group, reason: str) -> SignalDict:
    return Signal(name, group, 0.0, reason)._told()


@dataclass(frozen=True, slots=True)
class Score:
    """All signals and the probability of spam that their points add up to (logistic of the sum)."""

    probability: float
    signals: tuple[Signal, ...]

    @property
    def complete(self) -> bool:
        """Whether every signal could be evaluated."""
        return all(map(_EVALUATED, self.signals))

    def to_dict(self) -> ScoreDict:
        """The score as JSON can carry it."""
        return {"probability": round(self.probability, 4), "signals": [signal.to_dict() for signal in self.signals]}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a policy looks at beside the score. ``Facts()`` is a stranger who links nowhere and whom no list names.

    :param links: links in the text; those to hosts on the site's allow list do not count.
    :param verified: what moderators said of earlier comments from the same browser (``History.verified``).
    :param blocked: the entries of the block list that name this comment, as they are to be shown.
    :param held: as ``blocked``, of the hold list.
    :param allowed: as ``blocked``, of the allow list: networks only, since nobody can type those.
    :param flooded: the site was in flood mode (``spam.flood``) when the comment came in.
    :param proved: it came with the proof of work that flood mode asks for.
    :param trusted: a moderator said to trust the browser, as if it had the past that the policy asks for.
    """

    links: int = 0
    verified: Tally = Tally()
    blocked: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    flooded: bool = False
    proved: bool = False
    trusted: bool = False

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Facts":
        """The facts of a stored verdict; what is missing there is as for a stranger whom no list names."""
        read: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
            if name in cls.__dataclass_fields__
        }
        return cls(**{**read, "verified": Tally(**read.get("verified", {}))})

    def to_dict(self) -> dict[str, object]:
        """The facts as JSON can carry them: they are stored with the verdict, so that it can be judged again."""
        # Not `asdict`, which copies deeply what cannot be changed.
        stored: dict[str, object] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        stored |= {name: list(value) for name, value in stored.items() if isinstance(value, tuple)}
        tally = self.verified
        return stored | {"verified": {name: getattr(tally, name) for name in tally.__dataclass_fields__}}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A score and the status that a site's policy gives it.

    :param because: a sentence that says why the policy gave this status.
    :param facts: what the policy looked at beside the score.
    """

    probability: float
    signals: tuple[Signal, ...]
    status: Status
    because: str
    facts: Facts

    def to_dict(self) -> VerdictDict:
        """The verdict as JSON can carry it: what is stored with the comment and shown to moderators."""
        return {**self.around(), "signals": [signal.to_dict() for signal in self.signals]}

    def around(self) -> AroundDict:
        """The same without its signals."""
        return {
            "probability": round(self.probability, 4),
            "status": self.status,
            "because": self.because,
            "facts": self.facts.to_dict(),
        }
