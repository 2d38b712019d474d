"""A comment as the desk shows it: its verdict as a score card, long text folded, links only where they are safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moderation.models import Comment, Status
from moderation.text.plain import plain_text
from moderation.text.urls import is_safe_href

LONG_TEXT = 900
LONG_LINES = 14
EXCERPT = 320
_LEADING = 3
_START = "content.start"

# What may be done to a comment in each status, with the key that does it; the first is what one most often wants.
ACTIONS: Mapping[Status, Sequence[str]] = {
    "pending": ("approve", "spam", "trash"),
    "approved": ("pending", "spam", "trash"),
    "spam": ("approve", "pending", "trash"),
    "trash": ("approve", "pending", "spam"),
}


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal: points as people read them (`+1.80`), its sentence, and how it speaks: for spam, against, or not."""

    name: str
    points: str
    reason: str
    leaning: str
    strength: float


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict: `found` are the signals that said something, strongest first; `silent` those that found nothing."""

    probability: float
    percent: str
    because: str
    found: list[SignalLine]
    silent: list[SignalLine]

    @property
    def leading(self) -> list[SignalLine]:
        """The few signals that decided most; where every comment starts tells nothing about this one."""
        return [line for line in self.found if line.name != _START][:_LEADING]


@dataclass(frozen=True, slots=True)
class Row:
    """One comment on the screen.

    `excerpt` is None unless the text is long; `website` and `page_url` are None unless they are safe to follow.
    """

    comment: Comment
    parent: Comment | None
    card: Card | None
    excerpt: str | None
    length: int
    website: str | None
    page_url: str | None
    page_title: str
    actions: Sequence[str]


def row(comment: Comment, parent: Comment | None) -> Row:
    """Make a row of a comment whose page is loaded."""
    page = comment.page
    length, lines = (
        len(comment.source),
        comment.source.count("\n") + comment.html.count("<li>") + comment.html.count("<p>"),
    )
    long = length > LONG_TEXT or lines > LONG_LINES
    return Row(
        comment=comment,
        parent=parent,
        card=card(comment.verdict),
        excerpt=plain_text(comment.html, EXCERPT) if long else None,
        length=length,
        website=_safe(comment.url),
        page_url=_safe(page.url or comment.page_url),
        page_title=page.title or comment.page_title or page.key,
        actions=ACTIONS[comment.status],
    )


def card(verdict: Mapping[str, Any] | None) -> Card | None:
    """The score card of a stored verdict; None where no filter judged, as with a moderator's own words."""
    if not verdict:
        return None
    lines = [_line(signal) for signal in verdict.get("signals", ())]
    found = sorted((line for line in lines if line.strength), key=lambda line: -line.strength)
    probability = min(max(float(verdict.get("probability", 0.0)), 0.0), 1.0)
    return Card(
        probability=probability,
        percent=percent(probability),
        because=str(verdict.get("because", "")),
        found=found,
        silent=[line for line in lines if not line.strength],
    )


def percent(probability: float) -> str:
    """A probability for people. Never 0 % or 100 %: the filter is never certain."""
    if probability < 0.01:
        return "< 1 %"
    if probability > 0.99:
        return "> 99 %"
    return f"{probability:.0%}".replace("%", " %")


def _line(signal: Mapping[str, Any]) -> SignalLine:
    points = float(signal.get("points", 0.0))
    evaluated = bool(signal.get("evaluated", True))
    if not evaluated:
        # It held the comment, so it stands among what was found and above it.
        return SignalLine(str(signal.get("name", "")), "?", str(signal.get("reason", "")), "unknown", float("inf"))
    leaning = "spam" if points > 0 else "fine" if points < 0 else "nothing"
    shown = f"{points:+.2f}".replace("-", "\u2212") if points else "0"
    return SignalLine(str(signal.get("name", "")), shown, str(signal.get("reason", "")), leaning, abs(points))


def _safe(url: str | None) -> str | None:
    return url if url and is_safe_href(url) else None
