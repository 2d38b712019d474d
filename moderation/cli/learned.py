"""What a site's filter has learned, looked at and changed: commands of the group `spam` that need the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from heapq import nlargest

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.cli.commands import site_named, with_database
from moderation.database import writing
from moderation.extensions import db
from moderation.intake import history
from moderation.learning import anew, counts
from moderation.models import LARGEST_ID, TOTAL, Comment, DroppedToken, LearnedToken, Site, now
from moderation.spam import History, Score, score
from moderation.spam.hosts import link_hosts
from moderation.spam.learner import Telling, lesson, log_odds
from moderation.spam.prints import prints_of
from moderation.spam.tokens import LONGEST_TOKEN, of_the_text, tokens_of
from moderation.spam.types import Evidence, Taught
from moderation.spam.view import View, view_of
from moderation.text.addresses import is_public

_SAID = {
    "spam": "A moderator called it spam",
    "ham": "A moderator approved it",
    None: "No moderator's word stands for it",
}
_site = click.option("--site", "key", required=True, help="Key of the site.")


def commands() -> Iterator[click.Command]:
    """The commands on what was learned, for the group `spam`."""
    yield from (explain, top, drop, relearn)


@click.command()
@click.argument("comment_id", metavar="ID", type=click.IntRange(1, LARGEST_ID))
@with_database
def explain(comment_id: int) -> None:
    """Show how a comment was scored, how it would be today, and which of its words the site knows.

    Today's score reads what is stored: the text, the name, the addresses, what became of other comments by this
    author, from this browser and network, with these links and words, and what moderators have taught by them. The
    comment itself is left out of all that. How it came (timing, headers) is not kept, so it counts only in the score
    of then.
    """
    session = db.session()
    found = session.get(Comment, comment_id)
    if found is None:
        raise click.ClickException(f"there is no comment {comment_id}")
    site = session.get_one(Site, found.site_id)
    if found.staff:
        click.echo(f"Comment {found.id} of {site.key} was written at the desk; no filter judged it.")
        return
    learned = "the filter has learned from it" if found.learned else "the filter has not learned from it"
    click.echo(f"Comment {found.id} of {site.key} is {found.status}. {_SAID[found.taught]}; {learned}.")
    [(_, submission)] = counts.stored(session, [found.id])
    view = view_of(submission)
    tokens = tokens_of(view)
    past = _past(session, found, view, tokens)
    evidence = past.evidence
    for line in _scores(found, score(submission, past, view)):
        click.echo(line)
    known = lesson(tokens, evidence)
    click.echo(f"\nThe site has learned from {_comments(evidence.total)}{' beside this one' if found.learned else ''}.")
    for telling, side in ((known.spam, "spam"), (known.ham, "the author")):
        click.echo(f"Of its words, these speak for {side}:{'' if telling else ' none.'}")
        for line in _table(telling):
            click.echo(line)
    if evidence.dropped:
        click.echo(f"Dropped by an owner: {', '.join(sorted(evidence.dropped))}.")


@click.command()
@_site
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Words of each side.")
@with_database
def top(key: str, limit: int) -> None:
    """Show the words that say most, with the number of spam and of legitimate comments they were learned from."""
    session = db.session()
    site = site_named(session, key)
    total = counts.evidence(session, site.id, ()).total
    dropped = frozenset(session.scalars(select(DroppedToken.token).where(DroppedToken.site_id == site.id)))
    click.echo(f"{site.key} has learned from {_comments(total)}.")
    if not (total.spam and total.ham):
        click.echo("Words begin to speak when moderators have both approved comments and marked some as spam.")
    for side, sign in (("spam", 1), ("readers", -1)):
        telling = nlargest(
            limit, _said(session, site, total, dropped, sign), key=lambda one: (abs(one.log_odds), one.token)
        )
        click.echo(f"Speak for {side}:{'' if telling else ' none.'}")
        for line in _table(telling):
            click.echo(line)
    if dropped:
        click.echo(f"Dropped: {', '.join(sorted(dropped))}.")


@click.command()
@_site
@click.option("--restore", is_flag=True, help="Let them speak again, with all that was learned of them.")
@click.argument("tokens", metavar="WORD…", nargs=-1, required=True)
@with_database
def drop(key: str, restore: bool, tokens: tuple[str, ...]) -> None:
    """Let words say nothing on a site, for good, as `spam top` and `spam explain` write them (`casino`, `site:x.example`)."""
    for token in tokens:
        if not 0 < len(token) <= LONGEST_TOKEN:
            raise click.ClickException(
                f"{token!r} is no word of the filter: these have 1 to {LONGEST_TOKEN} characters"
            )
    with writing() as session:
        site = site_named(session, key, locked=True)
        for token in dict.fromkeys(tokens):
            found = session.get(DroppedToken, (site.id, token))
            if restore and found is None:
                raise click.ClickException(f"{token!r} is not among the dropped words of {site.key}")
            if restore:
                session.delete(found)
            elif found is None:
                session.add(DroppedToken(site_id=site.id, token=token))
        known = counts.evidence(session, site.id, tokens).tokens
    for token in dict.fromkeys(tokens):
        taught = known.get(token, Taught())
        does = "speaks again" if restore else "says nothing any more"
        click.echo(f"{token} {does} on {site.key}; it stands in {_comments(taught)} learned.")


@click.command()
@click.option("--site", "key", help="Key of the site; all sites without it.")
@with_database
def relearn(key: str | None) -> None:
    """Learn anew from the decision log alone. What is learned must come out as it was; it is said where it does not."""
    session = db.session()
    sites = [site_named(session, key)] if key else list(session.scalars(select(Site).order_by(Site.key)))
    for site in sites:
        click.echo(_relearned(site, anew.relearn(site)))


def relearn_stale() -> list[str]:
    """Learn anew what an earlier version learned otherwise, or not at all; what came of it, in a line for each site."""
    return [_relearned(site, told) for site in anew.stale_sites() if (told := anew.relearn(site)).differed]


def _relearned(site: Site, told: anew.Relearned) -> str:
    came = "it was not so before" if told.differed else "as it was before"
    return f"{site.key}: learned from {_comments(told.total)}, {told.tokens} different words; {came}."


def _comments(taught: Taught) -> str:
    return f"{taught.spam} spam and {taught.ham} legitimate comments"


def _past(session: Session, found: Comment, view: View, tokens: Collection[str]) -> History:
    """What intake would find if the comment came in now. It must not bear witness in its own case."""
    past = history.look_up(
        session,
        site_id=found.site_id,
        email_key=found.email_key,
        network_key=found.network_key if is_public(found.ip) else None,
        text_key=found.text_key,
        author_key=found.author_key,
        hosts=link_hosts(view),
        prints=prints_of(view),
        tokens=tokens,
        at=now(),
        but=found.id,
    )
    return replace(past, evidence=_without(past.evidence, found))


def _without(evidence: Evidence, own: Comment) -> Evidence:
    """What other comments have taught."""
    if not own.learned or own.taught is None:
        return evidence
    side, total = own.taught, evidence.total
    rest = {
        token: taught._replace(**{side: getattr(taught, side) - 1})
        for token, taught in evidence.tokens.items()
        if getattr(taught, side) > 0
    }
    return Evidence(total._replace(**{side: getattr(total, side) - 1}), {**evidence.tokens, **rest}, evidence.dropped)


def _scores(found: Comment, today: Score) -> Iterator[str]:
    """The stored verdict and today's score, signal by signal, those that say most first."""
    verdict = found.verdict or {}
    then = {signal["name"]: signal for signal in verdict.get("signals", ())}
    latest = {signal.name: signal for signal in today.signals}
    yield f"When it came: {found.probability:.1%} spam. {verdict.get('because', '')}".rstrip()
    yield f"Today: {today.probability:.1%} spam, from what is stored."
    yield ""
    yield f"{'then':>7}{'without':>9}{'today':>8}{'without':>9}  signal"
    points = {
        name: (then.get(name, {}).get("points") or 0.0, latest[name].points if name in latest else 0.0)
        for name in [*then, *(name for name in latest if name not in then)]
    }
    spoke = sorted((name for name in points if any(points[name])), key=lambda name: -max(map(abs, points[name])))
    for name in spoke:
        before, after = then.get(name, {}), latest.get(name)
        reason = after.reason if after and after.points else before.get("reason", "")
        yield (
            f"{_points(points[name][0]):>7}{_share(before.get('without')):>9}"
            f"{_points(points[name][1]):>8}{_share(after.without if after else None):>9}  {name}: {reason}"
        )
    yield f"Saw nothing: {', '.join(sorted(points.keys() - set(spoke)))}."


def _points(points: float) -> str:
    return f"{points:+.2f}" if points else "-"


def _share(probability: float | None) -> str:
    return "-" if probability is None else f"{probability:.1%}"


def _said(session: Session, site: Site, total: Taught, dropped: frozenset[str], sign: int) -> Iterator[Telling]:
    """Every word of a site that speaks for one side, as scoring would let it."""
    rows = select(LearnedToken.token, LearnedToken.spam, LearnedToken.ham).where(
        LearnedToken.site_id == site.id, LearnedToken.token != TOTAL
    )
    for row in session.execute(rows.execution_options(yield_per=1000)):
        taught = Taught(row.spam, row.ham)
        says = log_odds(taught, total)
        if says * sign > 0 and row.token not in dropped and (sign > 0 or of_the_text(row.token)):
            yield Telling(row.token, says, taught)


def _table(telling: Sequence[Telling]) -> Iterator[str]:
    for one in telling:
        yield f"{one.log_odds:+7.2f}{one.taught.spam:>6} spam{one.taught.ham:>6} legitimate  {one.token}"
