"""Signing in and out."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from moderation.models import now
from moderation.network import network_key
from moderation.problems import TooMany
from moderation.rates import Rate
from moderation.review import sessions
from moderation.review.accounts import verify
from moderation.review.desk import blueprint, way_back
from moderation.review.forms import SignInForm
from moderation.settings import current

_TRIES = Rate("login", lambda: current().login_rate, exempt=lambda: request.method != "POST")


@blueprint.route("/login", methods=["GET", "POST"])
@_TRIES.each
def login() -> ResponseReturnValue:
    """Sign in. A new session begins each time, so that a cookie planted before is worth nothing after."""
    form = SignInForm(next=request.args.get("next", ""))
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(url_for("desk.home"))
        return _page(form)
    if not form.validate():
        return _page(form), 422
    at = now()
    try:
        moderator = verify(form.email.data or "", form.password.data or "", at, network_key())
    except TooMany as fault:
        return _page(form, fault.detail), 429, fault.headers
    if moderator is None:
        return _page(form, _("The email address or the password is not right.")), 422
    target = way_back(form.next.data, url_for("desk.home"))
    if current_user.is_authenticated:
        sessions.end(current_user.get_id())
    _forget()
    session.permanent = True
    login_user(sessions.begin(moderator, at))
    return redirect(target, 303)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """End this session, here and in the database."""
    sessions.end(current_user.get_id())
    _forget()
    flash(_("You are signed out."), "said")
    return redirect(url_for("desk.login"), 303)


def _forget() -> None:
    logout_user()
    session.clear()


def _page(form: SignInForm, fault: str = "") -> str:
    return render_template("desk/login.html", form=form, fault=fault, kept=())
