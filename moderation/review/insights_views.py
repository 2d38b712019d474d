"""The desk's page of insights."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from moderation.models import now
from moderation.problems import Malformed
from moderation.review import insights_charts as charts
from moderation.review import insights_said as said
from moderation.review.accounts import sites_of
from moderation.review.desk import blueprint, me, my_site
from moderation.review.insights_log import read
from moderation.review.insights_tables import page_rows, signal_rows
from moderation.strings import direction

SPANS = (7, 30, 90)
"""Days that one may look back on."""
_USUAL = "30"


@blueprint.get("/<site_key>/insights")
def insights(site_key: str) -> ResponseReturnValue:
    """What came in, what was decided, and how good the filter is."""
    site = my_site(site_key)
    asked = request.args.get("days", _USUAL)
    if asked not in map(str, SPANS):
        raise Malformed(_("Insights look back on 7, 30 or 90 days. Choose one of these."))
    report = read(site.id, int(asked), now())
    made, rtl = report.figures, direction(str(get_locale() or "en")) == "rtl"
    some = made.arrived or made.decided
    return render_template(
        "desk/insights.html",
        site=site,
        sites=sites_of(me()),
        spans=SPANS,
        days=int(asked),
        ever=some or any(site.counts().values()),
        headline=said.headline(report),
        limits=said.limits(report),
        charts=[draw(made, rtl=rtl) for draw in (charts.arrivals, charts.finds, charts.decisions, charts.waits)]
        if some
        else [],
        shares=charts.deciders(made, rtl=rtl),
        looks=charts.LOOKS,
        signals={leaning: signal_rows(report, leaning) for leaning in ("spam", "fine")},
        judged=report.judged,
        pages=page_rows(report, made.pages),
        spam_pages=page_rows(report, made.spam_pages),
    )
