"""Comments as rows of the desk's pages, made by `templates/desk/_row.html`.

That template is given a `Row`, a `Frame` and words of its language, and knows nothing else of the request; in a list, what
differs each time stands in holes that are filled afterwards. So a row that was made once can be shown again: `kept`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, cast

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
_HOLES = re.compile(f"({_TOKEN}|{_NONCE}|{_AGO})")
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


def rows(site: Site, page: Listing, alike: Mapping[int, int], beside: Mapping[int, Beside]) -> Markup:
    """The rows of a list; `alike` as `queue.alike` counts it."""
    frame, policy, language = _frame(site, here()), site.policy, str(get_locale())
    shown = [
        row(each, page.parents.get(each.parent_id or 0), policy, alike.get(each.id, 1), beside[each.id])
        for each in page.comments
    ]
    keys = [(each, frame, policy, language) for each in shown]
    made = [_kept.get(key) for key in keys]
    verdicts = verdicts_of([each.id for each, pieces in zip(shown, made, strict=True) if pieces is None])
    token, html = generate_csrf(), []
    for key, pieces in zip(keys, made, strict=True):
        if pieces is None:
            pieces = _in_pieces(key[0], verdicts.get(key[0].id), frame, policy)
            _kept.keep(key, pieces)
        values = {_TOKEN: token, _NONCE: new_nonce(), _AGO: escape(ago(key[0].created_at))}
        html += [values.get(piece, piece) for piece in pieces]
    return Markup("".join(html))  # noqa: S704  # a template made all of it


def _in_pieces(shown: Row, verdict: Mapping[str, Any] | None, frame: Frame, policy: Policy) -> list[str]:
    reply = NewReply(Filled(str(shown.version)), Filled(_NONCE), Filled(frame.here))
    return _HOLES.split(_made(shown, card(verdict, policy), frame, reply, _AGO, _TOKEN))


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


def _made(shown: Row, score: Card | None, frame: Frame, reply: Reply, age: str, token: str, **full: Any) -> Markup:
    macro: Any = current_app.jinja_env.get_template("desk/_row.html").module
    return cast(Markup, macro.comment_row(shown, score, frame, reply, age, token, **full))
