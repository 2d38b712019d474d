"""The public routes for reading. None knows a cookie; address and query alone determine each body."""

import orjson
from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import Connection

from moderation.answers import wants_page
from moderation.models import now
from moderation.parameters import bad_parameter, choice, parameter, required
from moderation.problems import NotFound
from moderation.publish import comments, counts, feeds, files, fragment, problem_pages
from moderation.publish.comments import asked_by
from moderation.publish.lookup import (
    PageRow,
    SiteRow,
    Stamp,
    find_page,
    key_of,
    site_with_stamp,
    snapshot,
)
from moderation.publish.respond import (
    body_etag,
    cacheable,
    finish,
    framed_by,
    wait_once,
)
from moderation.purges import FILES, pages_tag, site_tag, tags_of
from moderation.settings import current
from moderation.strings import LANGUAGES
from moderation.text.pages import page_url

blueprint = Blueprint("publish", __name__)
blueprint.before_request(wait_once)
blueprint.after_request(finish)


# Whoever takes the posts at this address answers its preflights too.
@blueprint.get("/v1/sites/<site_key>/comments", provide_automatic_options=False)
def thread(site_key: str) -> Response:
    """The approved comments of a page."""
    query, public_url = asked_by(request.args), current().public_url
    with snapshot() as connection:
        site, page, stamp = _page(connection, site_key)
        body = orjson.dumps(comments.build(connection, site, page, query, public_url))
    return cacheable(body, body_etag(body), "application/json", stamp=stamp, tags=tags_of(site.id, page.key))


@blueprint.get("/sites/<site_key>/thread")
def hosted_thread(site_key: str) -> Response:
    """The same as an HTML fragment; `framed=1` makes it a document with its style."""
    query, public_url = asked_by(request.args), current().public_url
    lang, framed = choice("lang", LANGUAGES), choice("framed", ("0", "1")) == "1"
    with snapshot() as connection:
        site, page, stamp = _page(connection, site_key)
        answer = comments.build(connection, site, page, query, public_url)
    article = page.url or page_url(required("page"), site.origins)
    body = fragment.render(
        answer, site=site, page=page, query=query, lang=lang, framed=framed, public_url=public_url, article=article
    )
    response = cacheable(body, body_etag(body), "text/html", stamp=stamp, tags=tags_of(site.id, page.key))
    response.headers["Content-Security-Policy"] = framed_by(site.origins)
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    # WordPress's clients look here for the address of its API.
    response.headers["Link"] = f'<{public_url}/sites/{site.key}/wp-json/>; rel="https://api.w.org/"'
    return response


@blueprint.get("/v1/sites/<site_key>/counts")
def page_counts(site_key: str) -> Response:
    """How many approved comments each of several pages has."""
    asked = request.args.getlist("page")
    if not 1 <= len(asked) <= counts.MOST_PAGES:
        most = counts.MOST_PAGES
        raise bad_parameter(
            "page", _("Give the parameter page once for each page, from 1 to %(most)s times.", most=most)
        )
    with snapshot() as connection:
        site, stamp = site_with_stamp(connection, site_key)
        body = orjson.dumps({"counts": counts.read(connection, site, asked)})
    tags = tags_of(site.id, *(key_of(site, each) for each in asked))
    return cacheable(body, body_etag(body), "application/json", stamp=stamp, tags=tags)


@blueprint.get("/v1/sites/<site_key>/feed.atom")
def atom_feed(site_key: str) -> Response:
    """The newest approved comments of a page or of the site, as Atom."""
    feed, address, site_address, stamp, tags = _feed(site_key, "feed.atom")
    body = feeds.atom(feed, address, site_address)
    return cacheable(body, body_etag(body), "application/atom+xml", stamp=stamp, tags=tags)


@blueprint.get("/v1/sites/<site_key>/feed.json")
def json_feed(site_key: str) -> Response:
    """The same as JSON Feed."""
    feed, address, site_address, stamp, tags = _feed(site_key, "feed.json")
    body = feeds.json_feed(feed, address, site_address)
    return cacheable(body, body_etag(body), "application/feed+json", stamp=stamp, tags=tags)


@blueprint.get("/embed.js")
def embed() -> Response:
    """The script that puts comments on an article page, with the words of one language."""
    return _file("embed.js", choice("lang", LANGUAGES))


@blueprint.get("/embed/<lang>.json")
def words(lang: str) -> Response:
    """The embed's words in another language than that with which it came."""
    if lang not in LANGUAGES:
        raise NotFound(_("There is nothing at this address."))
    return _file("words", lang)


@blueprint.get("/form.js")
def form() -> Response:
    """The script that puts the reply form under the comments, which the embed loads when the form is about to be seen."""
    return _file("form.js", choice("lang", LANGUAGES))


@blueprint.get("/count.js")
def count() -> Response:
    """The script that says how many comments pages have, which the embed loads where a page shows such numbers."""
    return _file("count.js")


@blueprint.get("/proof.js")
def proof() -> Response:
    """The script that does the proof of work, which the embed loads when a form asks for one."""
    return _file("proof.js")


@blueprint.get("/check.js")
def check() -> Response:
    """The script that tells the desk how the embed stands on a page, which the embed loads when the desk asks."""
    return _file("check.js")


@blueprint.get("/v1/openapi.json")
def openapi() -> Response:
    """The description of the whole API."""
    return _file("openapi.json")


@blueprint.get("/problems/<slug>")
def problem(slug: str) -> Response:
    """What a kind of problem means and what to do about it, for people or for programs."""
    meaning = problem_pages.find(slug)
    if meaning is None:
        raise NotFound(_("There is no kind of problem with this name."))
    if wants_page():
        body = render_template("pages/problem.html", problem=meaning, lang=str(get_locale())).encode()
    else:
        body = orjson.dumps(meaning)
    response = cacheable(body, body_etag(body), "text/html" if wants_page() else "application/json", cache=files.CACHE)
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _page(connection: Connection, site_key: str) -> tuple[SiteRow, PageRow, Stamp]:
    return find_page(connection, site_key, required("page"), now())


def _feed(site_key: str, name: str) -> tuple[feeds.Feed, str, str, Stamp, list[str]]:
    """The feed that is asked for, its own address, the site's address in the API, what the feed hangs on, and its tags."""
    asked, public_url = parameter("page"), current().public_url
    page: PageRow | None = None
    with snapshot() as connection:
        if asked is None:
            site, stamp = site_with_stamp(connection, site_key)
        else:
            site, page, stamp = find_page(connection, site_key, asked, now())
        feed = feeds.read(connection, site, page, public_url)
    site_address = f"{public_url}/v1/sites/{site.key}"
    tags = [site_tag(site.id), pages_tag(site.id)] if page is None else tags_of(site.id, page.key)
    return feed, feeds.own_address(f"{site_address}/{name}", page), site_address, stamp, tags


def _file(name: str, lang: str = LANGUAGES[0]) -> Response:
    file = files.get(name, lang)
    return cacheable(file.body, file.tag, file.mimetype, cache=files.CACHE, stamp=Stamp(), tags=[FILES])
