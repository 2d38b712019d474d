"""The desk's page of doubtful verdicts, where mistakes are found and put right."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moderation.models import Site, now
from moderation.problems import Malformed
from moderation.review import beside, shown
from moderation.review.accounts import sites_of
from moderation.review.desk import blueprint, here, me, my_site
from moderation.review.queue import BadCursor, alike, newest_id
from moderation.review.rescue import DOUBTS, Search, doubtful


@blueprint.get("/<site_key>/rescue")
def rescue(site_key: str) -> ResponseReturnValue:
    """The spam that the filter was least sure of, or the approved comments that it doubted most."""
    site = my_site(site_key)
    search = _search(site)
    try:
        page = doubtful(search)
    except BadCursor as fault:
        raise Malformed(_("This place in the list does not exist. Start again at the top of the list.")) from fault
    return render_template(
        "desk/rescue.html",
        site=site,
        sites=sites_of(me()),
        search=search,
        doubts=DOUBTS,
        rows=shown.rows(site, page, alike(page.comments), beside.rows(site, page.comments, me(), now())),
        upto=newest_id(),
        next_cursor=page.next,
        here=here(),
    )


def _search(site: Site) -> Search:
    status, show = request.args.get("status") or DOUBTS[0], request.args.get("show") or "open"
    if status not in DOUBTS or show not in {"open", "all"}:
        raise Malformed(_("There is no such list. Go back to the list and choose a tab."))
    return Search(
        site_id=site.id,
        status=status,
        confirmed=show == "all",
        cursor=request.args.get("cursor", ""),
    )
