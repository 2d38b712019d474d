"""Every error a client can meet.

    Problem
    ├── Malformed 400            the request cannot be read
    ├── OriginRefused 403        posted from a page that is not on one of the site's origins
    ├── TokenRefused 403         the form's token is missing, altered or of another form
    │   ├── TokenExpired 403     it is too old; a fresh one comes with the answer
    │   └── TokenUsed 403        another comment was sent with it; a fresh one comes with the answer
    ├── Closed 403               the page takes no more comments
    ├── ParentRefused 403        the reply is to a comment that is not public, or too deep
    ├── Forbidden 403            signed in, but not allowed to do this
    ├── SignInNeeded 401         no valid bearer token
    ├── NotFound 404             no such site, page or comment
    ├── MethodRefused 405
    ├── Duplicate 409            this was said already
    ├── Conflict 409             somebody else decided first
    ├── TooLarge 413
    ├── Unsupported 415
    ├── Invalid 422              fields; `errors` says which and how to mend them
    ├── KeyReused 422            an Idempotency-Key came back with another comment
    ├── TooMany 429              slow down; `retry_after` in seconds
    └── Unavailable 503          come back later; `retry_after` in seconds

For programs each is `application/problem+json` (RFC 9457); for people a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from moderation.text.faults import Fault

Errors = Mapping[str, list[str]]


class Problem(Exception):
    """An error with everything that the client must decide on: what, which fields, when to come back."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "problem"
    title: ClassVar[Any] = _l("Something is wrong with this request")

    def __init__(
        self, detail: str, *, errors: Errors | None = None, retry_after: int | None = None, token: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.token = token

    def to_dict(self) -> dict[str, Any]:
        """The members of the problem document."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.detail),
        }
        if self.errors is not None:
            document["errors"] = {name: [str(line) for line in lines] for name, lines in self.errors.items()}
        if self.token is not None:
            document["token"] = self.token
        return document

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        return {} if self.retry_after is None else {"Retry-After": str(max(1, self.retry_after))}


class Malformed(Problem):
    """The request cannot be read: its body is not JSON or not a form, or a parameter is not of its kind."""

    status, slug, title = 400, "malformed", _l("The request could not be read")


class SignInNeeded(Problem):
    """The moderation API needs a bearer token; `moderation moderator token EMAIL` makes one."""

    status, slug, title = 401, "sign-in-needed", _l("A valid bearer token is needed")

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="moderation"'}


class OriginRefused(Problem):
    """The comment was posted from a page that is not on one of the site's origins; the owner can add the origin."""

    status, slug, title = 403, "origin", _l("Comments cannot be posted from this address")


class TokenRefused(Problem):
    """The form's token is missing, altered, or was made for another page; load the form again."""

    status, slug, title = 403, "token", _l("The form could not be verified")


class TokenExpired(TokenRefused):
    """The form stood open too long. The answer carries a fresh token; send the same text again with it."""

    slug, title = "token-expired", _l("The form has expired")


class TokenUsed(TokenRefused):
    """Another comment was sent with this token. The answer carries a fresh one; send the same text again with it."""

    slug, title = "token-used", _l("The form was sent before")


class Closed(Problem):
    """The page takes no more comments."""

    status, slug, title = 403, "closed", _l("Comments are closed")


class ParentRefused(Problem):
    """The reply is to a comment that is not public, or the thread is at its greatest depth."""

    status, slug, title = 403, "parent", _l("This comment cannot be replied to")


class Forbidden(Problem):
    """Signed in, but this moderator may not do this here."""

    status, slug, title = 403, "forbidden", _l("You may not do this")


class NotFound(Problem):
    """There is no such site, page, comment or address."""

    status, slug, title = 404, "not-found", _l("Not found")


class MethodRefused(Problem):
    """The address exists, but not for this method; the `Allow` header names those it takes."""

    status, slug, title = 405, "method", _l("This address does not take that method")

    def __init__(self, detail: str, *, allow: str = "") -> None:
        super().__init__(detail)
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self.allow}


class Duplicate(Problem):
    """The same author said the same on the same page already."""

    status, slug, title = 409, "duplicate", _l("Duplicate comment")


class Conflict(Problem):
    """Somebody else decided on the comment in the meantime; look at its present state and decide again."""

    status, slug, title = 409, "conflict", _l("Somebody else was here first")


class TooLarge(Problem):
    """The request's body is larger than any comment can be."""

    status, slug, title = 413, "too-large", _l("The request is too large")


class Unsupported(Problem):
    """Neither `application/json` nor `application/x-www-form-urlencoded`, or an encoding that is not taken."""

    status, slug, title = 415, "unsupported", _l("This kind of content is not taken")


class Invalid(Problem):
    """One or more fields need mending; member `errors` says which and how."""

    status, slug, title = 422, "invalid", _l("Please correct the marked fields")


class KeyReused(Problem):
    """An Idempotency-Key was sent before with another comment; make a new key for a new comment."""

    status, slug, title = 422, "idempotency-key", _l("This Idempotency-Key belongs to another comment")


class TooMany(Problem):
    """Comments or attempts come too quickly; `Retry-After` says how many seconds to wait."""

    status, slug, title = 429, "too-many", _l("Too many requests")


class Unavailable(Problem):
    """The service cannot answer just now, for example because its database is away; nothing was stored."""

    status, slug, title = 503, "unavailable", _l("The service is not available just now")


def said(fault: Fault) -> str:
    """What is wrong with something typed, in the language of the answer that is being made."""
    values = {name: said(value) if isinstance(value, Fault) else value for name, value in fault.values.items()}
    return _(fault.sentence, **values)


def tree() -> list[type[Problem]]:
    """Every kind of problem, for the documentation pages under /problems/ and the OpenAPI document."""
    found: list[type[Problem]] = []
    waiting: list[type[Problem]] = [Problem]
    while waiting:
        kind = waiting.pop(0)
        waiting[:0] = kind.__subclasses__()
        if kind is not Problem:
            found.append(kind)
    return found
