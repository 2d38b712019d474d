"""The pages of a site's owners: who moderates it, and its settings."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from moderation.models import Moderator, Site
from moderation.review import sites, team
from moderation.review.accounts import sites_of, tokens_of
from moderation.review.desk import blueprint, me, must_own, my_site
from moderation.review.forms import number
from moderation.review.owner_forms import RightsForm, settings_of
from moderation.review.sites import SiteError, Typed
from moderation.review.team import Person, TeamError


@blueprint.get("/<site_key>/moderators")
def moderators(site_key: str) -> ResponseReturnValue:
    """Who may act on a site, and the form for somebody new."""
    site = owned_site(site_key)
    return _moderators(site, RightsForm.new(site))


@blueprint.post("/<site_key>/moderators")
def add_moderator(site_key: str) -> ResponseReturnValue:
    """Add a moderator, or give sites to somebody who is one elsewhere. A password made here stands on the answer's page and
    nowhere else."""
    site = owned_site(site_key)
    form = RightsForm(request.form)
    try:
        added = team.add(me(), form.email, form.name, form.rights, form.password)
    except TeamError as fault:
        return _moderators(site, form, fault.errors), 422
    if added.made:
        return _password(site, added.moderator, added.made, new=True)
    said = (
        _("%(name)s has an account already. It now has the sites too, with the name and password that it had.")
        if added.known
        else _("%(name)s can sign in with the password that you typed.")
    )
    flash(said % {"name": added.moderator.name}, "said")
    return redirect(url_for("desk.moderators", site_key=site.key), 303)


@blueprint.get("/<site_key>/moderators/one")
def moderator(site_key: str) -> ResponseReturnValue:
    """One moderator: role and sites, password, tokens, access."""
    site = owned_site(site_key)
    return _moderator(site, team.person(me(), site, number(request.args.get("id", "")) or 0))


@blueprint.post("/<site_key>/moderators/rights")
def change_moderator(site_key: str) -> ResponseReturnValue:
    """Give somebody another role or other sites."""
    site = owned_site(site_key)
    who, form = _asked_for(site), RightsForm(request.form)
    try:
        team.change(me(), site, who.moderator.id, form.rights, seen=request.form.get("seen", ""))
    except TeamError as fault:
        return _moderator(site, _asked_for(site), form, fault.errors), 422
    flash(_("What %(name)s may do is changed.", name=who.moderator.name), "said")
    return redirect(url_for("desk.moderators", site_key=site.key), 303)


@blueprint.post("/<site_key>/moderators/password")
def change_password(site_key: str) -> ResponseReturnValue:
    """Set a new password. One made here stands on the answer's page and nowhere else."""
    site = owned_site(site_key)
    who = _asked_for(site)
    typed, present, seen = (request.form.get(name, "") for name in ("password", "present", "seen"))
    try:
        token = current_user.get_id()
        made = team.renew(me(), site, who.moderator.id, typed, seen=seen, token=token, present=present)
    except TeamError as fault:
        return _moderator(site, _asked_for(site), errors=fault.errors), 422
    if made:
        return _password(site, who.moderator, made, new=False)
    flash(_("The new password of %(name)s is set.", name=who.moderator.name), "said")
    return redirect(url_for("desk.moderators", site_key=site.key), 303)


@blueprint.post("/<site_key>/moderators/tokens")
def end_tokens(site_key: str) -> ResponseReturnValue:
    """End the tokens of somebody's programs."""
    site = owned_site(site_key)
    who = _asked_for(site)
    try:
        team.end_tokens(me(), site, who.moderator.id, seen=request.form.get("seen", ""))
    except TeamError as fault:
        return _moderator(site, _asked_for(site), errors=fault.errors), 422
    flash(_("The tokens of %(name)s have ended.", name=who.moderator.name), "said")
    return redirect(url_for("desk.moderator", site_key=site.key, id=who.moderator.id), 303)


@blueprint.post("/<site_key>/moderators/access")
def switch_moderator(site_key: str) -> ResponseReturnValue:
    """Take somebody's access away, or give it back."""
    site = owned_site(site_key)
    who, active = _asked_for(site), request.form.get("active") == "yes"
    try:
        team.switch(me(), site, who.moderator.id, active=active, seen=request.form.get("seen", ""))
    except TeamError as fault:
        return _moderator(site, _asked_for(site), errors=fault.errors), 422
    said = _("%(name)s can sign in again.") if active else _("%(name)s can no longer sign in.")
    flash(said % {"name": who.moderator.name}, "said")
    return redirect(url_for("desk.moderators", site_key=site.key), 303)


@blueprint.get("/<site_key>/settings")
def settings(site_key: str) -> ResponseReturnValue:
    """A site's name, its origins, the tag to paste, and the rules that are not the filter's."""
    site = owned_site(site_key)
    return _settings(site, Typed.of(site))


@blueprint.post("/<site_key>/settings")
def change_settings(site_key: str) -> ResponseReturnValue:
    """Store the settings."""
    site = owned_site(site_key)
    typed = settings_of(request.form)
    try:
        changed = sites.change(me(), site.id, typed, seen=request.form.get("seen", ""))
    except SiteError as fault:
        return _settings(site, typed, fault.errors), 422
    flash(_("The settings are stored.") if changed else _("Nothing was different, so nothing was changed."), "said")
    return redirect(url_for("desk.settings", site_key=site.key), 303)


def owned_site(key: str) -> Site:
    """The site of this address, to one of its owners. Raises `NotFound` and `Forbidden`."""
    site = my_site(key)
    must_own()
    return site


def _asked_for(site: Site) -> Person:
    return team.person(me(), site, number(request.form.get("id", "")) or 0)


def _page(template: str, site: Site, **more: Any) -> str:
    return render_template(template, site=site, sites=sites_of(me()), **more)


def _moderators(site: Site, form: RightsForm, errors: dict[str, str] | None = None) -> str:
    people = team.people(me(), site)
    return _page("desk/moderators.html", site, people=people, form=form, errors=errors or {})


def _moderator(site: Site, who: Person, form: RightsForm | None = None, errors: dict[str, str] | None = None) -> str:
    form = form or RightsForm.of(who)
    tokens = tokens_of(who.moderator)
    return _page("desk/moderator.html", site, who=who, form=form, tokens=tokens, errors=errors or {})


def _password(site: Site, moderator: Moderator, made: str, *, new: bool) -> str:
    return _page("desk/moderator_password.html", site, moderator=moderator, made=made, new=new)


def _settings(site: Site, typed: Typed, errors: dict[str, str] | None = None) -> str:
    # What came back with a fault is compared, the next time, with what is stored now.
    now = Typed.of(site)
    return _page(
        "desk/settings.html",
        site,
        typed=typed,
        now=now,
        state=sites.state(site),
        rules=sites.RULES,
        errors=errors or {},
    )
