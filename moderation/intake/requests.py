"""From an HTTP request to an `Incoming`: the site, the body, and what is around it."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from flask import g, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from moderation.extensions import db
from moderation.intake import origin, proof
from moderation.intake.forms import HONEYPOT
from moderation.intake.submit import Incoming
from moderation.models import LARGEST_ID, Site, now, site_by_key
from moderation.network import client
from moderation.parameters import parameter
from moderation.problems import Invalid, Malformed, NotFound, Unsupported
from moderation.settings import Settings
from moderation.text.plain import clean_source

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_TEXTS = ("page", "author", "email", "url", "comment", "token", "author_token", "page_url", "page_title", HONEYPOT)
_LONGEST_KEY = 255
_LONGEST_HEADER = 300


def site_or_404(key: str) -> Site:
    """The site with this key. Raises `NotFound`."""
    site = site_by_key(db.session(), key)
    if site is None:
        raise NotFound(_("There is no site with the key “%(key)s” here.", key=key[:64]))
    g.site = site
    return site


def asked(*names: str) -> dict[str, str]:
    """These parameters of the address, "" for what is not there. Raises `Malformed` for one, or a `lang`, given twice."""
    parameter("lang")
    return {name: parameter(name) or "" for name in names}


def limits_of(settings: Settings) -> dict[str, int]:
    """The longest that each field may be, in characters."""
    return {
        "author": settings.max_author,
        "email": settings.max_email,
        "url": settings.max_url,
        "comment": settings.max_comment,
        "tags": settings.max_tags,
    }


def incoming(site: Site, settings: Settings, *, hosted: bool = False) -> Incoming:
    """Read the current request, in the fixed order: origin, kind of content, body. Raises a `Problem` for each."""
    origin.check(request, site, settings.public_url)
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Unsupported(_("Send the body without Content-Encoding."))
    kind = request.mimetype
    charset = request.mimetype_params.get("charset", "utf-8").strip("\"'").lower()
    if kind not in ((FORM,) if hosted else (JSON, FORM)) or charset not in ("utf-8", "utf8"):
        raise Unsupported(_("Send application/json or application/x-www-form-urlencoded, in UTF-8."))
    fields, faults = _from_json() if kind == JSON else (_from_form(), {})
    return Incoming(
        site=site,
        fields=fields,
        faults=faults,
        via="hosted" if hosted else "json" if kind == JSON else "form",
        at=now(),
        idempotency_key=_idempotency_key(),
        address=client(),
        user_agent=header("User-Agent"),
        referrer=header("Referer"),
        language=header("Accept-Language"),
    )


def _from_form() -> MultiDict[str, str]:
    return MultiDict((name, value) for name, value in request.form.items())


def _from_json() -> tuple[MultiDict[str, str], dict[str, list[str]]]:
    """The fields of a JSON body as a form has them; a value of the wrong kind becomes the fault of its field."""
    try:
        body = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError:
        raise Malformed(_("The body is not JSON. Send one object with the fields of the comment, in UTF-8.")) from None
    if not isinstance(body, dict):
        raise Malformed(_("The body must be one JSON object with the fields of the comment."))
    fields: MultiDict[str, str] = MultiDict()
    faults: dict[str, list[str]] = {}
    for name in _TEXTS:
        value = body.get(name)
        if isinstance(value, str):
            fields[name] = value
        elif value is not None:
            faults[name] = [_("This must be text.")]
    _read_parent(body, fields, faults)
    # A proof of any other kind is none, and no fault: the comment waits for a moderator.
    if isinstance(body.get(proof.FIELD), str):
        fields[proof.FIELD] = body[proof.FIELD]
    if "page" in faults:
        raise Invalid(_("Please correct the marked fields; everything you typed is kept."), errors=faults)
    return fields, faults


def _read_parent(body: Mapping[str, object], fields: MultiDict[str, str], faults: dict[str, list[str]]) -> None:
    parent = body.get("parent_id")
    if isinstance(parent, str) or (
        isinstance(parent, int) and not isinstance(parent, bool) and 0 < parent <= LARGEST_ID
    ):
        fields["parent_id"] = str(parent)
    elif parent is not None:
        faults["parent_id"] = [_("This must be the number of a comment, or null.")]


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > _LONGEST_KEY:
        raise Malformed(
            _("The Idempotency-Key is longer than %(limit)s characters. Send a shorter one.", limit=_LONGEST_KEY)
        )
    if not all("!" <= letter <= "~" for letter in key):
        raise Malformed(
            _("The Idempotency-Key may have ASCII letters, digits and punctuation only. Send one without spaces.")
        )
    return key or None


def header(name: str) -> str:
    """A header as sent; "" says that it was looked for and was not there, see `Submission`."""
    return clean_source(request.headers.get(name, ""))[:_LONGEST_HEADER]
