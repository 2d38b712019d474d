"""What went wrong, in one line, and the exit code that goes with it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from moderation.schema import NotReady
from moderation.settings import SettingsError


def told(fault: Exception) -> tuple[str, int] | None:
    """The line and the exit code for a fault that the operator can mend; None for any other, which is a fault of ours."""
    if isinstance(fault, SettingsError):
        return " ".join(fault.lines), 2
    if isinstance(fault, NotReady):
        return str(fault), 1
    if isinstance(fault, DBAPIError):
        return f"the database does not answer: {str(fault.orig).strip().splitlines()[0]}", 1
    return None
