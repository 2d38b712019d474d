"""What owners send: somebody's rights, a site's settings, what is asked of the log. Every limit holds here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import cast

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from moderation.models import Role, Site
from moderation.review import log_kinds
from moderation.review.forms import number
from moderation.review.log import Question
from moderation.review.sites import RULES, Typed
from moderation.review.team import Person, Rights

_DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d\Z", re.ASCII)
_BATCH = re.compile(r"[0-9a-zA-Z_-]{1,32}\Z", re.ASCII)


def plain(raw: str) -> str:
    """What was typed, without what no database stores."""
    return raw.replace("\0", "").encode("utf-8", "replace").decode()


class RightsForm:
    """Email, name, role and sites of a moderator, as typed or as they are."""

    def __init__(self, data: MultiDict[str, str]) -> None:
        self.email = plain(data.get("email", ""))
        self.name = plain(data.get("name", ""))
        self.password = data.get("password", "")
        self.role: Role = "owner" if data.get("role") == "owner" else "moderator"
        self.every = data.get("every") == "yes"
        self.given = _numbers(data, "sites")
        self.offered = _numbers(data, "offered")

    @classmethod
    def of(cls, person: Person) -> RightsForm:
        """The form before anybody has typed."""
        moderator = person.moderator
        form = cls(MultiDict({"role": moderator.role, "every": "yes" if moderator.all_sites else ""}))
        form.given = frozenset(site.id for site in person.sites)
        return form

    @classmethod
    def new(cls, site: Site) -> RightsForm:
        """The form for somebody new, on this site."""
        form = cls(MultiDict())
        form.given = frozenset({site.id})
        return form

    @property
    def rights(self) -> Rights:
        """What is asked for."""
        return Rights(self.role, self.offered, self.given, self.every)


def settings_of(data: MultiDict[str, str]) -> Typed:
    """A site's settings as they were typed."""
    rules = {name: plain(data.get(name, "")) for name in RULES}
    return Typed(plain(data.get("name", "")), plain(data.get("origins", "")), rules)


class LogForm:
    """What is asked of the log. `errors` has a sentence for each field that cannot be read."""

    def __init__(self, data: MultiDict[str, str]) -> None:
        self.who = data.get("who", "")
        self.what = data.get("what", "")
        self.policy = data.get("policy") == "yes"
        self.since = plain(data.get("since", "").strip())
        self.until = plain(data.get("until", "").strip())
        self.batch = data.get("batch", "")
        self.errors: dict[str, str] = {}
        if self.who not in {"", "author", "command"} and not number(self.who):
            self.errors["who"] = _("There is no such moderator. Choose one from the list.")
            self.who = ""
        if self.what and self.what not in dict(log_kinds.choices()):
            self.errors["what"] = _("There is no such kind of entry. Choose one from the list.")
            self.what = ""
        if self.batch and not _BATCH.match(self.batch):
            self.batch = "-"
        self._first, self._last = self._day("since"), self._day("until")
        if self._first and self._last and self._last < self._first:
            self.errors["until"] = _("The last day is before the first. Change one of them.")

    def _day(self, name: str) -> datetime | None:
        raw = getattr(self, name)
        if not raw:
            return None
        try:
            if _DAY.match(raw):
                return datetime.strptime(raw, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            pass
        self.errors[name] = _("This is not a day. Give one such as 2026-10-31, or none.")
        setattr(self, name, raw[:40])
        return None

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.who or self.what or self.since or self.until or self.batch)

    @property
    def asked(self) -> dict[str, str]:
        """What the form holds, to be asked again; without what is empty."""
        fields = ("who", "what", "since", "until", "batch")
        held = {name: cast(str, getattr(self, name)) for name in fields}
        return {name: value for name, value in {**held, "policy": "yes" if self.policy else ""}.items() if value}

    def question(self, site: Site, cursor: str = "") -> Question:
        """The question that this is."""
        return Question(
            site_id=site.id,
            who=self.who,
            what=self.what,
            policy=self.policy,
            since=self._first,
            until=self._last + timedelta(days=1) if self._last else None,
            batch=self.batch,
            cursor=cursor,
        )


def _numbers(data: MultiDict[str, str], name: str) -> frozenset[int]:
    return frozenset(filter(None, map(number, data.getlist(name))))
