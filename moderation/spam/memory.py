"""A site's past kept in memory, for measuring the filter without a database.

It keeps what the database keeps, without the bounds of ``moderation.learning.marks`` (twenty comments of an author, two
thousand of either side); and of texts that share a run of words it tells the most telling run, not all of them together.
"""

from collections import Counter, defaultdict

from moderation.spam.hosts import link_hosts
from moderation.spam.prints import prints_of
from moderation.spam.tokens import tokens_of
from moderation.spam.types import Evidence, History, Submission, Tally, Taught
from moderation.spam.view import View

_Past = defaultdict[str, Counter[bool]]


class Memory:
    """What moderators decided, as histories for the comments that follow.

    Its state is a function of the set of decisions: ``decide`` and ``take_back`` may come in any order.
    """

    def __init__(self) -> None:
        self._total: Counter[bool] = Counter()
        self._tokens: _Past = defaultdict(Counter)
        self._parties: _Past = defaultdict(Counter)

    def history_of(self, submission: Submission, view: View) -> History:
        """What is known of a submission's author, links, text and tokens."""
        near = [self._tally(key) for key in _near(view)]
        return History(
            known=True,
            author=self._tally(_author(submission)),
            same_text=self._tally(_text(view)),
            near_text=max(near, key=lambda tally: (tally.spam, tally.approved), default=Tally()),
            links={host: self._tally(f"host {host}") for host in sorted(link_hosts(view))},
            evidence=Evidence(
                Taught(self._total[True], self._total[False]),
                {
                    token: Taught(counts[True], counts[False])
                    for token in tokens_of(view)
                    if (counts := self._tokens.get(token))
                },
            ),
        )

    def decide(self, submission: Submission, view: View, *, spam: bool) -> None:
        """Learn one decision."""
        self._count(submission, view, spam, 1)

    def take_back(self, submission: Submission, view: View, *, spam: bool) -> None:
        """Undo a decision learned before."""
        self._count(submission, view, spam, -1)

    def state(self) -> dict[str, dict[str, Taught]]:
        """Everything remembered, for comparing two memories."""
        return {
            "total": {"": Taught(self._total[True], self._total[False])},
            "tokens": _plain(self._tokens),
            "parties": _plain(self._parties),
        }

    def _count(self, submission: Submission, view: View, spam: bool, step: int) -> None:
        self._total[spam] += step
        for token in tokens_of(view):
            _step(self._tokens, token, spam, step)
        keys = {_author(submission), _text(view), *_near(view), *(f"host {host}" for host in link_hosts(view))}
        for key in keys - {""}:
            _step(self._parties, key, spam, step)

    def _tally(self, key: str) -> Tally:
        counts = self._parties.get(key)
        return Tally(spam=counts[True], approved=counts[False]) if counts else Tally()


def _step(past: _Past, key: str, spam: bool, step: int) -> None:
    counts = past[key]
    counts[spam] += step
    if not counts[True] and not counts[False]:
        del past[key]


def _plain(past: _Past) -> dict[str, Taught]:
    return {key: Taught(counts[True], counts[False]) for key, counts in past.items()}


def _author(submission: Submission) -> str:
    return f"author {submission.email.strip().lower()}" if submission.email else ""


def _text(view: View) -> str:
    return f"text {' '.join(view.skeleton.split())}"


def _near(view: View) -> list[str]:
    return [f"run {number}" for number in prints_of(view)]
