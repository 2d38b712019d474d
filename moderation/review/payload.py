"""Reading what a program sends to the moderation API. Every fault names its field and the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Request
from flask_babel import gettext as _

from moderation.lifecycle import BULK_LIMIT
from moderation.parameters import Parameters, parameter
from moderation.problems import Errors, Invalid, Malformed, NotFound, Unsupported
from moderation.review.acts import DECISIONS, LONGEST_NOTE
from moderation.review.queue import PAGE, SORTS, TABS, Question
from moderation.text.plain import clean_source

LARGEST_PAGE = 100
MOST_SITES = 50
_WHOLE = re.compile(r"[1-9]\d{0,9}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """A wish to decide on comments. `versions` says which version of each was looked at; None: whatever it is now."""

    ids: list[int]
    decision: str
    note: str
    versions: dict[int, int] | None


def question(args: Parameters, site_keys: Mapping[int, str]) -> Question:
    """What a list asks for. Without `site` all sites of the moderator, without `status` the pending comments."""
    status = parameter("status", args) or "pending"
    sort = parameter("sort", args) or "newest"
    limit = parameter("limit", args) or str(PAGE)
    if status not in TABS:
        raise _unusable("status", _("It must be one of: %(names)s.", names=", ".join(TABS)))
    if sort not in SORTS:
        raise _unusable("sort", _("It must be one of: %(names)s.", names=", ".join(SORTS)))
    if not _WHOLE.match(limit) or int(limit) > LARGEST_PAGE:
        raise _unusable("limit", _("It must be a whole number from 1 to %(most)s.", most=LARGEST_PAGE))
    site = parameter("site", args)
    if site == "":
        raise _unusable("site", _("Name a site, or leave it out to ask for all of yours."))
    site_ids = [site_id for site_id, key in site_keys.items() if site is None or key == site]
    if site and not site_ids:
        raise NotFound(_("There is no such site among yours."))
    if len(site_ids) > MOST_SITES:
        raise _unusable("site", _("You moderate %(n)s sites; name the one that you mean.", n=len(site_ids)))
    return Question(site_ids=site_ids, tab=status, sort=sort, limit=int(limit), cursor=parameter("cursor", args) or "")


def order(request: Request) -> Order:
    """The body of `POST decisions`."""
    body = _body(request)
    errors: dict[str, list[str]] = {}
    ids = body.get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= BULK_LIMIT or not all(_is_id(each) for each in ids):
        errors["ids"] = [_("Send a list of 1 to %(most)s ids of comments, each a whole number.", most=BULK_LIMIT)]
    decision = body.get("decision")
    if not isinstance(decision, str) or decision not in DECISIONS:
        errors["decision"] = [_("It must be one of: %(names)s.", names=", ".join(DECISIONS))]
    note = body.get("note", "")
    # Counted as it is stored: composing can make a text longer, up to three times, or shorter.
    note = clean_source(note) if isinstance(note, str) else None
    if note is None or len(note) > LONGEST_NOTE:
        errors["note"] = [_("It must be text of at most %(most)s characters.", most=LONGEST_NOTE)]
    versions = body.get("versions")
    if versions is not None and not _are_versions(versions):
        errors["versions"] = [_('It must give the version that you saw for each id, such as {"41": 2}.')]
    if errors:
        raise _invalid(errors)
    return Order(
        ids=list(dict.fromkeys(ids or ())),
        decision=str(decision),
        note=note or "",
        versions={int(key): value for key, value in versions.items()} if versions else None,
    )


def batch(request: Request) -> str:
    """The body of `POST undo`."""
    given = _body(request).get("batch")
    if not isinstance(given, str) or not given:
        raise _invalid({"batch": [_("Send the batch that the decision answered.")]})
    return given


def _body(request: Request) -> dict[str, Any]:
    if request.mimetype != "application/json" or request.headers.get("Content-Encoding", "identity") != "identity":
        raise Unsupported(_("Send application/json, not compressed."))
    try:
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as fault:
        raise Malformed(_("The body is not JSON.")) from fault
    if not isinstance(body, dict):
        raise Malformed(_("The body must be a JSON object."))
    return body


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _are_versions(value: object) -> bool:
    if not isinstance(value, dict) or len(value) > BULK_LIMIT:
        return False
    return all(_WHOLE.match(key) and _is_id(version) for key, version in value.items())


def _unusable(name: str, sentence: str) -> Malformed:
    return Malformed(
        _("Parameter %(name)s cannot be used. %(way)s", name=name, way=sentence), errors={name: [sentence]}
    )


def _invalid(errors: Errors) -> Invalid:
    return Invalid(_("Nothing was changed. Mend the fields that `errors` names."), errors=errors)
