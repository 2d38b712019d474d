"""In how many learned comments of a site each token stands, on each side."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, BindParameter, CompoundSelect, Insert, bindparam, delete, func, null, select, union_all
from sqlalchemy.orm import Session

from moderation.learning.marks import AUTHOR_MOST, REMEMBERED, SIDES, Moves, chunks, learned
from moderation.models import TOTAL, Comment, DroppedToken, Label, LearnedToken
from moderation.models.asking import Asked, arriving, dialect_of
from moderation.models.many import among, listed
from moderation.spam import Submission
from moderation.spam.tokens import TOKENS_VERSION, tokens_of
from moderation.spam.types import Evidence, Taught
from moderation.spam.view import view_of

MADE_WITH = f"{TOKENS_VERSION}/{unicodedata.unidata_version}/{AUTHOR_MOST}/{REMEMBERED}"
"""By what a site's state was made: which tokens a comment has, and which comments are learned. A state that was made by
something else is made anew before it is changed, so that nothing is taken away that was never there."""
# What its author sent: that was judged, whatever a moderator has made of it since.
_SENT = func.coalesce(Comment.original, Comment.source).label("source")
_SUBMISSION = (Comment.author, Comment.email, Comment.url, _SENT, Comment.page_title, Comment.page_url)
_NAMES = [column.key for column in _SUBMISSION]
_STORED = Asked(lambda dialect: select(Comment.id, *_SUBMISSION).where(among(Comment.id, "ids", dialect)))
_MADE_WITH = Asked(
    lambda _dialect: select(LearnedToken.made_with).where(
        LearnedToken.site_id == bindparam("site"), LearnedToken.token == TOTAL
    )
)


def stored_submission(
    *, author: str, email: str, url: str | None, source: str, page_title: str | None, page_url: str | None
) -> Submission:
    """A submission as far as it is stored, from columns of `Comment`: what tokens and fingerprints are made of.

    Intake stores what it judged as it judged it, so that what is learned of a comment is what was read when it came.
    """
    return Submission(
        author=author, email=email, url=url or "", text=source, page_title=page_title or "", page_url=page_url or ""
    )


def stored(session: Session, comment_ids: Sequence[int]) -> Iterator[tuple[int, Submission]]:
    """The submissions of these comments, as far as they are stored, by number."""
    for chunk in chunks(comment_ids):
        for number, *columns in _STORED.rows(session, {"ids": listed(dialect_of(session), chunk)}):
            yield number, stored_submission(**dict(zip(_NAMES, columns, strict=True)))


def evidence(session: Session, site_id: int, tokens: Collection[str]) -> Evidence:
    """What the site's state knows of these tokens."""
    known: dict[str, Taught] = {}
    dropped: list[str] = []
    given = {"site_id": site_id, "tokens": listed(dialect_of(session), [TOTAL, *sorted(tokens)])}
    for token, spam, ham in _EVIDENCE.rows(session, given):
        if spam is None:
            dropped.append(token)
        else:
            known[token] = Taught(spam, ham)
    return Evidence(known.pop(TOTAL, Taught()), known, frozenset(dropped))


def _of_tokens(dialect: str) -> CompoundSelect[Any]:
    site: BindParameter[int] = bindparam("site_id")
    counts = select(LearnedToken.token, LearnedToken.spam, LearnedToken.ham)
    dropped = select(DroppedToken.token, null(), null())
    return union_all(
        counts.where(LearnedToken.site_id == site, among(LearnedToken.token, "tokens", dialect)),
        dropped.where(DroppedToken.site_id == site, among(DroppedToken.token, "tokens", dialect)),
    )


_EVIDENCE = Asked(_of_tokens)


def made_as_now(session: Session, site_id: int) -> bool:
    """Whether the site's counts were made as this code makes them. Where there are none, they were."""
    return _MADE_WITH.scalar(session, {"site": site_id}) in (None, MADE_WITH)


def make(session: Session, site_id: int) -> None:
    """Make a site's counts from the comments that are marked as learned."""
    session.execute(delete(LearnedToken).where(LearnedToken.site_id == site_id))
    for chunk in chunks(learned(session, site_id)):
        add(session, site_id, dict.fromkeys(chunk, 1))


def add(session: Session, site_id: int, moves: Moves) -> None:
    """Count the tokens of comments that come to be learned, and uncount those of comments that no longer are."""
    steps = _steps(session, moves)
    if not steps:
        return
    rows = [
        {"site_id": site_id, "token": token, "made_with": None if token else MADE_WITH}
        | {side: steps[token][side] for side in SIDES}
        for token in sorted(steps)
    ]
    dialect = dialect_of(session)
    if dialect.name == "postgresql":
        # All rows in five parameters: many times quicker than a statement for each.
        _UPSERT.run(session, {name: [row[name] for row in rows] for name in rows[0]})
    else:
        _UPSERT.run_each(session, rows)
    less = [token for token in sorted(steps) if min(steps[token].values()) < 0]
    if less:
        _DELETE_EMPTY.run(session, {"site": site_id, "tokens": listed(dialect, less)})


def _steps(session: Session, moves: Moves) -> dict[str, Counter[Label]]:
    """By how much each token's counts change, the total's among them. A comment counts each of its tokens once."""
    sides: dict[int, Counter[Label]] = defaultdict(Counter)
    for (comment_id, label), step in moves.items():
        sides[comment_id][label] += step
    steps: dict[str, Counter[Label]] = defaultdict(Counter)
    for comment_id, submission in stored(session, sorted(sides)):
        for token in (TOTAL, *tokens_of(view_of(submission))):
            for label, step in sides[comment_id].items():
                steps[token][label] += step
    return {token: step for token, step in steps.items() if any(step.values())}


_DELETE_EMPTY = Asked(
    lambda dialect: delete(LearnedToken).where(
        LearnedToken.site_id == bindparam("site"),
        among(LearnedToken.token, "tokens", dialect),
        LearnedToken.spam == 0,
        LearnedToken.ham == 0,
    )
)


def _adding(dialect: str) -> Insert:
    """Add rows to those that are there. The database adds, and all who add take the rows in one order."""
    new = arriving(LearnedToken, dialect)
    if dialect == "postgresql":
        columns = list(LearnedToken.__table__.columns)
        names = [column.name for column in columns]
        given = [bindparam(column.name, type_=ARRAY(column.type)) for column in columns]
        steps = func.unnest(*given).table_valued(*names).render_derived()
        new = new.from_select(names, select(*steps.columns))
    return new.on_conflict_do_update(
        index_elements=["site_id", "token"],
        set_={
            "spam": LearnedToken.spam + new.excluded.spam,
            "ham": LearnedToken.ham + new.excluded.ham,
            "made_with": new.excluded.made_with,
        },
    )


_UPSERT = Asked(_adding, LearnedToken.__table__.columns.keys())
