"""A comment's text on its way from what was typed to what is served."""

from __future__ import annotations

from flask_babel import gettext as _

from moderation.intake import limits
from moderation.problems import Invalid, said
from moderation.settings import Settings
from moderation.text.names import is_blank
from moderation.text.sanitize import MarkupError, Sanitised, sanitize, within_limits


def source_of(typed: str, settings: Settings) -> str:
    """A text as it would be stored, which costs next to nothing. Raises `Invalid` for one that cannot be stored."""
    if is_blank(typed):
        raise _invalid(_("Please type your comment."))
    try:
        return within_limits(typed, max_characters=settings.max_comment, max_tags=settings.max_tags)
    except MarkupError as fault:
        raise _invalid(said(fault)) from fault


def rendered(typed: str, settings: Settings) -> Sanitised:
    """A text as it would be stored and served, made by what makes it when it is stored.

    Each network may ask for so many a minute as it may send posts that are refused. Raises `Invalid` for a text that
    cannot be stored, `TooMany`.
    """
    source_of(typed, settings)
    return _sanitised(typed, settings)


@limits.renderings
def _sanitised(typed: str, settings: Settings) -> Sanitised:
    return sanitize(typed, max_characters=settings.max_comment, max_tags=settings.max_tags)


def _invalid(sentence: str) -> Invalid:
    return Invalid(_("Please correct the marked fields; everything you typed is kept."), errors={"comment": [sentence]})
