"""Comments as rows of the desk's pages, made by `templates/desk/_row.html`.

That template is given a `Row`, a `Frame` and words of its language, and knows nothing else of the request; in a list, what
differs each time stands in holes that are filled afterwards. So a row that was made once can be shown again: `kept`.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol, cast

import orjson
from flask import current_app, request, url_for
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from moderation.models import Comment, Site
from moderation.review.acts import new_nonce
from moderation.review.beside import Beside
from moderation.review.cards import Row, row
from moderation.review.desk import ago, here, me
from moderation.review.forms import Kept
from moderation.review.kept import KeptRows
from moderation.review.queue import Listing, verdicts_of
from moderation.review.scorecards import Card, card
from moderation.spam import Policy

# No stored text holds the character that these begin with.
_TOKEN, _NONCE, _AGO = "\0token", "\0nonce", "\0ago"
_kept = KeptRows()


class Field(Protocol):
    """What stands in a field of a form."""

    @property
    def data(self) -> str | None: ...


class Filled(NamedTuple):
    """A field with this in it."""

    data: str | None


class Reply(Protocol):
    """As much of `forms.ReplyForm` as a row shows."""

    @property
    def seen(self) -> Field: ...
    @property
    def nonce(self) -> Field: ...
    @property
    def next(self) -> Field: ...
    @property
    def text(self) -> Field: ...


class NewReply(NamedTuple):
    """An empty reply form: fifty rows have one each, and one of WTForms costs as much as a row."""

    seen: Filled
    nonce: Filled
    next: Filled
    text: Filled = Filled("")


class Frame(NamedTuple):
    """What all rows of a page share: where the queue and comments are, this page, the way from a ban back to it, who signs."""

    queue: str
    place: str
    here: str
    ban_query: str
    signed: str


def rows(site: Site, page: Listing, alike: Mapping[int, int], beside: Mapping[int, Beside]) -> list[Markup]:
    """The rows of a list; `alike` as `queue.alike` counts it."""
    frame, policy, verdicts = _frame(site, here()), site.policy, verdicts_of(page.comments)
    language, token = str(get_locale()), generate_csrf()
    made = []
    for comment in page.comments:
        verdict = verdicts.get(comment.id)
        parent = page.parents.get(comment.parent_id or 0)
        shown = row(comment, parent, policy, alike.get(comment.id, 1), beside[comment.id])
        key = (shown, frame, language, _mark(verdict, policy))
        html = _kept.get(key)
        if html is None:
            reply = NewReply(Filled(str(shown.version)), Filled(_NONCE), Filled(frame.here))
            score = card(orjson.loads(verdict), policy) if verdict else None
            html = str(_made(shown, score, frame, reply, _AGO, _TOKEN))
            _kept.keep(key, html)
        html = html.replace(_TOKEN, token).replace(_NONCE, new_nonce()).replace(_AGO, escape(ago(comment.created_at)))
        made.append(Markup(html))  # noqa: S704  # a template made it
    return made


def whole(
    site: Site,
    comment: Comment,
    parent: Comment | None,
    beside: Beside,
    form: Reply | None = None,
    fault: str = "",
    kept: Kept | None = None,
) -> Markup:
    """A comment on its own page, with a form that comes back if one does."""
    frame = _frame(site, url_for("desk.comment", site_key=site.key, comment_id=comment.id))
    shown = row(comment, parent, site.policy, 1, beside)
    reply = form or NewReply(Filled(str(comment.version)), Filled(new_nonce()), Filled(here()))
    return _made(
        shown,
        card(comment.verdict, site.policy),
        frame,
        reply,
        ago(comment.created_at),
        generate_csrf(),
        full=True,
        fault=fault,
        typed=kept if kept and kept.form == "edit" else None,
        editing=bool(request.args.get("edit")),
    )


def _frame(site: Site, back: str) -> Frame:
    place = url_for("desk.comment", site_key=site.key, comment_id=0).removesuffix("0")
    ban = url_for("desk.ban", site_key=site.key, comment_id=0, next=back)
    queue = url_for("desk.queue", site_key=site.key)
    return Frame(queue, place, back, ban.removeprefix(f"{place}0/ban"), me().name)


def _mark(verdict: str | None, policy: Policy) -> tuple[bytes, Policy] | None:
    """The same for verdicts that make the same card."""
    return (blake2b(verdict.encode(), digest_size=16).digest(), policy) if verdict else None


def _made(shown: Row, score: Card | None, frame: Frame, reply: Reply, age: str, token: str, **full: Any) -> Markup:
    macro: Any = current_app.jinja_env.get_template("desk/_row.html").module
    return cast(Markup, macro.comment_row(shown, score, frame, reply, age, token, **full))
