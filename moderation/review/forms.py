"""The desk's forms. CSRF is Flask-WTF's; every limit holds here, on the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Regexp

from moderation.lifecycle import BULK_LIMIT
from moderation.models import LARGEST_ID, Site, Status
from moderation.problems import Malformed
from moderation.review.acts import DECISIONS
from moderation.review.queue import SORTS, TABS, Question
from moderation.text.names import clean_line

_SEEN = re.compile(r"([1-9]\d{0,9}):([1-9]\d{0,8})\Z", re.ASCII)
_ID = re.compile(r"[1-9]\d{0,9}\Z", re.ASCII)
_BUNDLE = re.compile(r"([1-9]\d{0,9}):([1-9]\d{0,9}):(pending|approved|spam|trash)\Z", re.ASCII)


def number(typed: str) -> int | None:
    """The number of a row that somebody's form or address names; None for what can be none."""
    return int(typed) if _ID.match(typed) and int(typed) <= LARGEST_ID else None


class SignInForm(FlaskForm):
    """Who are you."""

    email = StringField(_l("Email address"), validators=[InputRequired(_l("Please enter your email address."))])
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Please enter your password."))])
    next = HiddenField()


class ReplyForm(FlaskForm):
    """A reply as staff. `seen` is the version of the comment that was on the screen; `nonce` marks this one form."""

    text = TextAreaField(_l("Your reply"))
    seen = HiddenField(validators=[Regexp(r"[1-9]\d{0,8}\Z")])
    nonce = HiddenField(validators=[Regexp(r"[A-Za-z0-9_-]{16,50}\Z")])
    next = HiddenField()


class EditForm(FlaskForm):
    """Another text for a comment. `seen` is the version of the comment that was on the screen."""

    text = TextAreaField()
    seen = HiddenField(validators=[Regexp(r"[1-9]\d{0,8}\Z")])
    next = HiddenField()


class Kept(NamedTuple):
    """What was typed into a form that comes back, and what is wrong with it."""

    form: Literal["edit", "note"]
    text: str
    fault: str


class DecisionForm:
    """The one form of a queue.

    A row's own button sends `act` ("approve 41"); the bar sends `decision` for all ticked `ids`.
    `seen` comes once for every row on the screen ("41:2": comment 41, version 2), in the order of the rows. `note` is as
    it would be stored, of any length.

    A row that stands for a bundle says so by `bundle` ("41:7:pending": row 41, bundle 7, as pending comments): what is done
    to it is done to all of the bundle in that status up to `upto`, the newest comment when the page was made.
    """

    def __init__(self, data: MultiDict[str, str]) -> None:
        self.seen = {int(pair[1]): int(pair[2]) for pair in map(_SEEN.match, data.getlist("seen")[:BULK_LIMIT]) if pair}
        self.shown = list(self.seen)
        single, _space, only = data.get("act", "").partition(" ")
        self.decision = single or data.get("decision", "")
        chosen = [only] if single else data.getlist("ids")
        self.ids = [int(each) for each in dict.fromkeys(chosen) if _ID.match(each)]
        bundles = [pair for pair in map(_BUNDLE.match, data.getlist("bundle")[:BULK_LIMIT]) if pair]
        leads = {int(pair[1]): (int(pair[2]), cast(Status, pair[3])) for pair in bundles}
        self.bundles = [leads[each] for each in self.ids if each in leads]
        self.single = [each for each in self.ids if each not in leads]
        self.upto = number(data.get("upto", "")) or 0
        self.note = clean_line(data.get("note", ""))

    @property
    def usable(self) -> bool:
        """Whether it says what to do, and was on the screen what it is to be done to."""
        return (
            self.decision in DECISIONS
            and len(self.ids) <= BULK_LIMIT
            and all(each in self.seen for each in self.ids)
            and all(bundle <= LARGEST_ID for bundle, _status in self.bundles)
        )

    def following(self) -> int | None:
        """The row to go on with: the first after the last one acted on, else the one before the first."""
        places = [self.shown.index(each) for each in self.ids]
        if not places:
            return None
        rest = [each for each in self.shown[max(places) + 1 :] if each not in self.ids]
        before = [each for each in self.shown[: max(places)] if each not in self.ids]
        return rest[0] if rest else before[-1] if before else None


def asked(site: Site, args: Mapping[str, str]) -> Question:
    """The list that an address of the desk names. What waits is shown by need, all else the newest first.

    Raises `Malformed`.
    """
    tab = args.get("status") or "pending"
    sort = args.get("sort") or ("need" if tab == "pending" else "newest")
    bundle = args.get("bundle", "")
    if tab not in TABS or sort not in SORTS or (bundle and number(bundle) is None):
        raise Malformed(_("There is no such list. Go back to the queue and choose a tab."))
    return Question(
        site_ids=[site.id],
        tab=tab,
        sort=sort,
        cursor=args.get("cursor", ""),
        search=args.get("q", ""),
        folded=True,
        bundles=[int(bundle)] if bundle else (),
    )
