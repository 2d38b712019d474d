"""A site's name, origins and the rules that are not the filter's: checked and stored, by desk and by command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from moderation.database import writing
from moderation.keys import keyed_hash
from moderation.models import Moderator, Site, record
from moderation.problems import said
from moderation.settings import current
from moderation.spam import Policy, PolicyError
from moderation.spam.policy import SETTINGS
from moderation.text.names import clean_line
from moderation.text.urls import BadAddress, parse_origin

RULES = ("close_after_days", "empty_after_days", "max_depth", "edit_minutes", "digest_hours")
"""The rules of a policy that have nothing to do with the filter."""
LONGEST_NAME = 200
MOST_ORIGINS = 50
_SHOWN = 100
_RANGES = {setting.name: (int(setting.least), int(setting.most)) for setting in SETTINGS if setting.name in RULES}


class SiteError(ValueError):
    """A site cannot be as asked. `errors` has a sentence for each field that is wrong; "" is the whole form."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Typed:
    """Settings as they were typed; origins one a line."""

    name: str
    origins: str
    rules: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site) -> Typed:
        """What a form shows before anybody has typed."""
        rules = site.policy.to_dict()
        return cls(site.name, "\n".join(site.origins), {name: str(rules[name]) for name in RULES})


def name_of(raw: str) -> str:
    """A site's name as it is stored. Raises `SiteError`."""
    name = clean_line(raw)
    if not 0 < len(name) <= LONGEST_NAME:
        sentence = _("The name has %(n)s visible characters; it needs 1 to %(most)s.", n=len(name), most=LONGEST_NAME)
        raise SiteError({"name": sentence})
    return name


def origin_of(raw: str) -> str:
    """An origin as it is stored. Raises `SiteError`."""
    try:
        return parse_origin(raw)
    except BadAddress as fault:
        raise SiteError({"origins": f"{raw.strip()[:_SHOWN]!r}: {said(fault)}"}) from None


def origins_of(raw: str) -> list[str]:
    """Origins that stand one a line, each once, in order. Raises `SiteError` for the first that is none."""
    lines = [line for line in raw.splitlines() if line.strip()]
    if not lines:
        sentence = _("Give at least one origin, such as https://news.example; without one nobody could comment.")
        raise SiteError({"origins": sentence})
    if len(lines) > MOST_ORIGINS:
        sentence = _("There are %(n)s origins; a site has at most %(most)s.", n=len(lines), most=MOST_ORIGINS)
        raise SiteError({"origins": sentence})
    return list(dict.fromkeys(origin_of(line) for line in lines))


def state(site: Site) -> str:
    """What stands for all settings of this page, so that a change since can be noticed."""
    rules = site.policy.to_dict()
    facts = json.dumps([site.name, site.origins, [rules[name] for name in RULES]])
    return keyed_hash(current(), "site-state", facts) or ""


def change(owner: Moderator, site_id: int, typed: Typed, *, seen: str) -> dict[str, list[Any]]:
    """Store settings as they were typed; gives what changed: name, old value, new value. Raises `SiteError`.

    `seen` is the `state` that was on the screen: where somebody else has changed the site since, nothing is stored.
    """
    name, origins, rules = _checked(typed)
    with writing() as session:
        site = session.get_one(Site, site_id, with_for_update=True, populate_existing=True)
        if state(site) != seen:
            raise SiteError({"": _("Somebody else changed this site meanwhile, and nothing of yours is stored yet.")})
        before = facts(site)
        site.name, site.origins = name, origins
        try:
            Policy.from_dict({**site.rules, **rules})
        except PolicyError as fault:
            raise SiteError({"": str(fault)}) from fault
        if any(site.policy.to_dict()[each] != value for each, value in rules.items()):
            site.rules = {**site.rules, **rules}
        changes = differences(before, facts(site))
        if changes:
            record(session, "site.changed", moderator=owner, site_id=site.id, changes=changes)
    return changes


def facts(site: Site) -> dict[str, Any]:
    """Name, origins and every rule, to be compared."""
    return {"name": site.name, "origins": list(site.origins), **site.policy.to_dict()}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What is other now than it was: by name, the old value and the new one."""
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}


def _checked(typed: Typed) -> tuple[str, list[str], dict[str, int]]:
    """All fields as they are stored, or one `SiteError` with every fault."""
    errors: dict[str, str] = {}
    name, origins, rules = "", [], {}
    try:
        name = name_of(typed.name)
    except SiteError as fault:
        errors |= fault.errors
    try:
        origins = origins_of(typed.origins)
    except SiteError as fault:
        errors |= fault.errors
    for rule in RULES:
        value = _whole(typed.rules.get(rule, ""), _RANGES[rule])
        if value is None:
            least, most = _RANGES[rule]
            errors[rule] = _("This must be a whole number from %(least)s to %(most)s.", least=least, most=most)
        else:
            rules[rule] = value
    if errors:
        raise SiteError(errors)
    return name, origins, rules


def _whole(raw: str, allowed: Iterable[int]) -> int | None:
    least, most = allowed
    word = raw.strip()
    if not word.isascii() or not word.isdigit() or len(word) > len(str(most)) or not least <= int(word) <= most:
        return None
    return int(word)
