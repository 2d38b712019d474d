"""Filters to measure ours against: WordPress's rule, and scikit-learn's usual learners on words and letters.

They see what ours sees: text, name, website and the domain of the e-mail address.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import normalize

from moderation.spam import Submission

_MOST_LINKS = 2
_ANCHOR = re.compile(r"(?is)<a\s[^>]*href[^>]*>.*?</a>")
_BARE = re.compile(r"(?i)(?<![\"'=])\b(?:https?://|www\.)[^\s<>\"']+")
_HASHED = 2**18
BOTH = (False, True)


def wordpress(submission: Submission) -> float:
    """WordPress's rule (``comment_max_links``): two links or more in the text as shown, where bare addresses become
    links."""
    anchors = len(_ANCHOR.findall(submission.text))
    bare = len(_BARE.findall(_ANCHOR.sub(" ", submission.text)))
    return float(anchors + bare >= _MOST_LINKS)


def counts_of(submissions: Sequence[Submission]) -> "csr_matrix":
    """How often each word, pair of words and run of three to five letters stands in each comment, hashed."""
    texts = [f"{one.author}\n{one.email.rpartition('@')[2]}\n{one.url}\n{one.text}" for one in submissions]
    words, letters = (
        HashingVectorizer(
            analyzer=kind, ngram_range=runs, n_features=_HASHED, norm=None, alternate_sign=False, lowercase=True
        ).transform(texts)
        for kind, runs in (("word", (1, 2)), ("char_wb", (3, 5)))
    )
    return hstack([words, letters]).tocsr()


class Bayes:
    """Naive Bayes on counts of equal length, trained once or decision by decision.

    Equal lengths and little smoothing are what served it best of a dozen variants on the stream that it was tried on.
    """

    name = "naive Bayes, words and letters"

    def __init__(self) -> None:
        self._model = MultinomialNB(alpha=0.01)
        self._met: set[bool] = set()

    def learn(self, counts: Any, labels: Sequence[bool]) -> None:
        """Learn decisions."""
        self._model.partial_fit(_even(counts), labels, classes=BOTH)
        self._met |= set(labels)

    def score(self, counts: Any) -> list[float]:
        """Log-odds of spam; 0 while only one kind has been met."""
        if len(self._met) < len(BOTH):
            return [0.0] * counts.shape[0]
        joint = self._model.predict_joint_log_proba(_even(counts))
        return [float(one) for one in joint[:, 1] - joint[:, 0]]


class Logistic:
    """Logistic regression on weighted counts (tf-idf), trained once."""

    name = "logistic regression, words and letters"

    def __init__(self) -> None:
        self._weigh = TfidfTransformer(sublinear_tf=True)
        self._model = LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0)

    def learn(self, counts: Any, labels: Sequence[bool]) -> None:
        """Learn all decisions at once."""
        self._model.fit(self._weigh.fit_transform(counts), np.array(labels))

    def score(self, counts: Any) -> list[float]:
        """Log-odds of spam."""
        return [float(one) for one in self._model.decision_function(self._weigh.transform(counts))]


class OnlineLogistic:
    """Logistic regression by stochastic gradient, decision by decision, on counts of equal length; settings as for
    ``Bayes``."""

    name = "online logistic regression"

    def __init__(self) -> None:
        self._model = SGDClassifier(loss="log_loss", alpha=1e-4, random_state=0)
        self._met: set[bool] = set()

    def learn(self, counts: Any, labels: Sequence[bool]) -> None:
        """Learn decisions."""
        self._model.partial_fit(_even(counts), labels, classes=BOTH)
        self._met |= set(labels)

    def score(self, counts: Any) -> list[float]:
        """Log-odds of spam; 0 while only one kind has been met."""
        if len(self._met) < len(BOTH):
            return [0.0] * counts.shape[0]
        return [float(one) for one in self._model.decision_function(_even(counts))]


def _even(counts: Any) -> Any:
    even = counts.copy()
    even.data = 1 + np.log(even.data)
    return normalize(even)
