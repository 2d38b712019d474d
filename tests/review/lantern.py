"""A newsroom's last weeks, made up: comments of every kind on some articles, and moderators who decide on most of them."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta
from typing import Any

from moderation import lifecycle
from moderation.models import Comment, Moderator, Site, Status
from moderation.spam import Submission, judge, score
from moderation.text.sanitize import sanitize

PAGES = {
    "/night-buses/": "Saltmere keeps its night buses, for one more winter",
    "/harbour/": "The harbour wall will be rebuilt in stone after all, says the council",
    "/swimming/": "Why the open-air pool opens later each year",
    "/urdu/": "سالٹ میر کی رات کی بسیں ایک اور سردی چلیں گی",
}
_TALK = (
    "I ride this line every week and would miss it.",
    "Thank you for asking the drivers too. Nobody else did.",
    "The council promised this in 2019 already, see https://council.example/minutes",
    "Eleven passengers a journey is not nothing.",
)
_SPAM = (
    "Buy cheap pills at https://pills.example and https://pills2.example now, best price casino",
    "Great post! I earn 5000 $ a week from home: https://easy-money.example",
    "casino casino bonus https://casino.example free spins https://casino.example/2",
    "Lovely article, visit my site https://seo.example for backlinks",
)
_numbers = itertools.count(1)


def arrive(
    site: Site,
    text: str = "A kind word about the article.",
    *,
    at: datetime,
    status: Status | None = None,
    page: str = "/night-buses/",
    author: str = "Amina",
    staff: Moderator | None = None,
    **columns: Any,
) -> Comment:
    """A comment that comes in at a moment and gets what policy says of it, or the status that is named. Needs the app."""
    number, safe = next(_numbers), sanitize(text)
    email = f"reader{number}@example.org"
    verdict = judge(score(Submission(author=author, email=email, url="", text=text)), site.policy)
    fields = {
        "author": author,
        "email": email,
        "source": safe.source,
        "html": safe.html,
        "sanitiser": safe.sanitiser,
        "probability": 0.0 if staff else verdict.probability,
        "verdict": None if staff else verdict.to_dict(),
        "text_key": f"{number:032x}",
        "page_title": PAGES.get(page),
        "page_url": f"https://news.example{page}",
        **columns,
    }
    given: Status = "approved" if staff else status or verdict.status
    return lifecycle.receive(
        lifecycle.Draft(site=site, page_key=page, status=given, because="", at=at, fields=fields, author=staff)
    )


def decide(comment: Comment, to: Status, moderator: Moderator | None, at: datetime) -> str:
    """What a moderator, or nobody but its author, decides on a comment at a moment; the batch, to undo it by."""
    return lifecycle.decide([comment.id], to, at=at, moderator=moderator, within=[comment.site_id]).batch


def fill(site: Site, moderator: Moderator, *, days: int, until: datetime, seed: int = 1) -> None:
    """Comments of the last `days` days and what was decided on them; the same for the same seed."""
    chance = random.Random(seed)  # a story, no secret
    for day in range(days - 1, -1, -1):
        busy = 6 + 6 * (day % 7 < 2) + 14 * (day == days // 3)
        for _each in range(chance.randint(busy // 2, busy)):
            _happen(site, moderator, chance, until - timedelta(days=day, minutes=chance.randint(0, 900)), until)


def _happen(site: Site, moderator: Moderator, chance: random.Random, at: datetime, until: datetime) -> None:
    spam = chance.random() < 0.35
    comment = arrive(
        site,
        chance.choice(_SPAM if spam else _TALK),
        author=chance.choice(("Amina", "Bilal", "Ines", "Jon", "عائشہ")),
        page=chance.choices(list(PAGES), (6, 3, 2, 1))[0],
        at=at,
        status=chance.choices(("approved", "pending", "spam"), (1, 3, 9) if spam else (8, 5, 0.4))[0],
    )
    right: Status = "spam" if spam else "approved"
    if comment.status == "pending":
        if chance.random() < 0.93:
            given: Status = "trash" if chance.random() < 0.1 else right
            decide(comment, given, moderator, min(at + timedelta(minutes=chance.expovariate(1 / 200)), until))
    elif chance.random() < (0.2 if comment.status == right else 0.8):
        decide(comment, right, moderator, min(at + timedelta(hours=chance.randint(1, 30)), until))
