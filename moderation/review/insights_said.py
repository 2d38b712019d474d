"""What a site's insights come to, in whole sentences of the moderator's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from babel.dates import format_timedelta
from babel.lists import format_list
from flask_babel import format_date, format_decimal, format_percent, get_locale, ngettext
from flask_babel import gettext as _

from moderation.review.insights import SPAM, Insights
from moderation.review.insights_log import MOST, Report


def headline(report: Report) -> list[str]:
    """The whole in a few sentences, the first of them about how much came in."""
    made = report.figures
    sentences = [_came(report)]
    if made.arrived:
        by_policy = sum(made.deciders[each] for each in ("policy", "confirmed", "changed"))
        sentences.append(
            _("The site's policy decided %(share)s of them by itself.", share=format_percent(by_policy / made.arrived))
        )
        if by_policy:
            sentences.append(_changed(made.deciders["changed"]))
        if waiting := made.deciders["waiting"]:
            sentences.append(
                ngettext(
                    "%(number)s comment still waits.",
                    "%(number)s comments still wait.",
                    waiting,
                    number=number(waiting),
                )
            )
    return sentences


def limits(report: Report) -> str | None:
    """Why the figures are not those of all days that were asked for; None when they are."""
    if not report.whole:
        return _(
            "Today alone has more entries than are counted at once. These figures are of its newest %(number)s alone.",
            number=number(MOST),
        )
    if report.shortened:
        return _(
            "The log is longer than what is counted at once. The figures begin on %(day)s; from then on they are complete.",
            day=format_date(report.figures.days[0], "long"),
        )
    return None


def arrivals(made: Insights) -> str:
    """How many came a day, and when most did."""
    if not made.arrived:
        return _("No comment came in.")
    sums = [sum(day) for day in zip(*made.arrivals.values(), strict=True)]
    most = max(sums)
    return _(
        "%(average)s a day on average; %(most)s on the busiest day, %(day)s.",
        average=format_decimal(round(made.arrived / len(sums), 1)),
        most=number(most),
        day=format_date(made.days[sums.index(most)], "long"),
    )


def decisions(made: Insights) -> str:
    """How often moderators decided."""
    if not made.decided:
        return _("No moderator decided anything.")
    return str(
        ngettext(
            "%(number)s decision, confirmations included. What was undone does not count.",
            "%(number)s decisions, confirmations included. What was undone does not count.",
            made.decided,
            number=number(made.decided),
        )
    )


def finds(made: Insights) -> str:
    """How much of the spam policy caught, and what it wronged."""
    spam, rescued = made.found(*SPAM), made.found("rescued")
    if not spam and not rescued:
        return _("No spam came in.")
    sentences = []
    if spam:
        sentences.append(
            _(
                "Of what turned out to be spam, policy caught %(share)s by itself.",
                share=format_percent(made.found("caught") / spam),
            )
        )
    if rescued:
        sentences.append(
            ngettext(
                "%(number)s comment was taken for spam and is none.",
                "%(number)s comments were taken for spam and are none.",
                rescued,
                number=number(rescued),
            )
        )
    return " ".join(sentences)


def waits(made: Insights) -> str:
    """How long comments waited."""
    if made.wait is None:
        return _("No comment that waited was decided on.")
    return _(
        "Half of the comments that policy held were decided within %(half)s, nine of ten within %(most)s.",
        half=duration(made.wait.half),
        most=duration(made.wait.most),
    )


def drawn_bars(lead: str) -> str:
    """What a bar chart is to those who do not see it."""
    return _("Bar chart, one bar for each day. %(lead)s The numbers are in the table below.", lead=lead)


def drawn_lines(lead: str) -> str:
    """What a line chart is to those who do not see it."""
    return _("Line chart, one point for each day. %(lead)s The numbers are in the table below.", lead=lead)


def number(count: int) -> str:
    """A whole number as people write it."""
    return str(format_decimal(count))


def duration(seconds: float) -> str:
    """A time as people say it: "7 minutes"."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=get_locale() or "en")


def pair(name: str, value: str) -> str:
    """A name with its value, as in a legend."""
    return f"{name}: {value}"


def listed(parts: Iterable[str]) -> str:
    """Parts as one list."""
    return format_list(list(parts), locale=get_locale() or "en")


def _came(report: Report) -> str:
    made, n = report.figures, report.figures.arrived
    days = len(made.days)
    if not n and days == 1:
        return str(_("No comment came in today."))
    if not n:
        return str(
            ngettext(
                "No comment came in in the last %(num)s day.", "No comment came in in the last %(num)s days.", days
            )
        )
    if days == 1:
        return str(
            ngettext("Today %(number)s comment came in.", "Today %(number)s comments came in.", n, number=number(n))
        )
    return str(
        ngettext(
            "In the last %(days)s days %(number)s comment came in.",
            "In the last %(days)s days %(number)s comments came in.",
            n,
            days=number(len(made.days)),
            number=number(n),
        )
    )


def _changed(n: int) -> str:
    if not n:
        return _("No moderator changed any of that.")
    return str(
        ngettext(
            "A moderator changed %(number)s of these decisions.",
            "Moderators changed %(number)s of these decisions.",
            n,
            number=number(n),
        )
    )
