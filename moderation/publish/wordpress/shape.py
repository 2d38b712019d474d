"""What WordPress's REST API says of comments and of itself: from rows to its documents. Pure."""

from typing import Any, Final
from urllib.parse import urlencode

from moderation.publish.lookup import SiteRow
from moderation.publish.rows import Row, reading_address, visible_parent
from moderation.publish.wordpress.parameters import View
from moderation.publish.wordpress.reading import Found

Document = dict[str, Any]
Relations = dict[str, list[tuple[str, str]]]
"""What asks for other pages of a list, by the name of the relation."""

NAMESPACE: Final = "wp/v2"
_COLLECTION = f"/{NAMESPACE}/comments"
_ONE = f"{_COLLECTION}/(?P<id>[\\d]+)"
_EMBEDDED = frozenset({"id", "parent", "author", "author_name", "author_url", "date", "content", "link", "type"})


def comments(found: Found, site: SiteRow, view: View, root: str, public_url: str) -> list[Document]:
    """The comments of an answer. `root` is where the API lies: `https://comments.example/sites/demo/wp-json`."""
    parents = {
        row.id: _document(row, found, site, root, public_url, frozenset())
        | {"_links": _links(row, root, answered=True)}
        for row in found.parents
    }
    documents = []
    for row in found.rows:
        document = _document(row, found, site, root, public_url, found.answered)
        parent = visible_parent(row)
        if parent in parents:
            document["_embedded"] = {"in-reply-to": [_only(parents[parent], _EMBEDDED | {"_links"})]}
        if view.context == "embed":
            document = _only(document, _EMBEDDED | {"_links", "_embedded"})
        documents.append(_picked(document, view.fields))
    return documents


def _document(row: Row, found: Found, site: SiteRow, root: str, public_url: str, answered: frozenset[int]) -> Document:
    # WordPress's dates have no zone; a site here has none either, so that both are UTC.
    date = row.created_at.removesuffix("Z")
    address = reading_address(site, found.pages[row.page_id], public_url)
    return {
        "id": row.id,
        "post": row.page_id,
        "parent": visible_parent(row) or 0,
        "author": 0,
        "author_name": row.author,
        "author_url": row.url or "",
        "date": date,
        "date_gmt": date,
        "content": {"rendered": row.html},
        "link": f"{address}#comment-{row.id}",
        "status": "approved",
        "type": "comment",
        "meta": {"staff": row.moderator_id is not None},
        "_links": _links(row, root, answered=row.id in answered),
    }


def _links(row: Row, root: str, *, answered: bool) -> Document:
    collection = root + _COLLECTION
    links: Document = {"self": [{"href": f"{collection}/{row.id}"}], "collection": [{"href": collection}]}
    parent = visible_parent(row)
    if parent is not None:
        links["in-reply-to"] = [{"embeddable": True, "href": f"{collection}/{parent}"}]
    if answered:
        links["children"] = [{"href": f"{collection}?parent={row.id}"}]
    return links


def _only(document: Document, names: frozenset[str]) -> Document:
    return {name: value for name, value in document.items() if name in names}


def _picked(document: Document, fields: tuple[str, ...]) -> Document:
    """The fields that `_fields` names, `content.rendered` one inside another; all of them where it names none."""
    if not fields:
        return document
    picked: Document = {}
    for field in fields:
        name, _, inside = field.partition(".")
        if name not in document:
            continue
        value = document[name]
        if inside and isinstance(value, dict):
            picked.setdefault(name, {}).update(_picked(value, (inside,)))
        elif not inside:
            picked[name] = value
    return picked


def index(site: SiteRow, root: str, public_url: str) -> Document:
    """What the API says of itself, by which clients find its routes."""
    home = f"{site.origins[0]}/" if site.origins else f"{public_url}/"
    return {
        "name": site.name,
        "description": "",
        "url": root.removesuffix("/wp-json"),
        "home": home,
        "gmt_offset": 0,
        "timezone_string": "UTC",
        "namespaces": [NAMESPACE],
        "authentication": {},
        "routes": {"/": _route("", root + "/", {"context": {"default": "view", "required": False}}), **_routes(root)},
        "_links": {"wp:comments": [{"href": root + _COLLECTION}]},
    }


def namespace(root: str) -> Document:
    """What the API says of the one namespace that it has."""
    return {"namespace": NAMESPACE, "routes": _routes(root), "_links": {"up": [{"href": f"{root}/"}]}}


def _routes(root: str) -> Document:
    return {
        f"/{NAMESPACE}": _route(NAMESPACE, f"{root}/{NAMESPACE}", {}),
        _COLLECTION: _route(NAMESPACE, root + _COLLECTION, _COLLECTION_ARGUMENTS),
        _ONE: _route(NAMESPACE, None, {"id": _argument("integer"), "context": _CONTEXT}),
    }


def _route(name: str, address: str | None, arguments: Document) -> Document:
    route: Document = {"namespace": name, "methods": ["GET"], "endpoints": [{"methods": ["GET"], "args": arguments}]}
    return route | ({"_links": {"self": [{"href": address}]}} if address else {})


def _argument(kind: str, **more: Any) -> Document:
    return {"type": kind, "required": False, **more}


def _numbers() -> Document:
    return _argument("array", default=[], items={"type": "integer"})


_CONTEXT = _argument("string", default="view", enum=["view", "embed", "edit"])
_COLLECTION_ARGUMENTS: Document = {
    "context": _CONTEXT,
    "page": _argument("integer", default=1, minimum=1),
    "per_page": _argument("integer", default=10, minimum=1, maximum=100),
    "offset": _argument("integer"),
    "order": _argument("string", default="desc", enum=["asc", "desc"]),
    "orderby": _argument("string", default="date_gmt", enum=["date", "date_gmt", "id", "include"]),
    "after": _argument("string", format="date-time"),
    "before": _argument("string", format="date-time"),
    "include": _numbers(),
    "exclude": _numbers(),
    "parent": _numbers(),
    "parent_exclude": _numbers(),
    "post": _argument("array", default=[], items={"type": ["integer", "string"]}),
    "status": _argument("string", default="approve"),
    "type": _argument("string", default="comment"),
}


def link_header(root: str, relations: Relations) -> str:
    """The header `Link`: the API's root, and the pages before and after, by the query that asks for them."""
    links = [f'<{root}/>; rel="https://api.w.org/"']
    links += [f'<{root}{_COLLECTION}?{urlencode(query)}>; rel="{name}"' for name, query in relations.items()]
    return ", ".join(links)
