"""Addresses of pages lose what only concerned the reader who brought them: they are told to everybody."""

import re
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOST = 1000
_INDEX = re.compile(r"/index\.(?:html|htm|php)\Z")
_SITE = sa.table("site", sa.column("id"), sa.column("version"))
_PAGE = sa.table(
    "page",
    sa.column("id"),
    sa.column("site_id"),
    sa.column("key", sa.String),
    sa.column("url", sa.String),
    sa.column("version"),
)
_COMMENT = sa.table("comment", sa.column("id"), sa.column("page_id"), sa.column("page_url", sa.String))


def upgrade() -> None:
    connection = op.get_bind()
    pages = sa.select(_PAGE.c.id, _PAGE.c.key, _PAGE.c.url, _PAGE.c.site_id).where(_PAGE.c.url.contains("?"))
    sites = set()
    for page_id, key, url, site_id in connection.execute(pages).all():
        if _by_path(key, url):
            # Its version names what readers have of it.
            values = {"url": url.partition("?")[0], "version": _PAGE.c.version + 1}
            connection.execute(sa.update(_PAGE).where(_PAGE.c.id == page_id).values(values))
            sites.add(site_id)
    if sites:
        connection.execute(sa.update(_SITE).where(_SITE.c.id.in_(sites)).values(version=_SITE.c.version + 1))
    last = 0
    while True:
        asked = sa.select(_COMMENT.c.id, _COMMENT.c.page_url, _PAGE.c.key).join(_PAGE, _PAGE.c.id == _COMMENT.c.page_id)
        asked = (
            asked.where(_COMMENT.c.id > last, _COMMENT.c.page_url.contains("?")).order_by(_COMMENT.c.id).limit(_MOST)
        )
        found = connection.execute(asked).all()
        if not found:
            return
        changed = [
            {"one": each.id, "to": each.page_url.partition("?")[0]}
            for each in found
            if _by_path(each.key, each.page_url)
        ]
        if changed:
            one = sa.update(_COMMENT).where(_COMMENT.c.id == sa.bindparam("one")).values(page_url=sa.bindparam("to"))
            connection.execute(one, changed)
        last = found[-1].id


def downgrade() -> None:
    """What was taken off is gone."""


def _by_path(key: str, url: str) -> bool:
    """Whether a page is named by the path of its address, so that the query says nothing of it."""
    path = re.sub(r"/{2,}", "/", urlsplit(url).path)
    return unquote(_INDEX.sub("/", path)) == unquote(key)
