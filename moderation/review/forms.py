"""The desk's forms. CSRF is Flask-WTF's; every limit holds here, on the server."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Regexp

from moderation.lifecycle import BULK_LIMIT
from moderation.review.acts import DECISIONS
from moderation.text.names import clean_line

_SEEN = re.compile(r"([1-9]\d{0,9}):([1-9]\d{0,8})\Z", re.ASCII)
_ID = re.compile(r"[1-9]\d{0,9}\Z", re.ASCII)


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
    """

    def __init__(self, data: MultiDict[str, str]) -> None:
        self.seen = {int(pair[1]): int(pair[2]) for pair in map(_SEEN.match, data.getlist("seen")[:BULK_LIMIT]) if pair}
        self.shown = list(self.seen)
        single, _space, only = data.get("act", "").partition(" ")
        self.decision = single or data.get("decision", "")
        chosen = [only] if single else data.getlist("ids")
        self.ids = [int(each) for each in dict.fromkeys(chosen) if _ID.match(each)]
        self.note = clean_line(data.get("note", ""))

    @property
    def usable(self) -> bool:
        """Whether it says what to do, and was on the screen what it is to be done to."""
        return (
            self.decision in DECISIONS and len(self.ids) <= BULK_LIMIT and all(each in self.seen for each in self.ids)
        )

    def following(self) -> int | None:
        """The row to go on with: the first after the last one acted on, else the one before the first."""
        places = [self.shown.index(each) for each in self.ids]
        if not places:
            return None
        rest = [each for each in self.shown[max(places) + 1 :] if each not in self.ids]
        before = [each for each in self.shown[: max(places)] if each not in self.ids]
        return rest[0] if rest else before[-1] if before else None
