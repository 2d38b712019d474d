"""The tables of a site's insights that are no days: signals and how often they were right, pages and their spam."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from flask_babel import format_percent
from markupsafe import Markup

from moderation.models import Page
from moderation.review.insights import SignalTally
from moderation.review.insights_log import TOP, Report
from moderation.review.insights_said import number
from moderation.review.scorecards import breakable
from moderation.text.urls import is_safe_href

LONGEST_TITLE = 90
BAR = 100
"""How long the longest bar is."""


class Bar(NamedTuple):
    """A bar of two parts, from 0 to `BAR`: up to where the first goes, and how long the second is."""

    first: float
    second: float


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal, in how many comments it spoke, in how many of them it was right, and that as a share."""

    name: Markup
    said: str
    right: str
    share: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page, how many comments came in on it, how many of them are spam, and that as a share. `url` is None unless safe."""

    title: str
    url: str | None
    arrived: str
    spam: str
    share: str
    bar: Bar


def signal_rows(report: Report, leaning: str) -> list[SignalRow]:
    """The signals that spoke most often for spam ("spam") or for the author ("fine"), where they should have."""
    found = sorted((each for each in report.signals if each.leaning == leaning), key=_most_right)[:TOP]
    most = max((each.said for each in found), default=1)
    return [
        SignalRow(
            breakable(each.name),
            number(each.said),
            number(each.right),
            format_percent(each.right / each.said),
            _bar(each.right, each.said - each.right, most),
        )
        for each in found
    ]


def page_rows(report: Report, by: Counter[int]) -> list[PageRow]:
    """The pages that come first by one of the report's counts."""
    made = report.figures
    found = [page_id for page_id, count in by.most_common(TOP) if count and page_id in report.pages]
    most = max((made.pages[page_id] for page_id in found), default=1)
    return [_page(report.pages[page_id], made.pages[page_id], made.spam_pages[page_id], most) for page_id in found]


def _most_right(tally: SignalTally) -> tuple[int, int, str]:
    return -tally.right, -tally.said, tally.name


def _page(page: Page, arrived: int, spam: int, most: int) -> PageRow:
    return PageRow(
        title=_shortened(page.title or page.key),
        url=page.url if page.url and is_safe_href(page.url) else None,
        arrived=number(arrived),
        spam=number(spam),
        share=format_percent(spam / arrived),
        bar=_bar(arrived - spam, spam, most),
    )


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _bar(first: int, second: int, most: int) -> Bar:
    return Bar(round(BAR * first / most, 1), round(BAR * second / most, 1))
