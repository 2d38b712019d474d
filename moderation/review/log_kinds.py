"""What can stand in a site's log, in words. One table from kind to sentence, so that a new kind is one new row.

A decision's kind is what was done and the status that it gave, such as `decided.spam`; an event's is its own, such as
`policy.changed`. Sentences may name `who` did it, the comment's number `id`, and any single value of an event's detail.
A kind without a row is shown by its name with all of its detail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

DECISIONS: Mapping[str, tuple[str, ...]] = {
    "approved": ("decided.approved", "confirmed.approved"),
    "spam": ("decided.spam", "confirmed.spam"),
    "trash": ("decided.trash", "confirmed.trash"),
    "pending": ("decided.pending", "confirmed.pending"),
    "undone": ("undone.",),
    "replied": ("replied.",),
    "withdrawn": ("withdrawn.",),
    "revised": ("revised.",),
    "arrived": ("arrived.",),
}
"""Acts on comments' statuses that one can ask for, by the beginnings of the kinds that belong to each."""
OTHER = "other"
_TEXT, _LONGEST, _MOST_LISTED = 200, 12, 8
_PAIRS = (("old", "new"), ("before", "after"), ("from", "to"))
_LISTS = frozenset({"added", "removed", "entries", "lines", "sites", "ids"})
"""Fields whose two values are two values, not an old one and a new one."""


class Kind(NamedTuple):
    """One row: the sentence, and which fields of an event's detail stand below it; None for all that it has."""

    sentence: Any
    fields: tuple[str, ...] | None = ()


KINDS: Mapping[str, Kind] = {
    "decided.approved": Kind(_l("%(who)s approved comment %(id)s")),
    "decided.spam": Kind(_l("%(who)s marked comment %(id)s as spam")),
    "decided.trash": Kind(_l("%(who)s put comment %(id)s in the trash")),
    "decided.pending": Kind(_l("%(who)s put comment %(id)s back to pending")),
    "confirmed.approved": Kind(_l("%(who)s confirmed that comment %(id)s is approved")),
    "confirmed.spam": Kind(_l("%(who)s confirmed that comment %(id)s is spam")),
    "confirmed.trash": Kind(_l("%(who)s confirmed that comment %(id)s is trash")),
    "confirmed.pending": Kind(_l("%(who)s confirmed that comment %(id)s waits")),
    "undone.approved": Kind(_l("%(who)s took a decision back: comment %(id)s is approved again")),
    "undone.spam": Kind(_l("%(who)s took a decision back: comment %(id)s is spam again")),
    "undone.trash": Kind(_l("%(who)s took a decision back: comment %(id)s is in the trash again")),
    "undone.pending": Kind(_l("%(who)s took a decision back: comment %(id)s is pending again")),
    "replied.approved": Kind(_l("%(who)s replied as staff with comment %(id)s")),
    "withdrawn.trash": Kind(_l("The author took comment %(id)s back")),
    "revised.approved": Kind(_l("The author edited comment %(id)s")),
    "revised.pending": Kind(_l("The author edited comment %(id)s, and it waits")),
    "revised.spam": Kind(_l("The author edited comment %(id)s, which is in spam")),
    "arrived.approved": Kind(_l("The policy published comment %(id)s")),
    "arrived.spam": Kind(_l("The policy put comment %(id)s in spam")),
    "arrived.trash": Kind(_l("The policy put comment %(id)s in the trash")),
    "arrived.pending": Kind(_l("The policy held comment %(id)s")),
    "moderator.added": Kind(_l("%(who)s gave %(name)s access"), ("role",)),
    "moderator.changed": Kind(_l("%(who)s changed what %(name)s may do"), ("role", "active")),
    "moderator.removed": Kind(_l("%(who)s took away the access of %(name)s")),
    "moderator.password": Kind(_l("%(who)s set a new password for %(name)s")),
    "moderator.tokens": Kind(_l("%(who)s ended the tokens of %(name)s")),
    "site.added": Kind(_l("%(who)s added this site"), ("name",)),
    "site.changed": Kind(_l("%(who)s changed the settings of the site"), ("changes",)),
    "policy.changed": Kind(_l("%(who)s changed the policy"), None),
    "list.changed": Kind(_l("%(who)s changed a list of what is blocked, held or allowed"), None),
    "comment.edited": Kind(_l("%(who)s edited comment %(id)s"), None),
    "comment.restored": Kind(_l("%(who)s restored an earlier text of comment %(id)s"), None),
    "note.added": Kind(_l("%(who)s left a note on comment %(id)s")),
    "note.removed": Kind(_l("%(who)s removed a note from comment %(id)s")),
    "author.trusted": Kind(_l("%(who)s trusted the author of comment %(id)s"), ("reason",)),
    "author.untrusted": Kind(_l("%(who)s no longer trusts the author of comment %(id)s"), ("reason",)),
    "job.started": Kind(_l("%(who)s started a job on many comments"), ("what", "to")),
    "spam.emptied": Kind(_l("%(who)s emptied the spam"), ("number",)),
    "trash.emptied": Kind(_l("%(who)s emptied the trash"), ("number",)),
    "spam.expired": Kind(_l("Old spam was emptied by the site's rules"), ("number",)),
    "trash.expired": Kind(_l("Old trash was emptied by the site's rules"), ("number",)),
    "person.erased": Kind(_l("A person's comments were erased"), ("number",)),
    "log.exported": Kind(_l("%(who)s exported this log"), None),
}
_UNKNOWN = Kind(_l("%(who)s did: %(kind)s"), None)
KNOWN_AREAS = frozenset(kind.partition(".")[0] for kind in KINDS)

