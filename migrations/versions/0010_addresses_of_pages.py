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
# What newsletters, advertisers and networks add to the addresses that they hand out.
_FOLLOWS = re.compile(
    r"(?:utm_\w+|\w*clid|gbraid|wbraid|igshid|mc_[ce]id|mkt_tok|vero_id|_hs\w+|oly_\w+_id|s_cid)(?:=|\Z)", re.IGNORECASE
)
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
        told = _told(key, url)
        if told != url:
            # Its version names what readers have of it; on one with 0 nothing was ever visible, which stays so.
            version = sa.case((_PAGE.c.version > 0, _PAGE.c.version + 1), else_=0)
            connection.execute(sa.update(_PAGE).where(_PAGE.c.id == page_id).values(url=told, version=version))
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
        stored = [(each.id, each.page_url, _told(each.key, each.page_url)) for each in found]
        changed = [{"one": number, "to": told} for number, url, told in stored if told != url]
        if changed:
            one = sa.update(_COMMENT).where(_COMMENT.c.id == sa.bindparam("one")).values(page_url=sa.bindparam("to"))
            connection.execute(one, changed)
        last = found[-1].id


def downgrade() -> None:
    """What was taken off is gone."""


def _told(key: str, url: str) -> str:
    """The address without its query where the path names the page; else without what is known to follow people."""
    address, _mark, query = url.partition("?")
    path = re.sub(r"/{2,}", "/", urlsplit(address).path)
    if unquote(_INDEX.sub("/", path)) == unquote(key):
        return address
    kept = "&".join(part for part in query.split("&") if not _FOLLOWS.match(part))
    return f"{address}?{kept}" if kept else address
