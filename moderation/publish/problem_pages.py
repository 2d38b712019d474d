"""What each kind of problem means: the pages that the `type` of a problem document points at."""

import inspect
from typing import TypedDict

from moderation.problems import Problem, tree


class Meaning(TypedDict):
    """One kind of problem, in plain English."""

    type: str
    title: str
    status: int
    detail: str


def find(slug: str) -> Meaning | None:
    """The meaning of one kind of problem, None if there is no such kind."""
    kind = {kind.slug: kind for kind in tree()}.get(slug)
    return _meaning(kind) if kind else None


def _meaning(kind: type[Problem]) -> Meaning:
    return {
        "type": f"/problems/{kind.slug}",
        "title": str(kind.title),
        "status": kind.status,
        "detail": " ".join((inspect.getdoc(kind) or "").split()),
    }
