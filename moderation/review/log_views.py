"""The log of a site, on a page and as a file."""

from __future__ import annotations

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from moderation.database import writing
from moderation.models import Site, now, record
from moderation.problems import Invalid, Malformed
from moderation.review import log, log_export, log_kinds, log_rows, team
from moderation.review.accounts import sites_of
from moderation.review.desk import blueprint, me
from moderation.review.log import BadCursor, Page
from moderation.review.log_export import FORMATS, MIMETYPES
from moderation.review.owner_forms import LogForm
from moderation.review.owner_views import owned_site


@blueprint.get("/<site_key>/log", endpoint="log")
def show_log(site_key: str) -> ResponseReturnValue:
    """Who did what and when, newest first."""
    site = owned_site(site_key)
    form, cursor = LogForm(request.args), request.args.get("cursor", "")
    if form.errors:
        return _page(site, form, Page([], None, looked=False)), 422
    try:
        return _page(site, form, log.page(form.question(site, cursor)), cursor)
    except BadCursor as fault:
        raise Malformed(_("This place in the log does not exist. Start again at its top.")) from fault


@blueprint.post("/<site_key>/log/export")
def export_log(site_key: str) -> ResponseReturnValue:
    """What the filter shows as a file. That it was taken is an entry of the log itself, the first one after."""
    site = owned_site(site_key)
    form = LogForm(request.form)
    wanted = next((each for each in FORMATS if each == request.form.get("format")), None)
    errors = form.errors if wanted else {**form.errors, "format": _("Choose CSV or JSON Lines.")}
    if wanted is None or errors:
        raise Invalid(" ".join(errors.values()), errors={name: [each] for name, each in errors.items()})
    at = now()
    question = log.until(form.question(site), at)
    with writing() as session:
        detail = {**form.asked, "format": wanted}
        record(session, "log.exported", moderator=me(), site_id=site.id, at=at, filter=detail)
    name = f"log-{site.key}-{at:%Y-%m-%d}.{wanted}"
    return Response(
        stream_with_context(log_export.lines(question, wanted)),
        mimetype=MIMETYPES[wanted],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(site: Site, form: LogForm, page: Page, cursor: str = "") -> str:
    people = {person.moderator.id: person.moderator.name for person in team.people(me(), site)}
    if form.who.isdigit() and int(form.who) not in people:
        known = log_rows.names_of(page)
        people[int(form.who)] = known.get(int(form.who)) or _("Moderator %(id)s", id=form.who)
    return render_template(
        "desk/log.html",
        site=site,
        sites=sites_of(me()),
        form=form,
        people=people,
        kinds=log_kinds.choices(),
        days=log_rows.days(page, site, form.asked),
        cursor=cursor,
        page=page,
        most=log_export.MOST_ROWS,
        long_date=lambda day: format_date(day, "d MMMM y"),
    )
