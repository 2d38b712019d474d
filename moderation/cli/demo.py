"""`moderation demo`: the whole service to look at, with an article on another origin."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, Response, redirect, render_template
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as BaseResponse

from moderation import lifecycle, schema
from moderation.app import create_app
from moderation.cli.generation import run
from moderation.cli.listener import claim
from moderation.cli.site import add_site
from moderation.keys import keyed_hash
from moderation.locations import STATIC, TEMPLATES, TRANSLATIONS
from moderation.models import Comment, Moderator, Site, now
from moderation.review.accounts import create_moderator
from moderation.settings import current
from moderation.spam import Submission, judge, score
from moderation.spam.hosts import link_hosts
from moderation.spam.prints import prints_of
from moderation.spam.view import view_of
from moderation.strings import install as install_strings
from moderation.text.emails import email_identity
from moderation.text.sanitize import sanitize

SITE = "demo"
OWNER = "owner@demo.example"
ARTICLE = "/2026/10/night-buses/"
ARTICLES = {
    ARTICLE: ("pages/demo_article.html", "en", "Saltmere keeps its night buses, for one more winter"),
    "/ur/2026/10/raat-ki-basein/": ("pages/demo_article_ur.html", "ur", "سالٹ میر کی رات کی بسیں ایک اور سردی چلیں گی"),
}
_COMMENTS = Path(__file__).parent / "demo_comments.json"


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where the service listens."
)
@click.option(
    "--host-port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="Where the article is."
)
def demo(port: int, host_port: int) -> None:
    """Run a fresh service with an article, comments and a login, until Ctrl-C.

    Everything is in ./var/demo and made anew at each start; a database of your own is not touched.
    """
    if port == host_port:
        raise click.ClickException(
            "--port and --host-port must differ: the article stands on another origin than the service"
        )
    listener = claim("127.0.0.1", port)
    # Only asked whether it is free: the article's server takes it itself.
    claim("127.0.0.1", host_port).close()
    folder = Path("var/demo").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["MODERATION_DATABASE_URL"] = f"sqlite:///{folder / 'moderation.db'}"
    os.environ["MODERATION_PUBLIC_URL"] = f"http://localhost:{port}"
    os.environ.pop("MODERATION_SECRET_KEY", None)
    host = f"http://localhost:{host_port}"
    app = create_app()
    with app.app_context():
        schema.upgrade()
        password = secrets.token_urlsafe(9)
        site = add_site(SITE, "The Saltmere Lantern", (host, f"http://127.0.0.1:{host_port}"))
        owner = create_moderator(OWNER, "Saltmere Lantern", "owner", None, password)
        seed(site, owner, host)
        service = current().public_url
    serve_articles(article_host(service, host), host_port)
    click.echo(
        f"Article   {host}{ARTICLE}   (in Urdu: {host}/ur/2026/10/raat-ki-basein/)\n"
        f"Desk      {service}/desk/   sign in as {OWNER} with the password {password}\n"
        f"JSON      curl '{service}/v1/sites/{SITE}/comments?page={ARTICLE}'\n"
        f"Stop      Ctrl-C\n"
    )
    run(app, listener, workers=1)


def article_host(service: str, host: str) -> Flask:
    """A news site of its own, which knows the service only by the tag in its articles."""
    app = Flask("demo_host", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    install_strings(app)

    @app.after_request
    def strict(response: Response) -> Response:
        # The strictest page that shows comments: the embed needs no more than this of its hosts.
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {service}; connect-src {service}; frame-src {service}; style-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return response

    @app.get("/")
    def front() -> BaseResponse:
        return redirect(ARTICLE)

    @app.get("/<path:path>")
    def article(path: str) -> tuple[str, int]:
        key = "/" + path.strip("/") + "/"
        if key not in ARTICLES:
            return "There is no article at this address.", 404
        template, lang, title = ARTICLES[key]
        page = f"{host}{key}"
        return (
            render_template(
                template,
                embed_src=f"{service}/embed.js",
                site=SITE,
                page_url=page,
                title=title,
                lang=lang,
                hosted_reply_url=f"{service}/sites/{SITE}/reply?page={page}&lang={lang}",
            ),
            200,
        )

    return app


class _Silent(WSGIRequestHandler):
    """Requests for the article are no news."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is Werkzeug's
        """Say nothing."""


def serve_articles(app: Flask, port: int) -> None:
    """Serve the article host in this process, until the process ends."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def seed(site: Site, owner: Moderator, host: str) -> None:
    """Some comments in every status, in threads, in two languages."""
    made: list[Comment] = []
    for row in json.loads(_COMMENTS.read_text(encoding="utf-8")):
        made.append(_receive(site, owner, host, row, made))


def _receive(site: Site, owner: Moderator, host: str, row: dict[str, Any], made: list[Comment]) -> Comment:
    at = now() - timedelta(minutes=row["minutes_ago"])
    safe = sanitize(row["text"])
    submission = Submission(
        author=row["author"],
        email=row["email"],
        url=row["url"],
        text=row["text"],
        seconds_to_fill=60.0,
        removed=safe.removed,
    )
    view = view_of(submission)
    verdict = judge(score(submission, view=view), site.policy)
    staff = owner if row["staff"] else None
    fields = {
        "author": row["author"],
        "email": row["email"],
        "url": row["url"] or None,
        "source": safe.source,
        "html": safe.html,
        "sanitiser": safe.sanitiser,
        "probability": 0.0 if staff else verdict.probability,
        "verdict": None if staff else verdict.to_dict(),
        "page_url": host + row["page"],
        "page_title": ARTICLES[row["page"]][2],
        "ip": None,
        "email_key": keyed_hash(current(), "email", email_identity(row["email"])),
        "text_key": secrets.token_hex(16),
    }
    comment = lifecycle.receive(
        lifecycle.Draft(
            site=site,
            page_key=row["page"],
            status="approved" if staff else verdict.status,
            because="" if staff else verdict.because,
            at=at,
            fields=fields,
            parent_id=made[row["parent"]].id if row["parent"] is not None else None,
            hosts=link_hosts(view),
            prints=prints_of(view),
            author=staff,
        )
    )
    if comment.status != row["status"]:
        lifecycle.decide([comment.id], row["status"], at=at, moderator=owner, within=[site.id])
    return comment