_MANY: Mapping[str, Callable[[int, str], str]] = {
    "decided.approved": lambda n, who: ngettext(
        "%(who)s approved %(num)s comment", "%(who)s approved %(num)s comments", n, who=who
    ),
    "decided.spam": lambda n, who: ngettext(
        "%(who)s marked %(num)s comment as spam", "%(who)s marked %(num)s comments as spam", n, who=who
    ),
    "decided.trash": lambda n, who: ngettext(
        "%(who)s put %(num)s comment in the trash", "%(who)s put %(num)s comments in the trash", n, who=who
    ),
    "decided.pending": lambda n, who: ngettext(
        "%(who)s put %(num)s comment back to pending", "%(who)s put %(num)s comments back to pending", n, who=who
    ),
    "confirmed": lambda n, who: ngettext(
        "%(who)s confirmed the status of %(num)s comment",
        "%(who)s confirmed the status of %(num)s comments",
        n,
        who=who,
    ),
    "undone": lambda n, who: ngettext(
        "%(who)s took %(num)s decision back", "%(who)s took %(num)s decisions back", n, who=who
    ),
}
_FIELDS: Mapping[str, Any] = {
    "role": _l("Role"),
    "active": _l("Active"),
    "name": _l("Name"),
    "origins": _l("Origins"),
    "reason": _l("Why"),
    "note": _l("Note"),
    "filter": _l("Filter"),
    "close_after_days": _l("Close pages after so many days"),
    "empty_after_days": _l("Empty spam and trash after so many days"),
    "max_depth": _l("How deep replies may nest"),
    "edit_minutes": _l("Minutes for which an author may edit a published comment"),
    "digest_hours": _l("Hours between mails about what waits"),
    "list": _l("List"),
    "number": _l("How many comments"),
    "what": _l("What"),
    "to": _l("Where to"),
    "old": _l("Before"),
    "new": _l("After"),
    "added": _l("Added"),
    "removed": _l("Removed"),
}

_WORDS: Mapping[str, Any] = {"owner": _l("Owner"), "moderator": _l("Moderator")}


class _Values(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return "–"


def said(kind: str, values: Mapping[str, str], n: int = 1) -> str:
    """The sentence for `n` entries of a kind. `values` are put in as they are: who wants markup gives markup."""
    if n > 1:
        many = _MANY.get(kind) or _MANY.get(kind.partition(".")[0])
        if many is not None:
            return many(n, values.get("who", "–"))
    row = KINDS.get(kind, _UNKNOWN)
    return str(row.sentence) % _Values(values, kind=kind)


def details(kind: str, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands below the sentence of an event: names and values, cut where they are long."""
    wanted = KINDS.get(kind, _UNKNOWN).fields
    shown: list[tuple[str, str]] = []
    for name in detail if wanted is None else wanted:
        value = detail.get(name)
        if name == "changes" and isinstance(value, dict):
            shown += [(field_name(each), _changed(change)) for each, change in value.items()]
        elif value not in (None, "", [], {}):
            pairs = kind.endswith(".changed") and name not in _LISTS
            shown.append((field_name(name), _changed(value) if pairs else _plain(value)))
    return shown[:_LONGEST]


def field_name(name: str) -> str:
    """What a field of the detail is called."""
    return str(_FIELDS.get(name, name[:_TEXT]))


def choices() -> list[tuple[str, str]]:
    """What one can ask for, in the order of the list to choose from."""
    return [
        ("approved", _("Approved")),
        ("spam", _("Spam")),
        ("trash", _("Trash")),
        ("pending", _("Back to pending")),
        ("undone", _("Taken back")),
        ("replied", _("Replies by staff")),
        ("withdrawn", _("Taken back by authors")),
        ("revised", _("Edited by authors")),
        ("arrived", _("Decided by the policy")),
        ("comment.", _("Edits of comments")),
        ("note.", _("Notes")),
        ("author.", _("Trusted authors")),
        ("moderator.", _("Moderators")),
        ("site.", _("Settings")),
        ("policy.", _("Policy")),
        ("list.", _("Lists")),
        ("job.", _("Jobs")),
        ("spam.", _("Emptied spam")),
        ("person.", _("Erased data of persons")),
        ("log.", _("Exports of the log")),
        (OTHER, _("Anything else")),
    ]


def _changed(value: Any) -> str:
    """A change in words: what it was and what it is. It comes as a pair, or with names for the two."""
    if isinstance(value, dict):
        value = next(([value[old], value[new]] for old, new in _PAIRS if value.keys() == {old, new}), value)
    if isinstance(value, list) and len(value) == 2:
        return f"{_plain(value[0])} → {_plain(value[1])}"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        more = "…" if len(value) > _MOST_LISTED else ""
        return ", ".join(_plain(each) for each in value[:_MOST_LISTED]) + more
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_changed(each)}" for name, each in list(value.items())[:_MOST_LISTED])[:_TEXT]
    words = str(_WORDS.get(str(value), value))
    return words if len(words) <= _TEXT else f"{words[:_TEXT]}…"
