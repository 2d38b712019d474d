"""The one place where the rooms are joined."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from flask import Flask, Request, Response, has_request_context, redirect, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from moderation import answers, backend, rates, settings
from moderation.bodies import BoundedBodies
from moderation.database import engine_options, prepare
from moderation.extensions import babel, csrf, db, login
from moderation.keys import secret_file, stored_secret
from moderation.locations import STATIC, TEMPLATES, TRANSLATIONS
from moderation.settings import Settings, SettingsError
from moderation.spoken import SpokenEnvironment
from moderation.strings import LANGUAGES
from moderation.strings import install as install_strings

# A comment of 10,000 characters outside ASCII is 120 kB when a client escapes it as JSON; twice that leaves room.
_LARGEST_REQUEST = 256 * 1024
_MOST_FIELDS = 50
# Nobody reads more languages than this names.
_LONGEST_HEADER = 500


class DeskSessions(SecureCookieSessionInterface):
    """Sessions exist at the desk alone: elsewhere no cookie is read or set, and no answer varies by one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a request to the desk; anybody else has none."""
        if request.path.startswith("/desk/"):
            return super().open_session(app, request)
        return self.make_null_session(app)


def create_app(configured: Settings | None = None) -> Flask:
    """A ready application. Without settings they are read from the environment.

    Raises `SettingsError` when a setting cannot be used.
    """
    chosen = _with_secret(configured or settings.load(os.environ))
    logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # What Alembic does is told by the commands that ask it.
    logging.getLogger("alembic").setLevel(logging.ERROR)
    app = Flask("moderation", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        SECRET_KEY_FALLBACKS=list(chosen.secret_key_fallbacks),
        SQLALCHEMY_DATABASE_URI=_absolute(chosen),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(chosen.database_url),
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=_LARGEST_REQUEST,
        MAX_FORM_PARTS=_MOST_FIELDS,
        SESSION_COOKIE_NAME=("__Host-" if chosen.public_url.startswith("https:") else "") + "moderation",
        SESSION_COOKIE_SECURE=chosen.public_url.startswith("https:"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_TIME_LIMIT=None,
        # The desk sends no Referer; it checks where a post comes from by better headers.
        WTF_CSRF_SSL_STRICT=False,
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    app.session_interface = DeskSessions()
    app.jinja_environment = SpokenEnvironment
    settings.bind(app, chosen)
    _bind_extensions(app)
    rates.install(app, chosen.redis_url)
    _register_rooms(app)
    answers.register(app)
    install_strings(app)
    app.after_request(_no_guessing)
    app.add_url_rule("/", "front", lambda: redirect("/desk/"))
    _put_layers_in_front(app, chosen)
    return app


def _put_layers_in_front(app: Flask, chosen: Settings) -> None:
    from moderation.publish import edge

    behind = BoundedBodies(backend.install(app), _LARGEST_REQUEST, chosen.trusted_proxies)
    with app.app_context():
        # As Flask's docs advise; for a type checker it is a method, which nobody assigns to.
        vars(app).update(wsgi_app=edge.install(app, chosen, behind))


def _with_secret(chosen: Settings) -> Settings:
    if chosen.secret_key:
        return chosen
    path = secret_file(chosen)
    if path is None:
        raise SettingsError(
            ["MODERATION_SECRET_KEY is not set; with PostgreSQL it must be. Make one with: openssl rand -hex 32"]
        )
    return replace(chosen, secret_key=stored_secret(path))


def _no_guessing(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _absolute(chosen: Settings) -> str:
    return f"sqlite:///{chosen.database_path}" if chosen.embedded else chosen.database_url


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=_language)
    login.init_app(app)
    with app.app_context():
        prepare(db.engine)


def _language() -> str:
    if not has_request_context():
        return LANGUAGES[0]
    asked = request.args.get("lang", "") if request.query_string else ""
    return asked if asked in LANGUAGES else _preferred(request.headers.get("Accept-Language", "")[:_LONGEST_HEADER])


# Asked for with every request, and browsers send few of them.
@lru_cache(maxsize=256)
def _preferred(accepted: str) -> str:
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES) or LANGUAGES[0]


def _register_rooms(app: Flask) -> None:
    from moderation import intake, notify, ops, privacy, publish, review

    review.accounts.init(login)
    for blueprint in (
        *(intake.api, intake.hosted_form, intake.private_page),
        *(publish.blueprint, publish.for_wordpress),
        *(notify.blueprint, privacy.blueprint, ops.blueprint, review.desk, review.api),
    ):
        app.register_blueprint(blueprint)
