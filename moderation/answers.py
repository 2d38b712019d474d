"""How problems reach the client: a problem document for programs, a page for people, never a stack trace."""

from __future__ import annotations

import logging
import traceback
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Flask, Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import parse_accept_header
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from moderation import problems
from moderation.database import is_away
from moderation.problems import Problem

_log = logging.getLogger("moderation")
# Browsers name their kinds in half of it.
_LONGEST_HEADER = 500


class ServerFault(Problem):
    """A fault of the service itself; the log names its kind and place."""

    status, slug, title = 500, "fault", "The service failed"


_BY_STATUS: dict[int, type[Problem]] = {
    400: problems.Malformed,
    401: problems.SignInNeeded,
    403: problems.Forbidden,
    404: problems.NotFound,
    413: problems.TooLarge,
    415: problems.Unsupported,
    429: problems.TooMany,
    503: problems.Unavailable,
}


def wants_page() -> bool:
    """Whether a person is reading: a browser asking for a page rather than a program asking for data."""
    return _prefers_page(request.headers.get("Accept", "")[:_LONGEST_HEADER])


# Asked for with every post, and clients send few of them.
@lru_cache(maxsize=256)
def _prefers_page(accepted: str) -> bool:
    kinds = parse_accept_header(accepted, MIMEAccept)
    best = kinds.best_match(["application/json", "application/problem+json", "text/html"])
    return best == "text/html" and kinds["text/html"] > kinds["application/json"]


def answer(problem: Problem, kept: str = "") -> Response:
    """The response for a problem, in the shape that this client reads; `kept` is what a person typed and may copy."""
    if wants_page():
        response = make_response(render_template("pages/problem.html", problem=problem, kept=kept), problem.status)
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    else:
        response = Response(orjson.dumps(problem.to_dict()), problem.status, mimetype="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.extend(problem.headers)
    return response


def register(app: Flask) -> None:
    """Bind every kind of failure to its answer."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(problems.TooMany, _too_many)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(RecursionError, _too_nested)
    app.register_error_handler(Exception, _fault)
    app.after_request(_readable)


def _readable(response: Response) -> Response:
    """What says nothing of anybody may be read by a script of any page: that an address is spelt in another way, is not there or
    does not take a method, and that the service is away. Without that a script knows no more than that something failed.
    """
    fault = request.routing_exception
    if isinstance(fault, RequestRedirect):
        # To the same host, whatever a request calls it.
        target = urlsplit(response.headers["Location"])
        response.headers["Location"] = target._replace(scheme="", netloc="").geturl()
        response.headers["Cache-Control"] = "no-store"
    if fault is not None or response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def stale(kept: str = "") -> Response:
    """The answer to a form whose token is not this session's; `kept` is what a person typed and may copy."""
    sentence = _("This page stood open too long. Go back, reload it and try again.")
    return answer(problems.Malformed(sentence), kept=kept)


def _csrf(_fault: CSRFError) -> Response:
    return stale()


def _too_many(problem: problems.TooMany) -> Response:
    return answer(problem, kept=request.form.get("comment", ""))


def _http(fault: HTTPException) -> BaseResponse | HTTPException:
    if fault.code is None or fault.code < 400:
        return fault
    if isinstance(fault, MethodNotAllowed):
        allow = ", ".join(sorted(fault.valid_methods or ()))
        return answer(problems.MethodRefused(_("This address takes %(allow)s.", allow=allow), allow=allow))
    return answer(_BY_STATUS.get(fault.code, problems.Malformed)(_detail(fault.code)))


def _detail(code: int) -> str:
    sentences: dict[int, str] = {
        404: _("There is nothing at this address."),
        413: _("The request is larger than any comment can be. Please shorten it."),
        415: _("Send application/json or application/x-www-form-urlencoded."),
    }
    return sentences.get(code, _("The request could not be read. Please check it and try again."))


def _database(fault: Any) -> Response:
    problem = away(fault)
    return _fault(fault) if problem is None else answer(problem, kept=request.form.get("comment", ""))


def away(fault: Exception) -> problems.Unavailable | None:
    """The problem that a database error is for the client, if it passes by itself; None for a fault in a query."""
    if not is_away(fault):
        return None
    _log.warning("database away: %s %s", type(fault).__name__, _code(fault))
    return unreachable()


def unreachable() -> problems.Unavailable:
    """The problem that it is for the client when the database cannot be reached."""
    return problems.Unavailable(
        _("The service cannot reach its database just now. Nothing was lost: please try again."), retry_after=5
    )


def _too_nested(_fault: RecursionError) -> Response:
    return answer(problems.Malformed(_("The request is nested too deeply.")))


def _fault(fault: Exception) -> Response:
    _log.error("fault %s on %s", for_the_log(fault), request.url_rule)
    return answer(ServerFault(_("The service failed on this request. The operator finds the cause in the log.")))


def for_the_log(fault: Exception) -> str:
    """What a log may say of a failure: its class, code and place. Never its message, since those of the database name what
    people typed.
    """
    return f"{type(fault).__name__} {_code(fault)} at {_place(fault)}"


def _code(fault: Exception) -> str:
    """The database's own short name of an error, such as SQLITE_BUSY or 25006."""
    origin = getattr(fault, "orig", None)
    return str(getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or "")


def _place(fault: Exception) -> str:
    """The last line of our own that the error passed through."""
    place = "unknown"
    for frame in traceback.extract_tb(fault.__traceback__):
        if "moderation" in Path(frame.filename).parts:
            place = f"{frame.filename}:{frame.lineno}"
    return place
