"""The comment form: the contract's fields, checked on the server before anything is parsed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, HiddenField, IntegerField, StringField, TextAreaField, URLField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.i18n import DummyTranslations
from wtforms.validators import StopValidation

from moderation.intake import token
from moderation.models import LARGEST_ID
from moderation.problems import Errors, said
from moderation.settings import Settings
from moderation.text.emails import BadEmail, parse_email
from moderation.text.names import clean_line, is_blank
from moderation.text.plain import clean_source
from moderation.text.urls import BadWebsite, clean_website

# A trap for programs that fill in every field. People do not see it; the name promises nothing a browser would fill in.
HONEYPOT = "contact_me_by_fax"
_LONGEST_TITLE = 300


@dataclass(slots=True)
class Scope:
    """What the form's token is bound to, and what it said once it was verified."""

    settings: Settings
    site_key: str
    page_key: str
    claims: token.Claims | None = None


class FormToken(CSRF):
    """The signed token in the place of a session's CSRF token."""

    scope: Scope

    def setup_form(self, form: Any) -> list[tuple[str, Any]]:
        self.scope = form.meta.csrf_context
        return list(super().setup_form(form))

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        # Most forms are made to read what was sent. Who shows one gives it a token, see `CommentForm.show_token`.
        return ""

    def validate_csrf_token(self, form: Any, field: CSRFTokenField) -> None:
        scope = self.scope
        if scope.claims is None:
            scope.claims = token.verify(scope.settings, scope.site_key, scope.page_key, field.data or "")


def _required(sentence: Callable[[], str]) -> Callable[[Any, Any], None]:
    def check(_form: Any, field: Any) -> None:
        if is_blank(field.data or ""):
            raise StopValidation(sentence())

    return check


def _at_most(setting: str) -> Callable[[Any, Any], None]:
    def check(form: CommentForm, field: Any) -> None:
        limit: int = getattr(form.settings, setting)
        length = len((field.data or "").strip())
        if length > limit:
            raise StopValidation(
                _(
                    "This is %(length)s characters long; at most %(limit)s fit. Please shorten it.",
                    length=length,
                    limit=limit,
                )
            )

    return check


class CommentNumber(IntegerField):
    """The number of a comment, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; raises `ValueError` with a sentence."""
        typed = valuelist[0].strip() if valuelist else ""
        is_number = typed.isascii() and typed.isdigit() and len(typed) <= len(str(LARGEST_ID))
        self.data = int(typed) if is_number and 0 < int(typed) <= LARGEST_ID else None
        if typed and self.data is None:
            raise ValueError(_("There is no comment with this number."))


class CommentForm(FlaskForm):
    """One comment as it was sent. After `validate()` every field holds its cleaned value.

    What nobody types and nothing here checks (the page, its address, consent) is no field of it: each takes its time.
    """

    class Meta(FlaskForm.Meta):
        csrf = True
        csrf_class = FormToken
        csrf_field_name = "token"

        def get_translations(self, form: Any) -> DummyTranslations:
            """WTForms' own sentences are never shown, so its catalogue is not read: that would happen with every form."""
            return DummyTranslations()

    comment = TextAreaField(validators=[_required(lambda: _("Please type your comment."))])
    author = StringField(validators=[_required(lambda: _("Please type your name.")), _at_most("max_author")])
    email = EmailField(validators=[_required(lambda: _("Please type your email address.")), _at_most("max_email")])
    url = URLField(validators=[_at_most("max_url")])
    page_title = HiddenField()
    parent_id = CommentNumber()
    contact_me_by_fax = StringField()

    def __init__(self, formdata: MultiDict[str, str] | None, scope: Scope, **values: Any) -> None:
        self.settings = scope.settings
        self.deliverability = scope.settings.email_deliverability
        super().__init__(formdata=formdata, meta={"csrf_context": scope}, **values)

    @property
    def scope(self) -> Scope:
        """The token's scope; `claims` are there once the token was checked."""
        return cast("Scope", self.meta.csrf_context)

    def show_token(self, typed: str) -> str:
        """Let the form be shown with the token that came with it, or with a fresh one where none did; that token."""
        shown = typed or token.issue(self.settings, self.scope.site_key, self.scope.page_key)
        cast(Any, self["token"]).current_token = shown
        return shown

    def check_token(self) -> token.Claims:
        """Check the token before anything else is looked at; raises `TokenRefused` or `TokenExpired`."""
        self["token"].validate(self)
        claims = self.scope.claims
        assert claims is not None  # noqa: S101 - validate() returns only with claims or raises
        return claims

    def validate_comment(self, field: Any) -> None:
        """Keep what was typed, without characters that no text can need."""
        field.data = clean_source(field.data)

    def validate_author(self, field: Any) -> None:
        """One line, without what could disturb the lines around it."""
        field.data = clean_line(field.data)
        if is_blank(field.data):
            raise StopValidation(_("Please type your name."))
        # Composing letters anew can make a name longer.
        _at_most("max_author")(self, field)

    def validate_email(self, field: Any) -> None:
        """An address that mail could be sent to."""
        try:
            field.data = parse_email(
                field.data.strip(),
                max_length=self.settings.max_email,
                deliverability=self.deliverability,
            )
        except BadEmail as fault:
            raise StopValidation(said(fault)) from fault

    def validate_url(self, field: Any) -> None:
        """An http or https address, or nothing."""
        try:
            field.data = clean_website(field.data or "")
        except BadWebsite as fault:
            raise StopValidation(said(fault)) from fault
        if field.data and len(field.data) > self.settings.max_url:
            raise StopValidation(_("This address is too long once it is written out. Please shorten it."))

    def validate_page_title(self, field: Any) -> None:
        """The page's title as its own script read it; cut rather than refused, since no reader typed it."""
        field.data = clean_line((field.data or "")[: 4 * _LONGEST_TITLE])[:_LONGEST_TITLE] or None

    @property
    def problems(self) -> Errors:
        """The faults by field, in the order of the form."""
        return {name: [str(line) for line in lines] for name, lines in self.errors.items() if name is not None}
