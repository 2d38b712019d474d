"""The room where a moderator decides: accounts, the queue, the desk's pages, the moderation API."""

from moderation.review import (
    accounts,
    ban_views,
    beside_views,
    check_views,
    entrance,
    insights_views,
    log_views,
    many_views,
    owner_views,
    rescue_views,
    rules_views,
    views,
)
from moderation.review.api import blueprint as api
from moderation.review.desk import blueprint as desk

__all__ = [
    "accounts",
    "api",
    "ban_views",
    "beside_views",
    "check_views",
    "desk",
    "entrance",
    "insights_views",
    "log_views",
    "many_views",
    "owner_views",
    "rescue_views",
    "rules_views",
    "views",
]
