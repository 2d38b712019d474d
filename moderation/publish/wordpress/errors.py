"""Errors as WordPress's REST API has them. Programs go by the code, so the words are WordPress's own and in English."""

from collections.abc import Mapping
from typing import Any, Final

NO_ROUTE: Final = "rest_no_route"


class WordPressError(Exception):
    """An answer that is an error: WordPress's code, its words, the status, and what else stands in `data`."""

    def __init__(self, code: str, message: str, status: int, **data: Any) -> None:
        super().__init__(message)
        self.body: dict[str, Any] = {"code": code, "message": message, "data": {"status": status, **data}}

    @property
    def status(self) -> int:
        """The status of the answer, which WordPress repeats in its body."""
        return int(self.body["data"]["status"])


class Forbidden(WordPressError):
    """What WordPress keeps for people who are signed in; nobody is signed in here."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, 401)


class InvalidParameters(WordPressError):
    """Parameters that cannot be used: each by name, with WordPress's code for what is wrong and a sentence."""

    def __init__(self, faults: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(
            "rest_invalid_param",
            f"Invalid parameter(s): {', '.join(faults)}",
            400,
            params={name: sentence for name, (_code, sentence) in faults.items()},
            details={
                name: {"code": code, "message": sentence, "data": None} for name, (code, sentence) in faults.items()
            },
        )
