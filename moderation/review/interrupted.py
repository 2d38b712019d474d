"""What a session that ran out interrupts: the page somebody was on, and what was typed there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app, request, url_for
from flask_babel import gettext as _

from moderation.review.log_kinds import field_name
from moderation.review.sites import RULES
from moderation.spam.policy import SETTINGS


class Kept(NamedTuple):
    """One field as it was typed."""

    label: str
    text: str


# Field by field, so that no password and no token of a form is ever shown; what is not named here has its `text`.
_TYPED: Mapping[str, tuple[str, ...]] = {
    "desk.decisions": ("note",),
    "desk.save_ban": ("word",),
    "desk.change_settings": ("name", "origins", *RULES),
    "desk.add_moderator": ("email", "name"),
}
_ONE = ("desk.moderator", ("id",))
# The page of a form, and the fields that its address needs, where neither follows from the address that the form is sent to.
_PAGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "desk.logout": ("desk.home", ()),
    "desk.save_ban": ("desk.ban", ("target", "word", "list", "until", "next")),
    "desk.change_moderator": _ONE,
    "desk.change_password": _ONE,
    "desk.end_tokens": _ONE,
    "desk.switch_moderator": _ONE,
    "desk.save_policy": ("desk.policy", (*(setting.name for setting in SETTINGS), "days")),
    "desk.edit_list": ("desk.lists", ("name",)),
    "desk.empty": ("desk.before_emptying", ("status",)),
    "desk.export_log": ("desk.log", ("who", "what", "since", "until", "batch", "policy")),
}


def typed() -> list[Kept]:
    """What somebody typed into the form that this request brought, to be copied."""
    fields = _TYPED.get(request.endpoint or "", ("text",))
    return [Kept(_label(name), text) for name in fields if (text := request.form.get(name, "")).strip()]


def page() -> str:
    """The address of the page that the form stood on: what it says itself, else what belongs to it."""
    known = _PAGES.get(request.endpoint or "")
    if known:
        endpoint, fields = known
        sent: dict[str, Any] = {name: value for name in fields if (value := request.form.get(name))}
        return url_for(endpoint, **(request.view_args or {}), **sent)
    routes, path = current_app.create_url_adapter(request), request.path
    if routes is None or routes.test(path, "GET"):
        return request.full_path.rstrip("?")
    while path and not routes.test(path, "GET"):
        path = path.rpartition("/")[0]
    return request.form.get("next") or path


def _label(name: str) -> str:
    return {"word": _("The word"), "email": _("Email address")}.get(name) or field_name(name)
