"""Comments as records (one object of a JSON Lines file), for scoring without a database."""

from collections.abc import Mapping

from moderation.spam.types import Submission


class RecordError(ValueError):
    """A record that cannot be read. Its message is one sentence that names the field and the fault."""


def submission_of(record: Mapping[str, object]) -> Submission:
    """The submission in a record.

    Read are ``author email url text page_key page_title page_url honeypot via`` and, as ``ua``, the user agent; unknown
    fields are ignored, missing ones and ``null`` count as not known. An address (``ip``) says nothing without a history
    and is not read.

    :raises RecordError: a field of the wrong type.
    """
    return Submission(
        author=_text(record, "author"),
        email=_text(record, "email"),
        url=_text(record, "url"),
        text=_text(record, "text"),
        page_key=_text(record, "page_key"),
        page_title=_text(record, "page_title"),
        page_url=_text(record, "page_url"),
        # An empty field in a file is one that nobody kept, not a header that was missing.
        user_agent=_text(record, "ua") or None,
        honeypot=_text(record, "honeypot"),
        via=_text(record, "via"),
    )


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        kind = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
        raise RecordError(f"The field {name!r} must be text, and is {kind.get(type(value), 'something else')}.")
    return value
