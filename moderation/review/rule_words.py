"""The words for a site's rules: what each setting does, what it may be, and what a change of them would come to."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from moderation.spam import Policy, PolicyError
from moderation.spam.replay import Change

CHOICES: Mapping[str, tuple[str, ...]] = {"hold_everything": ("yes", "no"), "flood_mode": ("auto", "on", "off")}
"""The settings that are chosen, not typed."""


def typed_value(value: object) -> str:
    """A setting's value as an owner types it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def setting_words() -> dict[str, tuple[str, str]]:
    """Each setting with what it does and what it may be."""
    share, whole = _("a number from 0 to 1"), _("a whole number from 0 to %(most)s")
    return {
        "hold_everything": (_("Every comment waits for a moderator, whoever wrote it, spam aside."), _("yes or no")),
        "approve_below": (
            _("A comment less probably spam than this is published at once, where no rule holds it."),
            share,
        ),
        "hold_above": (_("A comment at least this probably spam waits, whoever wrote it."), share),
        "spam_above": (_("A comment at least this probably spam goes among the spam."), share),
        "trust_after": (
            _("So many approved comments from the same browser make its author trusted. 0 is never by itself."),
            whole % {"most": 1000},
        ),
        "hold_first": (
            _("So many comments from a browser have to be approved before the next is published at once. 0 is none."),
            whole % {"most": 1000},
        ),
        "hold_links": (_("A comment with so many links waits. 0 is off."), whole % {"most": 200}),
        "close_after_days": (_("Pages close after so many days. 0 is never."), whole % {"most": 36500}),
        "empty_after_days": (
            _("What has been spam or in the trash for so many days is emptied by itself. 0 is never."),
            whole % {"most": 36500},
        ),
        "max_depth": (_("How deep replies may nest. 1 is no replies."), _("a whole number from 1 to 10")),
        "edit_minutes": (
            _(
                "For so many minutes after it was published an author may edit or withdraw a comment. 0 is only while it "
                "waits."
            ),
            whole % {"most": 10080},
        ),
        "flood_mode": (_("Flood mode comes and goes by itself, or is on, or off, whatever comes in."), "auto, on, off"),
        "digest_hours": (
            _("Moderators get mail about what waits at most once in so many hours. 0 is never."),
            whole % {"most": 720},
        ),
    }


def fault_of(fault: PolicyError) -> str:
    """What is wrong with rules, and the way out, in the owner's language."""
    if len(fault.settings) > 1:
        return str(
            _(
                "%(lower)s must not be more than %(upper)s, and approve_below is less than spam_above: change one of them.",
                lower=fault.settings[0],
                upper=fault.settings[1],
            )
        )
    name = fault.settings[0]
    return str(_("%(name)s must be: %(what)s.", name=name, what=setting_words().get(name, ("", "–"))[1]))


def differences(present: Policy, proposed: Policy) -> list[tuple[str, str, str]]:
    """The settings that would change, with their values as they are and as they would be."""
    before, after = present.to_dict(), proposed.to_dict()
    return [
        (name, typed_value(before[name]), typed_value(value)) for name, value in after.items() if value != before[name]
    ]


def change_said(change: Change, n: int) -> str:
    """What would become of so many comments."""
    said = {
        "ham_to_spam": lambda: ngettext(
            "%(num)s legitimate comment would go among the spam",
            "%(num)s legitimate comments would go among the spam",
            n,
        ),
        "spam_published": lambda: ngettext(
            "%(num)s spam comment would be published", "%(num)s spam comments would be published", n
        ),
        "ham_held": lambda: ngettext(
            "%(num)s legitimate comment would wait that is published now",
            "%(num)s legitimate comments would wait that are published now",
            n,
        ),
        "spam_missed": lambda: ngettext(
            "%(num)s spam comment would wait that is caught now",
            "%(num)s spam comments would wait that are caught now",
            n,
        ),
        "spam_caught": lambda: ngettext(
            "%(num)s more spam comment would be caught", "%(num)s more spam comments would be caught", n
        ),
        "ham_published": lambda: ngettext(
            "%(num)s more legitimate comment would be published at once",
            "%(num)s more legitimate comments would be published at once",
            n,
        ),
        "ham_freed": lambda: ngettext(
            "%(num)s legitimate comment would wait and not be among the spam",
            "%(num)s legitimate comments would wait and not be among the spam",
            n,
        ),
        "spam_held": lambda: ngettext(
            "%(num)s spam comment would wait and not be published",
            "%(num)s spam comments would wait and not be published",
            n,
        ),
    }
    return str(said[change]())
