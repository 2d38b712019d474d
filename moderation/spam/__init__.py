"""The spam room: submission and history in, verdict out. Pure: no web framework, no database.

``score`` lets every signal look at a submission; ``judge`` gives the score the status that a site's policy wants.
"""

from moderation.spam.judging import judge
from moderation.spam.policy import Policy, PolicyError
from moderation.spam.records import RecordError, submission_of
from moderation.spam.scoring import score
from moderation.spam.types import Facts, History, Score, Signal, Submission, Tally, Verdict

__all__ = [
    "Facts",
    "History",
    "Policy",
    "PolicyError",
    "RecordError",
    "Score",
    "Signal",
    "Submission",
    "Tally",
    "Verdict",
    "judge",
    "score",
    "submission_of",
]
