"""The desk's workshop: a site's rules and lists, tried on what was decided before they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from moderation.extensions import db
from moderation.models import Site, now
from moderation.models.lists import text_of
from moderation.problems import Malformed, NotFound
from moderation.review import entries, rule_words, trusted
from moderation.review.accounts import sites_of
from moderation.review.curves import curve_of
from moderation.review.desk import blueprint, me, must_own, my_site
from moderation.review.replay import DAYS, MOST, Preview, preview
from moderation.review.rules import RulesChanged, change_policy, digest_of
from moderation.spam import Policy, PolicyError
from moderation.spam.entries import LIST_NAMES, ListName
from moderation.spam.policy import SETTINGS

_NAMES = [setting.name for setting in SETTINGS]
_SOON = 30


@blueprint.get("/<site_key>/policy")
def policy(site_key: str) -> ResponseReturnValue:
    """A site's rules, and what others would have done."""
    site = my_site(site_key)
    seen = request.args.get("seen")
    stale = seen is not None and seen != digest_of(site.policy)
    return _policy_page(site, _typed(request.args), _days(request.args), fault=_changed_meanwhile() if stale else "")


@blueprint.post("/<site_key>/policy")
def save_policy(site_key: str) -> ResponseReturnValue:
    """Change a site's rules."""
    must_own()
    site = my_site(site_key)
    typed, days = _typed(request.form), _days(request.form)
    try:
        change_policy(site, typed, me(), seen=request.form.get("seen", ""))
    except PolicyError:
        return _policy_page(site, typed, days)
    except RulesChanged:
        return _policy_page(site, typed, days, fault=_changed_meanwhile(), status=409)
    flash(_("The rules are saved. They hold for every comment from now on."), "said")
    return redirect(url_for("desk.policy", site_key=site.key, days=days), 303)


@blueprint.get("/<site_key>/lists")
def lists(site_key: str) -> ResponseReturnValue:
    """One of a site's lists, to be edited."""
    site, name = my_site(site_key), _list_name(request.args)
    return _lists_page(site, name, text_of(db.session(), site.id, name), _days(request.args))


@blueprint.post("/<site_key>/lists")
def edit_list(site_key: str) -> ResponseReturnValue:
    """Try a list as it was typed, or save it."""
    saves = request.form.get("do") == "save"
    if saves:
        must_own()
    site, name, days = my_site(site_key), _list_name(request.form), _days(request.form)
    text = request.form.get("text", "")
    typed = entries.typed(text, name)
    if not saves or not typed.usable:
        return _lists_page(site, name, text, days, typed=typed)
    try:
        edited = entries.replace_list(site, name, typed.lines, me(), seen=request.form.get("seen", ""))
    except RulesChanged:
        return _lists_page(site, name, text, days, typed=typed, fault=_list_changed_meanwhile(), status=409)
    n = entries.count(edited.new)
    sentence = ngettext(
        "The list %(name)s is saved: %(num)s entry.", "The list %(name)s is saved: %(num)s entries.", n, name=name
    )
    flash(sentence, "said")
    return redirect(url_for("desk.lists", site_key=site.key, name=name), 303)


@blueprint.post("/<site_key>/untrust")
def untrust(site_key: str) -> ResponseReturnValue:
    """Trust a browser no longer."""
    site = my_site(site_key)
    if not trusted.end_trust(site, request.form.get("author_key", ""), me(), at=now()):
        raise NotFound(_("This browser is not trusted any more. Reload the page to see which are."))
    flash(_("This browser is trusted no longer."), "said")
    return redirect(url_for("desk.policy", site_key=site.key) + "#trusted", 303)


def _policy_page(
    site: Site, typed: Mapping[str, str], days: int, *, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    present, wrong = site.policy, set[str]()
    try:
        proposed = present.changed_to(typed)
    except PolicyError as error:
        proposed, fault, wrong, status = present, rule_words.fault_of(error), {*error.settings}, 422
    shown = {name: rule_words.typed_value(value) for name, value in proposed.to_dict().items()} | dict(typed)
    found = None if wrong else preview(site, proposed, days=days, at=now())
    people, more = trusted.trusted_of(site)
    page = render_template(
        "desk/policy.html",
        **_shell(site, found, present, proposed),
        typed=shown,
        days=days,
        seen=digest_of(present),
        fault=fault,
        wrong=wrong,
        words=rule_words.setting_words(),
        choices=rule_words.CHOICES,
        differences=rule_words.differences(present, proposed),
        trusted=people,
        more_trusted=more,
    )
    return page, status


def _lists_page(
    site: Site,
    name: ListName,
    text: str,
    days: int,
    *,
    typed: entries.Typed | None = None,
    fault: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    stored = text_of(db.session(), site.id, name)
    usable = typed is not None and typed.usable
    found = None
    if typed is not None and usable:
        found = preview(site, site.policy, days=days, at=now(), changed_lists={name: typed.matcher})
    if typed is not None and not usable:
        status = 422
    page = render_template(
        "desk/lists.html",
        **_shell(site, found, site.policy, site.policy),
        name=name,
        names=LIST_NAMES,
        # Only what fits into a form can be edited in one.
        text=text if typed is not None or len(text) <= entries.LONGEST_TEXT else None,
        longest=entries.LONGEST_TEXT,
        days=days,
        seen=entries.digest_of(stored),
        lines=entries.lines_of(db.session(), site.id, name),
        typed=typed,
        fault=fault,
        today=now().date(),
        changes=_list_changes(site, name, typed) if typed is not None and usable else None,
    )
    return page, status


def _list_changes(site: Site, name: ListName, typed: entries.Typed) -> tuple[list[str], list[str]]:
    """The lines that would come to a list, and those that would go."""
    old = [line.text for line in entries.lines_of(db.session(), site.id, name)]
    new = [line.text for line in typed.lines]
    before, after = {*old}, {*new}
    return [text for text in new if text not in before], [text for text in old if text not in after]


def _shell(site: Site, found: Preview | None, present: Policy, proposed: Policy) -> dict[str, Any]:
    """What both pages show: the site, and what was replayed."""
    return {
        "site": site,
        "sites": sites_of(me()),
        "owner": me().role == "owner",
        "preview": found,
        "most": MOST,
        "every_days": DAYS,
        "said": rule_words.change_said,
        "curve": curve_of(found.decided, present, proposed) if found else None,
    }


def _typed(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in _NAMES if name in given}


def _days(given: Mapping[str, str]) -> int:
    typed = given.get("days") or str(_SOON)
    if typed not in map(str, DAYS):
        raise Malformed(_("Decisions are replayed of the last 7, 30 or 90 days. Choose one of these."))
    return int(typed)


def _list_name(given: Mapping[str, str]) -> ListName:
    typed = given.get("name") or LIST_NAMES[0]
    for name in LIST_NAMES:
        if name == typed:
            return name
    raise Malformed(_("There is no such list. Choose block, hold or allow."))


def _changed_meanwhile() -> str:
    return str(
        _(
            "Somebody else changed the rules meanwhile. Nothing was saved; what you typed is compared with them as they are now."
        )
    )


def _list_changed_meanwhile() -> str:
    return str(
        _(
            "Somebody else changed this list meanwhile. Nothing was saved, and your text is kept. Below is the list as it is now."
        )
    )
