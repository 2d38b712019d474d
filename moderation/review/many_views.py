"""The desk's pages for more comments than are on the screen: all that match a list, emptying, and how far jobs are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moderation.extensions import db
from moderation.models import Job, Site, now
from moderation.problems import Malformed, NotFound
from moderation.review import jobs, many, said
from moderation.review.accounts import sites_of
from moderation.review.acts import DECISIONS
from moderation.review.desk import blueprint, me, my_site
from moderation.review.forms import asked, number
from moderation.review.queue import Question, newest_id

_SAMPLE = 5


@blueprint.get("/<site_key>/all")
def all_of_list(site_key: str) -> ResponseReturnValue:
    """Before something is done to all that a list has: what that would be."""
    site = my_site(site_key)
    question = _whole(site)
    upto = newest_id()
    return _page(
        "desk/all.html",
        site,
        question=question,
        bundle=question.bundles[0] if question.bundles else None,
        count=many.count(site, question),
        sample=many.sample(question, upto, _SAMPLE),
        upto=upto,
        decisions=[name for name, status in DECISIONS.items() if status != question.tab],
    )


@blueprint.post("/<site_key>/all")
def decide_all(site_key: str) -> ResponseReturnValue:
    """Decide on all that a list has, as a job."""
    site = my_site(site_key)
    question = _whole(site)
    decision, upto = request.form.get("decision", ""), number(request.form.get("upto", ""))
    if decision not in DECISIONS or upto is None:
        raise Malformed(_("The queue could not read what to do. Go back, reload the page and try again."))
    job = many.decide_all(me(), site, question, decision, upto=min(upto, newest_id()), at=now())
    said.begun([job])
    return redirect(url_for("desk.job_list", site_key=site.key), 303)


@blueprint.get("/<site_key>/empty")
def before_emptying(site_key: str) -> ResponseReturnValue:
    """Before spam or trash is emptied: how much, and that it is for good."""
    site = my_site(site_key)
    status = _emptied(request.args.get("status", ""))
    upto = jobs.newest_entry(site)
    # Counted after that: nothing is emptied that is not among those counted.
    db.session.refresh(site)
    count, days = site.counts()[status], site.policy.empty_after_days
    return _page("desk/empty.html", site, status=status, count=count, days=days, upto=upto)


@blueprint.post("/<site_key>/empty")
def empty(site_key: str) -> ResponseReturnValue:
    """Empty spam or trash of what the page before told of, as a job."""
    site = my_site(site_key)
    status, upto = _emptied(request.form.get("status", "")), number(request.form.get("upto", ""))
    if upto is None:
        raise Malformed(_("The queue could not read what to do. Go back, reload the page and try again."))
    log_upto = min(upto, jobs.newest_entry(site))
    job = jobs.begin_emptying(site, status, now(), days=0, moderator=me(), log_upto=log_upto)
    flash(_("It is being emptied. This cannot be undone."), f"job {job.id}")
    return redirect(url_for("desk.job_list", site_key=site.key), 303)


@blueprint.get("/<site_key>/jobs")
def job_list(site_key: str) -> ResponseReturnValue:
    """The latest jobs of a site, and how far they are."""
    site = my_site(site_key)
    latest = jobs.latest(site)
    under_way = any(job.state in ("waiting", "running") for job in latest)
    return _page(
        "desk/jobs.html", site, jobs=latest, under_way=under_way, percent=percent, what=said.job, here=request.path
    )


@blueprint.get("/<site_key>/jobs/progress")
def progress(site_key: str) -> Response:
    """How far one job is, for the page's script."""
    site = my_site(site_key)
    return jsonify(_shown(_job(site, request.args.get("id", ""))))


@blueprint.post("/<site_key>/jobs/stop")
def stop_job(site_key: str) -> ResponseReturnValue:
    """Stop a job where it is."""
    site = my_site(site_key)
    jobs.stop(_job(site, request.form.get("id", "")), now())
    flash(_("The job is stopped. What it has done stays, unless you undo it."), "said")
    return redirect(url_for("desk.job_list", site_key=site.key), 303)


def _job(site: Site, typed: str) -> Job:
    found = jobs.job_for(site, number(typed) or 0)
    if found is None:
        raise NotFound(_("There is no such job on this site."))
    return found


def percent(job: Job) -> int:
    """How much of a job is done, from 0 to 100."""
    if job.state == "done":
        return 100
    # A search looks at all numbers, what has no search only at what it finds.
    part = job.after / job.spec["upto"] if job.spec.get("search") else job.looked_at / max(job.total, 1)
    return min(99, round(100 * part))


def _shown(job: Job) -> dict[str, Any]:
    return {"state": job.state, "percent": percent(job), "done": job.done}


def _whole(site: Site) -> Question:
    return replace(asked(site, request.args), folded=False, cursor="")


def _emptied(name: str) -> Any:
    if name not in jobs.EMPTIED_STATUSES:
        raise Malformed(_("Only spam and trash can be emptied."))
    return name


def _page(template: str, site: Site, **more: Any) -> str:
    return render_template(template, site=site, sites=sites_of(me()), **more)
